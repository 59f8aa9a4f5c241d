import { hostname } from "node:os";
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/connection.ts";
import { machines } from "../../db/machines-schema.ts";
import { isRunning } from "../../db/processes.ts";

/** The database's clock, unix milliseconds: the same for all machines. */
export const DATABASE_NOW: SQL = sql`CAST(unixepoch('subsec') * 1000 AS INTEGER)`;

/** How long a lease holds without a further sign. A dead machine's sessions are free after this time. */
const LEASE_MS = 14_000;
/** How often it is renewed. */
const RENEW_MS = 3_000;
/** So much earlier than in the database a lease ends for its holder: clocks differ a little in speed. */
const MARGIN_MS = 500;
/** For so long an installation counts as one of several machines. */
const SEEN_MS = 24 * 60 * 60_000;

export interface MachineOptions {
  db: Database;
  /** The name by which Fly's proxy knows this machine. */
  machine: string;
  region: string | null;
  /** Unix milliseconds. */
  now: () => number;
  /** Milliseconds of a clock that is never set. */
  monotonicNow: () => number;
  /** Told of the first of several failures in a row. */
  onFailed?: (error: unknown) => void;
  /** Told when the lease ran out before it could be renewed. */
  onLost?: () => void;
  leaseMs?: number;
}

/**
 * This process among the machines that serve the sessions: its sign of life, on which the leases of
 * all its sessions depend. Renewing it is one small write, whatever the number of sessions.
 */
export class Machine {
  /** Of this registration. */
  #id = "";
  /** Counts the registrations: a lease that was taken in an earlier term is lost. */
  #term = 0;
  /** Until when the lease holds here, on the monotonic clock and on that of the machine. */
  #until = Number.NEGATIVE_INFINITY;
  #wallUntil = Number.NEGATIVE_INFINITY;
  /** The ids of this process's registrations. */
  readonly #ids = new Set<string>();
  #isAlone = false;
  #isDraining = false;
  #isEnded = false;
  #isFailing = false;
  #isRenewing = false;
  #registering: Promise<void> | null = null;
  readonly #leaseMs: number;

  constructor(private readonly options: MachineOptions) {
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
  }

  get id(): string {
    return this.#id;
  }
  get term(): number {
    return this.#term;
  }
  get name(): string {
    return this.options.machine;
  }
  get region(): string | null {
    return this.options.region;
  }
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Whether the leases of this term hold at this instant. */
  get isValid(): boolean {
    const { monotonicNow, now } = this.options;
    // The second clock goes on while a machine is suspended.
    return (monotonicNow() < this.#until && now() < this.#wallUntil) || this.#goesOnAlone;
  }

  /** Without another machine there is nobody who could take its sessions while it cannot renew. */
  get #goesOnAlone(): boolean {
    const isOutOfReach = this.#isFailing || this.#isRenewing;
    return this.#isAlone && isOutOfReach && this.#term > 0 && !this.#isEnded;
  }

  /** Whether an id is one of this process's registrations. */
  isOwn(id: string): boolean {
    return this.#ids.has(id);
  }

  /** The database has shown that the lease has run out: others may have taken its sessions. */
  noteLapsed(): void {
    this.#until = Number.NEGATIVE_INFINITY;
    this.#isAlone = false;
  }

  /** Another machine has shown itself: this one must not go on without the database. */
  noteOther(): void {
    this.#isAlone = false;
  }

  /** Resolves when the machine is registered and its lease holds. Throws StorageUnavailable. */
  async ready(): Promise<void> {
    if (this.#term > 0 && this.isValid) return;
    this.#registering ??= this.#register().finally(() => {
      this.#registering = null;
    });
    await this.#registering;
  }

  /** Renews the lease when it is time. Never throws. */
  async renew(): Promise<void> {
    if (this.#isEnded) return;
    const { monotonicNow } = this.options;
    const left = this.#until - monotonicNow();
    if (this.#term > 0 && left > this.#leaseMs - MARGIN_MS - RENEW_MS) return;
    this.#isRenewing = true;
    try {
      if (this.#term === 0 || !(await this.#extend())) await this.ready();
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.options.onFailed?.(error);
      this.#isFailing = true;
    } finally {
      this.#isRenewing = false;
    }
  }

  /** From now on it takes no session, and hands over those that others ask for. Never throws. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    if (this.#term === 0) return;
    await this.options.db
      .write((orm) => orm.run(sql`UPDATE ${machines} SET is_draining = 1 WHERE id = ${this.#id}`))
      .catch(() => {});
  }

  /** Gives all sessions back: everything must be saved. Throws StorageUnavailable. */
  async end(): Promise<void> {
    this.#isEnded = true;
    if (this.#term === 0) return;
    this.#until = Number.NEGATIVE_INFINITY;
    await this.options.db.write((orm) =>
      orm.run(
        sql`UPDATE ${machines} SET ended_at = ${DATABASE_NOW}, lease_until = ${DATABASE_NOW}
          WHERE id = ${this.#id}`,
      ),
    );
  }

  /** Resolves with false when the lease ran out before, so that others may have taken its sessions. */
  async #extend(): Promise<boolean> {
    const { db, machine } = this.options;
    const started = this.#clocks();
    const [row] = await db.write((orm) =>
      orm.all<{ is_alone: number }>(
        sql`UPDATE ${machines} SET lease_until = ${DATABASE_NOW} + ${this.#leaseMs},
            is_alone = ${isAlone(machine)}
          WHERE id = ${this.#id} AND ended_at IS NULL
            AND (lease_until > ${DATABASE_NOW} OR (is_alone AND ${isAlone(machine)}))
          RETURNING is_alone`,
      ),
    );
    if (row === undefined) return false;
    this.#isAlone = row.is_alone === 1;
    this.#holdFrom(started);
    return true;
  }

  async #register(): Promise<void> {
    const { db, machine, region } = this.options;
    if (this.#isEnded) return;
    if (this.#term > 0) this.options.onLost?.();
    await this.#endPredecessors();
    const id = crypto.randomUUID();
    const started = this.#clocks();
    const [row] = await db.write((orm) =>
      orm.all<{ is_alone: number }>(
        sql`INSERT INTO ${machines}
            (id, machine, region, host, pid, lease_until, is_draining, is_alone, started_at)
          SELECT ${id}, ${machine}, ${region}, ${hostname()}, ${process.pid},
            ${DATABASE_NOW} + ${this.#leaseMs}, ${this.#isDraining ? 1 : 0}, ${isAlone(machine)},
            ${DATABASE_NOW}
          RETURNING is_alone`,
      ),
    );
    this.#ids.add(id);
    this.#id = id;
    this.#term++;
    this.#isAlone = row?.is_alone === 1;
    this.#holdFrom(started);
  }

  /** The sessions of a process that has died on this machine are free at once. */
  async #endPredecessors(): Promise<void> {
    const { db, machine } = this.options;
    const rows = await db.read((orm) =>
      orm.all<{ id: string; pid: number }>(
        sql`SELECT id, pid FROM ${machines}
          WHERE machine = ${machine} AND host = ${hostname()} AND ended_at IS NULL`,
      ),
    );
    const dead = rows
      .filter(({ id, pid }) => this.#ids.has(id) || (pid !== process.pid && !isRunning(pid)))
      .map(({ id }) => id);
    await db.write((orm) =>
      orm.run(
        sql`UPDATE ${machines} SET lease_until = 0
          WHERE id IN (SELECT value FROM json_each(${JSON.stringify(dead)}))`,
      ),
    );
    await db.write((orm) =>
      orm.run(
        sql`DELETE FROM ${machines} WHERE started_at < ${DATABASE_NOW} - ${SEEN_MS}
          AND lease_until < ${DATABASE_NOW} - ${SEEN_MS}`,
      ),
    );
  }

  #clocks(): { monotonic: number; wall: number } {
    return { monotonic: this.options.monotonicNow(), wall: this.options.now() };
  }

  /** The lease counts from before it was asked for. */
  #holdFrom({ monotonic, wall }: { monotonic: number; wall: number }): void {
    this.#until = monotonic + this.#leaseMs - MARGIN_MS;
    this.#wallUntil = wall + this.#leaseMs - MARGIN_MS;
  }
}

/** Whether no other machine has been there for a day. */
const isAlone = (machine: string): SQL =>
  sql`NOT EXISTS (SELECT 1 FROM ${machines} AS other WHERE other.machine <> ${machine}
    AND (other.lease_until > ${DATABASE_NOW} - ${SEEN_MS} OR other.started_at > ${DATABASE_NOW} - ${SEEN_MS}))`;
