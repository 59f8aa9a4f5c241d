import { boolean, date, id, identity, integer, list, object, optional, text } from "./fields.ts";
import { type Infer, model, pageOf } from "./model.ts";
import { UserShort } from "./user-short.ts";

/** A comment under a post, or a reply to one: `replied_to_comment_id` is what a reply answers. */
export const Comment = model("Comment", {
  pk: identity("pk"),
  text: text(),
  user: object(UserShort),
  created_at_utc: date(),
  content_type: text(),
  status: text(),
  replied_to_comment_id: optional(id()),
  has_liked: optional(boolean(), { from: "has_liked_comment" }),
  like_count: optional(integer(), { from: "comment_like_count" }),
});
export type Comment = Infer<typeof Comment>;

export const CommentPage = pageOf(Comment);

/** Comments with the cursors of both directions, each empty where its direction ends. */
export const CommentStreamPage = model("CommentStreamPage", {
  items: list(Comment),
  min_cursor: text(),
  max_cursor: text(),
});
export type CommentStreamPage = Infer<typeof CommentStreamPage>;
