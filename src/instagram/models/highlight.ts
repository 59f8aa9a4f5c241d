import { type Static, Type } from "@sinclair/typebox";
import { type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { readOwner } from "./media-parts.ts";
import { type Raw, readBoolean, readDate, readIdentity, readInteger, readText } from "./read.ts";
import { readList, readObject, readTexts } from "./read-nested.ts";
import { DateTime, UpstreamObject } from "./schema.ts";
import { readStory, StorySchema } from "./story.ts";
import { UserShort } from "./user-short.ts";

/**
 * A highlight: stories that stay on a profile. Its id is `highlight:<pk>`; `cover_media` is the
 * upstream's own object, `latest_reel_media` in unix seconds. `items` is empty in the list of a
 * user's highlights.
 */
export const HighlightSchema = Type.Object(
  {
    pk: Type.String(),
    id: Type.String(),
    latest_reel_media: Type.Integer(),
    cover_media: UpstreamObject(),
    user: UserShort.schema,
    title: Type.String(),
    created_at: DateTime(),
    is_pinned_highlight: Type.Boolean(),
    media_count: Type.Integer(),
    media_ids: Type.Optional(Type.Array(Type.String(), { default: [] })),
    items: Type.Optional(Type.Array(StorySchema, { default: [] })),
  },
  { title: "Highlight" },
);
export type Highlight = Static<typeof HighlightSchema>;

/** An item of `tray` in `highlights/<user pk>/highlights_tray/`, a reel of `feed/reels_media/`. */
export type RawHighlight = Raw<Exclude<keyof Highlight, "pk">>;

/** Null when the id is not that of a highlight, and `askedFor`, a pk, does not stand for it. */
export function readHighlight(
  value: Json | undefined,
  drift: DriftReporter,
  askedFor: string | null = null,
): Highlight | null {
  const raw: RawHighlight = objectOr(value);
  const model = "Highlight";
  const [, digits] = typeof raw.id === "string" ? (/^highlight:(\d+)$/.exec(raw.id) ?? []) : [];
  const pk = readIdentity(digits, undefined, undefined, drift, model, "id") ?? askedFor;
  if (pk === null) return null;
  return {
    pk,
    id: `highlight:${pk}`,
    latest_reel_media: readInteger(raw.latest_reel_media, drift, model, "latest_reel_media"),
    cover_media: readObject(raw.cover_media, drift, model, "cover_media"),
    user: readOwner(objectOr(value), drift),
    title: readText(raw.title, drift, model, "title"),
    created_at: readDate(raw.created_at, drift, model, "created_at"),
    is_pinned_highlight: readBoolean(raw.is_pinned_highlight, drift, model, "is_pinned_highlight"),
    // The stories themselves tell as well how many there are.
    media_count: readInteger(raw.media_count ?? lengthOf(raw), drift, model, "media_count"),
    media_ids: readTexts(raw.media_ids, drift, model, "media_ids"),
    items: readList(raw.items, readStory, drift, model, "items"),
  };
}

function lengthOf({ media_ids: ids, items }: RawHighlight): number | undefined {
  return [ids, items].find((list) => Array.isArray(list))?.length;
}
