import { act, actionAnswer, signedAction, signedByDevice } from "../actions.ts";
import type { Client } from "../client.ts";
import type { MediaRef } from "../ids.ts";
import type { JsonObject, JsonText } from "../json.ts";
import { locationText, type TaggedLocation } from "../location-text.ts";
import { randomBetween } from "../random.ts";
import { passthrough } from "../readings.ts";
import { path, spacedJson } from "../signing.ts";
import { send } from "../transport.ts";
import { tagsIn, type Usertag } from "../usertags.ts";
import { getMedia, mediaIdOf, mediaOrNotFound, resolveMediaId } from "./media.ts";

/*
 * Actions on posts. They resolve with whether Instagram says that the action is done. A post without
 * its owner costs one more request where that is noted. All throw UpstreamRefused: MediaNotFound,
 * and what every operation can throw.
 */

/** Likes a post, or with `undo` no longer: `media/{pk}/like/`. The owner need not be known. */
export function likeMedia(client: Client, { pk }: MediaRef, undo: boolean): Promise<boolean> {
  return mediaOrNotFound(() =>
    act(client, {
      path: undo ? path`media/${pk}/unlike/` : path`media/${pk}/like/`,
      body: signedAction(client, {
        inventory_source: "media_or_ad",
        media_id: pk,
        is_carousel_bumped_post: "false",
        container_module: "feed_timeline",
        feed_position: feedPosition(),
      }),
    }),
  );
}

/** Where in the feed the post would stand that is acted on: among the first seven. */
export const feedPosition = (): string => String(randomBetween(0, 6));

/** Which collection a post is saved into, besides the list of all that is saved: a pk, or none. */
export interface SaveInput {
  collectionPk: string | null;
}

/**
 * Saves a post, or with `undo` no longer: `media/{id}/save/`. One more request for a post without
 * its owner.
 */
export async function saveMedia(
  client: Client,
  media: MediaRef,
  { collectionPk }: SaveInput,
  undo: boolean,
): Promise<boolean> {
  const mediaId = await resolveMediaId(client, media);
  return mediaOrNotFound(() =>
    act(client, {
      path: undo ? path`media/${mediaId}/unsave/` : path`media/${mediaId}/save/`,
      body: signedAction(client, {
        module_name: "feed_timeline",
        ...(collectionPk === null ? {} : { added_collection_ids: `[${collectionPk}]` }),
      }),
    }),
  );
}

/**
 * Hides one's own post from everybody else, or with `undo` shows it again: `media/{id}/only_me/`.
 * One more request for a post without its owner.
 */
export async function archiveMedia(
  client: Client,
  media: MediaRef,
  undo: boolean,
): Promise<boolean> {
  const mediaId = await resolveMediaId(client, media);
  return mediaOrNotFound(() =>
    act(client, {
      path: undo ? path`media/${mediaId}/undo_only_me/` : path`media/${mediaId}/only_me/`,
      body: signedAction(client, { media_id: mediaId }),
    }),
  );
}

/**
 * Pins one's own post to the top of the profile, or with `undo` no longer:
 * `users/pin_timeline_media/`. The owner need not be known.
 */
export function pinMedia(client: Client, { pk }: MediaRef, undo: boolean): Promise<boolean> {
  return mediaOrNotFound(() =>
    act(client, {
      path: undo ? path`users/unpin_timeline_media/` : path`users/pin_timeline_media/`,
      body: signedAction(client, { post_id: pk }),
    }),
  );
}

/**
 * Deletes one's own post for good: `media/{id}/delete/`. Resolves with Instagram's `did_delete`. One
 * more request for a post without its owner.
 */
export async function deleteMedia(client: Client, media: MediaRef): Promise<boolean> {
  const mediaId = await resolveMediaId(client, media);
  const body = await mediaOrNotFound(() =>
    actionAnswer(client, {
      path: path`media/${mediaId}/delete/`,
      body: signedByDevice(client, { media_id: mediaId }),
    }),
  );
  return body.did_delete === true;
}

/** What a post is to be. A title is only for IGTV. */
export interface MediaEdit {
  caption: string;
  title: string;
  usertags: readonly Usertag[];
  location: TaggedLocation | null;
}

/**
 * Changes one's own post: `media/{id}/edit_media/`, after `media/{pk}/info/` told what kind of post it
 * is. What is not given is removed from it: tags, place. A place without its external id costs one
 * more request, or two.
 */
export async function editMedia(
  client: Client,
  { pk, owner }: MediaRef,
  edit: MediaEdit,
): Promise<JsonText> {
  const { user, product_type: kind } = await getMedia(client, pk);
  const mediaId = mediaIdOf({ pk, owner: owner ?? user.pk });
  const fields = kind === "igtv" ? igtvFields(edit) : await postFields(client, edit);
  return mediaOrNotFound(() =>
    send(client, passthrough, {
      effect: "write",
      method: "POST",
      path: path`media/${mediaId}/edit_media/`,
      body: signedByDevice(client, fields),
    }),
  );
}

/** Tags users on one's own new post: `media/{id}/edit_media/`. Resolves with Instagram's answer. */
export async function tagMedia(
  client: Client,
  mediaId: string,
  post: Omit<MediaEdit, "title">,
): Promise<JsonObject> {
  const body = signedByDevice(client, await postFields(client, post));
  return actionAnswer(client, { path: path`media/${mediaId}/edit_media/`, body });
}

async function postFields(
  client: Client,
  { caption, usertags, location }: Omit<MediaEdit, "title">,
) {
  return {
    caption_text: caption,
    container_module: "edit_media_info",
    feed_position: "0",
    location: await locationText(client, location),
    usertags: spacedJson(tagsIn(usertags)),
    is_carousel_bumped_post: "false",
  };
}

/** Most characters of a title that is made of the caption. */
const LONGEST_TITLE = 75;

/** Without a title, the caption's first line is the title, or else its beginning. */
function igtvFields({ caption, title }: MediaEdit) {
  const lineEnd = title === "" ? caption.indexOf("\n") : -1;
  return {
    caption_text: caption.slice(lineEnd + 1),
    title:
      title ||
      (lineEnd < 0 ? [...caption].slice(0, LONGEST_TITLE).join("") : caption.slice(0, lineEnd)),
    igtv_ads_toggled_on: "0",
  };
}

/**
 * Marks posts or stories as seen, and others as skipped: `media/seen/`, one request for all. One
 * more for each that is named without its owner.
 */
export async function markSeen(
  client: Client,
  seen: readonly MediaRef[],
  skipped: readonly MediaRef[] = [],
): Promise<boolean> {
  const reels = await seenTimes(client, seen);
  const reelMediaSkipped = await seenTimes(client, skipped);
  return mediaOrNotFound(() =>
    act(client, {
      path: "/api/v2/media/seen/",
      query: [
        ["reel", "1"],
        ["live_vod", "0"],
      ],
      body: signedByDevice(client, {
        container_module: "feed_timeline",
        live_vods_skipped: {},
        nuxes_skipped: {},
        nuxes: {},
        reels,
        live_vods: {},
        reel_media_skipped: reelMediaSkipped,
      }),
    }),
  );
}

/** `<begin>_<end>` in unix seconds, by `<pk>_<owner>_<owner>`: watched until now, for some minutes. */
async function seenTimes(
  client: Client,
  medias: readonly MediaRef[],
): Promise<Record<string, string[]>> {
  const times: Record<string, string[]> = {};
  for (const media of medias) {
    const mediaId = await resolveMediaId(client, media);
    const end = Math.floor(client.now() / 1_000);
    const owner = mediaId.slice(mediaId.indexOf("_") + 1);
    times[`${mediaId}_${owner}`] = [`${end - randomBetween(100, 3_000)}_${end}`];
  }
  return times;
}
