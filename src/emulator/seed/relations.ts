import { CROWD, mix, Permutation } from "./numbers.ts";
import { INSTAGRAM_PK, type People, type Person } from "./people.ts";

/** A list of users in a fixed order, of which any position can be computed. */
export interface PersonList {
  readonly length: number;
  at(position: number): Person;
  includes(person: Person): boolean;
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

  includes(person: Person): boolean {
    const index = this.people.crowdIndex(person);
    if (index < 0 || index === this.#own) return false;
    const position = this.#order.invert(index);
    if (position < this.length) return true;
    return (
      position === this.length && this.#own >= 0 && this.#order.invert(this.#own) < this.length
    );
  }
}

class WithFirst implements PersonList {
  readonly length: number;

  constructor(
    readonly first: Person,
    readonly rest: PersonList,
  ) {
    this.length = rest.length + 1;
  }

  at(position: number): Person {
    return position === 0 ? this.first : this.rest.at(position - 1);
  }

  includes(person: Person): boolean {
    return person.pk === this.first.pk || this.rest.includes(person);
  }
}

/** Who follows a user at the start of every world, newest first. */
export function initialFollowers(people: People, person: Person): PersonList {
  return new CrowdList(people, person, Math.min(person.listedFollowers, CROWD >> 1), 31);
}

/** Whom a user follows at the start of every world. */
export function initialFollowing(people: People, person: Person): PersonList {
  const others = (length: number) => new CrowdList(people, person, length, 32);
  const followsInstagram =
    person.pk !== INSTAGRAM_PK &&
    person.followingCount > 0 &&
    initialFollowers(people, people.instagram).includes(person);
  return followsInstagram
    ? new WithFirst(people.instagram, others(person.followingCount - 1))
    : others(person.followingCount);
}

/** How many ask to follow a named account at the start of every world, by its slot. */
const REQUESTS = new Map([
  [1, 130],
  [5, 75],
]);

/** Who asks to follow a user at the start of every world; some may follow already. */
export function initialRequests(people: People, person: Person): PersonList {
  return new CrowdList(people, person, REQUESTS.get(person.slot) ?? 0, 33);
}
