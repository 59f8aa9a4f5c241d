import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../db/connection.ts";
import type { Expiring } from "../db/expiry.ts";
import { canonicalUlid } from "../db/ids.ts";
import type { Mode } from "../db/schema.ts";
import { InvalidInput } from "../problems/problem.ts";
import { dayOf } from "./usage.ts";

/** What numbers can be told apart by, each with its column. */
const GROUPS = { tenant: "tenant_id", key: "key_id", operation: "operation", day: "day" } as const;
export type UsageGroup = keyof typeof GROUPS;

/** The longest period of one report, in days: it is added up while others wait. */
const MOST_DAYS = 92;
const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;

export interface UsageQuery {
  /** Null for all tenants. */
  tenantId: string | null;
  mode?: Mode;
  keyId?: string;
  operation?: string;
  /** Days as YYYY-MM-DD (UTC), both inclusive; the last 30 days when left out. */
  from?: string;
  to?: string;
  /** What to tell apart; each at most once. */
  groups: readonly UsageGroup[];
  /** Of a page with the same groups. */
  cursor?: string;
  limit: number;
}

/** One line of a report, as HTTP and the CLI show it: null for what is not told apart. */
export interface UsageLine {
  day: string | null;
  tenant_id: string | null;
  key_id: string | null;
  operation: string | null;
  calls: number;
  errors: number;
  failures: number;
  upstream_calls: number;
  bytes_in: number;
  bytes_out: number;
}

export type UsageReport = (
  query: UsageQuery,
) => Promise<{ lines: UsageLine[]; nextCursor: string | null }>;

/**
 * Rows that one statement adds up. With a file it holds up everything else, for some milliseconds; a
 * remote database is waited for.
 */
const ROWS_AT_ONCE = { local: 2_000, remote: 50_000 };

/** A line as the database has it: the day as a number. */
type Row = Omit<UsageLine, "day"> & { day: number | null };
/** A row's place in the order of an index, or of a page: its values of that order's columns. */
type Place = readonly (string | number)[];

/** Reads the usage of API keys, added up. The report throws InvalidInput, StorageUnavailable. */
export const createUsageReport =
  (db: Database, now: () => number): UsageReport =>
  async (query) => {
    const { groups, limit } = query;
    const { from, to } = periodOf(query, dayOf(now()));
    const scope = query.tenantId === null ? [] : [sql`tenant_id = ${query.tenantId}`];
    const conditions = conditionsOf(query);
    const rowsAtOnce = ROWS_AT_ONCE[db.kind === "remote" ? "remote" : "local"];
    const order = query.tenantId === null ? ORDER_OF_ALL : ORDER_OF_TENANT;
    const isInOrder = groups.every((group, index) => group === order[index]);
    const after = placeOf(query.cursor, groups);
    // In the order of the page everything before its cursor can be left out.
    const [dayBefore] = groups[0] === "day" && after !== null ? after : [];
    const first = typeof dayBefore === "number" ? Math.max(from, dayBefore) : from;
    const wanted = limit + 1;

    /** Of the next rows, however few of them the report is about; null when these are the last. */
    const endOf = async (start: Place): Promise<Place | null> => {
      const [row] = await db.read((orm) =>
        orm.all<Record<string, string | number>>(sql`SELECT ${columns(order)} FROM usage
          WHERE ${all([...scope, isAfter(order, start), sql`day <= ${to}`])}
          ORDER BY ${columns(order)} LIMIT 1 OFFSET ${rowsAtOnce - 1}`),
      );
      return row === undefined ? null : order.map((group) => row[GROUPS[group]] ?? "");
    };
    const addedUp = (start: Place, end: Place | null): Promise<Row[]> => {
      const isGrouped = (group: UsageGroup): SQL =>
        groups.includes(group) ? sql.raw(GROUPS[group]) : sql`NULL`;
      const isWanted = after === null || groups.length === 0 ? [] : [isAfter(groups, after, "+")];
      const isUntil = end === null ? sql`day <= ${to}` : isUpTo(order, end);
      const told = groups.length === 0 ? sql`NULL` : columns(groups);
      return db.read((orm) =>
        orm.all<Row>(sql`SELECT ${isGrouped("day")} AS day, ${isGrouped("tenant")} AS tenant_id,
            ${isGrouped("key")} AS key_id, ${isGrouped("operation")} AS operation,
            sum(calls) AS calls, sum(refused + failed) AS errors, sum(failed) AS failures,
            sum(upstream_calls) AS upstream_calls, sum(bytes_in) AS bytes_in,
            sum(bytes_out) AS bytes_out
          FROM usage WHERE ${all([
            ...scope,
            isAfter(order, start),
            isUntil,
            ...conditions,
            ...isWanted,
          ])}
          GROUP BY ${told} ORDER BY ${told} LIMIT ${wanted}`),
      );
    };

    // What comes behind so many others is on no page that ends before it: it is not kept.
    let kept: Row[] = [];
    // No tenant, key or operation has an empty name: all of the first day comes after this.
    for (let start: Place | null = order.map((_, index) => (index === 0 ? first : "")); start; ) {
      const end = await endOf(start);
      kept = merged(kept, await addedUp(start, end), groups).slice(0, wanted);
      const last = kept[limit];
      // In this order, whatever follows belongs behind the last one.
      if (last && end && isInOrder && isBefore(placeIn(last, groups), end)) break;
      start = end;
      if (start !== null) await new Promise((resolve) => setImmediate(resolve));
    }
    const page = kept.slice(0, limit);
    const last = page.at(-1);
    return {
      lines: page.map((row) => ({ ...row, day: row.day === null ? null : textOf(row.day) })),
      nextCursor:
        kept.length > limit && last !== undefined ? cursorOf(placeIn(last, groups)) : null,
    };
  };

/** The orders of the indexes: of the rows of one tenant, and of all. */
const ORDER_OF_TENANT: readonly UsageGroup[] = ["day", "key", "operation"];
const ORDER_OF_ALL: readonly UsageGroup[] = ["day", "tenant", "key", "operation"];

/** Throws InvalidInput (key_id). */
function conditionsOf({ mode, operation, ...query }: UsageQuery): SQL[] {
  const keyId = query.keyId === undefined ? null : canonicalUlid(query.keyId);
  if (query.keyId !== undefined && keyId === null)
    throw new InvalidInput("key_id", "is not an id of this service");
  return [
    ...(mode === undefined ? [] : [sql`mode = ${mode}`]),
    ...(keyId === null ? [] : [sql`key_id = ${keyId}`]),
    ...(operation === undefined ? [] : [sql`operation = ${operation}`]),
  ];
}

const all = (conditions: readonly SQL[]): SQL => sql.join([...conditions], sql` AND `);

/** With a plus before each, SQLite's planner chooses no index for them. */
const columns = (groups: readonly UsageGroup[], plus = ""): SQL =>
  sql.raw(groups.map((group) => plus + GROUPS[group]).join(", "));
const values = (place: Place): SQL =>
  sql.join(
    place.map((value) => sql`${value}`),
    sql`, `,
  );
const isAfter = (groups: readonly UsageGroup[], place: Place, plus = ""): SQL =>
  sql`(${columns(groups, plus)}) > (${values(place)})`;
const isUpTo = (groups: readonly UsageGroup[], place: Place): SQL =>
  sql`(${columns(groups)}) <= (${values(place)})`;

const placeIn = (row: Row, groups: readonly UsageGroup[]): Place =>
  groups.map((group) => row[GROUPS[group]] ?? "");

/** Whether a place comes before another one, or before all that begin as that one does. */
function isBefore(place: Place, other: Place): boolean {
  for (const [index, value] of place.entries()) {
    const against = other[index] ?? "";
    if (value !== against) return value < against;
  }
  return false;
}

/** Two lists in the order of their groups as one; what is in both is added up. */
function merged(one: readonly Row[], other: readonly Row[], groups: readonly UsageGroup[]): Row[] {
  const rows = new Map<string, Row>();
  for (const row of [...one, ...other]) {
    const name = placeIn(row, groups).join(" ");
    const same = rows.get(name);
    rows.set(name, same === undefined ? row : sumOf(same, row));
  }
  return [...rows.values()].sort((a, b) =>
    isBefore(placeIn(a, groups), placeIn(b, groups)) ? -1 : 1,
  );
}

const sumOf = (one: Row, other: Row): Row => ({
  ...one,
  calls: one.calls + other.calls,
  errors: one.errors + other.errors,
  failures: one.failures + other.failures,
  upstream_calls: one.upstream_calls + other.upstream_calls,
  bytes_in: one.bytes_in + other.bytes_in,
  bytes_out: one.bytes_out + other.bytes_out,
});

/** What is over of the usage: everything older than so many days. */
export const usageRetention = (days: number): Expiring => ({
  isAny: (time) => sql`SELECT 1 FROM usage WHERE day < ${dayOf(time) - days} LIMIT 1`,
  remove: (time, limit) => sql`DELETE FROM usage WHERE rowid IN
    (SELECT rowid FROM usage WHERE day < ${dayOf(time) - days} LIMIT ${limit})`,
});

/** Throws InvalidInput (from, to). */
function periodOf({ from, to }: UsageQuery, today: number): { from: number; to: number } {
  const last = to === undefined ? today : dayIn(to, "to");
  const first = from === undefined ? last - DEFAULT_DAYS + 1 : dayIn(from, "from");
  if (first > last) throw new InvalidInput("from", "must not be after to");
  if (last - first >= MOST_DAYS)
    throw new InvalidInput("from", `must be at most ${MOST_DAYS - 1} days before to`);
  return { from: first, to: last };
}

/** Throws InvalidInput. */
function dayIn(text: string, field: string): number {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || textOf(dayOf(time)) !== text)
    throw new InvalidInput(field, "must be a day such as 2026-01-31");
  return dayOf(time);
}

/** The groups of a page's last line. */
const cursorOf = (place: Place): string => Buffer.from(JSON.stringify(place)).toString("base64url");

/** Null for the first page. Throws InvalidInput (cursor). */
function placeOf(cursor: string | undefined, groups: readonly UsageGroup[]): Place | null {
  if (cursor === undefined) return null;
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (Array.isArray(place) && place.length === groups.length && place.length > 0) {
      const isGood = groups.every((group, index) =>
        group === "day" ? Number.isSafeInteger(place[index]) : typeof place[index] === "string",
      );
      if (isGood) return place;
    }
  } catch {}
  throw new InvalidInput("cursor", "is not one that a page of this report returned");
}

const textOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
