import { Type } from "@sinclair/typebox";
import { type Operation, operations, PassedThrough, withSession } from "../http/route.ts";
import { numericId } from "../instagram/ids.ts";
import type { JsonText } from "../instagram/json.ts";
import type { Track } from "../instagram/models/track.ts";
import {
  getMusicFeedBrowser,
  getTrack,
  getTrackByCanonicalId,
  getTrackStream,
  parseTrackId,
} from "../instagram/operations/track.ts";
import { alternative, exactlyOne } from "./parameters.ts";

const { get } = operations("Track (Music)");

const TrackId = Type.String({
  description:
    "Audio id: audio_cluster_id of music, audio_asset_id of an original sound; or the link of the sound's page.",
  examples: ["587331875200000001"],
});
const CanonicalId = Type.String({
  description: "music_canonical_id of a piece of music.",
  examples: ["18149596924049565"],
});
const MaxId = Type.Optional(
  Type.String({
    default: "",
    description: "paging_info.max_id of the page before; empty for the first.",
  }),
);

/** `/track` and `/music`: music and original sounds, and the Reels that use them. */
export const trackRoutes: readonly Operation[] = [
  get(
    "/track",
    {
      operationId: "getTrack",
      summary: "Get a music track or an original sound",
      description:
        "By id or by canonical_id: give exactly one. By id the answer is Instagram's page of the sound with Reels that use it, and max_id asks for more of them; by canonical_id it is the track alone.",
      access: withSession("read"),
      query: {
        id: alternative(TrackId),
        canonical_id: alternative(CanonicalId),
        max_id: MaxId,
      },
      returns: PassedThrough,
      errors: ["TrackNotFound"],
    },
    ({ query, session }) => {
      const track = namedTrack(query);
      return session.read(
        (client): Promise<JsonText | Track> =>
          "id" in track
            ? getTrack(client, track.id, query.max_id ?? "")
            : getTrackByCanonicalId(client, track.canonicalId),
      );
    },
  ),
  get(
    "/track/stream",
    {
      operationId: "getTrackStream",
      summary: "List Reels that use a sound",
      description:
        "The page that the app shows for a sound, page by page. If Instagram sends it in rows, they are in stream_rows.",
      access: withSession("read"),
      query: { id: TrackId, max_id: MaxId },
      returns: PassedThrough,
      errors: ["TrackNotFound"],
    },
    ({ query, session }) =>
      session.read(getTrackStream, parseTrackId(query.id, "id"), query.max_id ?? ""),
  ),
  get(
    "/music/feed/browser",
    {
      operationId: "getMusicFeedBrowser",
      summary: "List music that is offered for posts",
      access: withSession("read"),
      query: {
        browse_session_id: Type.Optional(
          Type.String({
            description: "UUID of the visit to the music browser; generated if left out.",
            examples: ["7d5b1c1e-5b0a-4a0e-9d56-2f1f6c1f7a11"],
          }),
        ),
      },
      returns: PassedThrough,
    },
    ({ query, session }) => session.read(getMusicFeedBrowser, query.browse_session_id || undefined),
  ),
];

const TRACK_NAMES = ["id", "canonical_id"] as const;

/** The sound that a query names. Throws InvalidInput. */
function namedTrack(query: {
  id?: string;
  canonical_id?: string;
}): { id: string } | { canonicalId: string } {
  const [field, value] = exactlyOne(query, TRACK_NAMES);
  return field === "id"
    ? { id: parseTrackId(value, field) }
    : { canonicalId: numericId(value, field) };
}
