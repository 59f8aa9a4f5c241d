import { randomUUID } from "node:crypto";
import type { Client } from "../client.ts";
import { notFoundAs, notInAnswer, UpstreamRefused, UpstreamUnreachable } from "../errors.ts";
import { linkSegmentAfter, numericId } from "../ids.ts";
import { type JsonText, objectOr } from "../json.ts";
import { Track } from "../models/track.ts";
import { json, passthrough } from "../readings.ts";
import { form, path, signed } from "../signing.ts";
import { send } from "../transport.ts";

/**
 * The page of a piece of music or an original sound, by audio id, with Reels that use it:
 * `POST clips/music/`. Throws UpstreamRefused: TrackNotFound.
 */
export function getTrack(client: Client, id: string, maxId: string): Promise<JsonText> {
  return trackOrNotFound(() =>
    send(client, passthrough, {
      effect: "read",
      method: "POST",
      path: path`clips/music/`,
      body: signed({
        audio_cluster_id: id,
        original_sound_audio_asset_id: id,
        ...(maxId === "" ? {} : { max_id: maxId }),
      }),
    }),
  );
}

/**
 * A piece of licensed music by its canonical id: `POST clips/music/`. Throws UpstreamRefused:
 * TrackNotFound, also for an original sound.
 */
export async function getTrackByCanonicalId(client: Client, canonicalId: string): Promise<Track> {
  const body = await trackOrNotFound(() =>
    send(client, json, {
      effect: "read",
      method: "POST",
      path: path`clips/music/`,
      body: signed({
        tab_type: "clips",
        referrer_media_id: "",
        _uuid: client.state.ids.uuid,
        music_canonical_id: canonicalId,
      }),
    }),
  );
  const { music_asset_info: raw } = objectOr(objectOr(body.metadata).music_info);
  const track = raw ? Track.read(raw, client.drift) : null;
  if (track === null) throw notInAnswer("TrackNotFound", NOT_FOUND);
  return track;
}

/**
 * The same page as getTrack(), from `POST clips/stream_clips_pivot_page/`. If Instagram answers in
 * rows, the result is `{"stream_rows": […]}`. Throws what getTrack() does.
 */
export function getTrackStream(client: Client, id: string, maxId: string): Promise<JsonText> {
  return trackOrNotFound(() =>
    send(client, passthrough, {
      effect: "read",
      method: "POST",
      path: path`clips/stream_clips_pivot_page/`,
      body: signed({
        pivot_page_type: "audio",
        music_page: {
          tab_type: "clips",
          audio_asset_id: id,
          audio_cluster_id: id,
          ...(maxId === "" ? {} : { max_id: maxId }),
        },
        _uuid: client.state.ids.uuid,
      }),
    }),
  );
}

/**
 * Music that Instagram offers for posts in the feed: `POST music/music_in_feed_audio_browser/`. The
 * id of the browsing session is a UUID, made up unless given.
 */
export function getMusicFeedBrowser(
  client: Client,
  browseSessionId: string = randomUUID(),
): Promise<JsonText> {
  return send(client, passthrough, {
    effect: "read",
    method: "POST",
    path: path`music/music_in_feed_audio_browser/`,
    body: form([
      ["product", "music_in_feed"],
      ["_uuid", client.state.ids.uuid],
      ["browse_session_id", browseSessionId],
    ]),
  });
}

/**
 * Reads an audio id: digits, or a link to the page of a sound (`/reels/audio/<id>/`).
 * Throws InvalidInput.
 */
export function parseTrackId(value: string, field: string): string {
  return numericId(linkSegmentAfter("/reels/audio/", value) ?? value, field);
}

const NOT_FOUND = "Track not found";

/** These endpoints report an unknown sound with a 404, or with a 400 without any explanation. */
async function trackOrNotFound<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await notFoundAs("TrackNotFound", NOT_FOUND, request);
  } catch (error) {
    if (!isUnexplained(error)) throw error;
    throw new UpstreamRefused("TrackNotFound", NOT_FOUND, { status: 400, body: {} });
  }
}

function isUnexplained(error: unknown): error is UpstreamRefused | UpstreamUnreachable {
  if (error instanceof UpstreamUnreachable) return error.context.status === 400;
  if (!(error instanceof UpstreamRefused) || error.context.status !== 400) return false;
  return Object.keys(error.context.body).length === 0;
}
