import { act, actionAnswer } from "../actions.ts";
import type { Client } from "../client.ts";
import { answerUnusable, notFoundAs, notInAnswer } from "../errors.ts";
import type { MediaRef } from "../ids.ts";
import {
  isJsonObject,
  type JsonObject,
  objectOr,
  stringifyJson,
  type VerbatimJsonObject,
} from "../json.ts";
import { Highlight } from "../models/highlight.ts";
import { collectList, cursorOf, listOf } from "../paging.ts";
import { pythonFloat } from "../python-json.ts";
import { json } from "../readings.ts";
import { asciiJson, ifGiven, path, signed } from "../signing.ts";
import { send } from "../transport.ts";
import { mediaIdOf, mediaOrNotFound, resolveMediaId } from "./media.ts";
import { CAPABILITIES_TEXT } from "./story.ts";
import { userOrNotFound } from "./user.ts";

/**
 * A highlight with its stories, by pk: `POST feed/reels_media/`. Throws UpstreamRefused:
 * HighlightNotFound (also if the account may not see it), and what every operation can throw.
 */
export async function getHighlight(client: Client, pk: string): Promise<Highlight> {
  const id = `highlight:${pk}`;
  const { userId, ids } = client.state;
  const body = await send(client, json, {
    effect: "read",
    method: "POST",
    path: path`feed/reels_media/`,
    body: signed({
      exclude_media_ids: "[]",
      supported_capabilities_new: CAPABILITIES_TEXT,
      source: "profile",
      _uid: userId,
      _uuid: ids.uuid,
      user_ids: [id],
    }),
  });
  const reel = objectOr(body.reels)[id];
  // A highlight without an id is the one that was asked for.
  const highlight = isJsonObject(reel)
    ? (Highlight.read(reel, client.drift) ?? Highlight.read({ ...reel, id }, client.drift))
    : null;
  if (!highlight) throw notInAnswer("HighlightNotFound", "Highlight not found");
  return highlight;
}

/**
 * The first `amount` (Infinity: all) of a user's highlights, without their stories:
 * `GET highlights/{id}/highlights_tray/`, paged if a long tray has a cursor. Throws UpstreamRefused:
 * UserNotFound, PrivateAccount, and what every operation can throw.
 */
export function getUserHighlights(
  client: Client,
  userId: string,
  amount: number,
): Promise<Highlight[]> {
  return collectList({
    amount,
    fetchPage: async (cursor) => {
      const body = await userOrNotFound(() =>
        send(client, json, {
          effect: "read",
          method: "GET",
          path: path`highlights/${userId}/highlights_tray/`,
          query: [
            ["supported_capabilities_new", CAPABILITIES_TEXT],
            ["phone_id", client.state.ids.phone_id],
            ["battery_level", String(25 + Math.floor(Math.random() * 76))],
            ["panavision_mode", ""],
            ["is_charging", zeroOrOne()],
            ["is_dark_mode", zeroOrOne()],
            ["will_sound_on", zeroOrOne()],
            ...ifGiven("cursor", cursor),
          ],
        }),
      );
      return {
        items: listOf(body.tray, (item) => Highlight.read(item, client.drift)),
        next: cursorOf(body.cursor),
      };
    },
  });
}

const zeroOrOne = (): string => String(Math.round(Math.random()));

/** A highlight that is to be made. */
export interface HighlightDraft {
  title: string;
  /** The account's own stories, also those that have ended. */
  stories: readonly MediaRef[];
  /** The story that is its cover. */
  cover: MediaRef;
  /** The part of the cover that shows: left, top, right and bottom, from 0 to 1. */
  cropRect: readonly number[];
}

/**
 * Makes a highlight: `POST highlights/create_reel/`. Each story without its owner, and a cover
 * that is none of them, costs one more request. Throws UpstreamRefused: MediaNotFound, and what every operation can throw.
 */
export async function createHighlight(client: Client, draft: HighlightDraft): Promise<Highlight> {
  // The cover is one of the stories as a rule: none is looked up twice.
  const ids = new Map<string, string>();
  for (const story of [draft.cover, ...draft.stories])
    if (!ids.has(story.pk)) ids.set(story.pk, await resolveMediaId(client, story));
  const idOf = ({ pk }: MediaRef): string | undefined => ids.get(pk);
  const body = await mediaOrNotFound(() =>
    actionAnswer(client, {
      path: path`highlights/create_reel/`,
      body: signed({
        supported_capabilities_new: CAPABILITIES_TEXT,
        source: "self_profile",
        creation_id: String(Math.floor(client.now() / 1_000)),
        ...accountFields(client),
        cover: stringifyJson({
          media_id: idOf(draft.cover),
          crop_rect: stringifyJson(draft.cropRect.map(pythonFloat)),
        }),
        title: draft.title,
        media_ids: stringifyJson(draft.stories.map(idOf)),
      }),
    }),
  );
  return highlightIn(client, body);
}

/** What is to change of a highlight; everything else stays. */
export interface HighlightChanges {
  title?: string;
  /** Instagram's own object: `media_id` or `upload_id`, and `crop_rect`. */
  cover?: VerbatimJsonObject;
  added?: readonly MediaRef[];
  removed?: readonly MediaRef[];
}

/**
 * Changes a highlight: `POST highlights/highlight:{pk}/edit_reel/`. With its last story it is gone;
 * then it is returned as empty. Throws UpstreamRefused: HighlightNotFound, and what every operation
 * can throw.
 */
export async function editHighlight(
  client: Client,
  pk: string,
  { title, cover, added = [], removed = [] }: HighlightChanges,
): Promise<Highlight> {
  const body = await highlightOrNotFound(() =>
    actionAnswer(client, {
      path: path`highlights/highlight:${pk}/edit_reel/`,
      body: signed({
        supported_capabilities_new: CAPABILITIES_TEXT,
        source: "self_profile",
        ...accountFields(client),
        added_media_ids: stringifyJson(added.map(mediaIdOf)),
        removed_media_ids: stringifyJson(removed.map(mediaIdOf)),
        title: title || undefined,
        cover: cover && asciiJson(cover),
      }),
    }),
  );
  const isGone = removed.length > 0 && body.status === "ok" && !isJsonObject(body.reel);
  return highlightIn(client, isGone ? { reel: emptyHighlight(client, pk) } : body);
}

/**
 * Deletes a highlight; its stories stay in the archive: `POST highlights/highlight:{pk}/delete_reel/`.
 * Throws UpstreamRefused: HighlightNotFound, and what every operation can throw.
 */
export function deleteHighlight(client: Client, pk: string): Promise<boolean> {
  return highlightOrNotFound(() =>
    act(client, {
      path: path`highlights/highlight:${pk}/delete_reel/`,
      body: signed(accountFields(client)),
    }),
  );
}

const highlightOrNotFound = <T>(request: () => Promise<T>): Promise<T> =>
  notFoundAs("HighlightNotFound", "Highlight not found", request);

const accountFields = ({ state }: Client) => ({ _uid: state.userId, _uuid: state.ids.uuid });

function highlightIn(client: Client, { reel }: JsonObject): Highlight {
  const highlight = Highlight.read(reel, client.drift);
  if (!highlight) throw answerUnusable("it names no highlight");
  return highlight;
}

const emptyHighlight = ({ state }: Client, pk: string): JsonObject => ({
  id: `highlight:${pk}`,
  user: { pk: state.userId },
  media_count: 0,
});
