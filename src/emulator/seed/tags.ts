import { NAMED_ACCOUNTS } from "./fixtures.ts";
import { CROWD, mix, Permutation } from "./numbers.ts";
import type { Person } from "./people.ts";
import type { Post, Posts, Tagged } from "./posts.ts";

/** Named accounts that users of the crowd tag, and how many users tag each; see `taggedBy`. */
const FANS_OF: ReadonlyArray<readonly [slot: number, fans: number]> = NAMED_ACCOUNTS.flatMap(
  ({ taggedBy }, slot) => (taggedBy === undefined ? [] : [[slot, taggedBy] as const]),
);

/** The most users of the crowd that one post tags. */
const MOST_ON_ONE = 3;

/** Every fifth post of a user of the crowd tags others, from this position on. */
const FIRST = 2;
const STEP = 5;
/** The most posts that a user of the crowd has. */
const MOST_POSTS = 80;

/**
 * Who is tagged on which post. Both directions are computed: the users tagged on a post, and the posts
 * that tag a user. Private accounts tag nobody, so that the list of posts that tag a user is as long
 * for every viewer as the profile says.
 */
export class Tags {
  readonly #fans = new Map<number, Permutation>();
  readonly #shuffles = new Map<number, Permutation>();
  #named: ReadonlyMap<number, readonly Post[]> | undefined;

  constructor(readonly posts: Posts) {}

  /** The users tagged on a post. */
  taggedOn(post: Post): Person[] {
    const { people } = this.posts;
    const { owner, position, hash } = post;
    if (owner.isPrivate) return [];
    const index = people.crowdIndex(owner);
    const tagged = new Map<number, Person>();
    for (const [slot, fans] of index < 0 ? [] : FANS_OF) {
      const rank = this.#fansOf(slot).invert(index);
      if (rank < fans && rank % owner.postCount === position) {
        const person = people.bySlot(slot);
        tagged.set(person.pk, person);
      }
    }
    const tags = index < 0 ? hash % STEP === FIRST : position % STEP === FIRST;
    for (let turn = 0; tags && turn < countOn(post); turn++) {
      const person = people.ofCrowd(
        index < 0 ? mix(hash, turn) % CROWD : this.#shuffle(position, turn).apply(index),
      );
      if (person.pk !== owner.pk) tagged.set(person.pk, person);
    }
    return [...tagged.values()];
  }

  /** Posts that tag a user, newest first: taggedOn() in the other direction. */
  postsTagging(person: Person): Post[] {
    const index = this.posts.people.crowdIndex(person);
    const found = index < 0 ? this.#byFans(person) : this.#byCrowd(index);
    const named = index < 0 ? [] : (this.#byNamed().get(person.slot) ?? []);
    const posts = new Map([...named, ...found].map((post) => [post.code, post]));
    return [...posts.values()].sort((a, b) => b.takenAt - a.takenAt);
  }

  /** Posts of the crowd that tag a named account. */
  *#byFans({ slot }: Person): Generator<Post> {
    const fans = FANS_OF.find(([own]) => own === slot)?.[1] ?? 0;
    for (let rank = 0; rank < fans; rank++) {
      const owner = this.posts.people.ofCrowd(this.#fansOf(slot).apply(rank));
      if (owner.postCount > 0 && !owner.isPrivate)
        yield this.posts.of(owner, rank % owner.postCount);
    }
  }

  /** Posts of the crowd that tag the user of the crowd with that index. */
  *#byCrowd(index: number): Generator<Post> {
    const { posts } = this;
    for (let position = FIRST; position < MOST_POSTS; position += STEP)
      for (let turn = 0; turn < MOST_ON_ONE; turn++) {
        const ownerIndex = this.#shuffle(position, turn).invert(index);
        const owner = posts.people.ofCrowd(ownerIndex);
        if (ownerIndex === index || owner.isPrivate || position >= owner.postCount) continue;
        const post = posts.of(owner, position);
        if (turn < countOn(post)) yield post;
      }
  }

  /** Posts of named accounts, by the slot of the user they tag. They cannot be computed from the user. */
  #byNamed(): ReadonlyMap<number, readonly Post[]> {
    if (this.#named !== undefined) return this.#named;
    const named = new Map<number, Post[]>();
    for (const [slot] of FANS_OF) {
      const owner = this.posts.people.bySlot(slot);
      for (let position = 0; position < owner.postCount; position++) {
        const post = this.posts.of(owner, position);
        for (const person of this.taggedOn(post))
          named.set(person.slot, [...(named.get(person.slot) ?? []), post]);
      }
    }
    this.#named = named;
    return named;
  }

  /** The order of the crowd in which users tag a named account. */
  #fansOf(slot: number): Permutation {
    return kept(this.#fans, slot, () => mix(this.posts.people.seed, slot, 81));
  }

  #shuffle(position: number, turn: number): Permutation {
    const number = position * MOST_ON_ONE + turn;
    return kept(this.#shuffles, number, () => mix(this.posts.people.seed, 82, number));
  }
}

/** Where a user who is tagged on a post stands on its picture. */
export const tagOf =
  ({ hash }: Post) =>
  (person: Person, index: number): Tagged => ({
    person,
    position: [(10 + ((hash >>> (index * 3)) % 80)) / 100, 0.5],
  });

/** How many users of the crowd a post tags, where it tags any. */
const countOn = ({ hash }: Post): number => 1 + (hash % MOST_ON_ONE);

function kept(known: Map<number, Permutation>, key: number, seedOf: () => number): Permutation {
  const order = known.get(key) ?? new Permutation(seedOf());
  known.set(key, order);
  return order;
}
