import type { ResultSet } from "@libsql/client";
import type { SQL } from "drizzle-orm";
import type { RunnableQuery } from "drizzle-orm/runnable-query";
import { type Database, isUniqueViolation } from "./connection.ts";
import { Pace, type PaceOptions } from "./pace.ts";

/** One insert, update or delete, as drizzle builds it, without `returning()`. */
export type WriteStatement = RunnableQuery<ResultSet, "sqlite">;

export interface BatchOptions extends PaceOptions {
  /** Ends the work between two batches; what was written stays. */
  signal?: AbortSignal;
}

/** For the operator's own process, in which nobody else waits. */
export const FULL_SPEED: BatchOptions = { budgetMs: 40, rest: 0 };

/**
 * Writes many rows, one statement each, without holding up what else the process does. libSQL works
 * on the thread of the event loop, and awaiting it gives nobody else a turn: thousands of writes in a
 * row stop every request. Here they go in batches, each one transaction (so one sync to the disk, not
 * hundreds) of a bounded time, with a rest in between in which requests and other writers get on.
 *
 * `statement` is called when an item's batch is due, so what it costs (encryption) is spread out too,
 * and the items may come from a generator. Null leaves the item out.
 *
 * `written` is told about each item when its batch is durable: `rows` is how many rows the statement
 * changed (0: its WHERE no longer fits, as of a version that has moved on); null that a unique value
 * was taken, in which case the rest of its batch is written all the same.
 *
 *     await writeInBatches(db, dirtySessions, {
 *       statement: (session) =>
 *         db.drizzle.update(sessions).set(sealed(session))
 *           .where(and(eq(sessions.id, session.id), eq(sessions.version, session.version))),
 *       written: (session, rows) => rows === 1 ? session.noteSaved() : conflicts.push(session),
 *     });
 *
 * Throws StorageUnavailable; what `written` was told about is durable, the rest was not written.
 */
export async function writeInBatches<Item>(
  db: Database,
  items: Iterable<Item> | AsyncIterable<Item>,
  {
    statement,
    written,
    ...options
  }: BatchOptions & {
    statement(item: Item): WriteStatement | null;
    written?(item: Item, rows: number | null): void;
  },
): Promise<void> {
  const pace = paceFor(db, options);
  let batch: Item[] = [];

  async function write(due: Item[]): Promise<void> {
    const told: [item: Item, rows: number | null][] = [];
    await pace.work(async () => {
      const pairs = due.flatMap((item) => {
        const built = statement(item);
        return built === null ? [] : [{ item, built }];
      });
      const [first, ...rest] = pairs.map(({ built }) => built);
      if (first === undefined) return;
      const results = await db.write((orm) => orm.batch([first, ...rest]));
      pairs.forEach(({ item }, index) => {
        told.push([item, results[index]?.rowsAffected ?? 0]);
      });
    });
    for (const [item, rows] of told) written?.(item, rows);
  }

  async function writeApart(due: Item[]): Promise<void> {
    try {
      await write(due);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const [only] = due;
      if (due.length === 1 && only !== undefined) written?.(only, null);
      else for (const item of due) await writeApart([item]);
    }
  }

  for await (const item of items) {
    if (options.signal?.aborted) return;
    batch.push(item);
    if (batch.length < pace.size) continue;
    const due = batch;
    batch = [];
    await writeApart(due);
  }
  if (batch.length > 0 && !options.signal?.aborted) await writeApart(batch);
}

/**
 * Runs a statement that deletes or changes at most `limit` rows until it finds none, at the pace of
 * writeInBatches(). Answers with the number of rows.
 *
 *     await repeatInBatches(db, (limit) => sql`DELETE FROM sessions WHERE id IN
 *       (SELECT id FROM sessions WHERE tenant_id = ${id} LIMIT ${limit})`);
 *
 * Throws StorageUnavailable; what was changed until then stays.
 */
export async function repeatInBatches(
  db: Database,
  statement: (limit: number) => SQL,
  options: BatchOptions = {},
): Promise<number> {
  const pace = paceFor(db, options);
  let total = 0;
  while (!options.signal?.aborted) {
    const { size } = pace;
    let rows = 0;
    await pace.work(async () => {
      rows = (await db.write((orm) => orm.run(statement(size)))).rowsAffected;
    });
    total += rows;
    if (rows < size) break;
  }
  return total;
}

const paceFor = ({ kind }: Database, options: PaceOptions): Pace =>
  new Pace({ isLocal: kind !== "remote" }, options);
