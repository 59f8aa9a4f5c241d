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
  /** Rows to skip, as text. */
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

/** Reads the usage of API keys, added up. The report throws InvalidInput, StorageUnavailable. */
export const createUsageReport =
  (db: Database, now: () => number): UsageReport =>
  async (query) => {
    const { from, to } = periodOf(query, dayOf(now()));
    const keyId = query.keyId === undefined ? null : canonicalUlid(query.keyId);
    if (query.keyId !== undefined && keyId === null)
      throw new InvalidInput("key_id", "is not an id of this service");
    const skipped = offsetOf(query.cursor);
    const columns = query.groups.map((group) => sql.raw(GROUPS[group]));
    const isGrouped = (group: UsageGroup): SQL =>
      query.groups.includes(group) ? sql.raw(GROUPS[group]) : sql`NULL`;
    const conditions = [
      sql`day BETWEEN ${from} AND ${to}`,
      ...(query.tenantId === null ? [] : [sql`tenant_id = ${query.tenantId}`]),
      ...(query.mode === undefined ? [] : [sql`mode = ${query.mode}`]),
      ...(keyId === null ? [] : [sql`key_id = ${keyId}`]),
      ...(query.operation === undefined ? [] : [sql`operation = ${query.operation}`]),
    ];
    const order = columns.length === 0 ? sql`1` : sql.join(columns, sql`, `);
    const rows = await db.read((orm) =>
      orm.all<Omit<UsageLine, "day"> & { day: number | null }>(sql`
        SELECT ${isGrouped("day")} AS day, ${isGrouped("tenant")} AS tenant_id,
          ${isGrouped("key")} AS key_id, ${isGrouped("operation")} AS operation,
          sum(calls) AS calls, sum(refused + failed) AS errors, sum(failed) AS failures,
          sum(upstream_calls) AS upstream_calls, sum(bytes_in) AS bytes_in, sum(bytes_out) AS bytes_out
        FROM usage WHERE ${sql.join(conditions, sql` AND `)}
        GROUP BY ${order} ORDER BY ${order} LIMIT ${query.limit + 1} OFFSET ${skipped}`),
    );
    const lines = rows
      .slice(0, query.limit)
      .map((row) => ({ ...row, day: row.day === null ? null : textOf(row.day) }));
    const isLast = rows.length <= query.limit;
    return { lines, nextCursor: isLast ? null : String(skipped + query.limit) };
  };

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

/** Throws InvalidInput (cursor). */
function offsetOf(cursor = ""): number {
  if (!/^\d{0,9}$/.test(cursor))
    throw new InvalidInput("cursor", "is not one that a page returned");
  return Number(cursor);
}

const textOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
