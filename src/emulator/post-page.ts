import { json } from "./answer.ts";
import { placeOf } from "./page.ts";
import type { Exchange } from "./router.ts";
import type { Post } from "./seed/posts.ts";
import { type ComputedList, type List, type Page, pageOf } from "./store/list.ts";
import { issueCursor } from "./token.ts";

/** A page of posts, without deleted ones and those that the viewer may not see. */
export function postsPage(
  { world, viewer }: Exchange,
  list: List<Post> | ComputedList<Post>,
  start: number,
  size: number,
): Page<Post> {
  const { items, next } = pageOf(
    list,
    start,
    size,
    (post) => world.canSee(viewer, post.owner) && world.posts.current(post) !== undefined,
  );
  return { items: items.flatMap((post) => world.posts.current(post) ?? []), next };
}

/** JSON texts of posts as the viewer sees them. */
export function mediaTexts({ world, viewer }: Exchange, posts: readonly Post[]): string[] {
  return posts.map((post) => world.mediaText(viewer, post));
}

/** JSON texts of posts as the viewer sees them, each as `{"media":…}`. */
export function mediaItems(exchange: Exchange, posts: readonly Post[]): string[] {
  return mediaTexts(exchange, posts).map((text) => `{"media":${text}}`);
}

/**
 * The answer of a feed that is paged by `max_id`. `items` are JSON texts, `next` is the cursor of the
 * next page, `more` is the JSON text of further fields, each after a comma.
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
 * The page that a request asks for with `max_id`, and the cursor of the next page. Cursors are bound to
 * the name `list` and the viewer.
 */
export function postsAt(
  exchange: Exchange,
  posts: List<Post>,
  list: string,
  size: number,
): { posts: readonly Post[]; next: string | undefined } {
  const name = `${list} ${exchange.viewer.pk}`;
  const start = placeOf(exchange.query.get("max_id") ?? "", name);
  const { items, next } = postsPage(exchange, posts, start, size);
  return { posts: items, next: next === undefined ? undefined : issueCursor(name, next) };
}
