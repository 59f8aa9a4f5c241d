import { describe, expect, test } from "bun:test";
import { pksOf } from "../support/pages.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { get, testKey: key } = sandbox;

const FEEDS: [path: string, query: Record<string, string>][] = [
  ["/reels", {}],
  ["/reels/explore", {}],
  ["/reels/friends", {}],
  ["/reels/timeline", { collection_pk: "reels" }],
];

for (const [path, feed] of FEEDS) {
  describe(`GET ${path}`, () => {
    test("gives Reels, each once, 10 if nothing is said", async () => {
      const whole = (await get(path, { ...feed, amount: "200" })).body;
      expect(whole.length).toBeGreaterThan(50);
      expect(new Set(pksOf(whole)).size).toBe(whole.length);
      for (const media of whole) {
        expect([media.media_type, media.product_type]).toEqual([2, "clips"]);
        expect(media.video_url).toMatch(/^https?:\/\//);
        expect(media.pk).toMatch(/^\d{19}$/);
      }
      expect(new Set(whole.map(({ user }: any) => user.pk)).size).toBeGreaterThan(20);
      expect((await get(path, feed)).body).toEqual(whole.slice(0, 10));
    });

    test("gives as many as wanted, from as many pages as needed", async () => {
      const whole = (await get(path, { ...feed, amount: "50" })).body;
      for (const [amount, calls] of [
        ["1", "1"],
        ["7", "1"],
        ["8", "2"],
        ["50", "8"],
      ] as const) {
        const answer = await get(path, { ...feed, amount });
        expect(answer.body, amount).toEqual(whole.slice(0, Number(amount)));
        expect(answer.headers.get("gramway-upstream-calls"), amount).toBe(calls);
      }
    });

    test("ends before the Reel that was seen last, and asks for no page beyond it", async () => {
      const whole = pksOf((await get(path, { ...feed, amount: "20" })).body);
      for (const [place, calls] of [
        [0, "1"],
        [6, "1"],
        [7, "2"],
      ] as const) {
        const query = { ...feed, amount: "200", last_media_pk: whole[place]! };
        const answer = await get(path, query);
        expect(pksOf(answer.body)).toEqual(whole.slice(0, place));
        expect(answer.headers.get("gramway-upstream-calls")).toBe(calls);
      }
      const early = { ...feed, amount: "2", last_media_pk: whole[5]! };
      expect(pksOf((await get(path, early)).body)).toEqual(whole.slice(0, 2));
    });
  });
}

describe("GET /reels/timeline", () => {
  test("gives each of the feeds by its name", async () => {
    for (const [name, path] of [
      ["reels", "/reels"],
      ["explore_reels", "/reels/explore"],
      [" Friends_Reels ", "/reels/friends"],
    ] as const) {
      const answer = await get("/reels/timeline", { collection_pk: name, amount: "9" });
      expect(answer.text).toBe((await get(path, { amount: "9" })).text);
    }
  });

  test("names the feeds there are to whoever asks for another one", async () => {
    for (const name of ["17850000000000001", "reel", "constructor", ""]) {
      const answer = await get("/reels/timeline", { collection_pk: name });
      expect(faultyFields(answer), name).toEqual(["collection_pk"]);
      if (name !== "") expect(answer.text).toContain("explore_reels");
      expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
    }
    expect(faultyFields(await get("/reels/timeline"))).toEqual(["collection_pk"]);
  });
});

test("friends' Reels of an account that follows nobody are none", async () => {
  const form = { username: "sandbox_2fa", password: "sandbox", verification_code: "123456" };
  const login = await sandbox.request("POST", "/auth/login", { key, form });
  const answer = await get("/reels/friends", {}, login.body);
  expect([answer.status, answer.body]).toEqual([200, []]);
});

describe("an upstream", () => {
  /** Answers one page after the other; the last one stays. */
  const withPages = async (pages: Response[]) => {
    sandbox.instagram.on("clips/connected/", ...pages);
    const answer = await get("/reels", { amount: "5" });
    const seen = sandbox.instagram.calls.map(({ url }) => new URL(url).searchParams.get("max_id"));
    return { answer, seen };
  };
  const item = (pk: number) => ({ media: { pk, media_type: 2, user: { pk: 1, username: "a" } } });

  test("that says there is more without saying where is not asked again", async () => {
    const pages = [Response.json({ items: [item(1)], paging_info: { more_available: true } })];
    const { answer, seen } = await withPages(pages);
    expect(pksOf(answer.body)).toEqual(["1"]);
    expect(seen).toEqual([""]);
  });

  test("whose first page is empty is asked for the next", async () => {
    const more = { max_id: "a", more_available: true };
    const pages = [
      Response.json({ items: [], paging_info: more }),
      Response.json({ items: [{}, null, item(2)], paging_info: null }),
    ];
    const { answer, seen } = await withPages(pages);
    expect(pksOf(answer.body)).toEqual(["2"]);
    expect(seen).toEqual(["", "a"]);
  });

  test("that refuses a later page fails the request", async () => {
    const pages = [
      Response.json({ items: [item(1)], paging_info: { max_id: "a", more_available: true } }),
      Response.json({ message: "feedback_required", status: "fail" }, { status: 400 }),
    ];
    expectProblem((await withPages(pages)).answer, "FeedbackRequired");
  });
});
