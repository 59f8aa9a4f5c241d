import { and, gte, like, lt, or, sql } from "drizzle-orm";
import type { WriteStatement } from "../db/batches.ts";
import { type Database, isUniqueViolation } from "../db/connection.ts";
import { StorageUnavailable } from "../db/errors.ts";
import { meta } from "../db/schema.ts";

/** So many items are one transaction. */
const MOST_TOGETHER = 100;
/** By then a request that was given up cannot arrive any more, in milliseconds. */
const KEPT_MS = 60_000;
/** The same for marks of processes that have ended, by a clock that may differ. */
const FORGOTTEN_AFTER_MS = 86_400_000;
const MARK = "usage_written:";
/** Follows all marks in the order of keys. */
const AFTER_MARKS = "usage_written;";

interface Batch<Item> {
  readonly mark: string;
  readonly items: readonly Item[];
}

/**
 * Writes additions to a remote database, each exactly once, though the answer to a write may be lost. A
 * batch leaves a mark with its own name, which nothing can leave twice: a batch whose fate is not known
 * is simply sent again, and is refused if it was done.
 */
export class OnceWriter<Item> {
  readonly #process = crypto.randomUUID();
  #batches = 0;
  #unsure: Batch<Item> | null = null;

  constructor(
    private readonly db: Database,
    private readonly statement: (item: Item) => WriteStatement,
    /** Unix milliseconds. */
    private readonly now: () => number,
  ) {}

  /**
   * Calls `taken` for each item that is written, or that this writer keeps and writes with the next call,
   * as its fate is not known. Throws StorageUnavailable.
   */
  async write(items: readonly Item[], taken: (item: Item) => void): Promise<void> {
    if (this.#unsure !== null) await this.#send(this.#unsure);
    for (let done = 0; done < items.length; done += MOST_TOGETHER) {
      const some = items.slice(done, done + MOST_TOGETHER);
      const batch = { mark: `${MARK}${this.#process}.${this.#batches++}`, items: some };
      try {
        await this.#send(batch);
      } catch (error) {
        if (this.#unsure === batch) some.forEach(taken);
        throw error;
      }
      some.forEach(taken);
    }
  }

  async #send(batch: Batch<Item>): Promise<void> {
    const { mark, items } = batch;
    const time = this.now();
    try {
      await this.db.write((orm) =>
        orm.batch([
          orm.insert(meta).values({ key: mark, value: String(time) }),
          orm.delete(meta).where(this.#isOver(time)),
          ...items.map(this.statement),
        ]),
      );
    } catch (error) {
      if (!isUniqueViolation(error)) {
        const mayBeDone = error instanceof StorageUnavailable && error.outcome === "unknown";
        // What may have been done once stays unsure, whatever becomes of it this time.
        if (mayBeDone) this.#unsure = batch;
        throw error;
      }
    }
    this.#unsure = null;
  }

  /** Which marks nobody needs any more. */
  #isOver(time: number) {
    const writtenAt = sql`CAST(${meta.value} AS INTEGER)`;
    return and(
      gte(meta.key, MARK),
      lt(meta.key, AFTER_MARKS),
      or(
        and(like(meta.key, `${MARK}${this.#process}.%`), lt(writtenAt, time - KEPT_MS)),
        lt(writtenAt, time - FORGOTTEN_AFTER_MS),
      ),
    );
  }
}
