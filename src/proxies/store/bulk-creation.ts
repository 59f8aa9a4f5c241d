import { getTableColumns } from "drizzle-orm";
import { type AuditEntry, recordOfProxies } from "../../db/audited.ts";
import type { Database } from "../../db/connection.ts";
import type { Keyring } from "../../db/keyring.ts";
import { Pace, type PaceOptions } from "../../db/pace.ts";
import { proxies } from "../../db/schema.ts";
import type { ProxyFields } from "../proxy-store.ts";
import { type ProxyPlace, type ProxyRow, urlHashes } from "../rows.ts";
import { MAX_OFFERED } from "./conditions.ts";

/** A transaction of less takes hardly less time. */
const LEAST_AT_ONCE = 50;
/** Well below SQLite's number of parameters. */
const MOST_AT_ONCE = 200;
/** How long a transaction should hold the thread, in milliseconds. */
const BUDGET_MS = 20;

export interface BulkCreation<Item> extends PaceOptions {
  rowOf(item: Item): ProxyRow;
  entryOf(row: ProxyRow): AuditEntry;
  /** Told of each that is new. */
  created(item: Item, row: ProxyRow): Promise<void>;
  /** Told of each other: whether the owner has a proxy with its URL, or has no room. */
  refused(item: Item, exists: boolean): void;
}

/**
 * Creates proxies of one place, many in each transaction: one statement for all of them takes a tenth
 * of the time that one each takes. Rests in between for other requests and writers.
 */
export async function createMany<Item extends { fields: ProxyFields }>(
  db: Database,
  keyring: Keyring,
  place: ProxyPlace,
  items: readonly Item[],
  { rowOf, entryOf, created, refused, ...options }: BulkCreation<Item>,
): Promise<void> {
  const pace = new Pace({ isLocal: db.writesHere }, { budgetMs: BUDGET_MS, ...options });
  const seen = new Set<string>();
  let from = 0;
  while (from < items.length) {
    const size = Math.max(LEAST_AT_ONCE, Math.min(pace.size, MOST_AT_ONCE));
    const batch = items.slice(from, from + size).map((item) => {
      const { url } = item.fields;
      return { item, url, hashes: urlHashes(keyring, place, url) };
    });
    from += batch.length;
    await pace.work(async () => {
      const known = await storedUrls(db, place, batch);
      // A URL that is twice in the list is inserted once.
      const firsts = batch.filter(({ url }) => !known.has(url) && !seen.has(url) && seen.add(url));
      const rows = firsts.map(({ item, hashes }) => ({ item, hashes, row: rowOf(item) }));
      const inserted = await insert(db, place, rows, entryOf);
      const made = new Set<Item>();
      for (const { item, row } of rows)
        if (inserted.has(row.id)) {
          made.add(item);
          await created(item, row);
        }
      const left = batch.filter(({ item, url }) => !made.has(item) && !known.has(url));
      const stored = await storedUrls(db, place, left);
      for (const { item, url } of batch)
        if (!made.has(item)) refused(item, known.has(url) || stored.has(url));
    });
  }
}

/**
 * Inserts rows as far as the owner exists, has room for them, and has no proxy with their URLs. Resolves
 * with the ids of those that were inserted. Not with drizzle: building the statement would take it many
 * times as long as running it.
 */
async function insert(
  db: Database,
  { tenantId }: ProxyPlace,
  rows: readonly { row: ProxyRow; hashes: readonly string[] }[],
  entryOf: (row: ProxyRow) => AuditEntry,
): Promise<ReadonlySet<unknown>> {
  const [first] = rows;
  if (first === undefined) return new Set();
  const hashes = first.hashes.map((_, index) => `hash_${index}`);
  const names = [...COLUMNS, ...hashes];
  const values = `(${names.map(() => "?").join(", ")})`;
  const args = rows.flatMap((one) => [...valuesOf(one.row), ...one.hashes]);
  const [result] = await db.write(() =>
    db.statements.batch([
      {
        sql: `WITH new (${names.join(", ")}) AS (VALUES ${rows.map(() => values).join(", ")})
        INSERT INTO proxies (${COLUMNS.join(", ")})
        SELECT ${COLUMNS.map((name) => `new.${name}`).join(", ")} FROM new
        WHERE NOT EXISTS (SELECT 1 FROM proxies AS same WHERE same.tenant_id IS new.tenant_id
          AND same.mode IS new.mode
          AND same.url_hash IN (${hashes.map((name) => `new.${name}`).join(", ")}))
        LIMIT (SELECT max(0, ${ROOM} - coalesce((SELECT sum(counts.proxies)
          FROM proxy_counts AS counts WHERE counts.tenant_id = ?), 0)))
        RETURNING id`,
        args: [...args, tenantId, tenantId, tenantId ?? ""],
      },
      recordOfProxies(rows.map(({ row }) => entryOf(row))),
    ]),
  );
  return new Set(result?.rows.map(({ id }) => id));
}

/** How many proxies the owner may have: none when it does not exist. */
const ROOM = `(CASE WHEN ? IS NULL THEN ${MAX_OFFERED} ELSE coalesce((SELECT tenants.max_proxies
  FROM tenants WHERE tenants.id = ? AND tenants.deleted_at IS NULL), 0) END)`;

/** Those of the URLs that the owner has. */
async function storedUrls(
  db: Database,
  { tenantId, mode }: ProxyPlace,
  asked: readonly { url: string; hashes: readonly string[] }[],
): Promise<ReadonlySet<string>> {
  if (asked.length === 0) return new Set();
  const byHash = new Map(
    asked.flatMap(({ url, hashes }) => hashes.map((hash) => [hash, url] as const)),
  );
  const { rows } = await db.read(() =>
    db.statements.execute({
      sql: `SELECT url_hash FROM proxies WHERE tenant_id IS ? AND mode IS ?
        AND url_hash IN (SELECT value FROM json_each(?))`,
      args: [tenantId, mode, JSON.stringify([...byHash.keys()])],
    }),
  );
  return new Set(rows.flatMap(({ url_hash: hash }) => byHash.get(String(hash)) ?? []));
}

type Value = null | string | number | Buffer;

const columns = getTableColumns(proxies);
const NAMES = Object.keys(columns) as (keyof typeof columns)[];
const COLUMNS = NAMES.map((name) => columns[name].name);

const valuesOf = (row: ProxyRow): Value[] =>
  NAMES.map((name) => {
    const value = row[name];
    return value === null ? null : (columns[name].mapToDriverValue(value) as Value);
  });
