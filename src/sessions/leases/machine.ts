import type { Database } from "../../db/connection.ts";
import { GatewayProblem } from "../../problems/gateway.ts";
import { LeaseFence } from "./lease-fence.ts";
import { type Registered, Registrations } from "./registrations.ts";

/** How long a lease holds without a further sign. A dead machine's sessions are free after this time. */
const LEASE_MS = 14_000;
/** How often it is renewed. */
const RENEW_MS = 3_000;
/**
 * So much earlier than in the database a lease ends for its holder: what is under way is broken off by
 * then, and clocks differ a little in speed.
 */
const MARGIN_MS = 1_000;
/**
 * In this last part of a lease no work begins: what has begun before can nearly always end, and need not
 * be broken off in the middle of a write.
 */
const LAST_PART = 1 / 7;
/** Renewals that may be under way at once: one that gets no answer must not prevent the next. */
const MAX_RENEWALS = 4;
/** How often the machine looks whether its lease still holds. */
export const BEAT_MS = 250;
/**
 * A process that has stood still for so long may have been taken for dead. It is less than the time
 * that Fly's proxy gives a machine to answer.
 */
const STILL_MS = 1_500;

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
  /** The number of the last change of the feed that it has taken in. */
  seen?: () => number;
}

/** A moment, on the monotonic clock and on that of the machine, which goes on while it is suspended. */
interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

const NEVER: Moment = { monotonic: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY };

/**
 * This process among the machines that serve the sessions: its sign of life, on which the leases of
 * all its sessions depend. Renewing it is one small write, whatever the number of sessions.
 */
export class Machine {
  /** Of the requests that are under way for its sessions. */
  readonly fence = new LeaseFence(() => this.isValid);
  readonly #registrations: Registrations;
  readonly #leaseMs: number;
  /** Of this registration; empty before the first one. */
  #id = "";
  /** Counts the registrations: a lease that was taken in an earlier term is lost. */
  #term = 0;
  /** Until when the lease holds here. */
  #until = NEVER;
  /** The last beat: nothing has stood still since then. */
  #beat = NEVER;
  #isAlone = false;
  #isDraining = false;
  #isEnded = false;
  #isFailing = false;
  /** Whether it is known that the lease of this term has run out. */
  #isLost = true;
  #renewals = 0;
  /** When the last renewal was sent, on the monotonic clock. */
  #renewedAt = Number.NEGATIVE_INFINITY;
  #renewing: Promise<void> | null = null;
  #registering: Promise<void> | null = null;

  constructor(private readonly options: MachineOptions) {
    const { db, machine, region, leaseMs = LEASE_MS, seen = () => 0 } = options;
    this.#leaseMs = leaseMs;
    this.#registrations = new Registrations(db, { machine, region, leaseMs, seen });
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
  /** Whether no other machine was seen for a day. */
  get isAlone(): boolean {
    return this.#isAlone;
  }

  /** Whether the leases of this term hold at this instant. */
  get isValid(): boolean {
    return this.#isValidFor(0);
  }

  /** Whether work on its sessions may begin: it has time to end before the lease does. */
  get hasTime(): boolean {
    return this.#isValidFor(this.#leaseMs * LAST_PART);
  }

  #isValidFor(milliseconds: number): boolean {
    const { monotonicNow, now } = this.options;
    const { monotonic, wall } = this.#until;
    const isWithin = monotonicNow() + milliseconds < monotonic && now() + milliseconds < wall;
    return isWithin || this.#goesOnAlone;
  }

  /**
   * Without another machine there is nobody who could take its sessions while it cannot renew. One that
   * comes asks first, and takes them when it gets no answer.
   */
  get #goesOnAlone(): boolean {
    return this.#isAlone && !this.#hasStoodStill;
  }

  get #hasStoodStill(): boolean {
    const { monotonic, wall } = this.#moment();
    return monotonic - this.#beat.monotonic > STILL_MS || wall - this.#beat.wall > STILL_MS;
  }

  /** Another machine has shown itself: this one must not go on without the database. */
  noteOther(): void {
    this.#isAlone = false;
    if (!this.isValid) this.#lose();
  }

  /**
   * Resolves when the machine is registered and its lease holds, at once while `lapsed`, the id of a
   * registration whose lease has run out in the database, is none of now. Throws ShuttingDown,
   * StorageUnavailable.
   */
  async ready(lapsed = ""): Promise<void> {
    if (this.#isEnded) throw new GatewayProblem("ShuttingDown", "the machine's lease has ended");
    if (this.hasTime && lapsed !== this.#id) return;
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    await this.#renewing;
  }

  /** To be called often and regularly: what must happen when the lease has run out happens here. */
  beat(): void {
    const isOver = !this.#isWithin(this.#until);
    // It may have been asked, and taken for dead.
    if (isOver && this.#hasStoodStill) this.#isAlone = false;
    this.#beat = this.#moment();
    if (!this.isValid) this.#lose();
  }

  /** Renews the lease when it is time. Never throws. */
  async renew(): Promise<void> {
    const { monotonicNow, onFailed } = this.options;
    if (this.#isEnded || this.#renewals >= MAX_RENEWALS) return;
    if (monotonicNow() - this.#renewedAt < RENEW_MS && this.isValid) return;
    this.#renewals++;
    try {
      await this.#renew();
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) onFailed?.(error);
      this.#isFailing = true;
    } finally {
      this.#renewals--;
    }
  }

  /** Tells others at once what it has seen of the feed. Throws StorageUnavailable. */
  async tell(): Promise<void> {
    if (this.#term > 0) await this.#registrations.tell(this.#id);
  }

  /** From now on it takes no session, and hands over those that others ask for. Never throws. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    if (this.#term > 0) await this.#registrations.noteDraining(this.#id).catch(() => {});
  }

  /**
   * Gives all sessions back. `isAllSaved`: whether everything that was known of them is stored. Throws
   * StorageUnavailable.
   */
  async end(isAllSaved: boolean): Promise<void> {
    this.#isEnded = true;
    this.#isAlone = false;
    this.#until = NEVER;
    // It is meant so.
    this.#isLost = true;
    this.fence.breakOff();
    if (this.#term > 0) await this.#registrations.end(this.#id, isAllSaved);
  }

  async #renew(): Promise<void> {
    const id = this.#id;
    const started = this.#moment();
    this.#renewedAt = started.monotonic;
    const renewed = id === "" ? null : await this.#registrations.renew(id);
    // A late answer about an earlier registration.
    if (id !== this.#id || this.#isEnded) return;
    if (renewed === null) await this.#register();
    else this.#holdFrom(started, renewed);
  }

  async #register(): Promise<void> {
    if (this.#isEnded) return;
    this.#registering ??= this.#registerNow().finally(() => {
      this.#registering = null;
    });
    await this.#registering;
  }

  async #registerNow(): Promise<void> {
    // Nothing of the old term may go on from here: its leases end in the database.
    this.#until = NEVER;
    this.#isAlone = false;
    this.#lose();
    const id = crypto.randomUUID();
    const started = this.#moment();
    const registered = await this.#registrations.register(id, this.#isDraining);
    if (this.#isEnded) return this.#registrations.end(id, true);
    this.#id = id;
    this.#term++;
    this.#beat = this.#moment();
    this.#renewedAt = started.monotonic;
    this.#holdFrom(started, registered);
  }

  /** The lease counts from before it was asked for. An answer that comes late shortens nothing. */
  #holdFrom({ monotonic, wall }: Moment, { isAlone }: Registered): void {
    const until = this.#leaseMs - MARGIN_MS;
    if (monotonic + until <= this.#until.monotonic) return;
    this.#until = { monotonic: monotonic + until, wall: wall + until };
    this.#isLost = false;
    this.#isAlone = isAlone;
  }

  #isWithin({ monotonic, wall }: Moment): boolean {
    const now = this.#moment();
    return now.monotonic < monotonic && now.wall < wall;
  }

  /** Nothing of its sessions may go on. */
  #lose(): void {
    this.fence.breakOff();
    if (!this.#isLost) this.options.onLost?.();
    this.#isLost = true;
  }

  #moment(): Moment {
    return { monotonic: this.options.monotonicNow(), wall: this.options.now() };
  }
}
