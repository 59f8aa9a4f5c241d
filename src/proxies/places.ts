import { type SQL, sql } from "drizzle-orm";
import type { Mode } from "../db/schema.ts";
import type { Hold } from "./hold.ts";

/** What the proxy of a session must be, and what it is to be if there is such a one. */
export interface ProxyWish {
  tenantId: string;
  mode: Mode;
  /** This one and no other. */
  proxyId?: string;
  /** ISO 3166 alpha-2, upper case; null for any. */
  country: string | null;
  /** Whether it must be in the country; otherwise one of another country is better than none. */
  isCountryFixed?: boolean;
  /** Fly's code of the region that it should be near; null for any. */
  region: string | null;
  /** Not this one. */
  except?: string;
}

/* The statements that give out places on proxies. */

/** Sorts proxies that fail behind all that do not. */
const BEHIND_ALL = sql.raw("1000000000");

/**
 * Sorts the proxies that take a further session of the mode by their load; null for those that take
 * none. The indexes of migration 0016 have the same expressions.
 */
const RANKS: Readonly<Record<Mode, SQL>> = {
  live: sql`CASE WHEN mode = 'test' OR state = 'down' OR live_sessions + live_holds >= max_sessions THEN NULL ELSE live_sessions + live_holds + (state = 'failing') * ${BEHIND_ALL} END`,
  test: sql`CASE WHEN mode = 'live' OR state = 'down' OR test_sessions + test_holds >= max_sessions THEN NULL ELSE test_sessions + test_holds + (state = 'failing') * ${BEHIND_ALL} END`,
};
const ROOMS: Readonly<Record<Mode, SQL>> = {
  live: sql`max_sessions - live_sessions - live_holds`,
  test: sql`max_sessions - test_sessions - test_holds`,
};
/** Country and region of a proxy: `DE/fra`, `DE/`, `/fra` or `/`. */
const PLACE = sql`coalesce(country, '') || '/' || coalesce(region, '')`;

/** The proxies of an owner that take a session. The index is named: SQLite would guess. */
const freeProxies = (mode: Mode, owner: SQL): SQL =>
  sql`proxies INDEXED BY ${sql.raw(`proxies_${mode}_places`)}
    WHERE tenant_id ${owner} AND ${RANKS[mode]} IS NOT NULL`;

/** How an open place is held. */
interface HeldBy {
  owner: string;
  heldUntil: number;
}

/**
 * Gives as many places as there are `ids`, or fewer where there are not enough, on the proxies that fit
 * the wish best and have the least load: as if one were given after the other. It is one statement, so
 * that no other process gives a place in between, and it looks at one proxy of each country and region
 * (up to a bound) and at as many as it gives places of, however many proxies there are.
 */
export function holdPlaces(wish: ProxyWish, ids: readonly string[], by: HeldBy): SQL {
  const { mode } = wish;
  const count = ids.length;
  const allIds = JSON.stringify(ids);
  return sql`INSERT INTO proxy_holds (id, proxy_id, mode, owner, held_until)
    WITH RECURSIVE ${nearestProxies(wish, count)},
    open (id, tier, level) AS (
      SELECT nearest.id, tier, rank + more.key FROM nearest CROSS JOIN json_each(${allIds}) AS more
      WHERE room IS NULL OR more.key < room
    ),
    given (proxy_id, place) AS (
      SELECT id, row_number() OVER (ORDER BY tier, level, id) AS place FROM open
      ORDER BY place LIMIT ${count}
    )
    SELECT ids.value, given.proxy_id, ${mode}, ${by.owner}, ${by.heldUntil}
    FROM given JOIN json_each(${allIds}) AS ids ON ids.key = given.place - 1`;
}

/** The table `nearest`: at most `count` proxies, the best first. The lower its tier, the better it fits. */
function nearestProxies(wish: ProxyWish, count: number): SQL {
  const { tenantId, mode, proxyId, country, region, isCountryFixed = false, except = "" } = wish;
  const rank = RANKS[mode];
  const room = ROOMS[mode];
  if (proxyId !== undefined)
    return sql`nearest (id, tier, rank, room) AS (
      SELECT id, 0, ${rank}, ${room} FROM proxies
      WHERE id = ${proxyId} AND (tenant_id = ${tenantId} OR tenant_id IS NULL) AND ${rank} IS NOT NULL
    )`;
  const owners: readonly (readonly [name: string, owner: SQL])[] = [
    ["own", sql`= ${tenantId}`],
    ["offered", sql`IS NULL`],
  ];
  // Those of the wished country come first: there may be more places than are looked at.
  const walks = owners.flatMap(([name, owner]) => [
    ...(country === null ? [] : [placesOf(mode, `${name}_at_home`, owner, country)]),
    ...(country !== null && isCountryFixed ? [] : [placesOf(mode, name, owner, null)]),
  ]);
  const found = walks.map(
    ({ name }) => sql`SELECT ${name.startsWith("own") ? tenantId : null}, place
      FROM ${sql.raw(name)} WHERE place IS NOT NULL`,
  );
  const isElsewhere = country === null ? sql`0` : sql`places.place NOT LIKE ${`${country}/%`}`;
  const isFar = region === null ? sql`0` : sql`places.place NOT LIKE ${`%/${region}`}`;
  return sql`${sql.join(
    walks.map(({ table }) => table),
    sql`, `,
  )},
    places (tenant_id, place) AS MATERIALIZED (${sql.join(found, sql` UNION `)}),
    nearest (id, tier, rank, room) AS MATERIALIZED (
      SELECT proxies.id, 4 * (${isElsewhere}) + 2 * (${isFar}) + (places.tenant_id IS NULL) AS tier,
        ${rank} AS rank, ${room}
      FROM places CROSS JOIN proxies ON proxies.rowid IN (
        SELECT rowid FROM ${freeProxies(mode, sql`IS places.tenant_id`)}
          AND ${PLACE} = places.place AND id <> ${except}
        ORDER BY ${rank} LIMIT ${count}
      )
      ORDER BY tier, rank LIMIT ${count}
    )`;
}

/** Countries and regions of one owner that are looked at for one wish: a few milliseconds' work. */
const MAX_PLACES = 300;

/**
 * The table of this name with the places that have a free proxy of the owner, of a country or of all.
 * Each step has one lower bound: with two, SQLite would begin at the lower one again and again.
 */
function placesOf(
  mode: Mode,
  name: string,
  owner: SQL,
  country: string | null,
): { name: string; table: SQL } {
  const [from, to] =
    country === null
      ? [sql``, sql``]
      : [sql`AND ${PLACE} >= ${`${country}/`}`, sql`AND ${PLACE} < ${`${country}0`}`];
  const next = (after: SQL): SQL => sql`(SELECT ${PLACE} FROM ${freeProxies(mode, owner)}
    ${after} ${to} ORDER BY ${PLACE} LIMIT 1)`;
  const last = sql.raw(`${name}.place`);
  const table = sql`${sql.raw(name)} (place) AS (
    SELECT ${next(from)}
    UNION ALL
    SELECT ${next(sql`AND ${PLACE} > ${last}`)} FROM ${sql.raw(name)} WHERE ${last} IS NOT NULL
    LIMIT ${MAX_PLACES}
  )`;
  return { name, table };
}

/** Whether there is a proxy that the wish allows, even one that takes no session now. */
export function isOffered({
  tenantId,
  mode,
  proxyId,
  country,
  isCountryFixed = false,
  except = "",
}: ProxyWish): SQL {
  const fits =
    proxyId !== undefined
      ? sql`AND id = ${proxyId}`
      : isCountryFixed && country !== null
        ? sql`AND country = ${country}`
        : sql``;
  const among = (owner: SQL): SQL =>
    sql`EXISTS (SELECT 1 FROM proxies WHERE ${owner} AND id <> ${except} ${fits})`;
  return sql`${among(sql`tenant_id = ${tenantId} AND mode = ${mode}`)}
    OR ${among(sql`tenant_id IS NULL AND mode = ${mode}`)}
    OR ${among(sql`tenant_id IS NULL AND mode IS NULL`)}`;
}

/** The condition that a session may be stored on a proxy: it holds a place there, or one is free. */
export const hasPlace = (mode: Mode, proxyId: string, hold: Hold | null): SQL =>
  sql`(EXISTS (SELECT 1 FROM proxy_holds WHERE id = ${hold?.id ?? null} AND proxy_id = ${proxyId})
    OR EXISTS (SELECT 1 FROM proxies WHERE id = ${proxyId}
      AND coalesce(${ROOMS[mode]}, 1) > 0))`;
