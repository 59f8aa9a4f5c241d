import { type Static, Type } from "@sinclair/typebox";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { type MediaXma, MediaXmaSchema, readMediaXma } from "./direct-media.ts";
import { readMicroseconds } from "./direct-time.ts";
import { readVisualMedia, VisualMediaSchema } from "./direct-visual.ts";
import type { DriftReporter } from "./drift.ts";
import { Media } from "./media.ts";
import { type Raw, readOptionalBoolean, readOptionalText } from "./read.ts";
import { readList, readNested, readOptionalObject } from "./read-nested.ts";
import { DateTime, Nullable, UpstreamObject } from "./schema.ts";

/*
 * What a message and a message that is replied to have in common, in two parts: the fields of the
 * contract stand in its order, and others of either kind stand in between.
 */

/** When and how a message was sent. */
export const sentProperties = {
  timestamp: DateTime(),
  item_type: Type.Optional(Nullable(Type.String())),
  is_sent_by_viewer: Type.Optional(Nullable(Type.Boolean())),
  is_shh_mode: Type.Optional(Nullable(Type.Boolean())),
};
const sentSchema = Type.Object(sentProperties);
export type Sent = Static<typeof sentSchema>;

/** What was shared with a message. */
export const sharedProperties = {
  visual_media: Type.Optional(Nullable(VisualMediaSchema)),
  media_share: Type.Optional(Nullable(Media.schema)),
  reel_share: Type.Optional(Nullable(UpstreamObject())),
  story_share: Type.Optional(Nullable(UpstreamObject())),
  felix_share: Type.Optional(Nullable(UpstreamObject())),
  xma_share: Type.Optional(Nullable(MediaXmaSchema)),
  generic_xma: Type.Optional(Nullable(Type.Array(MediaXmaSchema))),
  raw_xma: Type.Optional(Nullable(UpstreamObject())),
  clip: Type.Optional(Nullable(Media.schema)),
  placeholder: Type.Optional(Nullable(UpstreamObject())),
};
const sharedSchema = Type.Object(sharedProperties);
export type Shared = Static<typeof sharedSchema>;

/** The kinds of cards; each is a list, of which all but `generic_xma` use the first item. */
const XMA_FIELDS = [
  "xma_clip",
  "xma_media_share",
  "xma_story_share",
  "xma_profile",
  "generic_xma",
] as const;

/** The same of an item of a thread, or of `replied_to_message`. */
export type RawContent = Raw<
  | keyof Sent
  | Exclude<keyof Shared, "xma_share" | "raw_xma">
  | (typeof XMA_FIELDS)[number]
  | "item_id"
  | "user_id"
  | "text"
  | "link"
  | "animated_media"
  | "media"
>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readSent(raw: RawContent, drift: DriftReporter, model: string): Sent {
  return {
    timestamp: readMicroseconds(raw.timestamp, drift, model, "timestamp"),
    item_type: readOptionalText(raw.item_type, drift, model, "item_type"),
    is_sent_by_viewer: readOptionalBoolean(
      raw.is_sent_by_viewer,
      drift,
      model,
      "is_sent_by_viewer",
    ),
    is_shh_mode: readOptionalBoolean(raw.is_shh_mode, drift, model, "is_shh_mode"),
  };
}

/** Total: what is missing or unreadable gets the default of the contract. */
export function readShared(raw: RawContent, drift: DriftReporter, model: string): Shared {
  const object = (field: keyof RawContent): JsonObject | null =>
    readOptionalObject(raw[field], drift, model, field);
  return {
    visual_media: readNested(raw.visual_media, readVisualMedia, drift, model, "visual_media"),
    media_share: readNested(raw.media_share, Media.read, drift, model, "media_share"),
    reel_share: object("reel_share"),
    story_share: object("story_share"),
    felix_share: object("felix_share"),
    xma_share: firstCard(raw.xma_clip, drift) ?? firstCard(raw.xma_media_share, drift),
    generic_xma: Array.isArray(raw.generic_xma)
      ? readList(raw.generic_xma, readMediaXma, drift, model, "generic_xma")
      : null,
    raw_xma: rawCards(raw),
    clip: readNested(raw.clip, readClip, drift, model, "clip"),
    placeholder: object("placeholder"),
  };
}

function firstCard(cards: Json | undefined, drift: DriftReporter): MediaXma | null {
  return Array.isArray(cards) ? readMediaXma(cards[0], drift) : null;
}

/** The cards as the upstream sent them: the models keep only a part of each, or nothing at all. */
function rawCards(raw: RawContent): JsonObject | null {
  const cards = XMA_FIELDS.flatMap((field) => {
    const value = raw[field];
    return isFilled(value) ? [[field, value] as const] : [];
  });
  return cards.length === 0 ? null : Object.fromEntries(cards);
}

function isFilled(value: Json | undefined): value is Json[] | JsonObject {
  if (Array.isArray(value)) return value.length > 0;
  return isJsonObject(value) && Object.keys(value).length > 0;
}

/** The post of a shared Reel stands one level deeper, mostly. */
function readClip(raw: JsonObject, drift: DriftReporter): Media | null {
  return Media.read("clip" in raw ? raw.clip : raw, drift);
}
