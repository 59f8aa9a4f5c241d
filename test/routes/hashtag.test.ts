import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { pksOf, withinCursor } from "../support/pages.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { get, instagram } = sandbox;

const PAGES = ["/hashtag/medias/top", "/hashtag/medias/recent"];
const POSTS = [...PAGES, "/hashtag/reels"];

describe("a hashtag", () => {
  test("is found by name", async () => {
    const answer = await get("/hashtag", { name: "berlin" });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      id: "17841562498105353",
      name: "berlin",
      media_count: expect.any(Number),
      profile_pic_url: expect.stringMatching(/^https?:/),
    });
    expect(answer.body.media_count).toBeGreaterThan(10_000);
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
  });

  test("that Instagram hides says why", async () => {
    for (const path of POSTS) {
      const body = expectProblem(await get(path, { name: "sandbox_hidden" }), "HashtagPageWarning");
      expect(body.detail).toStartWith("This hashtag is hidden: Recent posts are hidden");
    }
  });

  test("without posts has none, no picture and no relatives", async () => {
    const name = "sandbox_empty";
    expect((await get("/hashtag", { name })).body).toMatchObject({
      media_count: 0,
      profile_pic_url: null,
    });
    for (const path of PAGES)
      expect((await get(path, { name })).body).toEqual({ items: [], next_cursor: "" });
    expect((await get("/hashtag/reels", { name })).body).toEqual([]);
    expect((await get("/hashtag/related", { name })).body).toEqual([]);
  });

  test("has related ones that can be looked up", async () => {
    const { body } = await get("/hashtag/related", { name: "berlin" });
    expect(body.map(({ name }: { name: string }) => name)).not.toContain("berlin");
    for (const hashtag of body)
      expect((await get("/hashtag", { name: hashtag.name })).body).toEqual(hashtag);
  });
});

describe("pages of a hashtag's posts", () => {
  test("hold posts that name it, and its Reels are Reels", async () => {
    for (const path of PAGES)
      for (const post of (await get(path, { name: "größe", amount: "20" })).body.items)
        expect(post.caption_text.toLowerCase()).toContain("#größe");
    for (const reel of (await get("/hashtag/reels", { name: "größe" })).body) {
      expect(reel.product_type).toBe("clips");
      expect(reel.video_url).toMatch(/^https?:\/\//);
    }
  });

  test("cost one request each; Reels as many as it takes", async () => {
    for (const path of PAGES) {
      const answer = await get(path, { name: "berlin", amount: "200" });
      expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    }
    const reels = await get("/hashtag/reels", { name: "berlin", amount: "100" });
    expect(reels.body).toHaveLength(100);
    expect(new Set(reels.body.map(({ pk }: { pk: string }) => pk)).size).toBe(100);
    expect(reels.headers.get("gramway-upstream-calls")).toBe("4");
  });

  test.each([
    "{}",
    "[]",
    '["QVFC"]',
    '["QVFC", 1, []]',
    '["QVFC", {"a": 1}]',
    '["QVFC", [[1]]]',
    '["QVFC", [], 1]',
    "[null, []]",
    '["", []]',
  ])("go on from no cursor of aiograpi-rest that holds %s", async (held) => {
    const cursor = Buffer.from(held).toString("base64");
    for (const path of PAGES)
      expect(faultyFields(await get(path, { name: "berlin", cursor }))).toEqual(["cursor"]);
  });
});

describe("what Instagram may answer", () => {
  const ask = (path: string, query: Record<string, string> = {}) =>
    get(path, { name: "x", ...query });
  const media = (pk: number) => ({ media: { pk, id: `${pk}_1`, code: "c", user: { pk: 1 } } });
  const grid = (...medias: unknown[]) => ({
    layout_type: "media_grid",
    layout_content: { medias },
  });

  test("posts of all layouts come in the order in which they stand", async () => {
    const reels = { id: "0", type: "clips_netego", items: [media(1), media(2)], max_id: "" };
    const layouts = [
      { one_by_two_item: { clips: reels }, fill_items: [media(3), media(4)] },
      { fill_items: [media(5)], two_by_two_item: media(6) },
      { two_by_two_item: { clips: { items: [media(7)] } }, medias: [media(8)] },
      { carousel: { items: [media(9)] }, one_by_two_item: null, fill_items: null },
      { medias: [media(10)], two_by_two_item: { channel: { ...media(11), title: "x" } } },
    ];
    const sections = layouts.map((layout_content) => ({ layout_type: "any", layout_content }));
    instagram.on("tags/x/sections/", reply(200, { sections, status: "ok" }));
    const all = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"];
    for (const path of PAGES)
      expect(pksOf((await ask(path, { amount: "11" })).body.items)).toEqual(all);
    expect(pksOf((await ask("/hashtag/reels", { amount: "11" })).body)).toEqual(all);
  });

  test("posts without an id and odd ones are left out", async () => {
    instagram.on(
      "tags/x/sections/",
      reply(200, {
        sections: [
          grid(media(1), { media: {} }, null, 7, media(2)),
          null,
          { layout_content: null },
          grid(media(3), media(2)),
        ],
        status: "ok",
      }),
    );
    for (const path of PAGES) {
      const { body } = await ask(path);
      expect([pksOf(body.items), body.next_cursor]).toEqual([["1", "2", "3"], ""]);
    }
  });

  test.each([
    [{ more_available: false, next_max_id: "a", next_media_ids: [] }],
    [{ more_available: null, next_max_id: "a" }],
    [{ more_available: true, next_max_id: "" }],
    [{ more_available: true, next_max_id: null, next_media_ids: [1] }],
    [{ more_available: true }],
    [{ sections: null }],
    [{ sections: {} }],
  ])("%p ends the list", async (changes) => {
    instagram.on("tags/x/sections/", reply(200, { sections: [], ...changes, status: "ok" }));
    for (const path of PAGES) expect((await ask(path)).body.next_cursor, path).toBe("");
    expect((await ask("/hashtag/reels")).body).toEqual([]);
  });

  test("a page that repeats itself ends the Reels", async () => {
    const page = { sections: [grid(media(1))], more_available: true, next_max_id: "a" };
    instagram.on("tags/x/sections/", reply(200, { ...page, status: "ok" }));
    expect(pksOf((await ask("/hashtag/reels", { amount: "200" })).body)).toEqual(["1", "1"]);
  });

  test("a cursor holds the one that aiograpi-rest hands out, with every digit", async () => {
    const text = `{"sections":[],"more_available":true,"next_max_id":3456789012345678901,"next_media_ids":[3456789012345678999,"é",2],"status":"ok"}`;
    instagram.on("tags/x/sections/", reply(200, text));
    const { next_cursor: cursor } = (await ask(PAGES[0]!)).body;
    expect(Buffer.from(withinCursor(cursor), "base64").toString()).toBe(
      '[3456789012345678901, [3456789012345678999, "\\u00e9", 2]]',
    );
    expect((await ask(PAGES[0]!, { cursor })).status).toBe(200);
    const sent = new URLSearchParams(instagram.calls.at(-1)?.body ?? "");
    expect(sent.get("max_id")).toBe("3456789012345678901");
    expect(sent.get("next_media_ids")).toBe('[3456789012345678999,"é",2]');
  });

  test("a cursor of many ids goes on, too", async () => {
    const ids = Array.from({ length: 300 }, (_, at) => `30123456789012${10_000 + at}`);
    const text = `{"sections":[],"next_max_id":"QVFC","next_media_ids":[${ids}],"status":"ok"}`;
    instagram.on("tags/x/sections/", reply(200, text));
    const { next_cursor: cursor } = (await ask(PAGES[0]!)).body;
    expect((await ask(PAGES[0]!, { cursor })).status).toBe(200);
    const sent = new URLSearchParams(instagram.calls.at(-1)?.body ?? "");
    expect(sent.get("next_media_ids")).toBe(`[${ids}]`);
  });

  test("a hashtag whose answer has lost its name keeps the one asked for", async () => {
    for (const name of ["", null, undefined]) {
      instagram.on("tags/x/info/", reply(200, { id: "7", name, media_count: 3, status: "ok" }));
      expect((await ask("/hashtag")).body).toMatchObject({ id: "7", name: "x", media_count: 3 });
    }
  });

  test("a hashtag that is not there is not found", async () => {
    instagram.on("tags/x/info/", reply(200, { status: "ok" }));
    expectProblem(await ask("/hashtag"), "HashtagNotFound");
    instagram.on("tags/x/info/", reply(404, { message: "no", status: "fail" }));
    expectProblem(await ask("/hashtag"), "HashtagNotFound");
    const warning = { category_name: "HASHTAG_PAGE_WARNING_MESSAGE", body_text: "Careful." };
    instagram.on("tags/x/info/", reply(200, { warning_message: warning, status: "ok" }));
    expectProblem(await ask("/hashtag"), "HashtagPageWarning");
  });

  describe("on its website", () => {
    const related = () => ask("/hashtag/related");
    const page = "/explore/tags/x/";

    test("in the form with and the one without graphql", async () => {
      const node = { id: "7", name: "y", media_count: 5, profile_pic_url: "" };
      const hashtag = {
        edge_hashtag_to_related_tags: {
          edges: [
            { node: { ...node, edge_hashtag_to_media: { count: 9 } } },
            { node: { id: "8" } },
            { node },
            null,
          ],
        },
      };
      for (const body of [{ hashtag }, { graphql: { hashtag } }]) {
        instagram.on(page, reply(200, body));
        const y = { id: "7", name: "y", profile_pic_url: null };
        expect((await related()).body).toEqual([
          { ...y, media_count: 9 },
          { ...y, media_count: null },
        ]);
      }
    });

    test("without any, or without the hashtag", async () => {
      instagram.on(page, reply(200, { graphql: { hashtag: {} } }));
      expect((await related()).body).toEqual([]);
      instagram.on(page, reply(200, { graphql: {} }));
      expectProblem(await related(), "HashtagNotFound");
      instagram.on(page, reply(404, "<html>"));
      expectProblem(await related(), "HashtagNotFound");
    });

    test("that it wants a login says nothing of the session, which stays as it is", async () => {
      const toLogin = { location: "https://www.instagram.com/accounts/login/?next=x" };
      instagram.on("tags/x/info/", reply(200, { name: "x" }));
      for (const answer of [
        reply(302, "", toLogin),
        reply(401, "<html>"),
        reply(403, { message: "login_required", status: "fail" }),
        reply(302, "", { location: "https://www.instagram.com/challenge/?next=x" }),
        reply(400, { message: "checkpoint_required", status: "fail" }),
      ]) {
        instagram.on(page, answer);
        const body = expectProblem(await related(), "ClientForbiddenError");
        expect(body.detail).toContain("wants a login");
        expect((await ask("/hashtag")).status).toBe(200);
      }
    });

    test("that it throttles is told as that", async () => {
      const message = "Please wait a few minutes before you try again.";
      instagram.on(page, reply(401, { message, require_login: true, status: "fail" }));
      expectProblem(await related(), "PleaseWaitFewMinutes");
    });

    test("is asked without the session's login and app", async () => {
      instagram.on(page, reply(200, { hashtag: {} }));
      expect((await related()).status).toBe(200);
      const [call] = instagram.callsOf(page);
      expect(call).toBeDefined();
      const names = Object.keys(call?.headers ?? {});
      expect(names.filter((name) => /cookie|authorization|^x-|^ig-/.test(name))).toEqual([]);
    });
  });
});
