import { describe, expect, test } from "bun:test";
import type { Json, JsonObject } from "../../../src/instagram/json.ts";
import { Hashtag } from "../../../src/instagram/models/hashtag.ts";

/** The hashtag read from a value, and the fields that were not as expected. */
function read(value: Json) {
  const drift: string[] = [];
  const hashtag = Hashtag.read(value, (model, field) => drift.push(`${model}.${field}`));
  return { hashtag, drift };
}

describe("a hashtag", () => {
  test("keeps every digit of its id", () => {
    const hashtag = { id: "17841562498105353", name: "berlin", media_count: 5 };
    const url = "https://scontent.cdninstagram.com/a.jpg";
    expect(read({ ...hashtag, profile_pic_url: url })).toEqual({
      hashtag: { ...hashtag, profile_pic_url: url },
      drift: [],
    });
  });

  test("has no count and no picture where there is none", () => {
    const empties: JsonObject[] = [
      {},
      { profile_pic_url: "" },
      { profile_pic_url: null, media_count: null },
    ];
    for (const empty of empties)
      expect(read({ id: 1, name: "a", ...empty })).toEqual({
        hashtag: { id: "1", name: "a", media_count: null, profile_pic_url: null },
        drift: [],
      });
  });

  test("is one by its name: without an id it stays, without a name it does not", () => {
    expect(read({ name: "a" })).toMatchObject({
      hashtag: { id: "", name: "a" },
      drift: ["Hashtag.id"],
    });
    const values: Json[] = [null, 7, [], {}, { id: 1 }, { id: 1, name: "" }, { id: 1, name: {} }];
    for (const value of values)
      expect(read(value)).toEqual({ hashtag: null, drift: ["Hashtag.name"] });
  });
});
