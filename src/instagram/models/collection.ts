import { type Static, Type } from "@sinclair/typebox";
import { type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { type Raw, readInteger, readText } from "./read.ts";
import { toText } from "./values.ts";

/**
 * A collection of saved posts. `type` is `MEDIA` for one's own; the others keep themselves and have
 * their type as `id`: `ALL_MEDIA_AUTO_COLLECTION` holds every saved post.
 */
export const CollectionSchema = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    type: Type.String(),
    media_count: Type.Integer(),
  },
  { title: "Collection" },
);
export type Collection = Static<typeof CollectionSchema>;

/** An item of `collections/list/`. */
export type RawCollection = Raw<`collection_${keyof Collection}`>;

/** Null when the id is missing. */
export function readCollection(value: Json | undefined, drift: DriftReporter): Collection | null {
  const raw: RawCollection = objectOr(value);
  const id = toText(raw.collection_id) ?? "";
  if (id === "") {
    drift("Collection", "id");
    return null;
  }
  return {
    id,
    name: readText(raw.collection_name, drift, "Collection", "name"),
    type: readText(raw.collection_type, drift, "Collection", "type"),
    media_count: readInteger(raw.collection_media_count, drift, "Collection", "media_count"),
  };
}
