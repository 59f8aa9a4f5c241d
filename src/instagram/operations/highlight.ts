import type { Client } from "../client.ts";
import { notInAnswer } from "../errors.ts";
import { isJsonObject, objectOr } from "../json.ts";
import { Highlight } from "../models/highlight.ts";
import { collectList, cursorOf, listOf } from "../paging.ts";
import { json } from "../readings.ts";
import { ifGiven, path, signed } from "../signing.ts";
import { send } from "../transport.ts";
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
