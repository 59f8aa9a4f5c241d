import { type Static, Type } from "@sinclair/typebox";
import { isJsonObject, type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { largestImageUrl, largestUrl } from "./media-parts.ts";
import {
  type Raw,
  readInteger,
  readOptionalInteger,
  readOptionalText,
  readOptionalUri,
} from "./read.ts";
import { readNested } from "./read-nested.ts";
import { Nullable, Uri } from "./schema.ts";
import { UserShort } from "./user-short.ts";
import { toText, toUri } from "./values.ts";

/** A photo (`media_type` 1), video (2) or voice message (11) that was sent in a thread. */
export const DirectMediaSchema = Type.Object(
  {
    id: Type.String(),
    media_type: Type.Integer(),
    user: Type.Optional(Nullable(UserShort.schema)),
    thumbnail_url: Type.Optional(Nullable(Uri())),
    video_url: Type.Optional(Nullable(Uri())),
    audio_url: Type.Optional(Nullable(Uri())),
  },
  { title: "DirectMedia" },
);
export type DirectMedia = Static<typeof DirectMediaSchema>;

/** `media` of a message or of an item of a thread's media, and `voice_media.media`. */
export type RawDirectMedia = Raw<
  keyof DirectMedia | "pk" | "image_versions2" | "video_versions" | "audio"
>;

/**
 * What was sent before 2019 has no id: `itemId`, that of the message which holds it, stands for it.
 * Null where there is none of these.
 */
export function readDirectMedia(
  value: Json | undefined,
  drift: DriftReporter,
  itemId?: Json,
): DirectMedia | null {
  const raw: RawDirectMedia = objectOr(value);
  const model = "DirectMedia";
  const id = toText(raw.id) || toText(raw.pk) || toText(itemId);
  if (!id) {
    drift(model, "id");
    return null;
  }
  return {
    id,
    media_type: readInteger(raw.media_type, drift, model, "media_type"),
    user: readNested(raw.user, UserShort.read, drift, model, "user"),
    thumbnail_url: readOptionalUri(
      largestImageUrl(raw.image_versions2) ?? raw.thumbnail_url,
      drift,
      model,
      "thumbnail_url",
    ),
    video_url: readOptionalUri(
      largestUrl(raw.video_versions) ?? raw.video_url,
      drift,
      model,
      "video_url",
    ),
    audio_url: readOptionalUri(
      isJsonObject(raw.audio) ? raw.audio.audio_src : raw.audio_url,
      drift,
      model,
      "audio_url",
    ),
  };
}

/** A post, Reel or link as messages share one now: a card that leads to `video_url`. */
export const MediaXmaSchema = Type.Object(
  {
    video_url: Uri(),
    title: Type.Optional(Nullable(Type.String(), { default: "" })),
    preview_url: Type.Optional(Nullable(Type.String())),
    preview_url_mime_type: Type.Optional(Nullable(Type.String())),
    header_icon_url: Type.Optional(Nullable(Type.String())),
    header_icon_width: Type.Optional(Nullable(Type.Integer())),
    header_icon_height: Type.Optional(Nullable(Type.Integer())),
    header_title_text: Type.Optional(Nullable(Type.String())),
    preview_media_fbid: Type.Optional(Nullable(Type.String())),
  },
  { title: "MediaXma" },
);
export type MediaXma = Static<typeof MediaXmaSchema>;

/** An item of `xma_clip`, `xma_media_share` and `generic_xma`. */
export type RawMediaXma = Raw<
  Exclude<keyof MediaXma, "video_url" | "title"> | "target_url" | "title_text"
>;

/**
 * Null for a card that leads nowhere: without a target, which is usual, or with one that is no web
 * address, which counts as drift.
 */
export function readMediaXma(value: Json | undefined, drift: DriftReporter): MediaXma | null {
  const raw: RawMediaXma = objectOr(value);
  const model = "MediaXma";
  if (!raw.target_url) return null;
  const target = toUri(raw.target_url) ?? appLink(raw.target_url);
  if (target === undefined) {
    drift(model, "video_url");
    return null;
  }
  const text = (json: Json | undefined, field: keyof MediaXma): string | null =>
    readOptionalText(json, drift, model, field, "");
  return {
    video_url: target,
    title: text(raw.title_text, "title"),
    preview_url: text(raw.preview_url, "preview_url"),
    preview_url_mime_type: text(raw.preview_url_mime_type, "preview_url_mime_type"),
    // An empty one stands for none.
    header_icon_url: text(raw.header_icon_url, "header_icon_url") || null,
    header_icon_width: readOptionalInteger(
      raw.header_icon_width,
      drift,
      model,
      "header_icon_width",
      0,
    ),
    header_icon_height: readOptionalInteger(
      raw.header_icon_height,
      drift,
      model,
      "header_icon_height",
      0,
    ),
    header_title_text: text(raw.header_title_text, "header_title_text"),
    preview_media_fbid: text(raw.preview_media_fbid, "preview_media_fbid"),
  };
}

/** A link into the app, as cards of threads and of some posts have them. */
const appLink = (target: Json): string | undefined =>
  typeof target === "string" && /^instagram:\/\/[\w\-.~:/?@!$&'()*+,;=%]*$/.test(target)
    ? target
    : undefined;
