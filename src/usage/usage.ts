import { sql } from "drizzle-orm";
import { usage } from "../db/audit-schema.ts";
import { writeInBatches } from "../db/batches.ts";
import type { Database } from "../db/connection.ts";
import type { Mode } from "../db/schema.ts";
import { OnceWriter } from "./once-writer.ts";

/** How often what was counted is written, in milliseconds: so much is lost when a process is killed. */
const WRITE_EVERY_MS = 5_000;
/** Counters in memory before a key's further operations share one. */
const MAX_COUNTERS = 20_000;
/** The operation that these have; also of requests that matched no operation. */
const OTHER = "other";

const DAY_MS = 86_400_000;

/** The day of a time, in days since 1970 (UTC). */
export const dayOf = (time: number): number => Math.floor(time / DAY_MS);

/** Who is counted. */
export interface UsageKey {
  readonly tenantId: string;
  readonly keyId: string;
  readonly mode: Mode;
}

/** What one request has used. */
export interface UsedByRequest {
  status: number;
  upstreamCalls: number;
  bytesIn: number;
  bytesOut: number;
}

interface Counter {
  readonly key: UsageKey;
  readonly operation: string;
  readonly day: number;
  calls: number;
  refused: number;
  failed: number;
  upstreamCalls: number;
  bytesIn: number;
  bytesOut: number;
}

export interface UsageOptions {
  /** Unix milliseconds. */
  now: () => number;
  /** Gets the error of a failed write in the background; what was counted is written with the next. */
  onFailed: (error: unknown) => void;
}

/**
 * Counts what API keys use, by operation and day. A request costs two look-ups in memory; every few
 * seconds the counters are added to the database.
 */
export class Usage {
  /** By key id, then by operation: of one day, and not written yet. */
  #counters = new Map<string, Map<string, Counter>>();
  #size = 0;
  #day = 0;
  #timer: Timer | null = null;
  #writing: Promise<void> = Promise.resolve();
  /** Over the network, the answer to a write may be lost; null where that cannot be. */
  readonly #once: OnceWriter<Counter> | null;

  constructor(
    private readonly db: Database,
    private readonly options: UsageOptions,
  ) {
    this.#once = db.writesHere
      ? null
      : new OnceWriter(db, (counter) => this.#addition(counter), options.now);
  }

  /** How many counters wait in memory. */
  get counters(): number {
    return this.#size;
  }

  /** Counts a request that has been answered. */
  note(key: UsageKey, operation: string, used: UsedByRequest): void {
    const counter = this.#counterOf(key, operation);
    counter.calls++;
    if (used.status >= 500) counter.failed++;
    else if (used.status >= 400) counter.refused++;
    counter.upstreamCalls += used.upstreamCalls;
    counter.bytesIn += used.bytesIn;
    counter.bytesOut += used.bytesOut;
  }

  /** Counts a request to Instagram of work that goes on after its request was answered. */
  noteUpstreamCall(key: UsageKey, operation: string): void {
    this.#counterOf(key, operation).upstreamCalls++;
  }

  #counterOf(key: UsageKey, operation: string): Counter {
    const day = dayOf(this.options.now());
    if (day !== this.#day) this.#begin(day);
    let ofKey = this.#counters.get(key.keyId);
    if (ofKey === undefined) {
      ofKey = new Map();
      this.#counters.set(key.keyId, ofKey);
    }
    const known = ofKey.get(operation);
    if (known !== undefined) return known;
    const name = operation === "" || this.#size >= MAX_COUNTERS ? OTHER : operation;
    const same = ofKey.get(name);
    if (same !== undefined) return same;
    const counter = newCounter(key, name, day);
    ofKey.set(name, counter);
    this.#size++;
    this.#arm();
    return counter;
  }

  /** Yesterday's counters are written; today's begin. */
  #begin(day: number): void {
    if (this.#size > 0) this.#writeSoon();
    this.#day = day;
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => this.#writeSoon(), WRITE_EVERY_MS);
    this.#timer.unref();
  }

  #writeSoon(): void {
    this.flush().catch(this.options.onFailed);
  }

  /** Writes what was counted so far. Throws StorageUnavailable; what is not written stays. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const due = [...this.#counters.values()].flatMap((ofKey) => [...ofKey.values()]);
    this.#counters = new Map();
    this.#size = 0;
    const run = this.#writing.then(() => this.#write(due));
    this.#writing = run.catch(() => {});
    return run;
  }

  async #write(due: readonly Counter[]): Promise<void> {
    const left = new Set(due);
    try {
      const written = (counter: Counter): void => void left.delete(counter);
      if (this.#once !== null) await this.#once.write(due, written);
      else
        await writeInBatches(this.db, due, {
          statement: (counter) => this.#addition(counter),
          written,
        });
    } catch (error) {
      for (const counter of left) this.#putBack(counter);
      this.#arm();
      throw error;
    }
  }

  /** Adds to the stored numbers, unless the tenant is gone. */
  #addition({ key, operation, day, ...counted }: Counter) {
    const { calls, refused, failed, upstreamCalls, bytesIn, bytesOut } = counted;
    return this.db.drizzle.run(sql`INSERT INTO ${usage} (day, tenant_id, key_id, mode, operation, calls,
        refused, failed, upstream_calls, bytes_in, bytes_out)
      SELECT ${day}, ${key.tenantId}, ${key.keyId}, ${key.mode}, ${operation}, ${calls}, ${refused},
        ${failed}, ${upstreamCalls}, ${bytesIn}, ${bytesOut}
      WHERE EXISTS (SELECT 1 FROM tenants WHERE id = ${key.tenantId} AND deleted_at IS NULL)
      ON CONFLICT (tenant_id, day, key_id, operation) DO UPDATE SET calls = calls + excluded.calls,
        refused = refused + excluded.refused, failed = failed + excluded.failed,
        upstream_calls = upstream_calls + excluded.upstream_calls,
        bytes_in = bytes_in + excluded.bytes_in, bytes_out = bytes_out + excluded.bytes_out`);
  }

  /** A counter that was not written is counted again with what has come since. */
  #putBack(counter: Counter): void {
    const { key, operation, day } = counter;
    // Of a day that is over, or of too many: written next time on their own account.
    const place = day === this.#day ? operation : `${operation} ${day}`;
    let ofKey = this.#counters.get(key.keyId);
    if (ofKey === undefined) {
      ofKey = new Map();
      this.#counters.set(key.keyId, ofKey);
    }
    const since = ofKey.get(place);
    if (since === undefined) {
      ofKey.set(place, counter);
      this.#size++;
    } else {
      since.calls += counter.calls;
      since.refused += counter.refused;
      since.failed += counter.failed;
      since.upstreamCalls += counter.upstreamCalls;
      since.bytesIn += counter.bytesIn;
      since.bytesOut += counter.bytesOut;
    }
    this.#arm();
  }

  /** Writes the rest, at the end of the service. */
  async close(): Promise<void> {
    await this.flush().catch(this.options.onFailed);
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

const newCounter = (key: UsageKey, operation: string, day: number): Counter => ({
  key: { tenantId: key.tenantId, keyId: key.keyId, mode: key.mode },
  operation,
  day,
  calls: 0,
  refused: 0,
  failed: 0,
  upstreamCalls: 0,
  bytesIn: 0,
  bytesOut: 0,
});
