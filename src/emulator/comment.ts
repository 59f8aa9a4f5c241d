import { invalidParameter, type JsonObject, ok, type Refusal, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import { postOf } from "./media.ts";
import { placeOf } from "./page.ts";
import type { Exchange, Route } from "./router.ts";
import type { Comment } from "./seed/comments.ts";
import { isMediaId, type Post } from "./seed/posts.ts";
import { BEGINNING, type Entry, type List, pageOf } from "./store/list.ts";
import { issueCursor } from "./token.ts";

/** Comments on a page, and replies on a page; requests cannot ask for another size. */
const PAGE = 15;
const REPLY_PAGE = 12;

/** How many comments a summary shows. */
const PREVIEW = 2;

/**
 * Comments under posts. The first page of a list is read with GET and no cursor; later pages with GET
 * and a cursor in the query, or with POST and the cursor `min_id` in the body.
 */
export const COMMENT: readonly Route[] = [
  ...bothVerbs("/api/v1/media/{id}/comments/", list),
  { method: "GET", path: "/api/v1/media/{id}/stream_comments/", handle: stream },
  ...bothVerbs("/api/v1/media/{id}/comments/{comment}/inline_child_comments/", replies),
  {
    method: "GET",
    path: "/api/v1/media/comment_infos/",
    requiredQuery: ["media_ids"],
    handle: infos,
  },
];

function bothVerbs(path: string, handle: Route["handle"]): Route[] {
  return [
    { method: "GET", path, handle },
    { method: "POST", path, requiredFields: ["min_id"], handle },
  ];
}

const cursorIn = ({ query, fields }: Exchange, name: string): string =>
  query.get(name) ?? textField(fields, name) ?? "";

/** A page of a post's comments. */
interface CommentPage {
  readonly comments: readonly Comment[];
  /** Cursors of the pages before and after; undefined where there is none, or it was not asked for. */
  readonly back?: string | undefined;
  readonly onward?: string | undefined;
}

/**
 * The page that a request asks for. `min_id` leads on from the first comment, `max_id` leads back;
 * where both are sent, `min_id` counts. The page has the cursor of its direction, or with `both` the
 * cursors of both directions.
 */
function pageFor(exchange: Exchange, post: Post, both: boolean): CommentPage {
  const head = cursorIn(exchange, "min_id");
  const tail = cursorIn(exchange, "max_id");
  const list = visible(exchange, exchange.world.comments.shownUnder(post));
  if (head === "" && tail !== "") {
    const place = placeIn(tail, post, "max_id");
    const all = before(list, place);
    const start = Math.max(0, all.length - PAGE);
    const comments = all.slice(start).map(([, comment]) => comment);
    const back = cursorAfter(post, all[start - 1], all[start]?.[0]);
    const [follows] = both ? list.from(place) : [];
    return { comments, back, onward: cursorAfter(post, all.at(-1), follows?.[0]) };
  }
  const place = placeIn(head, post, "min_id");
  const { items, next } = pageOf(list, place, PAGE);
  const last = items.at(-1);
  return {
    comments: items,
    back: both ? cursorAfter(post, before(list, place).at(-1), place) : undefined,
    onward: cursorAfter(post, last && [place, last], next),
  };
}

/** A list without the comments of whom the viewer blocks, or who blocks the viewer. */
function visible({ world, viewer }: Exchange, list: List<Comment>): List<Comment> {
  const { friendships } = world;
  return {
    *from(place) {
      for (const entry of list.from(place))
        if (!friendships.isBlocked(viewer, entry[1].author)) yield entry;
    },
  };
}

/** The comments before a place. */
function before(list: List<Comment>, place: number): Entry<Comment>[] {
  const found: Entry<Comment>[] = [];
  if (place === BEGINNING) return found;
  for (const entry of list.from(BEGINNING)) {
    if (entry[0] >= place) break;
    found.push(entry);
  }
  return found;
}

/** The cursor of a place and the comment before it; undefined where either of the two is missing. */
const cursorAfter = (
  post: Post,
  entry: Entry<Comment> | undefined,
  place: number | undefined,
): string | undefined =>
  entry === undefined || place === undefined ? undefined : cursorText(post, entry[1], place);

/** The cursor of a page of comments: JSON text with the id of the comment before it and a token. */
function cursorText(post: Post, before: Comment, place: number): string {
  const token = issueCursor(listName(post), place);
  return `{"cached_comments_cursor": "${before.pk}", "bifilter_token": "${token}"}`;
}

function placeIn(cursor: string, post: Post, name: string): number {
  if (cursor === "") return BEGINNING;
  const token = /^\{"cached_comments_cursor": "\d+", "bifilter_token": "([^"]+)"\}$/.exec(cursor);
  if (token?.[1] === undefined) throw invalidParameter(name);
  return placeOf(token[1], listName(post), name);
}

const listName = (post: Post): string => `comments ${post.code}`;

/** The answer has the cursor of the request's direction only; without one it is the last page. */
function list(exchange: Exchange): Response {
  return listAnswer(exchange, false);
}

/** The same comments with the cursors of both directions. */
function stream(exchange: Exchange): Response {
  return listAnswer(exchange, true);
}

function listAnswer(exchange: Exchange, both: boolean): Response {
  const post = postOf(exchange, exchange.param("id"));
  if (post.commentsClosed) return commentsClosed();
  return ok(listShape(exchange, post, pageFor(exchange, post, both)));
}

/** The answer for a post whose owner has closed its comments. */
export const commentsClosed = (): Response =>
  ok({ comments_disabled: true, comments: [], comment_count: 0 });

function listShape(
  { world, viewer }: Exchange,
  post: Post,
  { comments, back, onward }: CommentPage,
): JsonObject {
  return {
    comment_likes_enabled: true,
    comments: comments.map((comment) => world.comments.shape(viewer, comment)),
    comment_count: world.comments.countUnder(post),
    caption: null,
    caption_is_edited: post.captionIsEdited,
    has_more_comments: back !== undefined,
    has_more_headload_comments: onward !== undefined,
    threading_enabled: true,
    media_header_display: "none",
    initiate_at_top: true,
    insert_new_comment_to_top: true,
    display_realtime_typing_indicator: true,
    preview_comments: [],
    can_view_more_preview_comments: false,
    is_ranked: true,
    sort_order: "popular",
    scroll_behavior: 1,
    ...(onward === undefined ? {} : { next_min_id: onward }),
    ...(back === undefined ? {} : { next_max_id: back }),
  };
}

/**
 * The replies in a thread, oldest first. Both cursors lead to the next page: today's app follows
 * `next_min_child_cursor`, older clients `next_max_child_cursor`.
 */
function replies(exchange: Exchange): Response {
  const { world, viewer } = exchange;
  const post = postOf(exchange, exchange.param("id"));
  if (post.commentsClosed) return commentsClosed();
  const parent = commentIn(exchange, post, exchange.param("comment"));
  if (parent.parentPk !== undefined) throw commentUnavailable();
  const cursor = cursorIn(exchange, "min_id") || cursorIn(exchange, "max_id");
  const name = `replies ${parent.pk}`;
  const thread = world.comments.repliesTo(parent);
  const shown = visible(exchange, thread);
  const { items, next } = pageOf(shown, placeOf(cursor, name, "min_id"), REPLY_PAGE);
  const left = next === undefined ? 0 : [...shown.from(next)].length;
  const more = left > 0;
  const nextCursor = next === undefined ? undefined : issueCursor(name, next);
  return ok({
    child_comments: items.map((reply) => world.comments.shape(viewer, reply)),
    parent_comment: world.comments.shape(viewer, parent),
    child_comment_count: thread.count,
    num_head_child_comments: left,
    num_tail_child_comments: left,
    has_more_head_child_comments: more,
    has_more_tail_child_comments: more,
    next_min_child_cursor: nextCursor,
    next_max_child_cursor: nextCursor,
  });
}

/** The comment or reply with an id under a post. Throws a Refusal (400) where there is none. */
export function commentIn({ world }: Exchange, post: Post, id: string): Comment {
  const found = world.comments.byId(id);
  if (found === undefined || found.post.pk !== post.pk) throw commentUnavailable();
  return found;
}

/** The refusal for a comment that does not exist or that the viewer may not see. */
export const commentUnavailable = (): Refusal => refuse(400, "Sorry, this comment is unavailable");

/** Summaries of several posts; those that the viewer may not see are left out. */
function infos(exchange: Exchange): Response {
  const ids = (exchange.query.get("media_ids") ?? "").split(",");
  if (!ids.every(isMediaId)) throw refuse(400, "Invalid media_id");
  const { world, viewer } = exchange;
  const found = ids.flatMap((id) => {
    const post = world.posts.byMediaId(id);
    const shown = post !== undefined && world.canSee(viewer, post.owner);
    return shown ? [[id, infoOf(exchange, post)] as const] : [];
  });
  return ok({ comment_infos: Object.fromEntries(found) });
}

function infoOf(exchange: Exchange, post: Post): JsonObject {
  const { world, viewer } = exchange;
  const { items, next } = pageOf(
    visible(exchange, world.comments.shownUnder(post)),
    BEGINNING,
    PREVIEW,
  );
  return {
    comment_count: world.comments.countUnder(post),
    comment_likes_enabled: true,
    comment_threading_enabled: true,
    ...(post.commentsClosed ? { comments_disabled: true } : {}),
    has_more_comments: next !== undefined,
    max_num_visible_preview_comments: PREVIEW,
    preview_comments: items.map((comment) => world.comments.shape(viewer, comment)),
    can_view_more_preview_comments: next !== undefined,
    inline_composer_display_condition: "impression_trigger",
    inline_composer_imp_trigger_time: 5,
  };
}
