import { ok, type Refusal, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import { commentIn, commentsClosed, commentUnavailable } from "./comment.ts";
import { postOf } from "./media.ts";
import type { Exchange, Route } from "./router.ts";
import type { Comment } from "./seed/comments.ts";

/** Most characters of a comment. */
const LONGEST = 2_200;

/** Writing, deleting and liking comments. */
export const COMMENT_ACTIONS: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v1/media/{id}/comment/",
    acts: "comment",
    requiredFields: ["comment_text", "idempotence_token", "user_breadcrumb"],
    handle: write,
  },
  {
    method: "POST",
    path: "/api/v1/media/{id}/comment/bulk_delete/",
    acts: "other",
    requiredFields: ["comment_ids_to_delete"],
    handle: deleteMany,
  },
  {
    method: "POST",
    path: "/api/v1/media/{id}/comment_like/",
    acts: "like",
    handle: (exchange) => {
      exchange.world.comments.likes.add(exchange.viewer, shownComment(exchange));
      return ok();
    },
  },
  {
    method: "POST",
    path: "/api/v1/media/{id}/comment_unlike/",
    acts: "like",
    handle: (exchange) => {
      exchange.world.comments.likes.remove(exchange.viewer, shownComment(exchange));
      return ok();
    },
  },
  {
    method: "POST",
    path: "/api/v1/media/{id}/pin_comment/{comment}/",
    acts: "other",
    handle: (exchange) => pin(exchange, true),
  },
  {
    method: "POST",
    path: "/api/v1/media/{id}/unpin_comment/{comment}/",
    acts: "other",
    handle: (exchange) => pin(exchange, false),
  },
  {
    method: "POST",
    path: "/api/v1/media/comment/check_offensive_comment/",
    requiredFields: ["media_id", "comment_text"],
    handle: checkOffensive,
  },
];

/** Writes a comment, once for each token: a client that repeats the request gets the same comment. */
function write(exchange: Exchange): Response {
  const { world, viewer, fields, now } = exchange;
  const post = postOf(exchange, exchange.param("id"));
  if (post.commentsClosed) return commentsClosed();
  const text = textField(fields, "comment_text") ?? "";
  if (text.length > LONGEST) throw refuse(400, "Your comment is too long.");
  const answered = textField(fields, "replied_to_comment_id");
  const repliedTo = answered === undefined ? undefined : commentIn(exchange, post, answered);
  const token = textField(fields, "idempotence_token") ?? "";
  const comment = world.comments.write({ author: viewer, post, text, repliedTo, token, now });
  return ok({ comment: world.comments.shape(viewer, comment) });
}

/** Deletes all of some comments or none. They must be the viewer's own or under the viewer's posts. */
function deleteMany(exchange: Exchange): Response {
  const { world, viewer, fields } = exchange;
  const post = postOf(exchange, exchange.param("id"));
  const ids = (textField(fields, "comment_ids_to_delete") ?? "").split(",");
  const comments = ids.map((id) => commentIn(exchange, post, id.trim()));
  const isOthers = ({ author }: Comment) => author.pk !== viewer.pk && post.owner.pk !== viewer.pk;
  if (comments.some(isOthers)) throw notYours();
  world.comments.delete(comments);
  return ok();
}

/** Most comments that are pinned under a post. */
const MOST_PINNED = 3;

/** Pins a comment under the viewer's own post, where it is shown first, or no longer pins it. */
function pin(exchange: Exchange, isPinned: boolean): Response {
  const { world, viewer } = exchange;
  const post = postOf(exchange, exchange.param("id"));
  if (post.owner.pk !== viewer.pk)
    throw refuse(403, "You can only pin comments to your own posts.");
  const comment = commentIn(exchange, post, exchange.param("comment"));
  if (comment.parentPk !== undefined) throw refuse(400, "You can't pin a reply.");
  const pinned = world.comments.pinnedUnder(post);
  if (isPinned && !comment.isPinned && pinned.length >= MOST_PINNED)
    throw refuse(400, "You can only pin up to three comments.");
  world.comments.pin(comment, isPinned);
  return ok();
}

const OFFENSIVE = /\b(?:idiot|loser|moron|stupid|ugly|hate you)\b/i;

/** Whether a text would be called offensive: some words are. It changes nothing. */
function checkOffensive(exchange: Exchange): Response {
  const { fields } = exchange;
  postOf(exchange, textField(fields, "media_id") ?? "");
  const offensive = OFFENSIVE.test(textField(fields, "comment_text") ?? "");
  return ok({ is_offensive: offensive, bully_classifier: offensive ? 0.97 : 0.02 });
}

const notYours = (): Refusal => refuse(400, "You cannot delete this comment.");

/** The comment in the path, under a post that the viewer may see. */
function shownComment(exchange: Exchange): Comment {
  const comment = exchange.world.comments.byId(exchange.param("id"));
  if (comment === undefined) throw commentUnavailable();
  return commentIn(exchange, postOf(exchange, String(comment.post.pk)), String(comment.pk));
}
