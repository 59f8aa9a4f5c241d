import type { Client } from "../client.ts";
import { type Json, type JsonObject, objectOr } from "../json.ts";
import { type Guide, readGuide } from "../models/guide.ts";
import { type Media, readMedia } from "../models/media.ts";
import { collectPage, cursorOf, listOf, type Page, type PageInput } from "../paging.ts";
import { path, signed } from "../signing.ts";
import { sendExactJson, sendJson } from "../transport.ts";
import { userOrNotFound } from "./user.ts";

/*
 * What a user posted, and where a user is tagged, by pk. Instagram hands out pages of its own size:
 * each page here costs one request, full or not. All throw UpstreamRefused: UserNotFound,
 * PrivateAccount, and what every operation can meet.
 */

/** A user's posts, newest first: `GET feed/user/{id}/`. */
export function getUserMedias(
  client: Client,
  userId: string,
  { amount, cursor }: PageInput,
): Promise<Page<Media>> {
  return mediaPage(client, { amount, cursor }, async (maxId) => {
    const body = await userOrNotFound(() =>
      sendJson(client, {
        operation: "getUserMedias",
        method: "GET",
        path: path`feed/user/${userId}/`,
        query: [
          ["max_id", maxId],
          ["count", String(amount)],
          ["min_timestamp", ""],
          ["rank_token", client.state.ids.uuid],
          ["ranked_content", "true"],
        ],
      }),
    );
    return { medias: body.items, next: cursorOf(body.next_max_id) || cursorOf(body.max_id) };
  });
}

/** A user's Reels, and videos in the feed: `POST clips/user/`. */
export function getUserClips(
  client: Client,
  userId: string,
  { amount, cursor }: PageInput,
): Promise<Page<Media>> {
  return mediaPage(client, { amount, cursor }, async (maxId) => {
    const body = await userOrNotFound(() =>
      sendExactJson(client, {
        operation: "getUserClips",
        method: "POST",
        path: path`clips/user/`,
        body: signed({
          target_user_id: BigInt(userId),
          max_id: maxId,
          page_size: amount,
          include_feed_video: "true",
        }),
      }),
    );
    return {
      medias: listOf(body.items, (item) => objectOr(item).media ?? null),
      next: cursorOf(objectOr(body.paging_info).max_id),
    };
  });
}

/** A user's videos: `GET igtv/channel/`. */
export function getUserVideos(
  client: Client,
  userId: string,
  { amount, cursor }: PageInput,
): Promise<Page<Media>> {
  return mediaPage(client, { amount, cursor }, async (maxId) => {
    const body = await userOrNotFound(() =>
      sendExactJson(client, {
        operation: "getUserVideos",
        method: "GET",
        path: path`igtv/channel/`,
        query: [
          ["id", `uservideo_${userId}`],
          ["count", String(amount)],
          ["max_id", maxId],
        ],
      }),
    );
    return { medias: body.items, next: cursorOf(body.next_max_id) || cursorOf(body.max_id) };
  });
}

/** Posts of others on which a user is tagged: `GET usertags/{id}/feed/`. */
export function getUserTaggedMedias(
  client: Client,
  userId: string,
  page: PageInput,
): Promise<Page<Media>> {
  return mediaPage(client, page, async (maxId) => {
    const body = await userOrNotFound(() =>
      sendExactJson(client, {
        operation: "getUserTaggedMedias",
        method: "GET",
        path: path`usertags/${userId}/feed/`,
        query: [["max_id", maxId]],
      }),
    );
    return { medias: body.items, next: cursorOf(body.next_max_id) };
  });
}

/** The posts that a user pinned to the top of the profile, out of the first page of posts. */
export async function getUserPinnedPosts(client: Client, userId: string): Promise<Media[]> {
  const body = await userOrNotFound(() =>
    sendExactJson(client, {
      operation: "getUserPinnedPosts",
      method: "GET",
      path: path`feed/user/${userId}/`,
      query: [
        ["exclude_comment", "true"],
        ["only_fetch_first_carousel_media", "false"],
      ],
    }),
  );
  const isPinned = (post: JsonObject): boolean => (post.timeline_pinned_user_ids ?? null) !== null;
  const pinned = listOf(body.items, objectOr).filter(isPinned);
  return pinned.flatMap((raw) => readMedia(raw, client.drift) ?? []);
}

/** A user's guides: `GET guides/user/{id}/`. */
export async function getUserGuides(client: Client, userId: string): Promise<Guide[]> {
  const body = await userOrNotFound(() =>
    sendExactJson(client, {
      operation: "getUserGuides",
      method: "GET",
      path: path`guides/user/${userId}/`,
    }),
  );
  return listOf(body.guides, (raw) => readGuide(raw, client.drift)).filter(
    (guide) => guide !== null,
  );
}

function mediaPage(
  client: Client,
  { amount, cursor }: PageInput,
  fetchMedias: (cursor: string) => Promise<{ medias: Json | undefined; next: string }>,
): Promise<Page<Media>> {
  return collectPage({
    amount,
    cursor,
    readsOn: false,
    identity: (media) => media.pk,
    fetchPage: async (maxId) => {
      const { medias, next } = await fetchMedias(maxId);
      return { items: listOf(medias, (raw) => readMedia(raw, client.drift)), next };
    },
  });
}
