import type { Post } from "./nature/posts.ts";
import type { Exchange } from "./router.ts";

/** A list of posts that is computed by position. */
export interface PostList {
  /** How many positions at() knows. */
  readonly length: number;
  /** Undefined where there is no post of the list at that position. */
  at(position: number): Post | undefined;
}

/**
 * JSON texts, as `{"media":…}`, of a page of posts that the viewer may see, and where the next page
 * starts; undefined on the last one.
 */
export function mediaPage(
  { world, viewer }: Exchange,
  list: PostList,
  start: number,
  size: number,
): { medias: string[]; next: number | undefined } {
  const medias: string[] = [];
  for (let position = start; position < list.length; position++) {
    const post = list.at(position);
    if (post === undefined || !world.canSee(viewer, post.owner)) continue;
    // One more than the page holds: only then is it sure that a next page is not empty.
    if (medias.length === size) return { medias, next: position };
    medias.push(`{"media":${world.mediaText(viewer, post)}}`);
  }
  return { medias, next: undefined };
}
