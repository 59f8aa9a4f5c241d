import { type Static, Type } from "@sinclair/typebox";
import { ClipsIgArtistSchema, readClipsIgArtist } from "./clips-artist.ts";
import type { DriftReporter } from "./drift.ts";
import {
  type Raw,
  readBooleanOr,
  readId,
  readInteger,
  readOptionalId,
  readOptionalInteger,
  readOptionalText,
  readText,
  readTextOr,
} from "./read.ts";
import { readObject, readObjects, readOptionalObject } from "./read-nested.ts";
import { Nullable, UpstreamObject } from "./schema.ts";

/** What the session's account may do with an original sound. */
export const ClipsConsumptionInfoSchema = Type.Object(
  {
    display_media_id: Type.Optional(Nullable(Type.String())),
    is_bookmarked: Type.Optional(Type.Boolean({ default: false })),
    is_trending_in_clips: Type.Optional(Type.Boolean({ default: false })),
    should_mute_audio_reason: Type.Optional(Type.String({ default: "" })),
    should_mute_audio_reason_type: Type.Optional(Nullable(Type.String())),
    user_notes: Type.Optional(Nullable(Type.String())),
  },
  {
    title: "ClipsConsumptionInfo",
    description: "Consumption information for clips original sound",
  },
);
export type ClipsConsumptionInfo = Static<typeof ClipsConsumptionInfoSchema>;

/** `original_sound_info.consumption_info`. */
export type RawClipsConsumptionInfo = Raw<keyof ClipsConsumptionInfo>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readClipsConsumptionInfo(
  raw: RawClipsConsumptionInfo,
  drift: DriftReporter,
): ClipsConsumptionInfo {
  const model = "ClipsConsumptionInfo";
  return {
    display_media_id: readOptionalText(raw.display_media_id, drift, model, "display_media_id"),
    is_bookmarked: readBooleanOr(raw.is_bookmarked, false, drift, model, "is_bookmarked"),
    is_trending_in_clips: readBooleanOr(
      raw.is_trending_in_clips,
      false,
      drift,
      model,
      "is_trending_in_clips",
    ),
    should_mute_audio_reason: readTextOr(
      raw.should_mute_audio_reason,
      "",
      drift,
      model,
      "should_mute_audio_reason",
    ),
    should_mute_audio_reason_type: readOptionalText(
      raw.should_mute_audio_reason_type,
      drift,
      model,
      "should_mute_audio_reason_type",
    ),
    user_notes: readOptionalText(raw.user_notes, drift, model, "user_notes"),
  };
}

/** Whether a sound may be reused on Facebook. */
export const ClipsFbDownstreamUseXpostMetadataSchema = Type.Object(
  {
    downstream_use_xpost_deny_reason: Type.Optional(Type.String({ default: "NONE" })),
  },
  {
    title: "ClipsFbDownstreamUseXpostMetadata",
    description: "Facebook downstream use xpost metadata for clips",
  },
);
export type ClipsFbDownstreamUseXpostMetadata = Static<
  typeof ClipsFbDownstreamUseXpostMetadataSchema
>;

/** `original_sound_info.fb_downstream_use_xpost_metadata`. */
export type RawClipsFbDownstreamUseXpostMetadata = Raw<keyof ClipsFbDownstreamUseXpostMetadata>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readClipsFbDownstreamUseXpostMetadata(
  raw: RawClipsFbDownstreamUseXpostMetadata,
  drift: DriftReporter,
): ClipsFbDownstreamUseXpostMetadata {
  return {
    downstream_use_xpost_deny_reason: readTextOr(
      raw.downstream_use_xpost_deny_reason,
      "NONE",
      drift,
      "ClipsFbDownstreamUseXpostMetadata",
      "downstream_use_xpost_deny_reason",
    ),
  };
}

/** The sound recorded with a Reel. `time_created` is in unix seconds. */
export const ClipsOriginalSoundInfoSchema = Type.Object(
  {
    allow_creator_to_rename: Type.Optional(Type.Boolean({ default: true })),
    audio_asset_id: Type.String(),
    attributed_custom_audio_asset_id: Type.Optional(Nullable(Type.String())),
    can_remix_be_shared_to_fb: Type.Optional(Type.Boolean({ default: true })),
    can_remix_be_shared_to_fb_expansion: Type.Optional(Type.Boolean({ default: true })),
    dash_manifest: Type.String(),
    duration_in_ms: Type.Integer(),
    formatted_clips_media_count: Type.Optional(Nullable(Type.String())),
    hide_remixing: Type.Optional(Type.Boolean({ default: false })),
    is_audio_automatically_attributed: Type.Optional(Type.Boolean({ default: false })),
    is_eligible_for_audio_effects: Type.Optional(Type.Boolean({ default: true })),
    is_eligible_for_vinyl_sticker: Type.Optional(Type.Boolean({ default: true })),
    is_explicit: Type.Optional(Type.Boolean({ default: false })),
    is_original_audio_download_eligible: Type.Optional(Type.Boolean({ default: true })),
    is_reuse_disabled: Type.Optional(Type.Boolean({ default: false })),
    is_xpost_from_fb: Type.Optional(Type.Boolean({ default: false })),
    music_canonical_id: Type.Optional(Nullable(Type.String())),
    oa_owner_is_music_artist: Type.Optional(Type.Boolean({ default: false })),
    original_audio_subtype: Type.Optional(Type.String({ default: "default" })),
    original_audio_title: Type.Optional(Type.String({ default: "Original audio" })),
    original_media_id: Type.String(),
    progressive_download_url: Type.String(),
    should_mute_audio: Type.Optional(Type.Boolean({ default: false })),
    time_created: Type.Integer(),
    trend_rank: Type.Optional(Nullable(Type.Integer())),
    previous_trend_rank: Type.Optional(Nullable(Type.Integer())),
    overlap_duration_in_ms: Type.Optional(Nullable(Type.Integer())),
    audio_asset_start_time_in_ms: Type.Optional(Nullable(Type.Integer())),
    ig_artist: ClipsIgArtistSchema,
    audio_filter_infos: Type.Optional(Nullable(Type.Array(UpstreamObject()))),
    audio_parts: Type.Optional(Type.Array(UpstreamObject(), { default: [] })),
    audio_parts_by_filter: Type.Optional(Type.Array(UpstreamObject(), { default: [] })),
    consumption_info: ClipsConsumptionInfoSchema,
    xpost_fb_creator_info: Type.Optional(Nullable(UpstreamObject())),
    fb_downstream_use_xpost_metadata: ClipsFbDownstreamUseXpostMetadataSchema,
  },
  { title: "ClipsOriginalSoundInfo", description: "Original sound information for clips" },
);
export type ClipsOriginalSoundInfo = Static<typeof ClipsOriginalSoundInfoSchema>;

/** `clips_metadata.original_sound_info`. */
export type RawClipsOriginalSoundInfo = Raw<keyof ClipsOriginalSoundInfo>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readClipsOriginalSoundInfo(
  raw: RawClipsOriginalSoundInfo,
  drift: DriftReporter,
): ClipsOriginalSoundInfo {
  const model = "ClipsOriginalSoundInfo";
  return {
    allow_creator_to_rename: readBooleanOr(
      raw.allow_creator_to_rename,
      true,
      drift,
      model,
      "allow_creator_to_rename",
    ),
    audio_asset_id: readId(raw.audio_asset_id, drift, model, "audio_asset_id"),
    attributed_custom_audio_asset_id: readOptionalId(
      raw.attributed_custom_audio_asset_id,
      drift,
      model,
      "attributed_custom_audio_asset_id",
    ),
    can_remix_be_shared_to_fb: readBooleanOr(
      raw.can_remix_be_shared_to_fb,
      true,
      drift,
      model,
      "can_remix_be_shared_to_fb",
    ),
    can_remix_be_shared_to_fb_expansion: readBooleanOr(
      raw.can_remix_be_shared_to_fb_expansion,
      true,
      drift,
      model,
      "can_remix_be_shared_to_fb_expansion",
    ),
    dash_manifest: readText(raw.dash_manifest, drift, model, "dash_manifest"),
    duration_in_ms: readInteger(raw.duration_in_ms, drift, model, "duration_in_ms"),
    formatted_clips_media_count: readOptionalText(
      raw.formatted_clips_media_count,
      drift,
      model,
      "formatted_clips_media_count",
    ),
    hide_remixing: readBooleanOr(raw.hide_remixing, false, drift, model, "hide_remixing"),
    is_audio_automatically_attributed: readBooleanOr(
      raw.is_audio_automatically_attributed,
      false,
      drift,
      model,
      "is_audio_automatically_attributed",
    ),
    is_eligible_for_audio_effects: readBooleanOr(
      raw.is_eligible_for_audio_effects,
      true,
      drift,
      model,
      "is_eligible_for_audio_effects",
    ),
    is_eligible_for_vinyl_sticker: readBooleanOr(
      raw.is_eligible_for_vinyl_sticker,
      true,
      drift,
      model,
      "is_eligible_for_vinyl_sticker",
    ),
    is_explicit: readBooleanOr(raw.is_explicit, false, drift, model, "is_explicit"),
    is_original_audio_download_eligible: readBooleanOr(
      raw.is_original_audio_download_eligible,
      true,
      drift,
      model,
      "is_original_audio_download_eligible",
    ),
    is_reuse_disabled: readBooleanOr(
      raw.is_reuse_disabled,
      false,
      drift,
      model,
      "is_reuse_disabled",
    ),
    is_xpost_from_fb: readBooleanOr(raw.is_xpost_from_fb, false, drift, model, "is_xpost_from_fb"),
    music_canonical_id: readOptionalText(
      raw.music_canonical_id,
      drift,
      model,
      "music_canonical_id",
    ),
    oa_owner_is_music_artist: readBooleanOr(
      raw.oa_owner_is_music_artist,
      false,
      drift,
      model,
      "oa_owner_is_music_artist",
    ),
    original_audio_subtype: readTextOr(
      raw.original_audio_subtype,
      "default",
      drift,
      model,
      "original_audio_subtype",
    ),
    original_audio_title: readTextOr(
      raw.original_audio_title,
      "Original audio",
      drift,
      model,
      "original_audio_title",
    ),
    original_media_id: readId(raw.original_media_id, drift, model, "original_media_id"),
    progressive_download_url: readText(
      raw.progressive_download_url,
      drift,
      model,
      "progressive_download_url",
    ),
    should_mute_audio: readBooleanOr(
      raw.should_mute_audio,
      false,
      drift,
      model,
      "should_mute_audio",
    ),
    time_created: readInteger(raw.time_created, drift, model, "time_created"),
    trend_rank: readOptionalInteger(raw.trend_rank, drift, model, "trend_rank"),
    previous_trend_rank: readOptionalInteger(
      raw.previous_trend_rank,
      drift,
      model,
      "previous_trend_rank",
    ),
    overlap_duration_in_ms: readOptionalInteger(
      raw.overlap_duration_in_ms,
      drift,
      model,
      "overlap_duration_in_ms",
    ),
    audio_asset_start_time_in_ms: readOptionalInteger(
      raw.audio_asset_start_time_in_ms,
      drift,
      model,
      "audio_asset_start_time_in_ms",
    ),
    ig_artist: readClipsIgArtist(readObject(raw.ig_artist, drift, model, "ig_artist"), drift),
    audio_filter_infos:
      raw.audio_filter_infos === null || raw.audio_filter_infos === undefined
        ? null
        : readObjects(raw.audio_filter_infos, drift, model, "audio_filter_infos"),
    audio_parts: readObjects(raw.audio_parts, drift, model, "audio_parts"),
    audio_parts_by_filter: readObjects(
      raw.audio_parts_by_filter,
      drift,
      model,
      "audio_parts_by_filter",
    ),
    consumption_info: readClipsConsumptionInfo(
      readObject(raw.consumption_info, drift, model, "consumption_info"),
      drift,
    ),
    xpost_fb_creator_info: readOptionalObject(
      raw.xpost_fb_creator_info,
      drift,
      model,
      "xpost_fb_creator_info",
    ),
    fb_downstream_use_xpost_metadata: readClipsFbDownstreamUseXpostMetadata(
      readObject(
        raw.fb_downstream_use_xpost_metadata,
        drift,
        model,
        "fb_downstream_use_xpost_metadata",
      ),
      drift,
    ),
  };
}
