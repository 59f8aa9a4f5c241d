import { INSTAGRAM_PK, NAMED_ACCOUNTS, type NamedAccount } from "./fixtures.ts";
import { BIOGRAPHIES, FIRST_NAMES, fullName, LAST_NAMES } from "./names.ts";
import { CROWD, Memo, mix, Permutation } from "./numbers.ts";

/** A user as everybody sees them. */
export interface Person {
  /** User id, below 2^53 as on the real Instagram. */
  readonly pk: number;
  readonly username: string;
  readonly fullName: string;
  readonly biography: string;
  readonly isPrivate: boolean;
  readonly isVerified: boolean;
  readonly isBusiness: boolean;
  readonly followerCount: number;
  /** How many followers the list of followers holds: for `instagram` fewer than it counts. */
  readonly listedFollowers: number;
  readonly followingCount: number;
  readonly postCount: number;
  /** Number among all users, named accounts first and then the crowd; below 2^20. */
  readonly slot: number;
  /** What the account has entered instead of what it had from the start. */
  readonly edited?: Readonly<Partial<Contacts>>;
  /** The profile picture that the account has uploaded; null where it removed its picture. */
  readonly picture?: ProfilePicture | null;
}

/** A profile picture that an account has uploaded. */
export interface ProfilePicture {
  /** Id of the picture, as of a post. */
  readonly id: bigint;
  /** Key of the file. */
  readonly file: string;
}

/** How a user can be reached. Only `website` is shown to others. */
export interface Contacts {
  readonly website: string;
  readonly email: string;
  readonly phoneNumber: string;
}

/** The slots below this one are for named accounts. */
const FIRST_CROWD_SLOT = 16;

/** Distance between the ids of two users of the crowd; the numbers in between belong to nobody. */
const PK_STEP = 97_003;
const PK_BASE = 1_000_000_013;

function named(row: NamedAccount, slot: number): Person {
  const { pk, username, fullName, listedFollowers = 0 } = row;
  return {
    pk,
    username,
    fullName,
    biography: row.biography ?? "",
    isPrivate: row.isPrivate ?? false,
    isVerified: row.isVerified ?? false,
    isBusiness: row.isBusiness ?? false,
    followerCount: row.followerCount ?? listedFollowers,
    listedFollowers,
    followingCount: row.followingCount ?? 0,
    postCount: row.postCount ?? 0,
    slot,
  };
}

/** True for the account `instagram`, whose posts have hundreds of thousands of likes. */
export const isInstagram = ({ pk }: Person): boolean => pk === INSTAGRAM_PK;

/**
 * All users: the named accounts and the crowd, half a million made-up users. Users are computed from
 * their ids and usernames, so no list of them is held.
 */
export class People {
  /** The accounts with fixed names; only some of these can log in. */
  readonly named: readonly Person[] = NAMED_ACCOUNTS.map(named);
  readonly #byPk = new Map(this.named.map((person) => [person.pk, person]));
  readonly #byUsername = new Map(this.named.map((person) => [person.username, person]));
  readonly #crowd = new Memo<Person>(10_000);
  readonly #pks: Permutation;
  readonly #names: Permutation;
  readonly instagram: Person;

  constructor(readonly seed: number) {
    this.#pks = new Permutation(mix(seed, 11));
    this.#names = new Permutation(mix(seed, 12));
    this.instagram = this.bySlot(0);
  }

  /** The user with that id, or undefined where it belongs to nobody. */
  byPk(pk: number): Person | undefined {
    const known = this.#byPk.get(pk);
    if (known !== undefined) return known;
    const number = (pk - PK_BASE) / PK_STEP;
    if (!Number.isInteger(number) || number < 0 || number >= CROWD) return undefined;
    return this.bySlot(FIRST_CROWD_SLOT + this.#pks.invert(number));
  }

  /** The user with that username (any case), or undefined. */
  byUsername(text: string): Person | undefined {
    const username = text.toLowerCase();
    const known = this.#byUsername.get(username);
    if (known !== undefined) return known;
    const parts = /^([a-z]+)[._]([a-z]+)(\d*)$/.exec(username);
    if (parts === null) return undefined;
    const first = FIRST_NAMES.indexOf(parts[1] ?? "");
    const last = LAST_NAMES.indexOf(parts[2] ?? "");
    const suffix = parts[3] === "" ? 0 : Number(parts[3]);
    if (first < 0 || last < 0 || suffix >= CROWD >> 12) return undefined;
    const number = (suffix << 12) | (last << 6) | first;
    // The same name with another separator or leading zeros belongs to nobody.
    return spellUsername(number) === username
      ? this.bySlot(FIRST_CROWD_SLOT + this.#names.invert(number))
      : undefined;
  }

  /** The user with a slot for which isSlot() is true. */
  bySlot(slot: number): Person {
    return this.named[slot] ?? this.#crowd.get(slot, () => this.#compute(slot));
  }

  /** The user of the crowd with that number, 0..CROWD-1. */
  ofCrowd(index: number): Person {
    return this.bySlot(FIRST_CROWD_SLOT + index);
  }

  /** All slots are below this number. */
  readonly slots = FIRST_CROWD_SLOT + CROWD;

  /** True where a slot belongs to a user. */
  isSlot(slot: number): boolean {
    return (
      slot < this.named.length || (slot >= FIRST_CROWD_SLOT && slot < FIRST_CROWD_SLOT + CROWD)
    );
  }

  /** Number of a user in the crowd, or -1 for a named account. */
  crowdIndex(person: Person): number {
    return person.slot < FIRST_CROWD_SLOT ? -1 : person.slot - FIRST_CROWD_SLOT;
  }

  /** Users whose username contains (named) or starts with (crowd) the text, best first. */
  search(text: string, limit: number): Person[] {
    const wanted = text.trim().toLowerCase().replace(/^@/, "");
    const found = new Map<number, Person>();
    if (wanted === "") return [];
    const exact = this.byUsername(wanted);
    if (exact !== undefined) found.set(exact.pk, exact);
    for (const person of this.named) {
      const hit =
        person.username.includes(wanted) || person.fullName.toLowerCase().includes(wanted);
      if (hit) found.set(person.pk, person);
    }
    for (const number of usernamesStartingWith(wanted)) {
      if (found.size >= limit) break;
      const person = this.bySlot(FIRST_CROWD_SLOT + this.#names.invert(number));
      found.set(person.pk, person);
    }
    return [...found.values()].slice(0, limit);
  }

  #compute(slot: number): Person {
    const index = slot - FIRST_CROWD_SLOT;
    const nameNumber = this.#names.apply(index);
    const hash = mix(this.seed, index, 21);
    const listedFollowers = hash % 23 === 0 ? 1_000 + (hash % 9_000) : hash % 900;
    return {
      pk: PK_BASE + PK_STEP * this.#pks.apply(index),
      username: spellUsername(nameNumber),
      fullName: fullName(nameNumber & 63, (nameNumber >> 6) & 63, hash >>> 5),
      biography: BIOGRAPHIES[(hash >>> 8) % BIOGRAPHIES.length] ?? "",
      isPrivate: (hash >>> 11) % 7 === 0,
      isVerified: (hash >>> 14) % 40 === 0,
      isBusiness: (hash >>> 17) % 11 === 0,
      followerCount: listedFollowers,
      listedFollowers,
      followingCount: (hash >>> 9) % 700,
      postCount: (hash >>> 20) % 10 < 3 ? 0 : 1 + ((hash >>> 13) % 80),
      slot,
    };
  }
}

function spellUsername(number: number): string {
  const suffix = number >> 12;
  const separator = mix(number) % 2 === 0 ? "." : "_";
  const name = `${FIRST_NAMES[number & 63]}${separator}${LAST_NAMES[(number >> 6) & 63]}`;
  return suffix === 0 ? name : `${name}${suffix}`;
}

/** True where one of two texts starts with the other. */
const oneStartsWithOther = (one: string, other: string): boolean =>
  one.startsWith(other) || other.startsWith(one);

function* usernamesStartingWith(prefix: string): Generator<number> {
  for (let first = 0; first < FIRST_NAMES.length; first++) {
    const name = FIRST_NAMES[first] ?? "";
    if (!oneStartsWithOther(name, prefix)) continue;
    const tail = prefix.slice(name.length + 1);
    const lasts = [...LAST_NAMES.keys()].filter((last) =>
      oneStartsWithOther(LAST_NAMES[last] ?? "", tail),
    );
    for (let suffix = 0; suffix < CROWD >> 12; suffix++)
      for (const last of lasts) {
        const number = (suffix << 12) | (last << 6) | first;
        if (spellUsername(number).startsWith(prefix)) yield number;
      }
  }
}
