import { type Static, Type } from "@sinclair/typebox";
import { type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { type Raw, readDate, readInteger, readOptionalInteger, readText } from "./read.ts";
import { DateTime, Nullable } from "./schema.ts";
import { toText } from "./values.ts";

/** A day of the account's story archive. `latest_reel_media` is in unix seconds. */
export const StoryArchiveDaySchema = Type.Object(
  {
    id: Type.String(),
    timestamp: DateTime(),
    media_count: Type.Integer(),
    reel_type: Type.String(),
    latest_reel_media: Type.Optional(Nullable(Type.Integer())),
  },
  { title: "StoryArchiveDay" },
);
export type StoryArchiveDay = Static<typeof StoryArchiveDaySchema>;

/** An item of `archive/reel/day_shells_paginated/`; its id is `archiveDay:<number>`. */
export type RawStoryArchiveDay = Raw<keyof StoryArchiveDay>;

/** Null when the id is missing. */
export function readStoryArchiveDay(
  value: Json | undefined,
  drift: DriftReporter,
): StoryArchiveDay | null {
  const raw: RawStoryArchiveDay = objectOr(value);
  const model = "StoryArchiveDay";
  const id = toText(raw.id) ?? "";
  if (id === "") {
    drift(model, "id");
    return null;
  }
  return {
    id,
    timestamp: readDate(raw.timestamp, drift, model, "timestamp"),
    media_count: readInteger(raw.media_count, drift, model, "media_count"),
    reel_type: readText(raw.reel_type, drift, model, "reel_type"),
    latest_reel_media: readOptionalInteger(
      raw.latest_reel_media,
      drift,
      model,
      "latest_reel_media",
    ),
  };
}

/** One page of the archive; `next_cursor` is empty on the last one. */
export const StoryArchiveDayPageSchema = Type.Object(
  { items: Type.Array(StoryArchiveDaySchema), next_cursor: Type.String() },
  { title: "StoryArchiveDayPage" },
);
