import { digits, type JsonObject } from "../answer.ts";
import { mix } from "./numbers.ts";
import type { Music, OriginalSound, Sound } from "./tracks.ts";
import { pictureUrl, userShort, videoUrl } from "./user-shape.ts";

/** `music_info` and `original_sound_info` of a sound; one of the two is null. */
export function soundInfo(sound: Sound): JsonObject {
  return sound.kind === "music"
    ? {
        music_info: {
          music_asset_info: musicShape(sound),
          music_consumption_info: musicConsumption(sound),
        },
        original_sound_info: null,
      }
    : { music_info: null, original_sound_info: originalSoundShape(sound) };
}

/** A piece of music as in searches, browsers, Reels and its page. */
export function musicShape(music: Music): JsonObject {
  const { index, assetId, hash } = music;
  const file = videoUrl(`audio_${assetId}`, 0, 0);
  const duration = 95_000 + (hash % 160_000);
  const has = (part: number, of: number): boolean => mix(hash, part) % of !== 0;
  return {
    id: `${assetId}`,
    audio_asset_id: `${assetId}`,
    audio_cluster_id: `${music.clusterId}`,
    music_canonical_id: `${music.canonicalId}`,
    title: music.title,
    sanitized_title: null,
    subtitle: has(1, 6) ? "" : "(Live at the Harbour)",
    display_artist: music.artistName,
    artist_id: has(2, 5) ? `${17_841_400_000_000_001n + BigInt(music.artist)}` : null,
    ig_username: null,
    // Where there is no picture, the upstream sends an empty text.
    cover_artwork_uri: has(3, 9) ? pictureUrl(`cover_${index}`, 640, 640) : "",
    cover_artwork_thumbnail_uri: has(3, 9) ? pictureUrl(`cover_${index}`, 110, 110) : "",
    progressive_download_url: file,
    fast_start_progressive_download_url: has(4, 3) ? file : null,
    reactive_audio_download_url: null,
    web_30s_preview_download_url: null,
    highlight_start_times_in_ms: Array.from(
      { length: hash % 4 },
      (_, turn) => (turn * 20_000 + (hash % 9_000)) % duration,
    ),
    is_explicit: !has(5, 5),
    dash_manifest: has(6, 12) ? dashManifest(file, duration) : "",
    has_lyrics: hasLyrics(hash),
    duration_in_ms: duration,
    dark_message: has(8, 17) ? null : "This song is currently unavailable.",
    allows_saving: has(9, 10),
    is_eligible_for_audio_effects: true,
    is_eligible_for_vinyl_sticker: true,
    territory_validity_periods: {},
  };
}

/** The lyrics of a piece of music, empty where it has none. */
export function lyricsOf({ title, hash }: Music): JsonObject[] {
  if (!hasLyrics(hash)) return [];
  return Array.from({ length: 4 + (hash % 9) }, (_, turn) => ({
    start_time_in_ms: 4_000 + turn * 3_750,
    phrase: turn % 3 === 0 ? title : turn % 3 === 1 ? "oh, oh" : "and we go round again",
  }));
}

const hasLyrics = (hash: number): boolean => mix(hash, 7) % 3 !== 0;

/** `music_consumption_info`: what an account may do with a piece of music, and how it is used. */
export function musicConsumption({ index, hash }: Music): JsonObject {
  return {
    is_bookmarked: false,
    is_trending_in_clips: hash % 6 === 0,
    allow_media_creation_with_music: true,
    should_mute_audio: false,
    should_mute_audio_reason: "",
    should_mute_audio_reason_type: null,
    should_render_soundwave: false,
    should_allow_music_editing: true,
    audio_asset_start_time_in_ms: (hash % 9) * 1_000,
    overlap_duration_in_ms: 15_000,
    contains_lyrics: hasLyrics(hash),
    derived_content_id: null,
    display_labels: null,
    formatted_clips_media_count: `${1 + (hash % 900)}K`,
    ig_artist: null,
    placeholder_profile_pic_url: pictureUrl(`cover_${index}`, 150, 150),
    trend_rank: hash % 6 === 0 ? 1 + (hash % 50) : null,
    previous_trend_rank: null,
  };
}

/** An original sound as in all Reels that use it. */
function originalSoundShape({ assetId, canonicalId, post }: OriginalSound): JsonObject {
  const file = videoUrl(`audio_${post.pk}`, 0, 0);
  const duration = 4_000 + (post.hash % 560) * 100;
  return {
    audio_asset_id: digits(assetId),
    music_canonical_id: `${canonicalId}`,
    original_media_id: digits(post.pk),
    original_audio_title: "Original audio",
    original_audio_subtype: "default",
    ig_artist: userShort(post.owner),
    progressive_download_url: file,
    dash_manifest: dashManifest(file, duration),
    duration_in_ms: duration,
    time_created: Math.floor(post.takenAt / 1_000),
    consumption_info: {
      is_bookmarked: false,
      is_trending_in_clips: false,
      should_mute_audio_reason: "",
      should_mute_audio_reason_type: null,
      display_media_id: null,
      user_notes: null,
    },
    allow_creator_to_rename: true,
    hide_remixing: false,
    is_explicit: false,
    is_reuse_disabled: false,
    is_audio_automatically_attributed: false,
    is_original_audio_download_eligible: true,
    should_mute_audio: false,
    formatted_clips_media_count: null,
    can_remix_be_shared_to_fb: true,
    can_remix_be_shared_to_fb_expansion: true,
    fb_downstream_use_xpost_metadata: { downstream_use_xpost_deny_reason: "NONE" },
    audio_parts: [],
    audio_parts_by_filter: [],
    audio_filter_infos: [],
    xpost_fb_creator_info: null,
    trend_rank: null,
    previous_trend_rank: null,
  };
}

/** A DASH manifest of one file. It is XML, so ampersands in the URL are entities. */
function dashManifest(file: string, duration: number): string {
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" ` +
    `mediaPresentationDuration="PT${duration / 1_000}S"><Period><AdaptationSet contentType="audio">` +
    `<Representation id="audio" mimeType="audio/mp4" codecs="mp4a.40.5" bandwidth="64000">` +
    `<BaseURL>${file.replaceAll("&", "&amp;")}</BaseURL></Representation></AdaptationSet></Period></MPD>`
  );
}
