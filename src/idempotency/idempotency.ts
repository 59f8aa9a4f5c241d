import { createHmac } from "node:crypto";
import type { Database } from "../db/connection.ts";
import { asNotDone } from "../db/errors.ts";
import { byExpiresAt, createExpiry, type Expiry } from "../db/expiry.ts";
import type { Keyring } from "../db/keyring.ts";
import type { Lease } from "../db/lease.ts";
import { idempotencyRecords } from "../db/schema.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import { createRecords, type FoundRecord, type Place, type Records } from "./records.ts";
import { type Ending, type KeyUse, Run } from "./run.ts";

/** A request with an Idempotency-Key. */
export interface KeyedRequest extends Place {
  /** The key as the caller sent it. */
  key: string;
  /** The operation and its fields, as a text that is the same for each retry. */
  fingerprint: string;
  /** Whether Instagram knows the action again by its token, so that it may be sent again. */
  guarded: boolean;
}

/**
 * What is to be done with a request: run it, or give the answer (JSON text) that it had before. Or
 * an earlier one runs.
 */
export type Decision =
  | { readonly run: Run }
  | { readonly answer: string; readonly use: KeyUse }
  | { readonly running: KeyUse };

export interface IdempotencyDependencies {
  db: Database;
  /** Of this process; whoever made it ends it. */
  lease: Lease;
  keyring: Keyring;
  /** Unix milliseconds. */
  now: () => number;
  /** Gets the error when storing an outcome or removing old records failed; both are tried again. */
  onFailed: (error: unknown) => void;
  /** How many keys a session may have in force; 20,000 when left out. */
  maxRecords?: number;
}

const DAY_MS = 24 * 60 * 60_000;
const MAX_RECORDS = 20_000;
const RENEW_EVERY_MS = 5_000;
/** How often a look and a change may cross those of others before the caller is told to wait. */
const MAX_TRIES = 6;
/** Outcomes that wait for the database. More are given up: their requests count as unknown. */
const MAX_UNSETTLED = 1_000;

/**
 * What Idempotency-Keys are about: a request under a key acts once, and its retries get its answer.
 * A durable record says that a request has started before anything is sent; afterwards it holds the
 * answer. Where no answer is known, the action may have taken place: it is run again only if
 * Instagram guards it by a token, which follows from the record and so is the same again.
 */
export class Idempotency {
  readonly #records: Records;
  readonly #lease: Lease;
  readonly #expiry: Expiry;
  /** The requests that this process runs, or whose outcome is not stored yet. */
  readonly #runs = new Map<string, Run>();
  /** Requests whose record is looked for or made at the moment: they may be about to run. */
  readonly #deciding = new Map<string, number>();
  #heartbeat: Timer | null = null;

  constructor(private readonly deps: IdempotencyDependencies) {
    const { db, lease, keyring, now, onFailed } = deps;
    this.#records = createRecords(db, keyring);
    this.#lease = lease;
    this.#expiry = createExpiry(db, byExpiresAt(idempotencyRecords), {
      now,
      afterwards: () => lease.forgetEnded(),
      onFailed,
    });
  }

  /** Begins to remove what is over. */
  start(): void {
    this.#expiry.start();
  }

  /** Removes what is over now, and resolves with the number of records. */
  sweep(): Promise<number> {
    return this.#expiry.sweep();
  }

  /** Stores the outcomes that wait, and ends. */
  async close(): Promise<void> {
    await this.#expiry.close();
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    for (const run of this.#runs.values()) await run.settle().catch(this.deps.onFailed);
  }

  /**
   * Decides over a request. To run it is decided only once: its record is durable by then. Throws
   * GatewayProblem: IdempotencyKeyReused, OutcomeUnknown, GatewayRateLimited; StorageUnavailable.
   */
  async decide(request: KeyedRequest): Promise<Decision> {
    const { tenantId, mode, sessionId, key } = request;
    const hashes = this.deps.keyring.idempotencyHashes(
      `key\n${tenantId}\n${mode}\n${sessionId}\n${key}`,
    );
    const [id] = hashes;
    const running = this.#runs.get(id);
    if (running !== undefined) {
      this.#requireSame(request, running, hashes);
      // It has ended, but that is not stored yet.
      if (!running.hasEnded) return { running };
      await running.settle();
    }
    this.#deciding.set(id, (this.#deciding.get(id) ?? 0) + 1);
    try {
      return await this.#decide(request, hashes);
    } finally {
      const others = (this.#deciding.get(id) ?? 1) - 1;
      if (others === 0) this.#deciding.delete(id);
      else this.#deciding.set(id, others);
    }
  }

  async #decide(request: KeyedRequest, hashes: readonly [string, ...string[]]): Promise<Decision> {
    const { sessionId } = request;
    const limit = this.deps.maxRecords ?? MAX_RECORDS;
    /** The version of a record that nobody seems to hold. */
    let orphaned: string | null = null;
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      await this.#lease.hold();
      const added = await this.#add(request, hashes, limit);
      if (added !== null) return { run: added };
      const found = await this.#records.find(sessionId, hashes);
      if (found === null) {
        await this.#requireRoom(sessionId, limit);
        continue;
      }
      const isOver = found.expiresAt <= this.deps.now();
      if (isOver && !(found.state === "started" && this.#isRunning(found, hashes[0]))) {
        await this.#records.remove(found);
        continue;
      }
      this.#requireSame(request, found, hashes);
      const use = useOf(found);
      if (found.state === "finished") return { answer: this.#records.open(request, found), use };
      if (found.state === "started") {
        if (this.#isRunning(found, hashes[0])) return { running: use };
        // Between its end and our look it may have been stored: look once more.
        const seen = `${found.createdAt}.${found.version}`;
        if (orphaned !== seen) {
          orphaned = seen;
          continue;
        }
      }
      if (!request.guarded)
        throw new GatewayProblem(
          "OutcomeUnknown",
          "An earlier request with this Idempotency-Key was sent, and its answer was lost",
          { members: { outcome: "unknown" } },
        );
      const begin = () => this.#begin(request, { ...found, version: found.version + 1 }, hashes[0]);
      try {
        if (await this.#records.takeOver(found, this.#lease.id)) return { run: begin() };
      } catch (error) {
        void this.#settleLater(begin(), "unknown");
        throw asNotDone(error);
      }
    }
    throw inProgress();
  }

  async #add(
    request: KeyedRequest,
    hashes: readonly [string, ...string[]],
    limit: number,
  ): Promise<Run | null> {
    const { tenantId, sessionId } = request;
    const createdAt = this.deps.now();
    const row = {
      sessionId,
      keyHash: hashes[0],
      tenantId,
      requestHash: this.#requestHash(request, 0),
      state: "started" as const,
      owner: this.#lease.id,
      version: 0,
      keyId: null,
      answer: null,
      createdAt,
      expiresAt: createdAt + DAY_MS,
    };
    const begin = () => this.#begin(request, row, hashes[0]);
    try {
      return (await this.#records.add(row, hashes, limit)) ? begin() : null;
    } catch (error) {
      // The answer may be lost, and the row there: nothing is sent for it.
      void this.#settleLater(begin(), "not_acted");
      throw asNotDone(error);
    }
  }

  /** Throws GatewayProblem: the session has too many records, or is gone. */
  async #requireRoom(sessionId: string, limit: number): Promise<void> {
    const count = await this.#records.count(sessionId);
    if (count === null) throw new GatewayProblem("SessionNotFound", "Session not found");
    if (count >= limit)
      throw new GatewayProblem(
        "GatewayRateLimited",
        `This session has used ${limit} Idempotency-Keys within 24 hours`,
        { hint: "Nothing was done. A key is kept for 24 hours.", retryAfter: 60 },
      );
  }

  /** Throws IdempotencyKeyReused when a record is of another request. */
  #requireSame(
    request: KeyedRequest,
    { keyHash, requestHash }: { keyHash: string; requestHash: string },
    hashes: readonly string[],
  ): void {
    if (this.#requestHash(request, hashes.indexOf(keyHash)) !== requestHash)
      throw new GatewayProblem(
        "IdempotencyKeyReused",
        "This Idempotency-Key was used for another operation or other fields",
      );
  }

  /** The hash of a request under the encryption key of that position. */
  #requestHash({ sessionId, fingerprint }: KeyedRequest, position: number): string {
    const hashes = this.deps.keyring.idempotencyHashes(`request\n${sessionId}\n${fingerprint}`);
    return hashes[position] ?? hashes[0];
  }

  #isRunning({ owner, holder }: FoundRecord, id: string): boolean {
    if (owner !== this.#lease.id) return this.#lease.isAlive(holder);
    return this.#runs.has(id) || (this.#deciding.get(id) ?? 0) > 1;
  }

  #begin(
    request: KeyedRequest,
    record: Pick<FoundRecord, "sessionId" | "keyHash" | "createdAt" | "requestHash" | "version">,
    id: string,
  ): Run {
    const run: Run = new Run(startedOf(record), async (ending) => {
      await this.#store(request, record, ending);
      if (this.#runs.get(id) === run) this.#runs.delete(id);
    });
    this.#runs.set(id, run);
    this.#heartbeat ??= this.#beat();
    return run;
  }

  /** Ends a request whose caller waits for nothing more. */
  async #settleLater(run: Run, ending: Ending): Promise<void> {
    try {
      await run.end(ending);
    } catch (error) {
      this.deps.onFailed(error);
    }
  }

  async #store(
    request: KeyedRequest,
    record: Pick<FoundRecord, "sessionId" | "keyHash" | "createdAt" | "version">,
    ending: Ending,
  ): Promise<void> {
    const records = this.#records;
    if (ending === "not_acted") await records.remove(record);
    else if (ending === "unknown") await records.lose(record);
    else {
      const sealed = records.seal(request, record.keyHash, ending.answer);
      if (sealed === null) await records.lose(record);
      else await records.finish(record, sealed, this.deps.now() + DAY_MS);
    }
  }

  /** While requests run or wait to be stored: renews the lease, and tries to store again. */
  #beat(): Timer {
    const timer = setInterval(() => {
      if (this.#runs.size === 0) {
        clearInterval(timer);
        this.#heartbeat = null;
        return;
      }
      this.#lease.hold().catch(this.deps.onFailed);
      let waiting = 0;
      for (const [id, run] of this.#runs) {
        if (!run.hasEnded) continue;
        if (++waiting > MAX_UNSETTLED) this.#runs.delete(id);
        else run.settle().catch(this.deps.onFailed);
      }
    }, RENEW_EVERY_MS);
    timer.unref();
    return timer;
  }
}

/** The answer to a retry while the first request runs. */
export const inProgress = (): GatewayProblem =>
  new GatewayProblem(
    "IdempotencyInProgress",
    "An earlier request with this Idempotency-Key is still running",
  );

const startedOf = ({
  keyHash,
  requestHash,
  createdAt,
  version,
}: Pick<FoundRecord, "keyHash" | "requestHash" | "createdAt" | "version">) => ({
  keyHash,
  requestHash,
  ...useOf({ keyHash, createdAt }),
  isResumed: version > 0,
});

/** The same for each retry of this use of a key. */
const useOf = ({ keyHash, createdAt }: Pick<FoundRecord, "keyHash" | "createdAt">): KeyUse => ({
  tokenSecret: createHmac("sha256", keyHash).update(`tokens of ${createdAt}`).digest(),
  startedAt: createdAt,
});
