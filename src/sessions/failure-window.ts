/** What a failure is of. */
interface Failed {
  readonly sessionId: string | null;
  readonly proxy: string | null;
}

const SLOT_MS = 3_000;
const SLOTS = 10;
/** More need not be told apart. */
const MAX_NAMES = 1_000;
/** The session of requests without one, and the way of those without a proxy. */
const NONE = "";

interface Slot {
  /** The number of the time slot since the clock began. */
  number: number;
  failures: number;
  good: number;
}

/** Requests that failed, and those that did not, in the last thirty seconds. */
export class FailureWindow {
  readonly #slots: Slot[] = [];
  /** The slot of the last failure of each session, and of each way to Instagram. */
  readonly #sessions = new Map<string, number>();
  readonly #ways = new Map<string, number>();

  constructor(private readonly monotonicNow: () => number) {}

  good(): void {
    this.#slot().good++;
  }

  failed({ sessionId, proxy }: Failed): void {
    const slot = this.#slot();
    slot.failures++;
    note(this.#sessions, sessionId ?? NONE, slot.number);
    note(this.#ways, proxy ?? NONE, slot.number);
  }

  get failures(): number {
    return this.#current().reduce((sum, { failures }) => sum + failures, 0);
  }

  /** The share of requests that failed; 0 without requests. */
  get share(): number {
    const { failures } = this;
    const good = this.#current().reduce((sum, slot) => sum + slot.good, 0);
    return failures === 0 ? 0 : failures / (failures + good);
  }

  /** The number of sessions with failures. */
  get sessions(): number {
    return this.#count(this.#sessions);
  }

  /** Whether no single proxy can be at fault: several were taken, or none. */
  get isNoProxysFault(): boolean {
    const isDirect = (this.#ways.get(NONE) ?? Number.NEGATIVE_INFINITY) >= this.#oldest;
    return isDirect || this.#count(this.#ways) > 1;
  }

  /** Whether nothing has happened within it. */
  get isOver(): boolean {
    return this.#current().length === 0;
  }

  clear(): void {
    this.#slots.length = 0;
    this.#sessions.clear();
    this.#ways.clear();
  }

  #number(): number {
    return Math.floor(this.monotonicNow() / SLOT_MS);
  }

  /** The number of the oldest slot that counts. */
  get #oldest(): number {
    return this.#number() - SLOTS + 1;
  }

  #slot(): Slot {
    const number = this.#number();
    const last = this.#slots.at(-1);
    if (last?.number === number) return last;
    const slot = { number, failures: 0, good: 0 };
    this.#slots.push(slot);
    if (this.#slots.length > SLOTS) this.#slots.shift();
    return slot;
  }

  #current(): Slot[] {
    const oldest = this.#oldest;
    return this.#slots.filter(({ number }) => number >= oldest);
  }

  #count(names: ReadonlyMap<string, number>): number {
    const oldest = this.#oldest;
    let count = 0;
    for (const number of names.values()) if (number >= oldest) count++;
    return count;
  }
}

/** The names are in the order of their last failures. */
function note(names: Map<string, number>, name: string, slot: number): void {
  names.delete(name);
  names.set(name, slot);
  if (names.size <= MAX_NAMES) return;
  const [oldest] = names.keys();
  if (oldest !== undefined) names.delete(oldest);
}
