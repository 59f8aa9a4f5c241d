import { type SeedList, seedOf } from "../store/kinds.ts";
import { fixedOf } from "./fixtures.ts";
import { CROWD, mix, Permutation } from "./numbers.ts";
import type { People, Person } from "./people.ts";

/** The users of a list that is computed: one at every position. */
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
    // Nobody is in a list of their own: the position just after the end steps in.
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
    /** How many there are, where the list shows fewer. */
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
 * Users of the crowd after those named accounts that must be there because their own list says so:
 * whatever can be changed in two lists is in both of them.
 */
export function withNamed(
  people: People,
  wanted: (account: Person) => boolean,
  /** How many there are in all, unless the named ones are more. */
  length: number,
  rest: (length: number) => PersonList,
  count = length,
): PersonList {
  const named = people.named.filter(wanted);
  const total = Math.max(length, named.length);
  return new WithNamed(named, rest(total - named.length), Math.max(count, total));
}

const crowdFollowers = (people: People, person: Person, length: number): PersonList =>
  new CrowdList(people, person, length, 31);

const crowdFollowing = (people: People, person: Person, length: number): PersonList =>
  new CrowdList(people, person, length, 32);

const isIn = (list: PersonList, person: Person): boolean => list.positionOf(person) !== undefined;

/** Who follows a user at the start of every world. */
export function followersSeed(people: People, person: Person): PersonList {
  return withNamed(
    people,
    (account) => isIn(crowdFollowing(people, account, account.followingCount), person),
    Math.min(person.listedFollowers, CROWD >> 1),
    (length) => crowdFollowers(people, person, length),
    person.followerCount,
  );
}

/** Whom a user follows at the start of every world. */
export function followingSeed(people: People, person: Person): PersonList {
  return withNamed(
    people,
    (account) => isIn(crowdFollowers(people, account, account.listedFollowers), person),
    person.followingCount,
    (length) => crowdFollowing(people, person, length),
  );
}

/** Whom a user asks to follow at the start of every world: named accounts only are asked. */
export function requestedSeed(people: People, person: Person): SeedList<Person> {
  const isAsked = (account: Person) =>
    requestsSeed(people, account).positionOf(person) !== undefined;
  return seedOf(people.named.filter(isAsked), ({ pk }) => pk);
}

/** Who asks to follow a user at the start of every world; some follow already, and are left out. */
export function requestsSeed(people: People, person: Person): SeedList<Person> {
  const asking = new CrowdList(people, person, fixedOf(person).requests ?? 0, 33);
  const followers = followersSeed(people, person);
  const waits = (one: Person) => !isIn(followers, one);
  return {
    length: asking.length,
    at(position) {
      const one = asking.at(position);
      return waits(one) ? one : undefined;
    },
    positionOf: (one) => (waits(one) ? asking.positionOf(one) : undefined),
  };
}
