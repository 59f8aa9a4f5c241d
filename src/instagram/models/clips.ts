import { Type } from "@sinclair/typebox";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import {
  ClipsAchievementsInfo,
  ClipsAdditionalAudioInfo,
  ClipsAudioRankingInfo,
  ClipsBrandedContentTagInfo,
  ClipsContentAppreciationInfo,
  ClipsMashupInfo,
  ClipsReusableTextInfo,
} from "./clips-parts.ts";
import { ClipsOriginalSoundInfo } from "./clips-sound.ts";
import {
  boolean,
  defaulted,
  integer,
  kind,
  list,
  object,
  optional,
  passthrough,
  text,
} from "./fields.ts";
import { type Infer, model } from "./model.ts";
import { UpstreamObject } from "./schema.ts";
import { toText } from "./values.ts";

/** What a Reel has beyond other videos. */
export const ClipsMetadata = model(
  "ClipsMetadata",
  {
    clips_creation_entry_point: defaulted(text(), "clips"),
    featured_label: optional(text()),
    is_public_chat_welcome_video: defaulted(boolean(), false),
    professional_clips_upsell_type: defaulted(integer(), 0),
    show_tips: optional(text()),
    achievements_info: object(ClipsAchievementsInfo, { from: told("achievements_info") }),
    additional_audio_info: object(ClipsAdditionalAudioInfo, {
      from: told("additional_audio_info"),
    }),
    asset_recommendation_info: optional(passthrough()),
    audio_ranking_info: object(ClipsAudioRankingInfo, { from: told("audio_ranking_info") }),
    audio_type: defaulted(text(), "original_sounds"),
    branded_content_tag_info: object(ClipsBrandedContentTagInfo),
    breaking_content_info: optional(passthrough()),
    breaking_creator_info: optional(passthrough()),
    challenge_info: optional(passthrough()),
    content_appreciation_info: object(ClipsContentAppreciationInfo, {
      from: told("content_appreciation_info"),
    }),
    contextual_highlight_info: optional(passthrough()),
    cutout_sticker_info: defaulted(list(passthrough()), []),
    disable_use_in_clips_client_cache: defaulted(boolean(), false),
    external_media_info: optional(passthrough()),
    is_fan_club_promo_video: defaulted(boolean(), false),
    is_shared_to_fb: defaulted(boolean(), false),
    mashup_info: optional(object(ClipsMashupInfo)),
    merchandising_pill_info: optional(passthrough()),
    music_canonical_id: text(),
    music_info: optional(passthrough()),
    nux_info: optional(passthrough()),
    original_sound_info: optional(object(ClipsOriginalSoundInfo)),
    originality_info: optional(passthrough()),
    reels_on_the_rise_info: optional(passthrough()),
    reusable_text_attribute_string: optional(text()),
    reusable_text_info: optional(list(ClipsReusableTextInfo)),
    shopping_info: optional(passthrough()),
    show_achievements: defaulted(boolean(), false),
    template_info: optional(passthrough()),
    may_have_template_info: optional(passthrough()),
    viewer_interaction_settings: optional(passthrough()),
  },
  { description: "Complete clips metadata structure for Media objects" },
);
export type ClipsMetadata = Infer<typeof ClipsMetadata>;

/** Parts that real Reels lack or have as null, each as it reads then: that is known, and no drift. */
const UNTOLD: Readonly<Record<string, JsonObject>> = {
  achievements_info: {},
  additional_audio_info: { audio_reattribution_info: {} },
  audio_ranking_info: { best_audio_cluster_id: "" },
  content_appreciation_info: {},
};

function told(part: string) {
  return (raw: JsonObject): Json | undefined => raw[part] ?? UNTOLD[part];
}

/**
 * `clips_metadata` of a media. An object that lacks what the model requires is passed through as
 * the upstream wrote it, as the Python service does: nothing of an older or newer shape gets lost.
 */
export const clipsMetadata = () =>
  kind<ClipsMetadata | JsonObject>(
    Type.Union([ClipsMetadata.schema, UpstreamObject()]),
    (value, drift, model, field) => {
      if (!isJsonObject(value)) return undefined;
      if (hasRequiredParts(value)) return ClipsMetadata.read(value, drift);
      drift(model, field);
      return value;
    },
    {},
  );

function hasRequiredParts(raw: JsonObject): boolean {
  return (
    Object.keys(UNTOLD).every((part) => (raw[part] ?? null) === null || isJsonObject(raw[part])) &&
    isJsonObject(raw.branded_content_tag_info) &&
    toText(raw.music_canonical_id) !== undefined
  );
}
