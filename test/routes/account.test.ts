import { describe, expect, test } from "bun:test";
import { shortcodeOfPk } from "../../src/instagram/ids.ts";
import { pksOf } from "../support/pages.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { get } = sandbox;

describe("GET /account/liked/media", () => {
  test("gives as many as wanted, 21 if nothing is said, everything for 0", async () => {
    const { body: everything } = await get("/account/liked/media", { amount: "0" });
    expect(everything.length).toBeGreaterThan(60);
    expect(new Set(pksOf(everything)).size).toBe(everything.length);
    for (const path of ["/account/liked/media", "/media/liked"]) {
      expect((await get(path)).body).toEqual(everything.slice(0, 21));
      for (const [amount, calls] of [
        ["1", "1"],
        ["12", "1"],
        ["13", "2"],
        ["30", "3"],
      ] as const) {
        const answer = await get(path, { amount });
        expect(answer.body, amount).toEqual(everything.slice(0, Number(amount)));
        expect(answer.headers.get("gramway-upstream-calls"), amount).toBe(calls);
      }
      expect((await get(path, { amount: "100000" })).body).toEqual(everything);
    }
  });

  test("ends before the post that was seen last, and asks for no page beyond it", async () => {
    const everything = pksOf((await get("/account/liked/media", { amount: "0" })).body);
    for (const [place, calls] of [
      [0, "1"],
      [11, "1"],
      [12, "2"],
    ] as const) {
      const query = { amount: "0", last_media_pk: everything[place]! };
      const answer = await get("/account/liked/media", query);
      expect(pksOf(answer.body)).toEqual(everything.slice(0, place));
      expect(answer.headers.get("gramway-upstream-calls")).toBe(calls);
    }
    const link = `https://www.instagram.com/p/${shortcodeOfPk(everything[3]!)}/`;
    const early = await get("/account/liked/media", { last_media_pk: link });
    expect(pksOf(early.body)).toEqual(everything.slice(0, 3));
    const none = await get("/account/liked/media", { last_media_pk: "0" });
    expect(pksOf(none.body)).toEqual(everything.slice(0, 21));
  });

  test("gives posts that say that they are liked", async () => {
    for (const media of (await get("/account/liked/media")).body)
      expect(media.has_liked, media.pk).toBe(true);
  });
});

describe("GET /account/feed/timeline", () => {
  test("passes the upstream's answer through, under both paths", async () => {
    for (const path of ["/account/feed/timeline", "/auth/timeline/feed"]) {
      const answer = await get(path);
      expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
      const { body } = answer;
      expect(body).toMatchObject({ more_available: true, num_results: 8, status: "ok" });
      expect(body.feed_items).toHaveLength(8);
      expect(body.next_max_id).toMatch(/^\S+$/);
      expect(answer.text).toMatch(/"media_or_ad":\{"pk":\d{19},/);
    }
  });
});
