import { Type } from "@sinclair/typebox";
import { type Operation, operations, PassedThrough, withSession } from "../http/route.ts";
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
import { amount, amountOf, boundedAmount, commentPk, cursor, MediaName } from "./parameters.ts";

const { get } = operations("Media (Post)");
const USUAL_COMMENTS = 20;

const CommentPk = commentPk();
const StreamCursor = (name: string) =>
  Type.Optional(
    Type.String({
      default: "",
      description: `${name} of the page before, to go on in that direction; empty for the first page.`,
    }),
  );

/** `/media/comment…`: comments of posts, replies to them, and who likes them. */
export const commentRoutes: readonly Operation[] = [
  get(
    "/media/comments",
    {
      operationId: "getMediaComments",
      summary: "List paginated comments of a post",
      description: "Without replies: GET /media/comment/replies lists those.",
      access: withSession("read"),
      query: { media_id: MediaName, amount: boundedAmount(USUAL_COMMENTS), cursor },
      returns: CommentPage.schema,
      errors: ["MediaNotFound", "MediaUnavailable", "CommentsDisabled"],
    },
    ({ query, session }) => {
      const media = parseMediaRef(query.media_id);
      const input = { amount: query.amount ?? USUAL_COMMENTS, cursor: query.cursor ?? "" };
      return session.read((client) =>
        onePage(client, media.pk, input, (at) => getMediaComments(client, media, at)),
      );
    },
  ),
  get(
    "/media/comments/stream",
    {
      operationId: "getMediaCommentsStream",
      summary: "List a page of comments with the cursors of both directions",
      description: "A page has as many comments as Instagram sends at once.",
      access: withSession("read"),
      query: {
        media_id: MediaName,
        min_id: StreamCursor("min_cursor"),
        max_id: StreamCursor("max_cursor"),
      },
      returns: CommentStreamPage.schema,
      errors: ["MediaNotFound", "MediaUnavailable", "CommentsDisabled"],
    },
    ({ query, session, context }) => {
      const media = parseMediaRef(query.media_id);
      const newer = { operation: `${context.operation} min`, of: media.pk };
      const older = { operation: `${context.operation} max`, of: media.pk };
      const input = {
        minId: openCursor(newer, query.min_id ?? "", "min_id"),
        maxId: openCursor(older, query.max_id ?? "", "max_id"),
      };
      return session.read(async (client) => {
        const found = await getMediaCommentsStream(client, media, input);
        return {
          items: found.items,
          min_cursor: sealCursor(newer, found.min_cursor),
          max_cursor: sealCursor(older, found.max_cursor),
        };
      });
    },
  ),
  get(
    "/media/comment/replies",
    {
      operationId: "getMediaCommentReplies",
      summary: "List replies to a comment",
      access: withSession("read"),
      query: { media_id: MediaName, comment_id: CommentPk, amount: amount(0) },
      returns: Type.Array(Comment.schema),
      errors: ["MediaNotFound", "MediaUnavailable", "CommentUnavailable", "CommentsDisabled"],
    },
    ({ query, session }) =>
      session.read(
        getMediaCommentReplies,
        parseMediaRef(query.media_id),
        numericId(query.comment_id, "comment_id"),
        amountOf(query.amount, 0),
      ),
  ),
  get(
    "/media/comment/likers",
    {
      operationId: "getMediaCommentLikers",
      summary: "List who likes a comment",
      description:
        "From Instagram's website, because the app's API has no such list. Empty for a comment that does not exist.",
      access: withSession("read"),
      query: {
        comment_pk: CommentPk,
        amount: amount(0, { minimum: 0, maximum: 200 }),
      },
      returns: Type.Array(PassedThrough),
    },
    ({ query, session }) =>
      session.read(
        getMediaCommentLikers,
        numericId(query.comment_pk, "comment_pk"),
        amountOf(query.amount, 0),
      ),
  ),
  get(
    "/media/comment/infos",
    {
      operationId: "getMediaCommentInfos",
      summary: "Get comment summaries of posts",
      description: "One request for all of them; the answer is Instagram's own.",
      access: withSession("read"),
      query: {
        media_ids: Type.Array(Type.String({ minLength: 1 }), {
          minItems: 1,
          description: "Media ids: repeat the parameter, or separate the ids with commas.",
          examples: [["3755350675776297567_25025320"]],
        }),
      },
      returns: PassedThrough,
      errors: ["MediaNotFound"],
    },
    ({ query, session }) => session.read(getMediaCommentInfos, listedMedias(query.media_ids)),
  ),
];

function listedMedias(values: readonly string[]): MediaRef[] {
  const names = values.flatMap((value) => value.split(",")).filter((name) => name.trim() !== "");
  if (names.length === 0) throw new InvalidInput("media_ids", "must name a post");
  return names.map((name) => parseMediaRef(name, "media_ids"));
}
