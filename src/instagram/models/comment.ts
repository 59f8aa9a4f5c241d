import { type Static, Type } from "@sinclair/typebox";
import { type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import {
  type Raw,
  readDate,
  readIdentity,
  readOptionalBoolean,
  readOptionalId,
  readOptionalInteger,
  readText,
} from "./read.ts";
import { DateTime, Nullable } from "./schema.ts";
import { UserShort } from "./user-short.ts";

/** A comment under a post, or a reply to one: `replied_to_comment_id` is what a reply answers. */
export const CommentSchema = Type.Object(
  {
    pk: Type.String(),
    text: Type.String(),
    user: UserShort.schema,
    created_at_utc: DateTime(),
    content_type: Type.String(),
    status: Type.String(),
    replied_to_comment_id: Type.Optional(Nullable(Type.String())),
    has_liked: Type.Optional(Nullable(Type.Boolean())),
    like_count: Type.Optional(Nullable(Type.Integer())),
  },
  { title: "Comment" },
);
export type Comment = Static<typeof CommentSchema>;

/** An item of `comments` or `child_comments`. */
export type RawComment = Raw<
  | "pk"
  | "text"
  | "user"
  | "created_at_utc"
  | "content_type"
  | "status"
  | "replied_to_comment_id"
  | "has_liked_comment"
  | "comment_like_count"
>;

/** Null when the comment or its author has no id. */
export function readComment(value: Json | undefined, drift: DriftReporter): Comment | null {
  const raw: RawComment = objectOr(value);
  const pk = readIdentity(raw.pk, undefined, undefined, drift, "Comment", "pk");
  const user = UserShort.read(raw.user, drift);
  if (pk === null || user === null) return null;
  return {
    pk,
    text: readText(raw.text, drift, "Comment", "text"),
    user,
    created_at_utc: readDate(raw.created_at_utc, drift, "Comment", "created_at_utc"),
    content_type: readText(raw.content_type, drift, "Comment", "content_type"),
    status: readText(raw.status, drift, "Comment", "status"),
    replied_to_comment_id: readOptionalId(
      raw.replied_to_comment_id,
      drift,
      "Comment",
      "replied_to_comment_id",
    ),
    has_liked: readOptionalBoolean(raw.has_liked_comment, drift, "Comment", "has_liked"),
    like_count: readOptionalInteger(raw.comment_like_count, drift, "Comment", "like_count"),
  };
}

/** One page of comments; `next_cursor` is empty on the last one. */
export const CommentPageSchema = Type.Object(
  { items: Type.Array(CommentSchema), next_cursor: Type.String() },
  { title: "CommentPage" },
);

/** Comments with the cursors of both directions, each empty where its direction ends. */
export const CommentStreamPageSchema = Type.Object(
  { items: Type.Array(CommentSchema), min_cursor: Type.String(), max_cursor: Type.String() },
  { title: "CommentStreamPage" },
);
export type CommentStreamPage = Static<typeof CommentStreamPageSchema>;
