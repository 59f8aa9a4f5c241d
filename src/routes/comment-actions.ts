import { Type } from "@sinclair/typebox";
import { actionPairs } from "../http/action-pair.ts";
import { type Operation, operations, withSession } from "../http/route.ts";
import { numericId, parseMediaRef } from "../instagram/ids.ts";
import { Comment } from "../instagram/models/comment.ts";
import {
  deleteComments,
  isOffensiveComment,
  likeComment,
  pinComment,
  writeComment,
} from "../instagram/operations/comment-actions.ts";
import { optionalId, ownMedia } from "./media-actions.ts";
import { commentPk, MediaName, notBlank } from "./parameters.ts";

const TAG = "Media (Post)";
const { post, remove } = operations(TAG);
const pair = actionPairs(TAG);

const CommentText = Type.String({
  minLength: 1,
  description: "Text of the comment, 2200 characters at the most.",
  examples: ["Nice one!"],
});

/** What is done to comments: `/media/comment`. */
export const commentActionRoutes: readonly Operation[] = [
  post(
    "/media/comment",
    {
      operationId: "postMediaComment",
      summary: "Write a comment or a reply",
      guarded: true,
      access: withSession("write"),
      action: "comment",
      body: {
        media_id: MediaName,
        text: CommentText,
        replied_to_comment_id: Type.Optional(
          Type.String({
            description: "Pk of the comment that this one answers.",
            examples: ["18047748130398535"],
          }),
        ),
      },
      returns: Comment.schema,
      errors: ["MediaNotFound", "MediaUnavailable", "CommentUnavailable", "CommentsDisabled"],
    },
    ({ body, session }) =>
      session.write(writeComment, parseMediaRef(body.media_id), {
        text: notBlank(body.text, "text"),
        repliedTo: optionalId(body.replied_to_comment_id, "replied_to_comment_id"),
      }),
  ),
  remove(
    "/media/comment",
    {
      operationId: "deleteMediaComment",
      summary: "Delete a comment",
      description: "Your own, or anybody's under your own post. Its replies go with it.",
      access: withSession("write"),
      query: {
        media_id: ownMedia("3746258129942960727_61000000001", MediaName.description),
        comment_pk: commentPk("18047748197900487"),
      },
      returns: Type.Boolean(),
      errors: ["MediaNotFound", "MediaUnavailable", "CommentUnavailable", "CommentsDisabled"],
    },
    ({ query, session }) =>
      session.write(deleteComments, parseMediaRef(query.media_id), [
        numericId(query.comment_pk, "comment_pk"),
      ]),
  ),
  post(
    "/media/comment/check/offensive",
    {
      operationId: "postMediaCommentCheckOffensive",
      summary: "Check whether Instagram would call a comment offensive",
      description: "Nothing is written.",
      access: withSession("write"),
      action: "read",
      body: { media_id: MediaName, text: CommentText },
      returns: Type.Boolean(),
      errors: ["MediaNotFound", "MediaUnavailable"],
    },
    ({ body, session }) =>
      session.read(isOffensiveComment, parseMediaRef(body.media_id), notBlank(body.text, "text")),
  ),
  ...pair(
    "/media/comment/like",
    {
      operationIds: ["postMediaCommentLike", "deleteMediaCommentLike"],
      actions: ["like", "like"],
      summaries: ["Like a comment", "Unlike a comment"],
      fields: { comment_pk: commentPk() },
      undoField: "revert",
      errors: ["CommentNotFound", "CommentUnavailable"],
    },
    (session, fields, undo) =>
      session.write(likeComment, numericId(fields.comment_pk, "comment_pk"), undo),
  ),
  ...pair(
    "/media/comment/pin",
    {
      operationIds: ["postMediaCommentPin", "deleteMediaCommentPin"],
      summaries: ["Pin a comment to the top of a post", "Unpin a comment"],
      description: "Under your own post.",
      fields: {
        media_id: ownMedia("3742221707221097047_61000000001"),
        comment_pk: commentPk("18047748196917447"),
      },
      undoField: "revert",
      errors: ["MediaNotFound", "MediaUnavailable", "CommentUnavailable"],
    },
    (session, fields, undo) =>
      session.write(
        pinComment,
        parseMediaRef(fields.media_id),
        numericId(fields.comment_pk, "comment_pk"),
        undo,
      ),
  ),
];
