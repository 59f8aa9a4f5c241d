import { type Static, Type } from "@sinclair/typebox";
import { isJsonObject } from "../json.ts";
import { readMicroseconds } from "./direct-time.ts";
import {
  DirectMessageImageVersionsSchema,
  readDirectMessageImageVersions,
  readVideoVersion,
  VideoVersionSchema,
} from "./direct-visual-files.ts";
import { readVisualMediaUser, VisualMediaUserSchema } from "./direct-visual-user.ts";
import type { DriftReporter } from "./drift.ts";
import {
  type Raw,
  readInteger,
  readIntegerOr,
  readOptionalId,
  readOptionalInteger,
  readOptionalText,
  readText,
} from "./read.ts";
import {
  readModels,
  readNested,
  readObjects,
  readOptionalObject,
  readTexts,
} from "./read-nested.ts";
import { DateTime, Nullable, UpstreamObject } from "./schema.ts";

/** What was last done with media that can be viewed once, and how often. */
export const ExpiringMediaActionSummarySchema = Type.Object(
  { type: Type.String(), timestamp: DateTime(), count: Type.Integer() },
  { title: "ExpiringMediaActionSummary", description: "Summary of expiring media actions" },
);
export type ExpiringMediaActionSummary = Static<typeof ExpiringMediaActionSummarySchema>;

/** `expiring_media_action_summary` of visual media or of its content. */
export type RawExpiringMediaActionSummary = Raw<keyof ExpiringMediaActionSummary>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readExpiringMediaActionSummary(
  raw: RawExpiringMediaActionSummary,
  drift: DriftReporter,
): ExpiringMediaActionSummary {
  const model = "ExpiringMediaActionSummary";
  return {
    type: readText(raw.type, drift, model, "type"),
    timestamp: readMicroseconds(raw.timestamp, drift, model, "timestamp"),
    count: readInteger(raw.count, drift, model, "count"),
  };
}

/** The photo (`media_type` 1) or video (2) itself; of one that was viewed only the type is left. */
export const VisualMediaContentSchema = Type.Object(
  {
    media_type: Type.Integer(),
    id: Type.Optional(Nullable(Type.String())),
    media_id: Type.Optional(Nullable(Type.String())),
    image_versions2: Type.Optional(Nullable(DirectMessageImageVersionsSchema)),
    video_versions: Type.Optional(Nullable(Type.Array(VideoVersionSchema))),
    original_width: Type.Optional(Nullable(Type.Integer())),
    original_height: Type.Optional(Nullable(Type.Integer())),
    user: Type.Optional(Nullable(VisualMediaUserSchema)),
    organic_tracking_token: Type.Optional(Nullable(Type.String())),
    video_duration: Type.Optional(Nullable(Type.Integer())),
    video_dash_manifest: Type.Optional(Nullable(Type.String())),
    is_dash_eligible: Type.Optional(Nullable(Type.Integer())),
    create_mode_attribution: Type.Optional(Nullable(UpstreamObject())),
    creative_config: Type.Optional(Nullable(UpstreamObject())),
    expiring_media_action_summary: Type.Optional(Nullable(ExpiringMediaActionSummarySchema)),
  },
  {
    title: "VisualMediaContent",
    description: "Content structure for visual media (can be rich or minimal)",
  },
);
export type VisualMediaContent = Static<typeof VisualMediaContentSchema>;

/** `visual_media.media`. */
export type RawVisualMediaContent = Raw<keyof VisualMediaContent>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readVisualMediaContent(
  raw: RawVisualMediaContent,
  drift: DriftReporter,
): VisualMediaContent {
  const model = "VisualMediaContent";
  const integer = (field: keyof VisualMediaContent): number | null =>
    readOptionalInteger(raw[field], drift, model, field);
  const text = (field: keyof VisualMediaContent): string | null =>
    readOptionalText(raw[field], drift, model, field);
  return {
    media_type: readInteger(raw.media_type, drift, model, "media_type"),
    id: text("id"),
    media_id: readOptionalId(raw.media_id, drift, model, "media_id"),
    image_versions2: readNested(
      raw.image_versions2,
      readDirectMessageImageVersions,
      drift,
      model,
      "image_versions2",
    ),
    video_versions: Array.isArray(raw.video_versions)
      ? readModels(raw.video_versions, readVideoVersion, drift, model, "video_versions")
      : null,
    original_width: integer("original_width"),
    original_height: integer("original_height"),
    user: readNested(raw.user, readVisualMediaUser, drift, model, "user"),
    organic_tracking_token: text("organic_tracking_token"),
    video_duration: integer("video_duration"),
    video_dash_manifest: text("video_dash_manifest"),
    is_dash_eligible: integer("is_dash_eligible"),
    create_mode_attribution: readOptionalObject(
      raw.create_mode_attribution,
      drift,
      model,
      "create_mode_attribution",
    ),
    creative_config: readOptionalObject(raw.creative_config, drift, model, "creative_config"),
    expiring_media_action_summary: readSummary(raw, drift, model),
  };
}

/** A photo or video that can be viewed once, twice (`replayable`) or for good (`permanent`). */
export const VisualMediaSchema = Type.Object(
  {
    media: VisualMediaContentSchema,
    seen_user_ids: Type.Optional(Type.Array(Type.String(), { default: [] })),
    seen_count: Type.Optional(Type.Integer({ default: 0 })),
    view_mode: Type.String(),
    replay_expiring_at_us: Type.Optional(Nullable(Type.Integer())),
    reply_type: Type.Optional(Nullable(Type.String())),
    url_expire_at_secs: Type.Optional(Nullable(Type.Integer())),
    story_app_attribution: Type.Optional(Nullable(UpstreamObject())),
    playback_duration_secs: Type.Optional(Nullable(Type.Integer())),
    tap_models: Type.Optional(Type.Array(UpstreamObject(), { default: [] })),
    expiring_media_action_summary: Type.Optional(Nullable(ExpiringMediaActionSummarySchema)),
  },
  {
    title: "VisualMedia",
    description: "Complete visual media structure for direct messages",
  },
);
export type VisualMedia = Static<typeof VisualMediaSchema>;

/** `visual_media` of a message. */
export type RawVisualMedia = Raw<keyof VisualMedia>;

/** Null where there is no media in it. */
export function readVisualMedia(raw: RawVisualMedia, drift: DriftReporter): VisualMedia | null {
  const model = "VisualMedia";
  if (!isJsonObject(raw.media)) {
    drift(model, "media");
    return null;
  }
  const integer = (field: keyof VisualMedia): number | null =>
    readOptionalInteger(raw[field], drift, model, field);
  return {
    media: readVisualMediaContent(raw.media, drift),
    seen_user_ids: readTexts(raw.seen_user_ids, drift, model, "seen_user_ids"),
    seen_count: readIntegerOr(raw.seen_count, 0, drift, model, "seen_count"),
    view_mode: readText(raw.view_mode, drift, model, "view_mode"),
    replay_expiring_at_us: integer("replay_expiring_at_us"),
    reply_type: readOptionalText(raw.reply_type, drift, model, "reply_type"),
    url_expire_at_secs: integer("url_expire_at_secs"),
    story_app_attribution: readOptionalObject(
      raw.story_app_attribution,
      drift,
      model,
      "story_app_attribution",
    ),
    playback_duration_secs: integer("playback_duration_secs"),
    tap_models: readObjects(raw.tap_models, drift, model, "tap_models"),
    expiring_media_action_summary: readSummary(raw, drift, model),
  };
}

function readSummary(
  raw: Raw<"expiring_media_action_summary">,
  drift: DriftReporter,
  model: string,
): ExpiringMediaActionSummary | null {
  return readNested(
    raw.expiring_media_action_summary,
    readExpiringMediaActionSummary,
    drift,
    model,
    "expiring_media_action_summary",
  );
}
