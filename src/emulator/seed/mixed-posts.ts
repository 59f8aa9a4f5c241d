import { mix, Permutation } from "./numbers.ts";
import type { Person } from "./people.ts";
import type { Post, Posts } from "./posts.ts";

/** What the posts are shown as; every kind holds other posts. */
export type MixKind = "liked" | "saved" | "explore";

/**
 * The first post of `instagram` in each kind and the distance to the next one; `salt` chooses the
 * crowd's posts. The newest posts of `instagram` are left out: examples and tests like and save them.
 */
export const STEPS: Readonly<Record<MixKind, { first: number; step: number; salt: number }>> = {
  liked: { first: 3, step: 4, salt: 101 },
  saved: { first: 5, step: 4, salt: 102 },
  explore: { first: 2, step: 2, salt: 103 },
};

/**
 * Posts of public accounts in a fixed order: posts of `instagram` at the even positions, posts of the
 * crowd at the odd ones. Post and position are computed from each other.
 */
export class MixedPosts {
  readonly #order: Permutation;
  readonly #steps: (typeof STEPS)[MixKind];

  constructor(
    readonly posts: Posts,
    readonly kind: MixKind,
    readonly owner: Person,
    readonly length: number,
  ) {
    this.#steps = STEPS[kind];
    this.#order = new Permutation(mix(posts.people.seed, owner.slot, this.#steps.salt));
  }

  /** The post at a position; undefined where the user whose turn it is shows no posts. */
  at(position: number): Post | undefined {
    if (position < 0 || position >= this.length) return undefined;
    const { people } = this.posts;
    const turn = position >>> 1;
    if (position % 2 === 0) {
      const place = this.#steps.first + turn * this.#steps.step;
      return place < people.instagram.postCount
        ? this.posts.of(people.instagram, place)
        : undefined;
    }
    return this.#chosen(people.ofCrowd(this.#order.apply(turn)));
  }

  /** The position of a post, undefined where the list does not hold it. */
  positionOf(post: Post): number | undefined {
    const { people } = this.posts;
    const index = people.crowdIndex(post.owner);
    const turn =
      index < 0
        ? (post.position - this.#steps.first) / this.#steps.step
        : this.#order.invert(index);
    if (!Number.isInteger(turn)) return undefined;
    const position = turn * 2 + (index < 0 ? 0 : 1);
    return this.at(position)?.code === post.code ? position : undefined;
  }

  #chosen(person: Person): Post | undefined {
    if (person.isPrivate || person.postCount === 0) return undefined;
    return this.posts.of(person, mix(person.slot, this.#steps.salt) % person.postCount);
  }
}
