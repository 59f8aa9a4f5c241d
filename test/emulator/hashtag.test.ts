import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { SANDBOX_PK } from "../../src/emulator/seed/fixtures.ts";
import { type Answer, loggedIn, sectionPosts, TestClient } from "./client.ts";

const emulator = createEmulator();
const me = await loggedIn(emulator);

const FIELDS = { _uuid: "u", include_persistent: "false", rank_token: "u" };

const sections = (name: string, form: Record<string, string>, client = me): Promise<Answer> =>
  client.send("POST", `/api/v1/tags/${encodeURIComponent(name)}/sections/`, {
    form: { ...FIELDS, ...form },
  });

/** The fields of the request for the next page; ids with all their digits. */
function following(answer: Answer): Record<string, string> {
  const [, ids = ""] = /"next_media_ids":(\[[^\]]*\])/.exec(answer.text) ?? [];
  return { max_id: answer.json.next_max_id, next_media_ids: ids };
}

/** Media ids of a page: exact, where the pk is a number beyond 2^53. */
const idsOf = (answer: Answer): string[] => sectionPosts(answer).map(({ id }) => id);

async function allPages(name: string, filter: string, most = 1_000): Promise<Answer[]> {
  const pages: Answer[] = [];
  let next: Record<string, string> = {};
  while (pages.length < most) {
    const page = await sections(name, { media_recency_filter: filter, ...next });
    expect(page.status, page.text.slice(0, 200)).toBe(200);
    pages.push(page);
    if (!page.json.more_available) return pages;
    next = following(page);
  }
  return pages;
}

describe("a hashtag", () => {
  test("is the same in any case, with every digit of its id", async () => {
    const answer = await me.get("tags/berlin/info/");
    expect(answer.json).toMatchObject({ name: "berlin", allow_following: 1, status: "ok" });
    expect(answer.json.media_count).toBeGreaterThan(10_000);
    const [, id = ""] = /"id":(\d+),/.exec(answer.text) ?? [];
    expect(BigInt(id)).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER));
    expect((await me.get("tags/BERLIN/info/")).text).toBe(answer.text);
  });

  test("can be of any script", async () => {
    for (const name of ["größe", "東京", "москва", "اسطنبول", "नमस्ते"]) {
      const answer = await me.get(`tags/${encodeURIComponent(name)}/info/`);
      expect([answer.status, answer.json.name]).toEqual([200, name]);
    }
  });

  test("that nobody used is not found", async () => {
    expect((await me.get("tags/nobodyusedthis/info/")).status).toBe(404);
    expect((await sections("nobodyusedthis", { tab: "top" })).status).toBe(404);
  });

  test("without posts has empty pages", async () => {
    expect((await me.get("tags/sandbox_empty/info/")).json).toMatchObject({
      media_count: 0,
      profile_pic_url: "",
    });
    for (const tab of ["top", "recent", "clips"])
      expect((await sections("sandbox_empty", { tab })).json).toMatchObject({
        sections: [],
        more_available: false,
        next_max_id: null,
        next_page: null,
        next_media_ids: [],
      });
  });

  test("that is hidden answers with a warning instead of posts", async () => {
    const answer = await sections("sandbox_hidden", { tab: "recent" });
    expect(answer.status).toBe(200);
    expect(answer.json.sections).toEqual([]);
    expect(answer.json.warning_message.category_name).toBe("HASHTAG_PAGE_WARNING_MESSAGE");
  });

  test("needs a session", async () => {
    const stranger = new TestClient(emulator);
    expect((await stranger.get("tags/berlin/info/")).status).toBe(403);
    expect((await sections("berlin", { tab: "top" }, stranger)).status).toBe(403);
  });
});

describe("the posts of a hashtag", () => {
  test("are thousands, each once, and each names it", async () => {
    const pages = await allPages("berlin", "top_recent_posts");
    const ids = pages.flatMap(idsOf);
    expect(ids.length).toBeGreaterThan(5_000);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { caption } of pages.flatMap(sectionPosts))
      expect(caption.text.toLowerCase()).toContain("#berlin");
  });

  test("are not shown where their owner is private", async () => {
    const pages = await allPages("berlin", "default", 20);
    for (const { user } of pages.flatMap(sectionPosts)) expect(user.is_private).toBe(false);
  });

  test("are newest first within a recent page, and of every kind", async () => {
    const [page] = await allPages("nofilter", "top_recent_posts", 1);
    const medias = page?.json.sections.flatMap((section: any) => section.layout_content.medias);
    expect(medias).toHaveLength(27);
    const times = medias.map(({ media }: any) => media.taken_at);
    expect(times).toEqual(times.toSorted((a: number, b: number) => b - a));
    const pages = await allPages("nofilter", "top_recent_posts", 5);
    const kinds = pages
      .flatMap(({ json }) => json.sections)
      .flatMap(({ layout_content }: any) => layout_content.medias)
      .map(({ media }: any) => media.product_type);
    expect([...new Set(kinds)].sort()).toEqual(["carousel_container", "clips", "feed"]);
  });

  test("at the top stand in another order, in sections of all layouts", async () => {
    const top = await sections("travel", { tab: "top" });
    const recent = await sections("travel", { tab: "recent" });
    expect(idsOf(top)).not.toEqual(idsOf(recent));
    const layouts = top.json.sections.map((section: any) => section.layout_type);
    expect([...new Set(layouts)]).toEqual(["one_by_two_left", "two_by_two_right", "media_grid"]);
    const [reels, large] = top.json.sections.map((section: any) => section.layout_content);
    expect(reels.one_by_two_item.clips.items.length).toBeGreaterThan(1);
    expect([reels.fill_items.length, large.fill_items.length]).toEqual([4, 4]);
    expect(large.two_by_two_item.media.id).toBeString();
    expect(new Set(idsOf(top)).size).toBe(24);
  });

  test("in the tab of Reels are Reels", async () => {
    const pages = await allPages("travel", "clips", 3);
    const kinds = pages
      .flatMap(({ json }) => json.sections)
      .flatMap(({ layout_content }: any) => layout_content.medias)
      .map(({ media }: any) => media.product_type);
    expect(kinds).toEqual(Array(90).fill("clips"));
  });

  test("are the same in every emulator", async () => {
    const other = await loggedIn(createEmulator());
    const form = { media_recency_filter: "default" };
    expect((await sections("berlin", form, other)).text).toBe(
      (await sections("berlin", form)).text,
    );
  });
});

const first = await sections("berlin", { media_recency_filter: "default" });

describe("what continues a hashtag's posts", () => {
  const next = following(first);
  const go = (fields: Record<string, string>, filter = "default", name = "berlin") =>
    sections(name, { media_recency_filter: filter, ...fields });

  test("may carry the page's number, and the ids as texts", async () => {
    const page = await go(next);
    expect(page.status).toBe(200);
    const texts = JSON.stringify(next.next_media_ids?.match(/\d+/g));
    expect((await go({ ...next, page: "1", next_media_ids: texts })).text).toBe(page.text);
    expect(page.json.next_page).toBe(2);
  });

  test.each([
    ["another page's number", { ...next, page: "2" }],
    ["no ids", { max_id: next.max_id ?? "" }],
    ["other ids", { ...next, next_media_ids: "[1]" }],
    ["ids that were rounded", { ...next, next_media_ids: `[${first.json.next_media_ids}]` }],
    ["ids that are no list", { ...next, next_media_ids: "1,2" }],
    ["a cursor of its own making", { ...next, max_id: "QVFC" }],
  ])("is refused with %s", async (_what, fields) => {
    const answer = await go(fields);
    expect([answer.status, answer.json.error_type]).toEqual([400, "invalid_parameters"]);
  });

  test("is refused in another tab and by another hashtag", async () => {
    expect((await go(next, "top_recent_posts")).status).toBe(400);
    expect((await go(next, "default", "paris")).status).toBe(400);
  });
});

test("a tab is asked for in either of two fields, and needed", async () => {
  const top = await sections("berlin", { media_recency_filter: "default" });
  expect((await sections("berlin", { tab: "top" })).text).toBe(top.text);
  expect((await sections("berlin", {})).status).toBe(400);
  expect((await sections("berlin", { tab: "places" })).status).toBe(400);
  const signed = { ...FIELDS, tab: "top" };
  expect((await me.post("tags/berlin/sections/", signed)).text).toBe(top.text);
  expect((await me.post("tags/berlin/sections/", { tab: "top" })).status).toBe(400);
});

test("is followed at the website's host, too, as newer apps do", async () => {
  const client = await loggedIn(emulator, "sandbox", "following");
  const follows = async () => {
    const { json } = await client.get("users/61000000001/following_tags_info/");
    return json.tags.some(({ name }: { name: string }) => name === "東京");
  };
  const send = (action: string) =>
    client.send("POST", `/api/v1/web/tags/${action}/${encodeURIComponent("東京")}/`, {
      host: "www.instagram.com",
      signed: { _uuid: "u", device_id: "d", user_id: 61000000001 },
    });
  expect((await send("follow")).json).toEqual({ status: "ok" });
  expect(await follows()).toBe(true);
  expect((await send("unfollow")).json).toEqual({ status: "ok" });
  expect(await follows()).toBe(false);
});

describe("the website's page of a hashtag", () => {
  const page = (name: string, query: Record<string, string> = { __a: "1", __d: "dis" }) =>
    new TestClient(emulator).send("GET", `/explore/tags/${encodeURIComponent(name)}/`, {
      host: "www.instagram.com",
      headers: { "User-Agent": "Mozilla/5.0 Safari/605.1.15" },
      query,
    });

  test("shows related ones to anybody", async () => {
    const { hashtag } = (await page("東京")).json.graphql;
    expect(hashtag.name).toBe("東京");
    const related = hashtag.edge_hashtag_to_related_tags.edges.map(({ node }: any) => node);
    expect(related).toHaveLength(10);
    expect(new Set(related.map(({ name }: any) => name)).size).toBe(10);
    for (const { id, name, edge_hashtag_to_media } of related) {
      expect(id).toMatch(/^\d{17}$/);
      const info = (await me.get(`tags/${encodeURIComponent(name)}/info/`)).json;
      expect(info.media_count).toBe(edge_hashtag_to_media.count);
    }
  });

  test("does not exist for an unknown one, and is refused without its parameters", async () => {
    expect((await page("nobodyusedthis")).status).toBe(404);
    expect((await page("berlin", { __a: "1" })).status).toBe(400);
  });
});

describe("following a hashtag", () => {
  const follow = (client: TestClient, verb: string, name: string, fields: object = {}) =>
    client.post(`web/tags/${verb}/${encodeURIComponent(name)}/`, fields);

  test("shows in its info, in searches and in the list of followed ones, for the viewer", async () => {
    const client = await loggedIn(emulator, "sandbox", "followed tags");
    const other = await loggedIn(emulator, "sandbox_private", "followed tags");
    const info = async (viewer = client) =>
      (await viewer.get(`tags/${encodeURIComponent("größe")}/info/`)).json;
    const found = async () =>
      (await client.get("tags/search/", { q: "größe" })).json.results[0].following;
    const list = async (viewer = client) =>
      (await viewer.get(`users/${SANDBOX_PK}/following_tags_info/`)).json.tags.map(
        ({ name }: { name: string }) => name,
      );
    expect(await info()).toMatchObject({ following: 0, follow_status: null });
    expect((await follow(client, "follow", "Größe")).json).toEqual({ status: "ok" });
    await follow(client, "follow", "berlin");
    await follow(client, "follow", "berlin");
    expect(await info()).toMatchObject({ following: 1, follow_status: 1 });
    expect(await info(other)).toMatchObject({ following: 0 });
    expect(await found()).toBe(1);
    expect(await list()).toEqual(["berlin", "größe"]);
    expect(await list(other)).toEqual(["berlin", "größe"]);
    await follow(client, "unfollow", "größe");
    expect(await info()).toMatchObject({ following: 0 });
    expect(await found()).toBe(0);
    expect(await list()).toEqual(["berlin"]);
  });

  test("refuses unknown hashtags and another account's id", async () => {
    expect((await follow(me, "follow", "nobodyusedthis")).status).toBe(404);
    expect((await follow(me, "follow", "berlin", { user_id: 1 })).status).toBe(400);
  });
});
