import type { Client } from "../client.ts";
import { type JsonObject, objectOr } from "../json.ts";
import { Guide } from "../models/guide.ts";
import { readList } from "../models/lists.ts";
import { Media } from "../models/media.ts";
import { toId } from "../models/values.ts";
import { collectPage, cursorOf, listOf, nextMaxId, type Page, type PageInput } from "../paging.ts";
import { postsPage } from "../posts.ts";
import { json } from "../readings.ts";
import { path, signed } from "../signing.ts";
import type { UpstreamRequest } from "../transport/request.ts";
import { send } from "../transport.ts";
import { userOrNotFound } from "./user.ts";

/*
 * What a user posted, and where a user is tagged, by pk. Instagram chooses the size of its pages;
 * each page here costs one request, full or not. All throw UpstreamRefused: UserNotFound,
 * PrivateAccount, and what every operation can throw.
 */

/** A user's posts, newest first: `GET feed/user/{id}/`. */
export function getUserMedias(
  client: Client,
  userId: string,
  page: PageInput,
): Promise<Page<Media>> {
  return onePage(client, page, nextMaxId, (maxId) => ({
    effect: "read",
    method: "GET",
    path: path`feed/user/${userId}/`,
    query: [
      ["max_id", maxId],
      ["count", String(page.amount)],
      ["min_timestamp", ""],
      ["rank_token", client.state.ids.uuid],
      ["ranked_content", "true"],
    ],
  }));
}

/** A user's Reels, and videos in the feed: `POST clips/user/`. */
export function getUserClips(
  client: Client,
  userId: string,
  page: PageInput,
): Promise<Page<Media>> {
  const nextOf = (body: JsonObject): string => cursorOf(objectOr(body.paging_info).max_id);
  return onePage(client, page, nextOf, (maxId) => ({
    effect: "read",
    method: "POST",
    path: path`clips/user/`,
    body: signed({
      target_user_id: BigInt(userId),
      max_id: maxId,
      page_size: page.amount,
      include_feed_video: "true",
    }),
  }));
}

/** A user's videos: `GET igtv/channel/`. */
export function getUserVideos(
  client: Client,
  userId: string,
  page: PageInput,
): Promise<Page<Media>> {
  return onePage(client, page, nextMaxId, (maxId) => ({
    effect: "read",
    method: "GET",
    path: path`igtv/channel/`,
    query: [
      ["id", `uservideo_${userId}`],
      ["count", String(page.amount)],
      ["max_id", maxId],
    ],
  }));
}

/** Posts of others on which a user is tagged: `GET usertags/{id}/feed/`. */
export function getUserTaggedMedias(
  client: Client,
  userId: string,
  page: PageInput,
): Promise<Page<Media>> {
  const nextOf = (body: JsonObject): string => cursorOf(body.next_max_id);
  return onePage(client, page, nextOf, (maxId) => ({
    effect: "read",
    method: "GET",
    path: path`usertags/${userId}/feed/`,
    query: [["max_id", maxId]],
  }));
}

/**
 * The posts that a user pinned to the top of the profile, from the first page of posts. Each post
 * lists the users on whose profiles it is pinned; for most posts this list is `[]`.
 */
export async function getUserPinnedPosts(client: Client, userId: string): Promise<Media[]> {
  const body = await userOrNotFound(() =>
    send(client, json, {
      effect: "read",
      method: "GET",
      path: path`feed/user/${userId}/`,
      query: [
        ["exclude_comment", "true"],
        ["only_fetch_first_carousel_media", "false"],
      ],
    }),
  );
  const isPinned = ({ timeline_pinned_user_ids: ids }: JsonObject): boolean =>
    listOf(ids, toId).includes(userId);
  const pinned = listOf(body.items, objectOr).filter(isPinned);
  return readList(pinned, Media.read, client.drift, client.operation, "items");
}

/** A user's guides: `GET guides/user/{id}/`. */
export async function getUserGuides(client: Client, userId: string): Promise<Guide[]> {
  const body = await userOrNotFound(() =>
    send(client, json, {
      effect: "read",
      method: "GET",
      path: path`guides/user/${userId}/`,
    }),
  );
  return readList(body.guides, Guide.read, client.drift, client.operation, "guides");
}

function onePage(
  client: Client,
  page: PageInput,
  nextOf: (body: JsonObject) => string,
  requestOf: (maxId: string) => UpstreamRequest,
): Promise<Page<Media>> {
  return collectPage({
    ...page,
    fillsPage: false,
    identity: (media) => media.pk,
    fetchPage: (maxId) => userOrNotFound(() => postsPage(client, requestOf(maxId), nextOf)),
  });
}
