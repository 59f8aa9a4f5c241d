import { fixedOf, SANDBOX_PK } from "./fixtures.ts";
import { Memo, mix, Permutation } from "./numbers.ts";
import type { People, Person } from "./people.ts";

/** Where a thread is: in the inbox, the message requests or the hidden requests. */
export type Folder = "inbox" | "pending" | "spam";

/** A conversation as one account has it. */
export interface Thread {
  /** Number of a seeded thread, 32 bits made of owner, folder and index; -1 for one made in a world. */
  readonly number: number;
  /** 128 bits. */
  readonly id: bigint;
  /** The newer id, 64 bits; endpoints take either. */
  readonly v2Id: bigint;
  readonly owner: Person;
  readonly folder: Folder;
  /** Position among the seeded threads of its folder, 0 the one with the latest activity; -1 for others. */
  readonly index: number;
  /** The other users in it; one unless it is a group. */
  readonly members: readonly Person[];
  /** Users who have left it. */
  readonly left: readonly Person[];
  readonly isGroup: boolean;
  /** Who made it, where that is known. */
  readonly creator: Person | undefined;
  /** Name of a group, where it has one. */
  readonly name: string | undefined;
  readonly isMuted: boolean;
  readonly areCallsMuted: boolean;
  readonly isPinned: boolean;
  /** At the start; `seenUpTo` says what was seen since. */
  readonly isUnread: boolean;
  /** Time of the newest message that the owner has seen, unix microseconds; undefined while `isUnread` holds. */
  readonly seenUpTo: number | undefined;
  /** The owner has marked it as unread. */
  readonly isMarkedUnread: boolean;
  /** The owner has hidden it until a message is newer than this, unix microseconds. */
  readonly hiddenUpTo: number | undefined;
  readonly isFlagged: boolean;
  /** Box of the inbox: 0 primary, 1 general. */
  readonly box: 0 | 1;
  readonly messageCount: number;
  /** How many messages have come by themselves since the start (see NEWEST); as many old ones are gone. */
  readonly added: number;
  /** Time of the newest seeded message, or at which the thread was made, unix microseconds. */
  readonly lastActivity: number;
  /** Microseconds between two messages; each was sent at a random moment of its interval. */
  readonly interval: number;
  readonly hash: number;
}

/**
 * Whether a thread has fields missing as answers about old conversations have: media without their
 * id, readers without the time of the message. Strict clients cannot read a page that holds one, so
 * they are kept to the hidden requests.
 */
export const isDated = ({ folder }: Thread): boolean => folder === "spam";

const FOLDERS: readonly Folder[] = ["inbox", "pending", "spam"];

/**
 * Seeded messages are older than this, so that they do not depend on the clock. Only in the first
 * thread of an inbox do new messages keep coming.
 */
const NEWEST = Date.UTC(2025, 10, 1);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Milliseconds between the last activities of two threads in a folder. */
const INTERVAL = { inbox: 7 * HOUR, pending: 31 * HOUR, spam: 53 * HOUR } as const;

const NAMES = [
  "Berlin crew 🏙️",
  "Family ❤️",
  "Проект «Север»",
  "写真部",
  "Climbing on Tuesdays",
  "Größe S bis XXL",
] as const;

/** The most other users in a group. */
const LARGEST_GROUP = 7;

/** The seeded threads, computed from owner, folder and index; the first one also from the moment. */
export class Threads {
  readonly #threads = new Memo<Thread>(2_000);

  constructor(readonly people: People) {}

  count(owner: Person, folder: Folder): number {
    const fixed = fixedOf(owner).threads;
    if (fixed !== undefined) return fixed[folder];
    const hash = mix(owner.slot, 61);
    if (folder === "inbox") return 3 + (hash % 9);
    return folder === "pending" ? 1 + ((hash >>> 4) % 3) : 0;
  }

  /** The thread at an index, 0..count-1. */
  of(owner: Person, folder: Folder, index: number, now: number): Thread {
    const number = numberOf(owner, folder, index);
    const thread = this.#threads.get(number, () => this.#compute(number, owner, folder, index));
    if (folder !== "inbox" || index > 0) return thread;
    const { lastActivity, interval } = thread;
    const added = Math.floor((now * 1_000 - lastActivity) / interval);
    if (added <= 0) return thread;
    return { ...thread, added, lastActivity: lastActivity + added * interval };
  }

  /** All threads of an account. */
  *everywhere(owner: Person, now: number): Generator<Thread> {
    for (const folder of FOLDERS)
      for (let index = 0; index < this.count(owner, folder); index++)
        yield this.of(owner, folder, index, now);
  }

  /** An account's thread by either of its ids; undefined where it has none with that id. */
  byId(owner: Person, text: string, now: number): Thread | undefined {
    if (!/^\d{17,39}$/.test(text)) return undefined;
    const id = BigInt(text);
    const number = numberIn(id, ID_BASE, ID_BITS) ?? numberIn(id, V2_BASE, V2_BITS);
    if (number === undefined || Math.floor(number / 4096) !== owner.slot) return undefined;
    const folder = FOLDERS[(number >>> 10) & 3];
    const index = number & 1023;
    const exists = folder !== undefined && index < this.count(owner, folder);
    return exists ? this.of(owner, folder, index, now) : undefined;
  }

  /** A thread as it is at that moment without what the tenant's accounts did to it. */
  atMoment(thread: Thread, now: number): Thread {
    const { number, owner, index } = thread;
    const folder = FOLDERS[(number >>> 10) & 3];
    return number < 0 || folder === undefined ? thread : this.of(owner, folder, index, now);
  }

  #compute(number: number, owner: Person, folder: Folder, index: number): Thread {
    const hash = mix(this.people.seed, number, 62);
    const isGroup = folder === "inbox" ? index % 5 === 3 : index % 9 === 7;
    const size = isGroup ? 2 + (hash % (LARGEST_GROUP - 1)) : 1;
    const isInbox = folder === "inbox";
    const isLively = isInbox && index === 0;
    const span = isLively ? 4 * MINUTE : INTERVAL[folder];
    const age = index * INTERVAL[folder] + ((hash >>> 3) % span);
    return {
      number,
      id: ID_BASE + scrambled(number, ID_BITS),
      v2Id: V2_BASE + scrambled(number, V2_BITS),
      owner,
      folder,
      index,
      members: this.#others(owner, folder, index, 0, size),
      left: isGroup && hash % 3 === 0 ? this.#others(owner, folder, index, size, 1) : [],
      isGroup,
      name: isGroup && hash % 4 !== 0 ? NAMES[(hash >>> 5) % NAMES.length] : undefined,
      creator: undefined,
      isMuted: index % 11 === 4,
      areCallsMuted: hash % 8 === 0,
      isPinned: isInbox && index < 2,
      seenUpTo: undefined,
      isMarkedUnread: false,
      hiddenUpTo: undefined,
      isUnread: isInbox ? index % 4 === 1 : true,
      isFlagged: isInbox && index % 6 === 2,
      box: isInbox && index % 3 === 2 ? 1 : 0,
      messageCount: messageCount(folder, index, hash),
      added: 0,
      lastActivity: (NEWEST - 1 - age) * 1_000 + (hash % 1_000),
      interval: (isLively ? 20 : 37) * MINUTE * 1_000,
      hash,
    };
  }

  /** Distinct users of the crowd; in the first thread of `sandbox` it is `instagram` instead. */
  #others(owner: Person, folder: Folder, index: number, from: number, count: number): Person[] {
    if (owner.pk === SANDBOX_PK && folder === "inbox" && index === 0)
      return [this.people.instagram];
    const order = new Permutation(mix(this.people.seed, owner.slot, 63));
    const start = FOLDERS.indexOf(folder) * 16_384 + index * 16 + from;
    return Array.from({ length: count }, (_, at) => this.people.ofCrowd(order.apply(start + at)));
  }
}

/** Most threads are short; in the inbox the first one and every seventh after it are long. */
function messageCount(folder: Folder, index: number, hash: number): number {
  if (folder !== "inbox") return 1 + (hash % 4);
  if (index === 0) return 300 + (hash % 60);
  return index % 7 === 0 ? 60 + (hash % 70) : 1 + (hash % 24);
}

/** The `count`th thread that is made in a world. Its ids are above all seeded ones. */
export function newThread(
  count: number,
  owner: Person,
  members: readonly Person[],
  now: number,
): Thread {
  const behind = (bits: number): bigint => (1n << BigInt(bits)) + BigInt(count) * 7_919n;
  return {
    number: -1,
    id: ID_BASE + behind(ID_BITS),
    v2Id: V2_BASE + behind(V2_BITS),
    owner,
    folder: "inbox",
    index: -1,
    members,
    left: [],
    isGroup: members.length > 1,
    creator: owner,
    name: undefined,
    isMuted: false,
    areCallsMuted: false,
    isPinned: false,
    isUnread: false,
    seenUpTo: undefined,
    isMarkedUnread: false,
    hiddenUpTo: undefined,
    isFlagged: false,
    box: 0,
    messageCount: 0,
    added: 0,
    lastActivity: now * 1_000,
    interval: 1,
    hash: 1,
  };
}

const numberOf = (owner: Person, folder: Folder, index: number): number =>
  owner.slot * 4096 + FOLDERS.indexOf(folder) * 1024 + index;

/** An id is a base plus the scrambled number of the thread: most ids above a base belong to no thread. */
const ID_BASE = 340_282_366_841_710_300_949_128_000_000_000_000_000n;
const ID_BITS = 49;
const V2_BASE = 17_840_000_000_000_000n;
const V2_BITS = 43;
const FACTOR = 0x9e3779b97f4a7c15n;

const scrambled = (number: number, bits: number): bigint =>
  BigInt.asUintN(bits, BigInt(number) * FACTOR);

/** The thread's number in an id, undefined where the id is not above that base or belongs to no thread. */
function numberIn(id: bigint, base: bigint, bits: number): number | undefined {
  const offset = id - base;
  if (offset < 0n || offset >= 1n << BigInt(bits)) return undefined;
  const number = BigInt.asUintN(bits, offset * INVERSE);
  return number < 1n << 32n ? Number(number) : undefined;
}

/** Inverse of FACTOR modulo 2^64, and so modulo every smaller power: each step doubles the bits. */
const INVERSE = ((): bigint => {
  let inverse = FACTOR;
  for (let step = 0; step < 6; step++)
    inverse = BigInt.asUintN(64, inverse * (2n - FACTOR * inverse));
  return inverse;
})();
