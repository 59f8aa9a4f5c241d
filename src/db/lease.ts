import { hostname } from "node:os";
import { eq, sql } from "drizzle-orm";
import type { Database } from "./connection.ts";
import { isRunning } from "./processes.ts";
import { owners } from "./schema.ts";

/** A process that runs what the database has a record of. */
export type Owner = typeof owners.$inferSelect;

/** How long a process counts as alive after its last sign, and how early it gives the next. */
const LEASE_MS = 15_000;
const RENEW_EARLY_MS = 10_000;

/**
 * A sign that seems to hold much longer comes from a machine whose clock is wrong: how long ago it was
 * given is not known.
 */
const LONGEST_LEASE_MS = 4 * LEASE_MS;

/** Owners without a sign for so long are forgotten. */
const FORGOTTEN_AFTER_MS = 60 * 60_000;

/** The services of this process: tests have several. */
const hereNow = new Set<string>();

/**
 * The sign of life of this process, for other processes on the same database: a row with a time,
 * renewed only while requests under a key or uploads need it. A wrong verdict about a process must do
 * no harm: a request that may have acted is never sent again without a token by which Instagram knows
 * it.
 */
export class Lease {
  readonly id = crypto.randomUUID();
  readonly #host = hostname();
  #until = 0;
  #renewing: Promise<void> | null = null;

  constructor(
    private readonly db: Database,
    private readonly now: () => number,
  ) {
    hereNow.add(this.id);
  }

  /** Sees to it that the lease holds for a while. Throws StorageUnavailable. */
  async hold(): Promise<void> {
    if (this.#until - this.now() > RENEW_EARLY_MS) return;
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    await this.#renewing;
  }

  async #renew(): Promise<void> {
    const leaseUntil = this.now() + LEASE_MS;
    const owner: Owner = { id: this.id, host: this.#host, pid: process.pid, leaseUntil };
    await this.db.write(
      (orm) =>
        orm
          .insert(owners)
          .values(owner)
          .onConflictDoUpdate({ target: owners.id, set: { leaseUntil } }),
      { isPreparation: true },
    );
    this.#until = leaseUntil;
  }

  /** Whether a process still runs. On this machine that is seen at once. */
  isAlive(owner: Owner | null): boolean {
    if (owner === null) return false;
    const left = owner.leaseUntil - this.now();
    if (left <= 0 || left > LONGEST_LEASE_MS) return false;
    if (owner.host !== this.#host) return true;
    return owner.pid === process.pid ? hereNow.has(owner.id) : isRunning(owner.pid);
  }

  /** Forgets the processes that have ended long ago. Throws StorageUnavailable. */
  async forgetEnded(): Promise<void> {
    const now = this.now();
    const isForgotten = sql`lease_until NOT BETWEEN ${now - FORGOTTEN_AFTER_MS} AND ${now + FORGOTTEN_AFTER_MS}`;
    const ended = await this.db.read((orm) =>
      orm.all(sql`SELECT 1 FROM ${owners} WHERE ${isForgotten} LIMIT 1`),
    );
    if (ended.length > 0) await this.db.write((orm) => orm.delete(owners).where(isForgotten));
  }

  /** Gives the lease up: what this process has left unfinished is nobody's. */
  async end(): Promise<void> {
    hereNow.delete(this.id);
    if (this.#until === 0) return;
    await this.db.write((orm) => orm.delete(owners).where(eq(owners.id, this.id)));
  }
}
