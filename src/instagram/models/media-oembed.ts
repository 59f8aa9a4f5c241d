import { type Static, Type } from "@sinclair/typebox";
import { type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import {
  type Raw,
  readBoolean,
  readId,
  readInteger,
  readOptionalInteger,
  readText,
  readUri,
} from "./read.ts";
import { Nullable, Uri } from "./schema.ts";

/** What another website shows of a post; sizes in pixels. */
export const MediaOembedSchema = Type.Object(
  {
    title: Type.String(),
    author_name: Type.String(),
    author_url: Type.String(),
    author_id: Type.String(),
    media_id: Type.String(),
    provider_name: Type.String(),
    provider_url: Uri(),
    type: Type.String(),
    width: Type.Optional(Nullable(Type.Integer())),
    height: Type.Optional(Nullable(Type.Integer())),
    html: Type.String(),
    thumbnail_url: Uri(),
    thumbnail_width: Type.Integer(),
    thumbnail_height: Type.Integer(),
    can_view: Type.Boolean(),
  },
  { title: "MediaOembed" },
);
export type MediaOembed = Static<typeof MediaOembedSchema>;

/** The answer of `oembed`, which names its fields as the model does. */
export type RawMediaOembed = Raw<keyof MediaOembed>;

/** Null when the answer names no post. */
export function readMediaOembed(value: Json | undefined, drift: DriftReporter): MediaOembed | null {
  const raw: RawMediaOembed = objectOr(value);
  const mediaId = readText(raw.media_id, drift, "MediaOembed", "media_id");
  if (mediaId === "") return null;
  return {
    title: readText(raw.title, drift, "MediaOembed", "title"),
    author_name: readText(raw.author_name, drift, "MediaOembed", "author_name"),
    author_url: readText(raw.author_url, drift, "MediaOembed", "author_url"),
    author_id: readId(raw.author_id, drift, "MediaOembed", "author_id"),
    media_id: mediaId,
    provider_name: readText(raw.provider_name, drift, "MediaOembed", "provider_name"),
    provider_url: readUri(raw.provider_url, drift, "MediaOembed", "provider_url"),
    type: readText(raw.type, drift, "MediaOembed", "type"),
    width: readOptionalInteger(raw.width, drift, "MediaOembed", "width"),
    height: readOptionalInteger(raw.height, drift, "MediaOembed", "height"),
    html: readText(raw.html, drift, "MediaOembed", "html"),
    thumbnail_url: readUri(raw.thumbnail_url, drift, "MediaOembed", "thumbnail_url"),
    thumbnail_width: readInteger(raw.thumbnail_width, drift, "MediaOembed", "thumbnail_width"),
    thumbnail_height: readInteger(raw.thumbnail_height, drift, "MediaOembed", "thumbnail_height"),
    can_view: readBoolean(raw.can_view, drift, "MediaOembed", "can_view"),
  };
}
