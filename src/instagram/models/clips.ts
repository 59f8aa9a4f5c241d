import { type Static, Type } from "@sinclair/typebox";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import {
  ClipsAchievementsInfoSchema,
  ClipsAdditionalAudioInfoSchema,
  ClipsAudioRankingInfoSchema,
  ClipsBrandedContentTagInfoSchema,
  ClipsContentAppreciationInfoSchema,
  ClipsMashupInfoSchema,
  readClipsAchievementsInfo,
  readClipsAdditionalAudioInfo,
  readClipsAudioRankingInfo,
  readClipsBrandedContentTagInfo,
  readClipsContentAppreciationInfo,
  readClipsMashupInfo,
} from "./clips-parts.ts";
import { ClipsOriginalSoundInfoSchema, readClipsOriginalSoundInfo } from "./clips-sound.ts";
import { ClipsReusableTextInfoSchema, readClipsReusableTextInfo } from "./clips-text.ts";
import type { DriftReporter } from "./drift.ts";
import {
  type Raw,
  readBooleanOr,
  readIntegerOr,
  readOptionalText,
  readText,
  readTextOr,
} from "./read.ts";
import {
  readModels,
  readNested,
  readObject,
  readObjects,
  readOptionalObject,
} from "./read-nested.ts";
import { Nullable, UpstreamObject } from "./schema.ts";
import { toText } from "./values.ts";

/** What a Reel has beyond other videos. */
export const ClipsMetadataSchema = Type.Object(
  {
    clips_creation_entry_point: Type.Optional(Type.String({ default: "clips" })),
    featured_label: Type.Optional(Nullable(Type.String())),
    is_public_chat_welcome_video: Type.Optional(Type.Boolean({ default: false })),
    professional_clips_upsell_type: Type.Optional(Type.Integer({ default: 0 })),
    show_tips: Type.Optional(Nullable(Type.String())),
    achievements_info: ClipsAchievementsInfoSchema,
    additional_audio_info: ClipsAdditionalAudioInfoSchema,
    asset_recommendation_info: Type.Optional(Nullable(UpstreamObject())),
    audio_ranking_info: ClipsAudioRankingInfoSchema,
    audio_type: Type.Optional(Type.String({ default: "original_sounds" })),
    branded_content_tag_info: ClipsBrandedContentTagInfoSchema,
    breaking_content_info: Type.Optional(Nullable(UpstreamObject())),
    breaking_creator_info: Type.Optional(Nullable(UpstreamObject())),
    challenge_info: Type.Optional(Nullable(UpstreamObject())),
    content_appreciation_info: ClipsContentAppreciationInfoSchema,
    contextual_highlight_info: Type.Optional(Nullable(UpstreamObject())),
    cutout_sticker_info: Type.Optional(Type.Array(UpstreamObject(), { default: [] })),
    disable_use_in_clips_client_cache: Type.Optional(Type.Boolean({ default: false })),
    external_media_info: Type.Optional(Nullable(UpstreamObject())),
    is_fan_club_promo_video: Type.Optional(Type.Boolean({ default: false })),
    is_shared_to_fb: Type.Optional(Type.Boolean({ default: false })),
    mashup_info: Type.Optional(Nullable(ClipsMashupInfoSchema)),
    merchandising_pill_info: Type.Optional(Nullable(UpstreamObject())),
    music_canonical_id: Type.String(),
    music_info: Type.Optional(Nullable(UpstreamObject())),
    nux_info: Type.Optional(Nullable(UpstreamObject())),
    original_sound_info: Type.Optional(Nullable(ClipsOriginalSoundInfoSchema)),
    originality_info: Type.Optional(Nullable(UpstreamObject())),
    reels_on_the_rise_info: Type.Optional(Nullable(UpstreamObject())),
    reusable_text_attribute_string: Type.Optional(Nullable(Type.String())),
    reusable_text_info: Type.Optional(Nullable(Type.Array(ClipsReusableTextInfoSchema))),
    shopping_info: Type.Optional(Nullable(UpstreamObject())),
    show_achievements: Type.Optional(Type.Boolean({ default: false })),
    template_info: Type.Optional(Nullable(UpstreamObject())),
    may_have_template_info: Type.Optional(Nullable(UpstreamObject())),
    viewer_interaction_settings: Type.Optional(Nullable(UpstreamObject())),
  },
  { title: "ClipsMetadata", description: "Complete clips metadata structure for Media objects" },
);
export type ClipsMetadata = Static<typeof ClipsMetadataSchema>;

/** `clips_metadata` of a Reel. */
export type RawClipsMetadata = Raw<keyof ClipsMetadata>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readClipsMetadata(raw: RawClipsMetadata, drift: DriftReporter): ClipsMetadata {
  const model = "ClipsMetadata";
  const partOf = (field: (typeof KNOWN_TO_LACK)[number]): JsonObject =>
    readOptionalObject(raw[field], drift, model, field) ?? UNTOLD[field];
  return {
    clips_creation_entry_point: readTextOr(
      raw.clips_creation_entry_point,
      "clips",
      drift,
      model,
      "clips_creation_entry_point",
    ),
    featured_label: readOptionalText(raw.featured_label, drift, model, "featured_label"),
    is_public_chat_welcome_video: readBooleanOr(
      raw.is_public_chat_welcome_video,
      false,
      drift,
      model,
      "is_public_chat_welcome_video",
    ),
    professional_clips_upsell_type: readIntegerOr(
      raw.professional_clips_upsell_type,
      0,
      drift,
      model,
      "professional_clips_upsell_type",
    ),
    show_tips: readOptionalText(raw.show_tips, drift, model, "show_tips"),
    achievements_info: readClipsAchievementsInfo(partOf("achievements_info"), drift),
    additional_audio_info: readClipsAdditionalAudioInfo(partOf("additional_audio_info"), drift),
    asset_recommendation_info: readOptionalObject(
      raw.asset_recommendation_info,
      drift,
      model,
      "asset_recommendation_info",
    ),
    audio_ranking_info: readClipsAudioRankingInfo(partOf("audio_ranking_info"), drift),
    audio_type: readTextOr(raw.audio_type, "original_sounds", drift, model, "audio_type"),
    branded_content_tag_info: readClipsBrandedContentTagInfo(
      readObject(raw.branded_content_tag_info, drift, model, "branded_content_tag_info"),
      drift,
    ),
    breaking_content_info: readOptionalObject(
      raw.breaking_content_info,
      drift,
      model,
      "breaking_content_info",
    ),
    breaking_creator_info: readOptionalObject(
      raw.breaking_creator_info,
      drift,
      model,
      "breaking_creator_info",
    ),
    challenge_info: readOptionalObject(raw.challenge_info, drift, model, "challenge_info"),
    content_appreciation_info: readClipsContentAppreciationInfo(
      partOf("content_appreciation_info"),
      drift,
    ),
    contextual_highlight_info: readOptionalObject(
      raw.contextual_highlight_info,
      drift,
      model,
      "contextual_highlight_info",
    ),
    cutout_sticker_info: readObjects(raw.cutout_sticker_info, drift, model, "cutout_sticker_info"),
    disable_use_in_clips_client_cache: readBooleanOr(
      raw.disable_use_in_clips_client_cache,
      false,
      drift,
      model,
      "disable_use_in_clips_client_cache",
    ),
    external_media_info: readOptionalObject(
      raw.external_media_info,
      drift,
      model,
      "external_media_info",
    ),
    is_fan_club_promo_video: readBooleanOr(
      raw.is_fan_club_promo_video,
      false,
      drift,
      model,
      "is_fan_club_promo_video",
    ),
    is_shared_to_fb: readBooleanOr(raw.is_shared_to_fb, false, drift, model, "is_shared_to_fb"),
    mashup_info: readNested(raw.mashup_info, readClipsMashupInfo, drift, model, "mashup_info"),
    merchandising_pill_info: readOptionalObject(
      raw.merchandising_pill_info,
      drift,
      model,
      "merchandising_pill_info",
    ),
    music_canonical_id: readText(raw.music_canonical_id, drift, model, "music_canonical_id"),
    music_info: readOptionalObject(raw.music_info, drift, model, "music_info"),
    nux_info: readOptionalObject(raw.nux_info, drift, model, "nux_info"),
    original_sound_info: readNested(
      raw.original_sound_info,
      readClipsOriginalSoundInfo,
      drift,
      model,
      "original_sound_info",
    ),
    originality_info: readOptionalObject(raw.originality_info, drift, model, "originality_info"),
    reels_on_the_rise_info: readOptionalObject(
      raw.reels_on_the_rise_info,
      drift,
      model,
      "reels_on_the_rise_info",
    ),
    reusable_text_attribute_string: readOptionalText(
      raw.reusable_text_attribute_string,
      drift,
      model,
      "reusable_text_attribute_string",
    ),
    reusable_text_info:
      raw.reusable_text_info === null || raw.reusable_text_info === undefined
        ? null
        : readModels(
            raw.reusable_text_info,
            readClipsReusableTextInfo,
            drift,
            model,
            "reusable_text_info",
          ),
    shopping_info: readOptionalObject(raw.shopping_info, drift, model, "shopping_info"),
    show_achievements: readBooleanOr(
      raw.show_achievements,
      false,
      drift,
      model,
      "show_achievements",
    ),
    template_info: readOptionalObject(raw.template_info, drift, model, "template_info"),
    may_have_template_info: readOptionalObject(
      raw.may_have_template_info,
      drift,
      model,
      "may_have_template_info",
    ),
    viewer_interaction_settings: readOptionalObject(
      raw.viewer_interaction_settings,
      drift,
      model,
      "viewer_interaction_settings",
    ),
  };
}

/** Parts that real Reels lack or have as null, each as it reads then: that is known, and no drift. */
const KNOWN_TO_LACK = [
  "achievements_info",
  "additional_audio_info",
  "audio_ranking_info",
  "content_appreciation_info",
] as const;
const UNTOLD: Record<(typeof KNOWN_TO_LACK)[number], JsonObject> = {
  achievements_info: {},
  additional_audio_info: { audio_reattribution_info: {} },
  audio_ranking_info: { best_audio_cluster_id: "" },
  content_appreciation_info: {},
};

/**
 * `clips_metadata` of a media. An object that lacks what the model requires is passed through as
 * the upstream wrote it, as the Python service does: nothing of an older or newer shape gets lost.
 */
export function readClips(
  value: Json | undefined,
  drift: DriftReporter,
): ClipsMetadata | JsonObject | null {
  const raw = readOptionalObject(value, drift, "Media", "clips_metadata");
  if (raw === null) return null;
  if (hasRequiredParts(raw)) return readClipsMetadata(raw, drift);
  drift("Media", "clips_metadata");
  return raw;
}

function hasRequiredParts(raw: RawClipsMetadata): boolean {
  return (
    KNOWN_TO_LACK.every((field) => (raw[field] ?? null) === null || isJsonObject(raw[field])) &&
    isJsonObject(raw.branded_content_tag_info) &&
    toText(raw.music_canonical_id) !== undefined
  );
}
