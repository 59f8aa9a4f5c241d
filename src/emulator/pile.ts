import type { Post } from "./nature/posts.ts";
import type { Shelf } from "./nature/shelf.ts";
import { positionOf } from "./page.ts";
import type { Exchange } from "./router.ts";
import { issueCursor } from "./token.ts";

/**
 * Posts that an account liked or saved, one on the other: those of the start, then what it put on
 * later. A post keeps its height for as long as it lies there, so cursors stay true meanwhile.
 */
export class Pile {
  readonly #heights = new Map<string, number>();
  readonly #added = new Map<number, Post>();
  readonly #gone = new Set<string>();
  #top: number;

  constructor(readonly initial: Shelf) {
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

/**
 * A page of a pile from the top down, what the viewer may not see left out, and the field of its
 * cursor. `list` is what the cursor is bound to, `holds` says which heights belong to it.
 */
export function pileItems(
  { world, viewer, query }: Exchange,
  pile: Pile,
  list: string,
  size: number,
  holds: (height: number) => boolean = () => true,
): { medias: string[]; more: boolean; cursor: string } {
  const name = `${list} ${viewer.pk}`;
  const asked = query.get("max_id") ?? "";
  const medias: string[] = [];
  for (let height = asked === "" ? pile.top : positionOf(asked, name); height-- > 0; ) {
    const post = holds(height) ? pile.at(height) : undefined;
    if (post === undefined || !world.canSee(viewer, post.owner)) continue;
    // One more than the page holds: only then is it sure that a next page is not empty.
    if (medias.length === size) {
      const next = issueCursor(name, height + 1);
      return { medias, more: true, cursor: `,"next_max_id":${JSON.stringify(next)}` };
    }
    medias.push(world.mediaText(viewer, post));
  }
  return { medias, more: false, cursor: "" };
}
