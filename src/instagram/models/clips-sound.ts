import {
  boolean,
  defaulted,
  id,
  integer,
  list,
  object,
  optional,
  passthrough,
  text,
} from "./fields.ts";
import { model } from "./model.ts";

/* The sound recorded with a Reel. */

/** The account that an original sound belongs to. */
export const ClipsIgArtist = model(
  "ClipsIgArtist",
  {
    pk: id(),
    pk_id: text(),
    id: text(),
    username: text(),
    full_name: text(),
    is_private: defaulted(boolean(), false),
    is_verified: defaulted(boolean(), false),
    profile_pic_id: optional(text()),
    profile_pic_url: text(),
    strong_id__: text(),
  },
  { description: "Instagram artist information for clips original sound" },
);

/** What the session's account may do with an original sound. */
export const ClipsConsumptionInfo = model(
  "ClipsConsumptionInfo",
  {
    display_media_id: optional(text()),
    is_bookmarked: defaulted(boolean(), false),
    is_trending_in_clips: defaulted(boolean(), false),
    should_mute_audio_reason: defaulted(text(), ""),
    should_mute_audio_reason_type: optional(text()),
    user_notes: optional(text()),
  },
  {
    description: "Consumption information for clips original sound",
  },
);

/** Whether a sound may be reused on Facebook. */
export const ClipsFbDownstreamUseXpostMetadata = model(
  "ClipsFbDownstreamUseXpostMetadata",
  {
    downstream_use_xpost_deny_reason: defaulted(text(), "NONE"),
  },
  {
    description: "Facebook downstream use xpost metadata for clips",
  },
);

/** The sound recorded with a Reel. `time_created` is in unix seconds. */
export const ClipsOriginalSoundInfo = model(
  "ClipsOriginalSoundInfo",
  {
    allow_creator_to_rename: defaulted(boolean(), true),
    audio_asset_id: id(),
    attributed_custom_audio_asset_id: optional(id()),
    can_remix_be_shared_to_fb: defaulted(boolean(), true),
    can_remix_be_shared_to_fb_expansion: defaulted(boolean(), true),
    dash_manifest: text(),
    duration_in_ms: integer(),
    formatted_clips_media_count: optional(text()),
    hide_remixing: defaulted(boolean(), false),
    is_audio_automatically_attributed: defaulted(boolean(), false),
    is_eligible_for_audio_effects: defaulted(boolean(), true),
    is_eligible_for_vinyl_sticker: defaulted(boolean(), true),
    is_explicit: defaulted(boolean(), false),
    is_original_audio_download_eligible: defaulted(boolean(), true),
    is_reuse_disabled: defaulted(boolean(), false),
    is_xpost_from_fb: defaulted(boolean(), false),
    music_canonical_id: optional(text()),
    oa_owner_is_music_artist: defaulted(boolean(), false),
    original_audio_subtype: defaulted(text(), "default"),
    original_audio_title: defaulted(text(), "Original audio"),
    original_media_id: id(),
    progressive_download_url: text(),
    should_mute_audio: defaulted(boolean(), false),
    time_created: integer(),
    trend_rank: optional(integer()),
    previous_trend_rank: optional(integer()),
    overlap_duration_in_ms: optional(integer()),
    audio_asset_start_time_in_ms: optional(integer()),
    ig_artist: object(ClipsIgArtist),
    audio_filter_infos: optional(list(passthrough())),
    audio_parts: defaulted(list(passthrough()), []),
    audio_parts_by_filter: defaulted(list(passthrough()), []),
    consumption_info: object(ClipsConsumptionInfo),
    xpost_fb_creator_info: optional(passthrough()),
    fb_downstream_use_xpost_metadata: object(ClipsFbDownstreamUseXpostMetadata),
  },
  { description: "Original sound information for clips" },
);
