import { type SeedList, seedOf } from "../store/kinds.ts";
import { fixedOf } from "./fixtures.ts";
import { CROWD, Memo, mix, Permutation } from "./numbers.ts";
import type { People, Person } from "./people.ts";

/** A computed list of users, with a user at every position. */
export interface PersonList extends SeedList<Person> {
  at(position: number): Person;
}

/** Distinct users of the crowd in a seeded order, without `owner`. */
class CrowdList implements PersonList {
  readonly #order: Permutation;
  readonly #own: number;

  constructor(
    readonly people: People,
    owner: Person,
    readonly length: number,
    kind: number,
  ) {
    this.#order = new Permutation(mix(people.seed, owner.slot, kind));
    this.#own = people.crowdIndex(owner);
  }

  at(position: number): Person {
    const index = this.#order.apply(position);
    // Users are not in their own lists: the user just after the end takes their place.
    return this.people.ofCrowd(index === this.#own ? this.#order.apply(this.length) : index);
  }

  positionOf(person: Person): number | undefined {
    const index = this.people.crowdIndex(person);
    if (index < 0 || index === this.#own) return undefined;
    let position = this.#order.invert(index);
    if (position === this.length && this.#own >= 0) position = this.#order.invert(this.#own);
    return position < this.length ? position : undefined;
  }
}

/** Named accounts before users of the crowd. */
class WithNamed implements PersonList {
  readonly length: number;

  constructor(
    readonly named: readonly Person[],
    readonly rest: PersonList,
    /** How many users are counted; more than `length` where the list does not show all of them. */
    readonly count = named.length + rest.length,
  ) {
    this.length = named.length + rest.length;
  }

  at(position: number): Person {
    return this.named[position] ?? this.rest.at(position - this.named.length);
  }

  positionOf(person: Person): number | undefined {
    const first = this.named.findIndex(({ pk }) => pk === person.pk);
    if (first >= 0) return first;
    const position = this.rest.positionOf(person);
    return position === undefined ? undefined : position + this.named.length;
  }
}

/**
 * A list that begins with the named accounts that `isListed` accepts, followed by users of the crowd.
 * Accounts can change only relations between a named account and somebody else, and both lists of such
 * a relation must agree: `isListed` therefore looks into the account's own list.
 */
export function withNamed(
  people: People,
  isListed: (account: Person) => boolean,
  /** How many users are listed, unless more named accounts are. */
  length: number,
  crowdOf: (length: number) => PersonList,
  count = length,
): PersonList {
  const named = people.named.filter(isListed);
  const total = Math.max(length, named.length);
  return new WithNamed(named, crowdOf(total - named.length), Math.max(count, total));
}

const isIn = (list: SeedList<Person>, person: Person): boolean =>
  list.positionOf(person) !== undefined;

/**
 * Who follows whom, and who asks to, at the start of every world. The lists of the users asked for
 * last are kept: an inbox asks about the same users again and again.
 */
export class Relations {
  readonly #followers = new Memo<PersonList>(1_000);
  readonly #following = new Memo<PersonList>(1_000);
  readonly #asking = new Memo<SeedList<Person>>(200);
  readonly #asked = new Memo<SeedList<Person>>(1_000);

  constructor(readonly people: People) {}

  /** Who follows a user. */
  followersOf(person: Person): PersonList {
    return this.#followers.get(person.slot, () =>
      withNamed(
        this.people,
        (account) => isIn(this.#crowdFollowing(account, account.followingCount), person),
        Math.min(person.listedFollowers, CROWD >> 1),
        (length) => this.#crowdFollowers(person, length),
        person.followerCount,
      ),
    );
  }

  /** Whom a user follows. */
  followedBy(person: Person): PersonList {
    return this.#following.get(person.slot, () =>
      withNamed(
        this.people,
        (account) => isIn(this.#crowdFollowers(account, account.listedFollowers), person),
        person.followingCount,
        (length) => this.#crowdFollowing(person, length),
      ),
    );
  }

  /** Who asks to follow a user. Positions of users who follow already hold nothing. */
  askingToFollow(person: Person): SeedList<Person> {
    return this.#asking.get(person.slot, () => {
      const asking = new CrowdList(this.people, person, fixedOf(person).requests ?? 0, 33);
      const followers = this.followersOf(person);
      const isWaiting = (one: Person) => !isIn(followers, one);
      return {
        length: asking.length,
        at(position) {
          const one = asking.at(position);
          return isWaiting(one) ? one : undefined;
        },
        positionOf: (one) => (isWaiting(one) ? asking.positionOf(one) : undefined),
      };
    });
  }

  /** Whom a user asks to follow; all of them are named accounts. */
  askedBy(person: Person): SeedList<Person> {
    return this.#asked.get(person.slot, () => {
      const isAsked = (account: Person) => isIn(this.askingToFollow(account), person);
      return seedOf(this.people.named.filter(isAsked), ({ pk }) => pk);
    });
  }

  #crowdFollowers(person: Person, length: number): PersonList {
    return new CrowdList(this.people, person, length, 31);
  }

  #crowdFollowing(person: Person, length: number): PersonList {
    return new CrowdList(this.people, person, length, 32);
  }
}
