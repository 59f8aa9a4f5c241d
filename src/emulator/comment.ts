import { invalidParameter, type JsonObject, ok, type Refusal, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import { postOf } from "./media.ts";
import { positionOf } from "./page.ts";
import type { Exchange, Route } from "./router.ts";
import {
  type Comment,
  commentCountOf,
  commentShape,
  commentsClosed,
  commentTotalOf,
  replyCountOf,
} from "./seed/comments.ts";
import { isMediaId, type Post } from "./seed/posts.ts";
import { issueCursor } from "./token.ts";

/** Comments and replies on a page; the request cannot ask for another size. */
const PAGE = 15;
const REPLY_PAGE = 12;

/** How many comments a summary shows. */
const PREVIEW = 2;

/**
 * Comments under posts. A list's first page is asked for with GET and without a cursor; a later one
 * with GET and its cursor in the query, or with POST and the head's cursor in the body.
 */
export const COMMENT: readonly Route[] = [
  ...bothVerbs("/api/v1/media/{id}/comments/", list),
  { method: "GET", path: "/api/v1/media/{id}/stream_comments/", handle: stream },
  ...bothVerbs("/api/v1/media/{id}/comments/{comment}/inline_child_comments/", replies),
  {
    method: "GET",
    path: "/api/v1/media/comment_infos/",
    asks: ["media_ids"],
    handle: infos,
  },
];

function bothVerbs(path: string, handle: Route["handle"]): Route[] {
  return [
    { method: "GET", path, handle },
    { method: "POST", path, requires: ["min_id"], handle },
  ];
}

const cursorIn = ({ query, fields }: Exchange, name: string): string =>
  query.get(name) ?? textField(fields, name) ?? "";

/** A piece of a post's list; `forward` where it was read from the head on. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly forward: boolean;
}

/**
 * The piece that a request is for: `min_id` (the head's cursor) leads on from the first comment,
 * `max_id` (the tail's) leads back. Of both the first counts.
 */
function pieceOf(exchange: Exchange, post: Post): Piece {
  const head = cursorIn(exchange, "min_id");
  const tail = cursorIn(exchange, "max_id");
  if (head === "" && tail !== "") {
    const end = positionIn(tail, post, "max_id");
    return { start: Math.max(0, end - PAGE), end, forward: false };
  }
  const start = positionIn(head, post, "min_id");
  return { start, end: Math.min(start + PAGE, commentCountOf(post)), forward: true };
}

/** A cursor of comments is JSON text: the id of the comment before, and a token. */
function cursorAt({ world }: Exchange, post: Post, position: number): string {
  const before = world.seed.comments.of(post, Math.max(0, position - 1));
  const token = issueCursor(listName(post), position);
  return `{"cached_comments_cursor": "${before.pk}", "bifilter_token": "${token}"}`;
}

function positionIn(cursor: string, post: Post, name: string): number {
  if (cursor === "") return 0;
  const token = /^\{"cached_comments_cursor": "\d+", "bifilter_token": "([^"]+)"\}$/.exec(cursor);
  if (token?.[1] === undefined) throw invalidParameter(name);
  return positionOf(token[1], listName(post), name);
}

const listName = (post: Post): string => `comments ${post.code}`;

/** Each answer has the cursor of its own direction: a client reads on while there is any. */
function list(exchange: Exchange): Response {
  const post = postOf(exchange, exchange.param("id"));
  if (commentsClosed(post)) return closed();
  const piece = pieceOf(exchange, post);
  return ok(pageOf(exchange, post, piece, piece.forward ? "onward" : "back"));
}

/** The same comments with the cursors of both directions, so that one can scroll back and forth. */
function stream(exchange: Exchange): Response {
  const post = postOf(exchange, exchange.param("id"));
  if (commentsClosed(post)) return closed();
  return ok(pageOf(exchange, post, pieceOf(exchange, post), "both"));
}

const closed = (): Response => ok({ comments_disabled: true, comments: [], comment_count: 0 });

function pageOf(
  exchange: Exchange,
  post: Post,
  { start, end }: Piece,
  cursors: "onward" | "back" | "both",
): JsonObject {
  const onward = cursors !== "back" && end < commentCountOf(post);
  const back = cursors !== "onward" && start > 0;
  return {
    comment_likes_enabled: true,
    comments: shapesOf(exchange, post, start, end),
    comment_count: commentTotalOf(post),
    caption: null,
    caption_is_edited: post.hash % 13 === 0,
    has_more_comments: back,
    has_more_headload_comments: onward,
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
    ...(onward ? { next_min_id: cursorAt(exchange, post, end) } : {}),
    ...(back ? { next_max_id: cursorAt(exchange, post, start) } : {}),
  };
}

function shapesOf({ world }: Exchange, post: Post, start: number, end: number): JsonObject[] {
  return Array.from({ length: end - start }, (_, index) =>
    commentShape(world.seed.comments.of(post, start + index)),
  );
}

/**
 * A thread's replies, oldest first. Both cursors lead on: today's app follows the head's, older
 * clients the tail's.
 */
function replies(exchange: Exchange): Response {
  const { comments } = exchange.world.seed;
  const post = postOf(exchange, exchange.param("id"));
  if (commentsClosed(post)) return closed();
  const parent = parentOf(exchange, post);
  const cursor = cursorIn(exchange, "min_id") || cursorIn(exchange, "max_id");
  const name = `replies ${parent.pk}`;
  const start = positionOf(cursor, name, "min_id");
  const total = replyCountOf(post, parent.position);
  const end = Math.min(start + REPLY_PAGE, total);
  const more = end < total;
  const next = more ? issueCursor(name, end) : undefined;
  return ok({
    child_comments: Array.from({ length: end - start }, (_, index) =>
      commentShape(comments.of(post, parent.position, start + index + 1)),
    ),
    parent_comment: commentShape(parent),
    child_comment_count: total,
    num_head_child_comments: total - end,
    num_tail_child_comments: total - end,
    has_more_head_child_comments: more,
    has_more_tail_child_comments: more,
    next_min_child_cursor: next,
    next_max_child_cursor: next,
  });
}

/** The comment in the path: one under the post, and not itself a reply. */
function parentOf(exchange: Exchange, post: Post): Comment {
  const id = exchange.param("comment");
  const found = /^\d{1,19}$/.test(id) ? exchange.world.seed.comments.byPk(BigInt(id)) : undefined;
  if (found === undefined || found.post.pk !== post.pk || found.reply > 0) throw unavailable();
  return found;
}

const unavailable = (): Refusal => refuse(400, "Sorry, this comment is unavailable");

/** Summaries of several posts; those that the viewer may not see are left out. */
function infos(exchange: Exchange): Response {
  const ids = (exchange.query.get("media_ids") ?? "").split(",");
  if (!ids.every(isMediaId)) throw refuse(400, "Invalid media_id");
  const { world, viewer } = exchange;
  const found = ids.flatMap((id) => {
    const post = world.seed.posts.byMediaId(id);
    const shown = post !== undefined && world.canSee(viewer, post.owner);
    return shown ? [[id, infoOf(exchange, post)] as const] : [];
  });
  return ok({ comment_infos: Object.fromEntries(found) });
}

function infoOf(exchange: Exchange, post: Post): JsonObject {
  const comments = commentCountOf(post);
  return {
    comment_count: commentTotalOf(post),
    comment_likes_enabled: true,
    comment_threading_enabled: true,
    ...(commentsClosed(post) ? { comments_disabled: true } : {}),
    has_more_comments: comments > PREVIEW,
    max_num_visible_preview_comments: PREVIEW,
    preview_comments: shapesOf(exchange, post, 0, Math.min(PREVIEW, comments)),
    can_view_more_preview_comments: comments > PREVIEW,
    inline_composer_display_condition: "impression_trigger",
    inline_composer_imp_trigger_time: 5,
  };
}
