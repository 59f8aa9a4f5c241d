import { describe, expect, test } from "bun:test";
import type { Json } from "../../../src/instagram/json.ts";
import { Collection } from "../../../src/instagram/models/collection.ts";

function counted(value: Json | undefined) {
  const drift: string[] = [];
  const result = Collection.read(value, (model, field) => drift.push(`${model}.${field}`));
  return { result, drift };
}

describe("a collection", () => {
  const raw = {
    collection_id: "17851406186124602",
    collection_name: "Repost",
    collection_type: "MEDIA",
    collection_media_count: 1,
    cover_media: { pk: 1 },
  };

  test("is what the upstream says of it, its id with every digit", () => {
    const read = { id: "17851406186124602", name: "Repost", type: "MEDIA", media_count: 1 };
    expect(counted(raw)).toEqual({ result: read, drift: [] });
    const word = "ALL_MEDIA_AUTO_COLLECTION";
    expect(counted({ ...raw, collection_id: word }).result?.id).toBe(word);
  });

  test("without an id is none", () => {
    for (const value of [undefined, null, [], 7, {}, { ...raw, collection_id: "" }])
      expect(counted(value)).toEqual({ result: null, drift: ["Collection.id"] });
    for (const id of [null, true, {}])
      expect(counted({ ...raw, collection_id: id }).result).toBeNull();
  });

  test("has empty values for what is unreadable, and counts it", () => {
    expect(
      counted({ collection_id: "1", collection_name: {}, collection_media_count: "x" }),
    ).toEqual({
      result: { id: "1", name: "", type: "", media_count: 0 },
      drift: ["Collection.name", "Collection.type", "Collection.media_count"],
    });
  });
});
