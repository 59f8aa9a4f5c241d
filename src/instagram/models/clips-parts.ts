import { type Static, Type } from "@sinclair/typebox";
import { isJsonObject, type JsonObject } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import {
  type Raw,
  readBooleanOr,
  readIntegerOr,
  readOptionalInteger,
  readOptionalText,
  readText,
} from "./read.ts";
import { readObject, readOptionalObject } from "./read-nested.ts";
import { Nullable, UpstreamObject } from "./schema.ts";

/** Achievements that a Reel earned. */
export const ClipsAchievementsInfoSchema = Type.Object(
  {
    num_earned_achievements: Type.Optional(Nullable(Type.Integer())),
    show_achievements: Type.Optional(Type.Boolean({ default: false })),
  },
  { title: "ClipsAchievementsInfo", description: "Information about achievements in clips" },
);
export type ClipsAchievementsInfo = Static<typeof ClipsAchievementsInfoSchema>;

/** `clips_metadata.achievements_info`. */
export type RawClipsAchievementsInfo = Raw<keyof ClipsAchievementsInfo>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readClipsAchievementsInfo(
  raw: RawClipsAchievementsInfo,
  drift: DriftReporter,
): ClipsAchievementsInfo {
  return {
    num_earned_achievements: readOptionalInteger(
      raw.num_earned_achievements,
      drift,
      "ClipsAchievementsInfo",
      "num_earned_achievements",
    ),
    show_achievements: readBooleanOr(
      raw.show_achievements,
      false,
      drift,
      "ClipsAchievementsInfo",
      "show_achievements",
    ),
  };
}

/** Whether a Reel's former sound can be restored. */
export const AudioReattributionInfoSchema = Type.Object(
  {
    should_allow_restore: Type.Optional(Type.Boolean({ default: false })),
  },
  { title: "AudioReattributionInfo", description: "Audio reattribution settings" },
);
export type AudioReattributionInfo = Static<typeof AudioReattributionInfoSchema>;

/** `additional_audio_info.audio_reattribution_info`. */
export type RawAudioReattributionInfo = Raw<keyof AudioReattributionInfo>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readAudioReattributionInfo(
  raw: RawAudioReattributionInfo,
  drift: DriftReporter,
): AudioReattributionInfo {
  return {
    should_allow_restore: readBooleanOr(
      raw.should_allow_restore,
      false,
      drift,
      "AudioReattributionInfo",
      "should_allow_restore",
    ),
  };
}

/** A second sound of a Reel. */
export const ClipsAdditionalAudioInfoSchema = Type.Object(
  {
    additional_audio_username: Type.Optional(Nullable(Type.String())),
    audio_reattribution_info: AudioReattributionInfoSchema,
  },
  { title: "ClipsAdditionalAudioInfo", description: "Additional audio information for clips" },
);
export type ClipsAdditionalAudioInfo = Static<typeof ClipsAdditionalAudioInfoSchema>;

/** `clips_metadata.additional_audio_info`. */
export type RawClipsAdditionalAudioInfo = Raw<keyof ClipsAdditionalAudioInfo>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readClipsAdditionalAudioInfo(
  raw: RawClipsAdditionalAudioInfo,
  drift: DriftReporter,
): ClipsAdditionalAudioInfo {
  return {
    additional_audio_username: readOptionalText(
      raw.additional_audio_username,
      drift,
      "ClipsAdditionalAudioInfo",
      "additional_audio_username",
    ),
    audio_reattribution_info: readAudioReattributionInfo(
      readObject(
        raw.audio_reattribution_info,
        drift,
        "ClipsAdditionalAudioInfo",
        "audio_reattribution_info",
      ),
      drift,
    ),
  };
}

/** The cluster of sounds that a Reel is ranked in. */
export const ClipsAudioRankingInfoSchema = Type.Object(
  {
    best_audio_cluster_id: Type.String(),
  },
  { title: "ClipsAudioRankingInfo", description: "Audio ranking information for clips" },
);
export type ClipsAudioRankingInfo = Static<typeof ClipsAudioRankingInfoSchema>;

/** `clips_metadata.audio_ranking_info`. */
export type RawClipsAudioRankingInfo = Raw<keyof ClipsAudioRankingInfo>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readClipsAudioRankingInfo(
  raw: RawClipsAudioRankingInfo,
  drift: DriftReporter,
): ClipsAudioRankingInfo {
  return {
    best_audio_cluster_id: readText(
      raw.best_audio_cluster_id,
      drift,
      "ClipsAudioRankingInfo",
      "best_audio_cluster_id",
    ),
  };
}

/** Whether a paid partnership can be tagged. */
export const ClipsBrandedContentTagInfoSchema = Type.Object(
  {
    can_add_tag: Type.Optional(Type.Boolean({ default: false })),
  },
  { title: "ClipsBrandedContentTagInfo", description: "Branded content tag information for clips" },
);
export type ClipsBrandedContentTagInfo = Static<typeof ClipsBrandedContentTagInfoSchema>;

/** `clips_metadata.branded_content_tag_info`. */
export type RawClipsBrandedContentTagInfo = Raw<keyof ClipsBrandedContentTagInfo>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readClipsBrandedContentTagInfo(
  raw: RawClipsBrandedContentTagInfo,
  drift: DriftReporter,
): ClipsBrandedContentTagInfo {
  return {
    can_add_tag: readBooleanOr(
      raw.can_add_tag,
      false,
      drift,
      "ClipsBrandedContentTagInfo",
      "can_add_tag",
    ),
  };
}

/**
 * Gifts to the creator of a Reel. Where they are on, the upstream has an object as
 * `entry_point_container`, and so has the answer: the Reel's `clips_metadata` is then of the second
 * of its two forms, an object of the upstream's.
 */
export const ClipsContentAppreciationInfoSchema = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean({ default: false })),
    entry_point_container: Type.Optional(
      Type.Unsafe<string | JsonObject | null>(Nullable(Type.String())),
    ),
  },
  {
    title: "ClipsContentAppreciationInfo",
    description: "Content appreciation information for clips",
  },
);
export type ClipsContentAppreciationInfo = Static<typeof ClipsContentAppreciationInfoSchema>;

/** `clips_metadata.content_appreciation_info`. */
export type RawClipsContentAppreciationInfo = Raw<keyof ClipsContentAppreciationInfo>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readClipsContentAppreciationInfo(
  raw: RawClipsContentAppreciationInfo,
  drift: DriftReporter,
): ClipsContentAppreciationInfo {
  return {
    enabled: readBooleanOr(raw.enabled, false, drift, "ClipsContentAppreciationInfo", "enabled"),
    entry_point_container: isJsonObject(raw.entry_point_container)
      ? raw.entry_point_container
      : readOptionalText(
          raw.entry_point_container,
          drift,
          "ClipsContentAppreciationInfo",
          "entry_point_container",
        ),
  };
}

/** Remixes of a Reel: whether they are allowed, and how many there are. */
export const ClipsMashupInfoSchema = Type.Object(
  {
    can_toggle_mashups_allowed: Type.Optional(Type.Boolean({ default: false })),
    formatted_mashups_count: Type.Optional(Nullable(Type.String())),
    has_been_mashed_up: Type.Optional(Type.Boolean({ default: false })),
    has_nonmimicable_additional_audio: Type.Optional(Type.Boolean({ default: false })),
    is_creator_requesting_mashup: Type.Optional(Type.Boolean({ default: false })),
    is_light_weight_check: Type.Optional(Type.Boolean({ default: true })),
    is_light_weight_reuse_allowed_check: Type.Optional(Type.Boolean({ default: false })),
    is_pivot_page_available: Type.Optional(Type.Boolean({ default: false })),
    is_reuse_allowed: Type.Optional(Type.Boolean({ default: true })),
    mashup_type: Type.Optional(Nullable(Type.String())),
    mashups_allowed: Type.Optional(Type.Boolean({ default: true })),
    non_privacy_filtered_mashups_media_count: Type.Optional(Type.Integer({ default: 0 })),
    privacy_filtered_mashups_media_count: Type.Optional(Nullable(Type.Integer())),
    original_media: Type.Optional(Nullable(UpstreamObject())),
  },
  { title: "ClipsMashupInfo", description: "Mashup information for clips" },
);
export type ClipsMashupInfo = Static<typeof ClipsMashupInfoSchema>;

/** `clips_metadata.mashup_info`. */
export type RawClipsMashupInfo = Raw<keyof ClipsMashupInfo>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readClipsMashupInfo(
  raw: RawClipsMashupInfo,
  drift: DriftReporter,
): ClipsMashupInfo {
  const model = "ClipsMashupInfo";
  return {
    can_toggle_mashups_allowed: readBooleanOr(
      raw.can_toggle_mashups_allowed,
      false,
      drift,
      model,
      "can_toggle_mashups_allowed",
    ),
    formatted_mashups_count: readOptionalText(
      raw.formatted_mashups_count,
      drift,
      model,
      "formatted_mashups_count",
    ),
    has_been_mashed_up: readBooleanOr(
      raw.has_been_mashed_up,
      false,
      drift,
      model,
      "has_been_mashed_up",
    ),
    has_nonmimicable_additional_audio: readBooleanOr(
      raw.has_nonmimicable_additional_audio,
      false,
      drift,
      model,
      "has_nonmimicable_additional_audio",
    ),
    is_creator_requesting_mashup: readBooleanOr(
      raw.is_creator_requesting_mashup,
      false,
      drift,
      model,
      "is_creator_requesting_mashup",
    ),
    is_light_weight_check: readBooleanOr(
      raw.is_light_weight_check,
      true,
      drift,
      model,
      "is_light_weight_check",
    ),
    is_light_weight_reuse_allowed_check: readBooleanOr(
      raw.is_light_weight_reuse_allowed_check,
      false,
      drift,
      model,
      "is_light_weight_reuse_allowed_check",
    ),
    is_pivot_page_available: readBooleanOr(
      raw.is_pivot_page_available,
      false,
      drift,
      model,
      "is_pivot_page_available",
    ),
    is_reuse_allowed: readBooleanOr(raw.is_reuse_allowed, true, drift, model, "is_reuse_allowed"),
    mashup_type: readOptionalText(raw.mashup_type, drift, model, "mashup_type"),
    mashups_allowed: readBooleanOr(raw.mashups_allowed, true, drift, model, "mashups_allowed"),
    non_privacy_filtered_mashups_media_count: readIntegerOr(
      raw.non_privacy_filtered_mashups_media_count,
      0,
      drift,
      model,
      "non_privacy_filtered_mashups_media_count",
    ),
    privacy_filtered_mashups_media_count: readOptionalInteger(
      raw.privacy_filtered_mashups_media_count,
      drift,
      model,
      "privacy_filtered_mashups_media_count",
    ),
    original_media: readOptionalObject(raw.original_media, drift, model, "original_media"),
  };
}
