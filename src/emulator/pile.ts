import type { MixedPosts } from "./seed/mixed-posts.ts";
import type { Post } from "./seed/posts.ts";

/**
 * Posts that an account liked or saved, one on the other: those of the start, then what it put on
 * later. A post keeps its height for as long as it lies there, so cursors stay true meanwhile.
 */
export class Pile {
  readonly #heights = new Map<string, number>();
  readonly #added = new Map<number, Post>();
  readonly #gone = new Set<string>();
  #top: number;

  constructor(readonly initial: MixedPosts) {
    this.#top = initial.length;
  }

  /** Every post lies below this height. */
  get top(): number {
    return this.#top;
  }

  /** The post at a height, undefined where there is none (any more). */
  at(height: number): Post | undefined {
    if (height >= this.initial.length) return this.#added.get(height);
    const post = this.initial.at(this.initial.length - 1 - height);
    return post !== undefined && this.#gone.has(post.code) ? undefined : post;
  }

  /** Where a post lies, undefined where it does not. */
  heightOf(post: Post): number | undefined {
    const added = this.#heights.get(post.code);
    if (added !== undefined || this.#gone.has(post.code)) return added;
    const position = this.initial.positionOf(post);
    return position === undefined ? undefined : this.initial.length - 1 - position;
  }

  has(post: Post): boolean {
    return this.heightOf(post) !== undefined;
  }

  /** True for a post that was put here after the start. */
  hasAdded(post: Post): boolean {
    return this.#heights.has(post.code);
  }

  /** Puts a post on top. False where it lies there already: it stays where it is. */
  add(post: Post): boolean {
    if (this.has(post)) return false;
    this.#heights.set(post.code, this.#top);
    this.#added.set(this.#top, post);
    this.#top++;
    return true;
  }

  /** False where it does not lie there. */
  remove(post: Post): boolean {
    const height = this.heightOf(post);
    if (height === undefined) return false;
    if (this.#added.delete(height)) this.#heights.delete(post.code);
    else this.#gone.add(post.code);
    return true;
  }
}
