import { json } from "./answer.ts";
import { type List, type Page, pageOf, positionOf } from "./page.ts";
import type { Pile } from "./pile.ts";
import type { Exchange } from "./router.ts";
import type { Post } from "./seed/posts.ts";
import { issueCursor } from "./token.ts";

/** A page of posts that the viewer may see. */
export function postsPage(
  { world, viewer }: Exchange,
  list: List<Post>,
  start: number,
  size: number,
): Page<Post> {
  return pageOf(list, start, size, ({ owner }) => world.canSee(viewer, owner));
}

/** JSON texts of posts as the viewer sees them. */
export function mediaTexts({ world, viewer }: Exchange, posts: readonly Post[]): string[] {
  return posts.map((post) => world.mediaText(viewer, post));
}

/** The same, each as `{"media":…}`. */
export function mediaItems(exchange: Exchange, posts: readonly Post[]): string[] {
  return mediaTexts(exchange, posts).map((text) => `{"media":${text}}`);
}

/**
 * The answer of a feed that is paged by `max_id`. `items` are JSON texts, `next` is the next page's
 * cursor, `more` further fields as JSON text, each with its comma.
 */
export function feedAnswer(
  items: readonly string[],
  next: string | undefined,
  more = "",
): Response {
  const cursor = next === undefined ? "" : `,"next_max_id":${JSON.stringify(next)}`;
  return json(
    `{"items":[${items.join(",")}],"num_results":${items.length},"more_available":${next !== undefined},` +
      `"auto_load_more_enabled":true${more}${cursor},"status":"ok"}`,
  );
}

/**
 * A page of a pile from the top down, and the cursor of the next one. `list` is what the cursor is
 * bound to, `holds` says which heights belong to it.
 */
export function pilePage(
  exchange: Exchange,
  pile: Pile,
  list: string,
  size: number,
  holds: (height: number) => boolean = () => true,
): { posts: readonly Post[]; next: string | undefined } {
  const name = `${list} ${exchange.viewer.pk}`;
  const cursor = exchange.query.get("max_id") ?? "";
  // What is put on top later must not move what lies below, so cursors count from the ground.
  const top = cursor === "" ? pile.top : positionOf(cursor, name);
  const heightAt = (position: number) => top - 1 - position;
  const downwards: List<Post> = {
    length: top,
    at: (position) => (holds(heightAt(position)) ? pile.at(heightAt(position)) : undefined),
  };
  const { items, next } = postsPage(exchange, downwards, 0, size);
  return {
    posts: items,
    next: next === undefined ? undefined : issueCursor(name, heightAt(next) + 1),
  };
}
