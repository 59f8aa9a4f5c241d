import { createHmac } from "node:crypto";
import { act, actionAnswer, ownPk, signedAction } from "../actions.ts";
import type { Client } from "../client.ts";
import { answerUnusable, notFoundAs } from "../errors.ts";
import type { MediaRef } from "../ids.ts";
import { Comment } from "../models/comment.ts";
import { randomBetween } from "../random.ts";
import { json } from "../readings.ts";
import { path } from "../signing.ts";
import { send } from "../transport.ts";
import { mediaIdOf, mediaOrNotFound, resolveMediaId } from "./media.ts";
import { feedPosition } from "./media-actions.ts";

/*
 * Actions on comments. All throw UpstreamRefused: MediaNotFound, CommentsDisabled,
 * CommentUnavailable, and what every operation can throw.
 */

export interface CommentInput {
  text: string;
  /** Pk of the comment or reply that this one answers; null for a comment under the post. */
  repliedTo: string | null;
}

/**
 * Writes a comment under a post: `media/{id}/comment/`, with an idempotence token by which Instagram
 * knows the same comment again. Throws UpstreamRefused: FeedbackRequired for the same text again.
 */
export async function writeComment(
  client: Client,
  media: MediaRef,
  { text, repliedTo }: CommentInput,
): Promise<Comment> {
  const body = await mediaOrNotFound(() =>
    actionAnswer(client, {
      path: path`media/${mediaIdOf(media)}/comment/`,
      body: signedAction(client, {
        delivery_class: "organic",
        feed_position: "0",
        container_module: "self_comments_v2_feed_contextual_self_profile",
        user_breadcrumb: userBreadcrumb([...text].length, client.now()),
        idempotence_token: client.caller.tokens.idempotenceToken(),
        comment_text: text,
        ...(repliedTo === null ? {} : { replied_to_comment_id: BigInt(repliedTo) }),
      }),
    }),
  );
  const comment = Comment.read(body.comment, client.drift);
  if (!comment) throw answerUnusable("it names no comment");
  return comment;
}

const BREADCRUMB_KEY = "iN4$aGr0m";

/**
 * How a text of some characters was typed, as the app reports it: the HMAC and the data "<size>
 * <milliseconds> <changes> <unix milliseconds>", in base64 on two lines. The recorded client writes
 * both as Python writes bytes: `b'…'`.
 */
function userBreadcrumb(size: number, now: number): string {
  const milliseconds = randomBetween(500, 1_500) + size * randomBetween(500, 1_500);
  const changes = size / randomBetween(3, 5);
  // Python writes a quotient that is whole as 2.0.
  const written = changes > 1 ? (Number.isInteger(changes) ? `${changes}.0` : `${changes}`) : "1";
  const data = `${size} ${milliseconds} ${written} ${now}`;
  const hmac = createHmac("sha256", BREADCRUMB_KEY).update(data).digest("base64");
  return `b'${hmac}'\nb'${btoa(data)}'\n`;
}

/**
 * Deletes comments or replies under a post: `media/{id}/comment/bulk_delete/`. One more request for
 * a post without its owner.
 */
export async function deleteComments(
  client: Client,
  media: MediaRef,
  commentPks: readonly string[],
): Promise<boolean> {
  const mediaId = await resolveMediaId(client, media);
  return mediaOrNotFound(() =>
    act(client, {
      path: path`media/${mediaId}/comment/bulk_delete/`,
      body: signedAction(client, {
        comment_ids_to_delete: commentPks.join(","),
        container_module: "self_comments_v2_newsfeed_you",
      }),
    }),
  );
}

/**
 * Likes a comment, or with `undo` no longer: `media/{comment pk}/comment_like/`. Throws
 * UpstreamRefused: CommentNotFound.
 */
export function likeComment(client: Client, commentPk: string, undo: boolean): Promise<boolean> {
  return notFoundAs("CommentNotFound", "Comment not found", () =>
    act(client, {
      path: undo
        ? path`media/${commentPk}/comment_unlike/`
        : path`media/${commentPk}/comment_like/`,
      body: signedAction(client, {
        is_carousel_bumped_post: "false",
        container_module: "feed_contextual_self_profile",
        feed_position: feedPosition(),
      }),
    }),
  );
}

/**
 * Pins a comment to the top of one's own post, or with `undo` no longer:
 * `media/{id}/pin_comment/{comment pk}`.
 */
export function pinComment(
  client: Client,
  media: MediaRef,
  commentPk: string,
  undo: boolean,
): Promise<boolean> {
  const mediaId = mediaIdOf(media);
  return mediaOrNotFound(() =>
    act(client, {
      path: undo
        ? path`media/${mediaId}/unpin_comment/${commentPk}`
        : path`media/${mediaId}/pin_comment/${commentPk}`,
      body: signedAction(client, { _uid: ownPk(client) }),
    }),
  );
}

/**
 * Whether Instagram would call a comment offensive, which changes nothing:
 * `media/comment/check_offensive_comment/`. One more request for a post without its owner.
 */
export async function isOffensiveComment(
  client: Client,
  media: MediaRef,
  text: string,
): Promise<boolean> {
  const mediaId = await resolveMediaId(client, media);
  const body = await mediaOrNotFound(() =>
    send(client, json, {
      effect: "read",
      method: "POST",
      path: path`media/comment/check_offensive_comment/`,
      body: signedAction(client, { media_id: mediaId, comment_text: text }),
    }),
  );
  if (typeof body.is_offensive !== "boolean") throw answerUnusable("it names no verdict");
  return body.is_offensive;
}
