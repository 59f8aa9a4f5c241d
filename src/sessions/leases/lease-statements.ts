import { type SQL, sql } from "drizzle-orm";
import { machines, sessionLeases } from "../../db/machines-schema.ts";
import { proxies, sessions } from "../../db/schema.ts";
import { DATABASE_NOW } from "./registrations.ts";

/** How long a request for a session is left there for its holder to see. */
const WANTED_MS = 3_000;

/** How it stands with a session. */
export interface Outcome {
  version: number;
  holder: string | null;
  machine: string | null;
  region: string | null;
  isDraining: number | null;
  isAlone: number | null;
  isEnded: number | null;
  /** Milliseconds until the holder's lease runs out. */
  leftMs: number | null;
  home: string | null;
  isHomeAlive: number;
  lostBy: string | null;
  isAlive: number;
  /** Whether this statement has taken it. */
  hasTaken: boolean;
}

/** Whether a registration holds its sessions; `alias` is a row of machines. */
export const isAlive = (alias: SQL): SQL =>
  sql`${alias}.ended_at IS NULL AND ${alias}.lease_until > ${DATABASE_NOW}`;

/** The region near which the session lives. */
const HOME: SQL = sql`coalesce(p.region, s.region)`;

const IS_HOME_ALIVE: SQL = sql`EXISTS (SELECT 1 FROM ${machines} AS r WHERE r.region = ${HOME}
  AND NOT r.is_draining AND ${isAlive(sql`r`)})`;

/** What `taking` returns of a session that the machine has now. */
export interface TakenRow {
  version: number;
  lostBy: string | null;
  /** Whether it has not had it before: 1 or 0. */
  isNew: number;
}

/** How a session is to be taken. */
export interface Take {
  id: string;
  /** Also outside its home region, and from a holder that still has it. */
  insists: boolean;
  /** Also from a machine that was alone and may go on without the database: it does not answer. */
  isTried: boolean;
}

const unlessSame = (changed: SQL, kept: SQL): SQL =>
  sql`iif(session_leases.holder = excluded.holder, session_leases.${kept}, ${changed})`;

/**
 * Takes a session if it is free, and if this machine lives near it or nobody else does. Returns nothing
 * where another one has it.
 */
export const taking = (own: string, { id, insists, isTried }: Take): SQL => sql`
  INSERT INTO ${sessionLeases} (session_id, holder, since, lost_by)
  SELECT s.id, me.id, ${DATABASE_NOW},
    CASE WHEN l.holder <> me.id AND h.ended_at IS NULL THEN l.holder END
  FROM ${sessions} AS s JOIN ${machines} AS me ON me.id = ${own}
    LEFT JOIN ${proxies} AS p ON p.id = s.proxy_id
    LEFT JOIN ${sessionLeases} AS l ON l.session_id = s.id
    LEFT JOIN ${machines} AS h ON h.id = l.holder
  WHERE s.id = ${id} AND ${isAlive(sql`me`)} AND (NOT me.is_draining OR h.id = me.id)
    AND (h.id IS NULL OR h.id = me.id OR h.ended_at IS NOT NULL
      OR (h.lease_until <= ${DATABASE_NOW} AND (${isTried ? 1 : 0} OR NOT h.is_alone)))
    AND (${insists ? 1 : 0} OR l.holder = me.id OR ${HOME} IS NULL OR ${HOME} = me.region
      OR NOT ${IS_HOME_ALIVE})
  ON CONFLICT (session_id) DO UPDATE SET holder = excluded.holder,
    since = ${unlessSame(sql`excluded.since`, sql`since`)},
    lost_by = ${unlessSame(sql`excluded.lost_by`, sql`lost_by`)},
    wanted_by = ${unlessSame(sql`NULL`, sql`wanted_by`)},
    wanted_until = ${unlessSame(sql`NULL`, sql`wanted_until`)}
  RETURNING (SELECT s.version FROM ${sessions} AS s WHERE s.id = session_id) AS version,
    lost_by AS lostBy, since = ${DATABASE_NOW} AS isNew`;

/** How it stands with a session that was just taken. */
export const outcomeOfTaking = (own: string, { version, lostBy, isNew }: TakenRow): Outcome => ({
  version,
  holder: own,
  lostBy,
  isAlive: 1,
  hasTaken: isNew === 1,
  machine: null,
  region: null,
  isDraining: 0,
  isAlone: null,
  isEnded: 0,
  leftMs: null,
  home: null,
  isHomeAlive: 0,
});

/** Leaves a note for the holder, unless it has one of another machine. */
export const wanting = (own: string, id: string): SQL => sql`
  UPDATE ${sessionLeases} SET wanted_by = ${own}, wanted_until = ${DATABASE_NOW} + ${WANTED_MS}
  WHERE session_id = ${id} AND holder <> ${own}
    AND (wanted_by IS NULL OR wanted_by = ${own} OR wanted_until <= ${DATABASE_NOW})`;

/** How it stands with a session, and with the registration that asks. */
export const outcomeOf = (own: string, id: string): SQL => sql`
  SELECT s.version AS version, h.id AS holder, h.machine AS machine, h.region AS region,
    h.is_draining AS isDraining, h.is_alone AS isAlone, h.ended_at IS NOT NULL AS isEnded,
    h.lease_until - ${DATABASE_NOW} AS leftMs, ${HOME} AS home, ${IS_HOME_ALIVE} AS isHomeAlive,
    l.lost_by AS lostBy,
    EXISTS (SELECT 1 FROM ${machines} AS me WHERE me.id = ${own} AND ${isAlive(sql`me`)}) AS isAlive
  FROM ${sessions} AS s
    LEFT JOIN ${proxies} AS p ON p.id = s.proxy_id
    LEFT JOIN ${sessionLeases} AS l ON l.session_id = s.id
    LEFT JOIN ${machines} AS h ON h.id = l.holder
  WHERE s.id = ${id}`;
