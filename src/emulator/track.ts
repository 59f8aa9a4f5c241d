import { invalidParameter, type JsonObject, json, notFoundPage, ok } from "./answer.ts";
import { type Fields, textField } from "./body.ts";
import { positionOf } from "./page.ts";
import { mediaItems, postsPage } from "./post-page.ts";
import type { Exchange, Route } from "./router.ts";
import { musicConsumption, musicShape, soundInfo } from "./seed/track-shape.ts";
import { type Music, reelPksOf, type Sound, trendingMusic } from "./seed/tracks.ts";
import { issueCursor } from "./token.ts";
import type { World } from "./world.ts";

const REELS_ON_A_PAGE = 12;

/** Music, original sounds, and the Reels that use them. */
export const TRACK: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v1/clips/music/",
    handle: (exchange) => soundPage(exchange, exchange.fields),
  },
  {
    method: "POST",
    path: "/api/v1/clips/stream_clips_pivot_page/",
    requiredFields: ["pivot_page_type", "_uuid"],
    handle: (exchange) => {
      const { pivot_page_type: type, music_page: page } = exchange.fields;
      if (type !== "audio") throw invalidParameter("pivot_page_type");
      if (typeof page !== "object" || page === null) throw invalidParameter("music_page");
      return soundPage(exchange, page as Fields);
    },
  },
  {
    method: "POST",
    path: "/api/v1/music/music_in_feed_audio_browser/",
    body: "form",
    requiredFields: ["product", "_uuid", "browse_session_id"],
    handle: browser,
  },
];

/** A piece of music as in lists of music. */
export function musicItem(music: Music): JsonObject {
  return { track: musicShape(music), metadata: musicConsumption(music) };
}

/** The fields with the id of a sound; each takes ids of music and of original sounds. */
const AUDIO_IDS = ["audio_cluster_id", "audio_asset_id", "original_sound_audio_asset_id"] as const;

function soundPage(exchange: Exchange, fields: Fields): Response {
  const sound = soundOf(exchange, fields);
  // This refusal is an HTML page, not JSON.
  if (sound === undefined) return notFoundPage();
  const list = `sound ${sound.assetId}`;
  const start = positionOf(textField(fields, "max_id") ?? "", list);
  const { sounds } = exchange.world.seed;
  const reels = {
    length: sounds.reelPositions(sound),
    at: (position: number) => sounds.reelAt(sound, position),
  };
  const { items, next } = postsPage(exchange, reels, start, REELS_ON_A_PAGE);
  const used = 1_000 + Number(sound.assetId % 9_973n) * 37;
  const rest = JSON.stringify({
    metadata: soundInfo(sound),
    paging_info: {
      max_id: next === undefined ? "" : issueCursor(list, next),
      more_available: next !== undefined,
    },
    media_count: { clips_count: used, photos_count: 0 },
    formatted_media_count: used.toLocaleString("en-US"),
    audio_page_reporting_id: `${sound.assetId}`,
    audio_page_segments: [],
    available_tabs: ["clips"],
    is_music_page_restricted: false,
    status: "ok",
  });
  return json(`{"items":[${mediaItems(exchange, items).join(",")}],${rest.slice(1)}`);
}

/** The sound that is asked for; undefined also where the viewer may not see its Reel. */
function soundOf({ world, viewer }: Exchange, fields: Fields): Sound | undefined {
  const { sounds } = world.seed;
  const canonicalId = textField(fields, "music_canonical_id");
  const ids = AUDIO_IDS.flatMap((name) => textField(fields, name) ?? []);
  if (canonicalId === undefined && ids.length === 0) throw invalidParameter("audio_cluster_id");
  const sound =
    canonicalId === undefined
      ? ids
          .map((id) => sounds.byId(id) ?? soundOfMade(world, id))
          .find((found) => found !== undefined)
      : (sounds.byCanonicalId(canonicalId) ?? soundOfMade(world, canonicalId));
  const isHidden = sound?.kind === "original" && !world.canSee(viewer, sound.post.owner);
  return isHidden ? undefined : sound;
}

/** The sound of a Reel that was made in this world. */
function soundOfMade({ posts, seed }: World, id: string): Sound | undefined {
  const reels = reelPksOf(id).map((pk) => posts.byPk(pk));
  const reel = reels.find((post) => post?.made !== undefined);
  return reel && seed.sounds.of(reel);
}

/** The music browser: a playlist with its first pieces, then single pieces. */
function browser({ fields }: Exchange): Response {
  if (fields.product !== "music_in_feed") throw invalidParameter("product");
  const music = trendingMusic(24);
  const playlist = {
    id: "17842000000000123",
    title: "Trending",
    type: "playlist",
    icon_url: null,
    preview_items: music.slice(0, 3).map(musicItem),
  };
  return ok({
    items: [{ playlist }, ...music.map(musicItem)],
    alacorn_session_id: `alacorn_${textField(fields, "browse_session_id")}`,
    page_info: { next_max_id: null, more_available: false, auto_load_more_available: false },
  });
}
