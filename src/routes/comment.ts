import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { Dict, operation } from "../http/operation.ts";
import { type MediaRef, numericId, parseMediaRef } from "../instagram/ids.ts";
import { Comment, CommentPage, CommentStreamPage } from "../instagram/models/comment.ts";
import {
  getMediaCommentInfos,
  getMediaCommentLikers,
  getMediaCommentReplies,
  getMediaComments,
  getMediaCommentsStream,
} from "../instagram/operations/comment.ts";
import { InvalidInput } from "../problems/problem.ts";
import { onePage, openCursor, sealCursor } from "./cursors.ts";
import { amount, amountOf, boundedAmount, cursor, MediaName } from "./parameters.ts";

const TAG = "Media (Post)";
const USUAL_COMMENTS = 20;

const CommentPk = Type.String({
  minLength: 1,
  description: "Comment pk: digits, up to 64 bits.",
  examples: ["18047748130398535"],
});
const StreamCursor = (name: string) =>
  Type.Optional(
    Type.String({
      default: "",
      description: `${name} of the page before, to go on in that direction; empty for the first page.`,
    }),
  );

/** `/media/comment…`: comments of posts, replies to them, and who likes them. */
export const commentRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/media/comments",
      ({ query, session, context }) => {
        const media = parseMediaRef(query.media_id);
        const input = { amount: query.amount ?? USUAL_COMMENTS, cursor: query.cursor ?? "" };
        return session.read(context, (client) =>
          onePage({ operation: "getMediaComments", of: media.pk }, input, (at) =>
            getMediaComments(client, media, at),
          ),
        );
      },
      {
        withSession: "read",
        query: fields({ media_id: MediaName, amount: boundedAmount(USUAL_COMMENTS), cursor }),
        detail: operation(TAG, "session", {
          operationId: "getMediaComments",
          summary: "List paginated comments of a post",
          description: "Replies are not among them: GET /media/comment/replies lists those.",
          returns: CommentPage.schema,
          errors: ["MediaNotFound", "MediaUnavailable", "CommentsDisabled"],
        }),
      },
    )
    .get(
      "/media/comments/stream",
      ({ query, session, context }) => {
        const media = parseMediaRef(query.media_id);
        const back = { operation: "getMediaCommentsStream min", of: media.pk };
        const on = { operation: "getMediaCommentsStream max", of: media.pk };
        const input = {
          minId: openCursor(back, query.min_id ?? "", "min_id"),
          maxId: openCursor(on, query.max_id ?? "", "max_id"),
        };
        return session.read(context, async (client) => {
          const found = await getMediaCommentsStream(client, media, input);
          return {
            items: found.items,
            min_cursor: sealCursor(back, found.min_cursor),
            max_cursor: sealCursor(on, found.max_cursor),
          };
        });
      },
      {
        withSession: "read",
        query: fields({
          media_id: MediaName,
          min_id: StreamCursor("min_cursor"),
          max_id: StreamCursor("max_cursor"),
        }),
        detail: operation(TAG, "session", {
          operationId: "getMediaCommentsStream",
          summary: "List a page of comments with the cursors of both directions",
          description: "A page holds what Instagram gives at once.",
          returns: CommentStreamPage.schema,
          errors: ["MediaNotFound", "MediaUnavailable", "CommentsDisabled"],
        }),
      },
    )
    .get(
      "/media/comment/replies",
      ({ query, session, context }) => {
        const media = parseMediaRef(query.media_id);
        const commentPk = numericId(query.comment_id, "comment_id");
        const wanted = amountOf(query.amount, 0);
        return session.read(context, (client) =>
          getMediaCommentReplies(client, media, commentPk, wanted),
        );
      },
      {
        withSession: "read",
        query: fields({ media_id: MediaName, comment_id: CommentPk, amount: amount(0) }),
        detail: operation(TAG, "session", {
          operationId: "getMediaCommentReplies",
          summary: "List replies to a comment",
          returns: Type.Array(Comment.schema),
          errors: ["MediaNotFound", "MediaUnavailable", "CommentUnavailable", "CommentsDisabled"],
        }),
      },
    )
    .get(
      "/media/comment/likers",
      ({ query, session, context }) => {
        const commentPk = numericId(query.comment_pk, "comment_pk");
        const wanted = amountOf(query.amount, 0);
        return session.read(context, (client) => getMediaCommentLikers(client, commentPk, wanted));
      },
      {
        withSession: "read",
        query: fields({
          comment_pk: CommentPk,
          amount: amount(0, { minimum: 0, maximum: 200 }),
        }),
        detail: operation(TAG, "session", {
          operationId: "getMediaCommentLikers",
          summary: "List who likes a comment",
          description:
            "As Instagram's website shows them: the app's API does not tell. Empty for a comment that does not exist.",
          returns: Type.Array(Dict),
        }),
      },
    )
    .get(
      "/media/comment/infos",
      ({ query, session, context }) => {
        const medias = listedMedias(query.media_ids);
        return session.read(context, (client) => getMediaCommentInfos(client, medias));
      },
      {
        withSession: "read",
        query: fields({
          media_ids: Type.Array(Type.String({ minLength: 1 }), {
            minItems: 1,
            description: "Media ids: repeated, or in one with commas between them.",
            examples: [["3755350675776297567_25025320"]],
          }),
        }),
        detail: operation(TAG, "session", {
          operationId: "getMediaCommentInfos",
          summary: "Get comment summaries of posts",
          description: "One request for all of them; the answer is Instagram's own.",
          returns: Dict,
          errors: ["MediaNotFound"],
        }),
      },
    );

function listedMedias(values: readonly string[]): MediaRef[] {
  const names = values.flatMap((value) => value.split(",")).filter((name) => name.trim() !== "");
  if (names.length === 0) throw new InvalidInput("media_ids", "must name a post");
  return names.map((name) => parseMediaRef(name, "media_ids"));
}
