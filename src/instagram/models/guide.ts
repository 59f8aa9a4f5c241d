import { type Static, Type } from "@sinclair/typebox";
import { type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { Media } from "./media.ts";
import { type Raw, readOptionalText, readText } from "./read.ts";
import { readOptionalObject } from "./read-nested.ts";
import { Nullable, UpstreamObject } from "./schema.ts";

/** A guide: posts that somebody put together under a title. `cover_media` is one of them. */
export const GuideSchema = Type.Object(
  {
    id: Type.Optional(Nullable(Type.String())),
    title: Type.Optional(Nullable(Type.String())),
    description: Type.String(),
    cover_media: Media.schema,
    feedback_item: Type.Optional(Nullable(UpstreamObject())),
  },
  { title: "Guide" },
);
export type Guide = Static<typeof GuideSchema>;

/** `summary` of an item of `guides` in `guides/user/<pk>/` and `guides/location/<pk>/`. */
export type RawGuide = Raw<keyof Guide>;

/** Reads an item of `guides`. Null when its cover is unreadable: the model cannot be without one. */
export function readGuide(value: Json | undefined, drift: DriftReporter): Guide | null {
  const raw: RawGuide = objectOr(objectOr(value).summary);
  const cover = Media.read(raw.cover_media, drift);
  if (cover === null) {
    drift("Guide", "cover_media");
    return null;
  }
  return {
    id: readOptionalText(raw.id, drift, "Guide", "id"),
    title: readOptionalText(raw.title, drift, "Guide", "title"),
    description: readText(raw.description, drift, "Guide", "description"),
    cover_media: cover,
    feedback_item: readOptionalObject(raw.feedback_item, drift, "Guide", "feedback_item"),
  };
}
