import type { Client } from "../client.ts";
import { notLoggedIn } from "../errors.ts";
import { browserHeaders } from "../headers.ts";
import type { MediaRef } from "../ids.ts";
import {
  isJsonObject,
  type JsonObject,
  type JsonText,
  objectOr,
  type VerbatimJson,
  type VerbatimJsonObject,
} from "../json.ts";
import { Comment, type CommentStreamPage } from "../models/comment.ts";
import { readList } from "../models/lists.ts";
import {
  collectList,
  collectPage,
  cursorOf,
  listOf,
  type Page,
  type PageInput,
} from "../paging.ts";
import { json, passthrough, rows, verbatimJson } from "../readings.ts";
import { ifGiven, path, signed } from "../signing.ts";
import type { UpstreamRequest } from "../transport/request.ts";
import { send } from "../transport.ts";
import { mediaIdOf, mediaOrNotFound, resolveMediaId } from "./media.ts";

/*
 * Comments of a post. Unless noted, a post without its owner costs one more request. All throw
 * UpstreamRefused: MediaNotFound, CommentsDisabled, and what every operation can throw.
 */

/** Comments of a post, most relevant first: `media/{id}/comments/`, paged until `amount`. */
export async function getMediaComments(
  client: Client,
  media: MediaRef,
  { amount, cursor }: PageInput,
): Promise<Page<Comment>> {
  const mediaId = await resolveMediaId(client, media);
  const listPath = path`media/${mediaId}/comments/`;
  return collectPage({
    amount,
    cursor,
    fillsPage: true,
    fetchPage: async (minId) => {
      const body = await mediaOrNotFound(() => send(client, json, pageRequest(listPath, minId)));
      return {
        items: listOf(body.comments, (raw) => Comment.read(raw, client.drift)),
        next: cursorOf(body.next_min_id),
        isLast: !body.has_more_headload_comments,
      };
    },
  });
}

/**
 * The first `amount` (Infinity: all) replies to a comment, oldest first:
 * `media/{id}/comments/{comment}/inline_child_comments/`. Throws UpstreamRefused:
 * CommentUnavailable.
 */
export async function getMediaCommentReplies(
  client: Client,
  media: MediaRef,
  commentPk: string,
  amount: number,
): Promise<Comment[]> {
  const mediaId = await resolveMediaId(client, media);
  const listPath = path`media/${mediaId}/comments/${commentPk}/inline_child_comments/`;
  return collectList({
    amount,
    fetchPage: async (minId) => {
      const body = await mediaOrNotFound(() => send(client, json, pageRequest(listPath, minId)));
      return {
        items: listOf(body.child_comments, (raw) => Comment.read(raw, client.drift)),
        next: body.has_more_head_child_comments ? cursorOf(body.next_min_child_cursor) : null,
      };
    },
  });
}

/** The first page is a GET without parameters, later ones a POST with only their cursor. */
function pageRequest(listPath: string, minId: string): UpstreamRequest {
  return minId === ""
    ? { effect: "read", method: "GET", path: listPath }
    : { effect: "read", method: "POST", path: listPath, body: signed({ min_id: minId }) };
}

/** Where to continue: `min_cursor` or `max_cursor` of the previous page, or "" for both. */
export interface CommentStreamInput {
  minId: string;
  maxId: string;
}

/**
 * One page of comments with cursors for both directions: `GET media/{id}/stream_comments/`. One
 * request, even for a post without its owner.
 */
export async function getMediaCommentsStream(
  client: Client,
  media: MediaRef,
  { minId, maxId }: CommentStreamInput,
): Promise<CommentStreamPage> {
  const parts = await mediaOrNotFound(() =>
    send(client, rows, {
      effect: "read",
      method: "GET",
      path: path`media/${mediaIdOf(media)}/stream_comments/`,
      query: [
        ["can_support_threading", "true"],
        ["inventory_source", "explore_story"],
        ["analytics_module", "comments_v2_feed_timeline"],
        ["is_carousel_bumped_post", "false"],
        ["feed_position", "1"],
        ...ifGiven("min_id", minId),
        ...ifGiven("max_id", maxId),
      ],
    }),
  );
  return {
    items: parts.flatMap((row) =>
      readList(row.comments, Comment.read, client.drift, "CommentStreamPage", "items"),
    ),
    min_cursor: lastCursor(parts, "next_min_id", "min_id"),
    max_cursor: lastCursor(parts, "next_max_id", "max_id"),
  };
}

function lastCursor(rows: readonly JsonObject[], name: string, otherName: string): string {
  const cursors = rows.map((row) => cursorOf(row[name]) || cursorOf(row[otherName]));
  return cursors.findLast((cursor) => cursor !== "") ?? "";
}

/** Summaries of the comments of several posts, in one request: `GET media/comment_infos/`. */
export function getMediaCommentInfos(
  client: Client,
  medias: readonly MediaRef[],
): Promise<JsonText> {
  return send(client, passthrough, {
    effect: "read",
    method: "GET",
    path: path`media/comment_infos/`,
    query: [
      ["can_support_carousel_mentions", "false"],
      ["media_ids", medias.map(mediaIdOf).join(",")],
    ],
  });
}

const LIKERS_QUERY_HASH = "5f0b1f6281e72053cbc07909c8d154ae";
const LIKERS_PAGE = 50;

/**
 * The first `amount` (Infinity: all) users who like a comment, as the website shows them:
 * `GET www.instagram.com/graphql/query/`. The private API has no such request. Returns [] for a
 * comment that does not exist.
 */
export async function getMediaCommentLikers(
  client: Client,
  commentPk: string,
  amount: number,
): Promise<VerbatimJsonObject[]> {
  const cookie = webCookie(client);
  return collectList({
    amount,
    fetchPage: async (after) => {
      const variables = {
        comment_id: commentPk,
        first: LIKERS_PAGE,
        ...(after === "" ? {} : { after }),
      };
      const body = await send(client, verbatimJson, {
        effect: "read",
        method: "GET",
        host: "www.instagram.com",
        path: "/graphql/query/",
        as: { browser: { ...browserHeaders(), Cookie: cookie } },
        query: [
          ["variables", JSON.stringify(variables)],
          ["query_hash", LIKERS_QUERY_HASH],
        ],
      });
      const { edge_liked_by } = objectOr(objectOr(body.data).comment);
      const { edges, page_info } = objectOr(edge_liked_by);
      const { has_next_page, end_cursor } = objectOr(page_info);
      return { items: listOf(edges, nodeOf), next: has_next_page ? cursorOf(end_cursor) : null };
    },
  });
}

function nodeOf(edge: VerbatimJson): VerbatimJsonObject | null {
  const { node } = objectOr(edge);
  return isJsonObject(node) ? node : null;
}

/** The session's login as cookies of the website. */
function webCookie({ state }: Client): string {
  if (state.sessionId === null) throw notLoggedIn();
  const cookies = [
    ["sessionid", state.sessionId],
    ["rur", state.igURur],
    ["mid", state.mid],
    ["ds_user_id", state.userId],
  ];
  return cookies.flatMap(([name, value]) => (value ? [`${name}=${value}`] : [])).join("; ");
}
