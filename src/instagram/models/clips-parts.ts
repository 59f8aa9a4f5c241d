import { Type } from "@sinclair/typebox";
import { isJsonObject, type JsonObject } from "../json.ts";
import {
  boolean,
  defaulted,
  integer,
  kind,
  list,
  number,
  object,
  optional,
  passthrough,
  text,
} from "./fields.ts";
import { model } from "./model.ts";
import { toText } from "./values.ts";

/* What `clips_metadata` of a Reel has besides its sound. */

/** Achievements that a Reel earned. */
export const ClipsAchievementsInfo = model(
  "ClipsAchievementsInfo",
  {
    num_earned_achievements: optional(integer()),
    show_achievements: defaulted(boolean(), false),
  },
  { description: "Information about achievements in clips" },
);

/** Whether a Reel's former sound can be restored. */
export const AudioReattributionInfo = model(
  "AudioReattributionInfo",
  {
    should_allow_restore: defaulted(boolean(), false),
  },
  { description: "Audio reattribution settings" },
);

/** A second sound of a Reel. */
export const ClipsAdditionalAudioInfo = model(
  "ClipsAdditionalAudioInfo",
  {
    additional_audio_username: optional(text()),
    audio_reattribution_info: object(AudioReattributionInfo),
  },
  { description: "Additional audio information for clips" },
);

/** The cluster of sounds that a Reel is ranked in. */
export const ClipsAudioRankingInfo = model(
  "ClipsAudioRankingInfo",
  {
    best_audio_cluster_id: text(),
  },
  { description: "Audio ranking information for clips" },
);

/** Whether a paid partnership can be tagged. */
export const ClipsBrandedContentTagInfo = model(
  "ClipsBrandedContentTagInfo",
  {
    can_add_tag: defaulted(boolean(), false),
  },
  { description: "Branded content tag information for clips" },
);

/** Gifts to the creator of a Reel. */
export const ClipsContentAppreciationInfo = model(
  "ClipsContentAppreciationInfo",
  {
    enabled: defaulted(boolean(), false),
    // An object where gifts are on; the Reel's `clips_metadata` then has the second of its two forms.
    entry_point_container: optional(
      kind<string | JsonObject>(
        Type.String(),
        (value) => (isJsonObject(value) ? value : toText(value)),
        "",
      ),
    ),
  },
  {
    description: "Content appreciation information for clips",
  },
);

/** Remixes of a Reel: whether they are allowed, and how many there are. */
export const ClipsMashupInfo = model(
  "ClipsMashupInfo",
  {
    can_toggle_mashups_allowed: defaulted(boolean(), false),
    formatted_mashups_count: optional(text()),
    has_been_mashed_up: defaulted(boolean(), false),
    has_nonmimicable_additional_audio: defaulted(boolean(), false),
    is_creator_requesting_mashup: defaulted(boolean(), false),
    is_light_weight_check: defaulted(boolean(), true),
    is_light_weight_reuse_allowed_check: defaulted(boolean(), false),
    is_pivot_page_available: defaulted(boolean(), false),
    is_reuse_allowed: defaulted(boolean(), true),
    mashup_type: optional(text()),
    mashups_allowed: defaulted(boolean(), true),
    non_privacy_filtered_mashups_media_count: defaulted(integer(), 0),
    privacy_filtered_mashups_media_count: optional(integer()),
    original_media: optional(passthrough()),
  },
  { description: "Mashup information for clips" },
);

/** One colour of a text and on how many characters it lies. */
export const ClipsReusableTextColor = model(
  "ClipsReusableTextColor",
  {
    count: integer(),
    hex_rgba_color: text(),
  },
  { description: "Color information for reusable text in clips" },
);

/** A text laid over a Reel. Times are in milliseconds, lengths in parts of the screen. */
export const ClipsReusableTextInfo = model(
  "ClipsReusableTextInfo",
  {
    alignment: text(),
    end_time_ms: number(),
    font_size: number(),
    height: number(),
    id: text(),
    is_animated: boolean(),
    offset_x: number(),
    offset_y: number(),
    rotation_degree: number(),
    scale: number(),
    start_time_ms: number(),
    text: text(),
    text_emphasis_mode: text(),
    text_format_type: text(),
    width: number(),
    z_index: integer(),
    effects: defaulted(text(), ""),
    animation: defaulted(text(), ""),
    colors: defaulted(list(ClipsReusableTextColor), []),
  },
  { description: "Reusable text information for clips" },
);
