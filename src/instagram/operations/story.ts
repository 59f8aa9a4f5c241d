import { act, signedAction } from "../actions.ts";
import { SUPPORTED_CAPABILITIES } from "../app-profiles.ts";
import type { Client } from "../client.ts";
import { notFoundAs, notInAnswer } from "../errors.ts";
import type { MediaRef } from "../ids.ts";
import { type Json, type JsonObject, objectOr } from "../json.ts";
import { Story } from "../models/story.ts";
import { StoryArchiveDay } from "../models/story-archive.ts";
import { Viewer } from "../models/viewer.ts";
import { collectPage, cursorOf, listOf, type Page, type PageInput } from "../paging.ts";
import { json } from "../readings.ts";
import { encodeBody, ifGiven, jsonText, path } from "../signing.ts";
import { send } from "../transport.ts";
import { getMedia, mediaOrNotFound, resolveMediaId } from "./media.ts";
import { userOrNotFound } from "./user.ts";

/** Camera effects and codecs that the device can show. Sent with every request for stories. */
export const CAPABILITIES_TEXT = encodeBody(jsonText(SUPPORTED_CAPABILITIES));

/**
 * A story that its owner shows now: `GET feed/user/{owner}/story/`. If the owner is not known, it
 * costs `GET media/{pk}/info/` first. Throws UpstreamRefused: MediaNotFound, StoryNotFound (no
 * longer shown), UserNotFound (the given owner), PrivateAccount, and what every operation can
 * throw.
 */
export async function getStory(client: Client, { pk, owner }: MediaRef): Promise<Story> {
  const userId = owner ?? (await getMedia(client, pk)).user.pk;
  const stories = await getUserStories(client, userId);
  const story = stories.find((one) => one.pk === pk);
  if (!story) throw notInAnswer("StoryNotFound", "Story not found");
  return story;
}

/**
 * The stories that a user shows now, oldest first: `GET feed/user/{id}/story/`. Throws
 * UpstreamRefused: UserNotFound, PrivateAccount, and what every operation can throw.
 */
export async function getUserStories(client: Client, userId: string): Promise<Story[]> {
  const stories = await storiesOf(client, userId);
  return stories.flatMap((raw) => Story.read(raw, client.drift) ?? []);
}

/** The stories that the session's own account shows now, newest first, as Instagram sends them. */
export async function ownStories(client: Client): Promise<JsonObject[]> {
  const stories = await storiesOf(client, client.state.userId ?? "0");
  return stories.map(objectOr).reverse();
}

async function storiesOf(client: Client, userId: string): Promise<Json[]> {
  const body = await userOrNotFound(() =>
    send(client, json, {
      effect: "read",
      method: "GET",
      path: path`feed/user/${userId}/story/`,
      query: [["supported_capabilities_new", CAPABILITIES_TEXT]],
    }),
  );
  return listOf(objectOr(body.reel).items, (item) => item);
}

/**
 * Users who have seen one of the account's own stories: `GET media/{pk}/list_reel_media_viewer/`,
 * paged until `amount`. Throws UpstreamRefused: MediaNotFound, ClientForbiddenError (another
 * account's story), and what every operation can throw.
 */
export function getStoryViewers(
  client: Client,
  storyPk: string,
  { amount, cursor }: PageInput,
): Promise<Page<Viewer>> {
  return collectPage({
    amount,
    cursor,
    fillsPage: true,
    identity: (viewer) => viewer.pk,
    fetchPage: async (maxId) => {
      const body = await notFoundAs("MediaNotFound", "Story not found", () =>
        send(client, json, {
          effect: "read",
          method: "GET",
          path: path`media/${storyPk}/list_reel_media_viewer/`,
          query: [["supported_capabilities_new", CAPABILITIES_TEXT], ...ifGiven("max_id", maxId)],
        }),
      );
      // An answer without the list is the last page, as in aiograpi-rest.
      const next = Array.isArray(body.viewers) ? cursorOf(body.next_max_id) : "";
      return { items: listOf(body.viewers, (item) => Viewer.read(item, client.drift)), next };
    },
  });
}

/** Which days of the archive. */
export interface ArchiveView {
  includeMemories: boolean;
  /** The id of one day, "" for all days. */
  reelId: string;
}

/**
 * The days of the account's story archive, latest first: `GET archive/reel/day_shells_paginated/`.
 * A page costs one request, full or not.
 */
export function getStoryArchive(
  client: Client,
  { includeMemories, reelId }: ArchiveView,
  { amount, cursor }: PageInput,
): Promise<Page<StoryArchiveDay>> {
  return collectPage({
    amount,
    cursor,
    fillsPage: false,
    identity: (day) => day.id,
    fetchPage: async (maxId) => {
      const body = await send(client, json, {
        effect: "read",
        method: "GET",
        path: path`archive/reel/day_shells_paginated/`,
        query: [
          ["timezone_offset", String(client.state.timezoneOffset)],
          ["include_memories", includeMemories ? "1" : "0"],
          ...ifGiven("max_id", maxId),
          ...ifGiven("reel_id", reelId),
        ],
      });
      return {
        items: listOf(body.items, (item) => StoryArchiveDay.read(item, client.drift)),
        next: cursorOf(body.max_id),
      };
    },
  });
}

/**
 * Likes a story, or with `undo` no longer: `POST story_interactions/send_story_like`. One more request
 * for a story without its owner. Throws UpstreamRefused: MediaNotFound, and what every operation can
 * throw.
 */
export async function likeStory(client: Client, story: MediaRef, undo: boolean): Promise<boolean> {
  const mediaId = await resolveMediaId(client, story);
  const { userId, ids } = client.state;
  return mediaOrNotFound(() =>
    act(client, {
      path: undo
        ? path`story_interactions/unsend_story_like`
        : path`story_interactions/send_story_like`,
      body: signedAction(client, {
        media_id: mediaId,
        _uid: userId,
        source_of_like: "button",
        tray_session_id: ids.tray_session_id,
        viewer_session_id: ids.client_session_id,
        container_module: "reel_feed_timeline",
      }),
    }),
  );
}
