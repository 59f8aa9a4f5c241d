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

/** For the CLI, in whose process nothing else waits for the thread. */
export const FULL_SPEED: BatchOptions = { budgetMs: 40, rest: 0 };

/**
 * Writes many rows, one statement each, without holding up the rest of the process. libSQL works on
 * the thread of the event loop, and awaiting it lets nothing else run: thousands of writes in a row
 * stop every request. So they are written in batches of a bounded time, with a rest in between for
 * requests and other writers. Each batch is one transaction: one sync to the disk instead of
 * hundreds.
 *
 * `statement` is called when an item's batch is due, so that its cost (encryption) is spread as
 * well; the items may come from a generator. When it returns null, the item is left out. It may
 * return further statements that belong to the first one, such as its audit record.
 *
 * `written` is called for each item when its batch is durable. `rows` is the number of rows that
 * the statement changed: 0 when its WHERE matched none, for example after another save; null when a
 * unique value was taken, in which case the rest of the batch is written all the same.
 *
 *     await writeInBatches(db, dirtySessions, {
 *       statement: (session) =>
 *         db.drizzle.update(sessions).set(sealed(session))
 *           .where(and(eq(sessions.id, session.id), eq(sessions.version, session.version))),
 *       written: (session, rows) => rows === 1 ? session.noteSaved() : conflicts.push(session),
 *     });
 *
 * Throws StorageUnavailable; items that `written` was called for are durable, the others are not
 * written.
 */
export async function writeInBatches<Item>(
  db: Database,
  items: Iterable<Item> | AsyncIterable<Item>,
  {
    statement,
    written,
    ...options
  }: BatchOptions & {
    statement(item: Item): WriteStatement | readonly [WriteStatement, ...WriteStatement[]] | null;
    written?(item: Item, rows: number | null): void;
  },
): Promise<void> {
  const pace = paceFor(db, options);
  let batch: Item[] = [];

  async function write(due: Item[]): Promise<void> {
    const results: [item: Item, rows: number | null][] = [];
    await pace.work(async () => {
      const statements: WriteStatement[] = [];
      const places: [item: Item, index: number][] = [];
      for (const item of due) {
        const built = statement(item);
        if (built === null) continue;
        places.push([item, statements.length]);
        if ("length" in built) statements.push(...built);
        else statements.push(built);
      }
      const [first, ...rest] = statements;
      if (first === undefined) return;
      const answers = await db.write((orm) => orm.batch([first, ...rest]));
      for (const [item, index] of places) results.push([item, answers[index]?.rowsAffected ?? 0]);
    });
    for (const [item, rows] of results) written?.(item, rows);
  }

  async function writeOrSplit(due: Item[]): Promise<void> {
    try {
      await write(due);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const [only] = due;
      if (due.length === 1 && only !== undefined) written?.(only, null);
      else for (const item of due) await writeOrSplit([item]);
    }
  }

  for await (const item of items) {
    if (options.signal?.aborted) return;
    batch.push(item);
    if (batch.length < pace.size) continue;
    const due = batch;
    batch = [];
    await writeOrSplit(due);
  }
  if (batch.length > 0 && !options.signal?.aborted) await writeOrSplit(batch);
}

/**
 * Repeats a statement that deletes or changes at most `limit` rows until it finds none, at the pace
 * of writeInBatches(). Resolves with the number of rows.
 *
 *     await repeatInBatches(db, (limit) => sql`DELETE FROM sessions WHERE id IN
 *       (SELECT id FROM sessions WHERE tenant_id = ${id} LIMIT ${limit})`);
 *
 * Throws StorageUnavailable; rows that were changed before stay changed.
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

const paceFor = ({ writesHere }: Database, options: PaceOptions): Pace =>
  new Pace({ isLocal: writesHere }, options);
