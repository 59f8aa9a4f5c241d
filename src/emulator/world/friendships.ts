import type { Person } from "../seed/people.ts";
import type { Relations } from "../seed/relations.ts";
import { type Budget, CHANGE } from "../store/budget.ts";
import type { ListKind, SeedList } from "../store/kinds.ts";
import { Lists } from "../store/lists.ts";
import { Relation } from "../store/relation.ts";
import { Attention } from "./attention.ts";
import type { People } from "./people.ts";

/** Who follows whom, asks to follow whom and blocks whom in one world. */
export class Friendships {
  readonly follows: Relation<Person, Person>;
  /** Who asks to follow which private account. */
  readonly requests: Relation<Person, Person>;
  readonly blocks: Relation<Person, Person>;
  readonly attention: Attention;

  constructor(
    seed: Relations,
    readonly people: People,
    readonly budget: Budget,
  ) {
    const lists = (
      grows: "head" | "tail",
      seedOf?: (person: Person) => SeedList<Person>,
    ): Lists<Person, Person> => new Lists(this.#kind(grows, seedOf), budget);
    this.follows = new Relation(
      lists("tail", (person) => seed.followedBy(person)),
      lists("tail", (person) => seed.followersOf(person)),
    );
    this.requests = new Relation(
      lists("head", (person) => seed.askedBy(person)),
      lists("head", (person) => seed.askingToFollow(person)),
    );
    this.blocks = new Relation(lists("head"), lists("head"));
    this.attention = new Attention(people, budget);
  }

  /** Makes `from` follow `to`, or ask to where `to` is private. Unblocks `to` where `from` blocked it. */
  follow(from: Person, to: Person): void {
    this.blocks.remove(from, to);
    if (this.follows.has(from, to)) return;
    if (this.people.current(to).isPrivate) this.requests.add(from, to);
    // The account was private when it was asked.
    else if (this.requests.has(from, to)) this.approve(from, to);
    else this.follows.add(from, to);
  }

  /** Takes back a follow or a request, and what `from` has set about a user whom it followed. */
  unfollow(from: Person, to: Person): void {
    this.requests.remove(from, to);
    if (this.follows.remove(from, to)) this.attention.forgetFollowed(from, to);
  }

  /** Lets `from` follow `to`; does nothing where `from` has not asked. */
  approve(from: Person, to: Person): void {
    this.#check();
    if (this.requests.remove(from, to)) this.follows.add(from, to);
  }

  /** Makes `from` block `to`; both stop following each other. */
  block(from: Person, to: Person): void {
    this.#check();
    this.blocks.add(from, to);
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      this.unfollow(one, other);
      this.attention.forget(one, other);
    }
  }

  /** True where one of the two blocks the other: neither sees what the other posts and writes. */
  isBlocked(one: Person, other: Person): boolean {
    return this.blocks.has(one, other) || this.blocks.has(other, one);
  }

  /** True where the viewer may see a user's posts and lists. */
  canSee(viewer: Person, person: Person): boolean {
    return (
      !this.isBlocked(viewer, person) &&
      (!this.people.current(person).isPrivate ||
        viewer.pk === person.pk ||
        this.follows.has(viewer, person))
    );
  }

  /** Throws a Refusal without room for the most changes of one action, which makes all of them or none. */
  #check(): void {
    this.budget.check(10 * CHANGE);
  }

  #kind(
    grows: "head" | "tail",
    seed?: (person: Person) => SeedList<Person>,
  ): ListKind<Person, Person> {
    return {
      ownerKey: ({ pk }) => pk,
      keyOf: ({ pk }) => pk,
      grows,
      ...(seed === undefined ? {} : { seed }),
      current: (person) => this.people.current(person),
    };
  }
}
