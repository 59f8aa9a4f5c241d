import { describe, expect, test } from "bun:test";
import { createEmulator, sandboxSessionId } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { loggedIn, type ParsedJson, TestClient } from "./client.ts";

const emulator = createEmulator();
const me = await loggedIn(emulator);

const TYPED = { search_surface: "typeahead_search_page", context: "blended" };
const tab = (path: string, query: Record<string, string>) =>
  me.get(`fbsearch/${path}/`, { search_surface: path, ...query });

describe("every search", () => {
  const searches: [path: string, name: string, rest: Record<string, string>][] = [
    ["tags/search/", "q", {}],
    ["fbsearch/places/", "query", {}],
    ["music/audio_global_search/", "query", { browse_session_id: "x" }],
    ["fbsearch/account_serp/", "query", { search_surface: "account_serp" }],
    ["fbsearch/reels_serp/", "query", { search_surface: "clips_search_page" }],
    ["fbsearch/top_serp/", "query", { search_surface: "top_serp" }],
    ["fbsearch/keyword_typeahead/", "query", TYPED],
  ];

  test.each(searches)("%s refuses to search for nothing", async (path, name, rest) => {
    for (const query of [{ ...rest }, { ...rest, [name]: "" }, { ...rest, [name]: " \t" }]) {
      const answer = await me.get(path, query);
      expect([answer.status, answer.json.message]).toEqual([
        400,
        `Missing or invalid parameter: ${name}`,
      ]);
    }
  });

  test.each(searches)("%s finds nothing where nothing is", async (path, name, rest) => {
    const answer = await me.get(path, { ...rest, [name]: "qqqqq" });
    expect(answer.status).toBe(200);
    const found = ["users", "results", "items", "hashtags"].flatMap(
      (list): unknown[] => answer.json[list] ?? [],
    );
    expect(found).toEqual([]);
  });

  test.each(searches)("%s needs a session", async (path, name, rest) => {
    const visitor = new TestClient(emulator);
    const answer = await visitor.get(path, { ...rest, [name]: "berlin" });
    expect([answer.status, answer.json.message]).toEqual([403, "login_required"]);
  });

  test.each(searches)("%s finds the same each time", async (path, name, rest) => {
    const query = { ...rest, [name]: "berlin" };
    const other = await loggedIn(createEmulator());
    expect((await other.get(path, query)).text).toBe((await me.get(path, query)).text);
  });
});

describe("hashtags", () => {
  test("are found by any part of the name, with 64-bit ids", async () => {
    const { text, json } = await me.get("tags/search/", { q: "#Berlin", count: 30 });
    expect(json.results.length).toBeGreaterThan(5);
    expect(json.results[0].name).toBe("berlin");
    expect(text).toMatch(/"id":1784\d{13},"name":"berlin"/);
    const few = await me.get("tags/search/", { q: "berlin", count: 2 });
    expect(few.json.results).toEqual(json.results.slice(0, 2));
  });
});

describe("places", () => {
  const named = (items: ParsedJson[]) => items.map(({ location }) => location.name);

  test("are found by name, in any case and script", async () => {
    const { json } = await me.get("fbsearch/places/", { query: "BERLIN" });
    expect(named(json.items)).toContain("Berlin, Germany");
    expect(json.items[0]).toMatchObject({ title: "Berlin", slug: "berlin" });
    expect((await me.get("fbsearch/places/", { query: "京都" })).json.items.length).toBeGreaterThan(
      5,
    );
  });

  test("near the coordinates come first", async () => {
    const near = async (lat: number, lng: number) =>
      named((await me.get("fbsearch/places/", { query: "café", lat, lng })).json.items)[0];
    expect(await near(48.1, 11.6)).toBe("München Café");
    expect(await near(-18.1, 178.4)).toBe("Suva Café");
  });

  test.each([
    [{ query: "x", lat: "north", lng: 1 }, "lat"],
    [{ query: "x", lat: 1 }, "lng"],
    [{ query: "x", lat: 91, lng: 1 }, "lat"],
    [{ query: "x", lat: 1, lng: "-180.5" }, "lng"],
  ])("%p is refused for its %s", async (query, name) => {
    const answer = await me.get("fbsearch/places/", query);
    expect([answer.status, answer.json.message]).toEqual([
      400,
      `Missing or invalid parameter: ${name}`,
    ]);
  });

  test("around coordinates come nearest first, as venues", async () => {
    const { json } = await me.get("location_search/", { latitude: 52.5296, longitude: 13.4011 });
    expect(json.venues[0]).toMatchObject({
      name: "Café Müller",
      external_id: 113334918682117,
      external_id_source: "facebook_places",
      minimum_age: 0,
    });
    expect(json.venues.some((venue: object) => !("lat" in venue))).toBe(true);
    const sea = await me.get("location_search/", { latitude: 0, longitude: -30 });
    expect(sea.json.venues).toEqual([]);
    const lacking: Record<string, string | number>[] = [
      { latitude: 1 },
      { longitude: 1 },
      { latitude: "", longitude: 1 },
    ];
    for (const query of lacking) expect((await me.get("location_search/", query)).status).toBe(400);
  });

  test("may be narrowed down as older clients do", async () => {
    const { json } = await me.get("location_search/", {
      latitude: 52.52,
      longitude: 13.4,
      search_query: "museum",
      rank_token: "",
    });
    expect(json.venues.map(({ name }: { name: string }) => name)).toEqual(["Berlin Museum"]);
  });
});

describe("the website's search", () => {
  test("is for anybody", async () => {
    const visitor = new TestClient(emulator);
    const search = (query: Record<string, string>) =>
      visitor.send("GET", "/web/search/topsearch/", { host: "www.instagram.com", query });
    const { json } = await search({ query: "berlin", context: "blended", include_reel: "true" });
    expect(json.places[0]).toMatchObject({
      position: 0,
      place: { location: { name: "Berlin, Germany", facebook_places_id: 111777152182368 } },
    });
    expect(json.hashtags[0].hashtag.name).toBe("berlin");
    expect((await search({ query: "instagram" })).json.users[0].user.pk).toBe(INSTAGRAM_PK);
    expect((await search({ query: "" })).status).toBe(400);
    expect((await search({})).status).toBe(400);
  });
});

describe("accounts", () => {
  async function pages(client: TestClient, query: string): Promise<ParsedJson[]> {
    const found: ParsedJson[] = [];
    for (let token = ""; found.length < 50; ) {
      const page = { search_surface: "account_serp", query, page_token: token };
      const { json } = await client.get("fbsearch/account_serp/", page);
      found.push(json);
      if (!json.has_more) return found;
      token = json.page_token;
    }
    throw new Error("does not end");
  }

  test("come page by page to an end, each one once", async () => {
    const found = await pages(me, "anna.k");
    expect(found.length).toBeGreaterThan(2);
    expect(found.at(-1)).toMatchObject({ has_more: false, page_token: null });
    const names = found.flatMap(({ users }) => users.map((user: ParsedJson) => user.username));
    expect(new Set(names).size).toBe(names.length);
    expect(names.every((name) => name.startsWith("anna.k"))).toBe(true);
  });

  test("refuse tokens of another search", async () => {
    const { page_token: token } = (await tab("account_serp", { query: "anna" })).json;
    expect((await tab("account_serp", { query: " ANNA ", page_token: token })).status).toBe(200);
    for (const query of [
      { query: "ben", page_token: token },
      { query: "anna", page_token: "2" },
    ]) {
      const answer = await tab("account_serp", query);
      expect(answer.json.message).toBe("Missing or invalid parameter: page_token");
    }
  });

  test("do not show users who blocked the viewer", async () => {
    const world = "blocked in searches";
    const one = await loggedIn(emulator, "sandbox", world);
    const other = await loggedIn(emulator, "sandbox_private", world);
    const seen = async () =>
      (await pages(other, "sandbox"))[0]?.users.map((u: ParsedJson) => u.username);
    expect(await seen()).toContain("sandbox");
    await one.post(`friendships/block/${SANDBOX_PRIVATE_PK}/`, {
      user_id: String(SANDBOX_PRIVATE_PK),
    });
    expect(await seen()).not.toContain("sandbox");
  });
});

describe("Reels", () => {
  async function all(query: string) {
    const ids: string[] = [];
    let page: Record<string, string> = {};
    for (let pages = 0; pages < 100; pages++) {
      const { json } = await tab("reels_serp", { query, ...page });
      for (const { media } of json.reels_serp_modules[0].clips) {
        expect(media.product_type).toBe("clips");
        ids.push(media.id);
      }
      expect(json.has_more).toBe(json.reels_max_id !== null);
      if (!json.has_more) return { ids, pages: pages + 1 };
      page = { reels_max_id: json.reels_max_id, rank_token: json.rank_token };
    }
    throw new Error("does not end");
  }

  test("come page by page to an end, each one once, by user or by hashtag", async () => {
    for (const query of ["instagram", "#berlin"]) {
      const { ids, pages } = await all(query);
      expect(pages).toBeGreaterThan(2);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  test("of private accounts are for those who follow them", async () => {
    const { json } = await tab("reels_serp", { query: "sandbox_private" });
    expect(json.reels_serp_modules[0].clips).toEqual([]);
  });

  test("refuse a position and a rank of another search", async () => {
    const { json } = await tab("reels_serp", { query: "instagram" });
    const uuid = "bbbbbbbb-0002-4bbb-8bbb-bbbbbbbbbbbb";
    const page = { reels_max_id: json.reels_max_id, rank_token: uuid };
    expect((await tab("reels_serp", { query: "instagram", ...page })).status).toBe(200);
    for (const [name, value] of [
      ["reels_max_id", json.reels_max_id],
      ["rank_token", json.rank_token],
      ["rank_token", "0.5"],
    ]) {
      const answer = await tab("reels_serp", { query: "berlin", [name]: value });
      expect(answer.json.message).toBe(`Missing or invalid parameter: ${name}`);
    }
  });
});

describe("everything together", () => {
  test("names accounts, hashtags and places once and pages through its posts", async () => {
    const first = (await tab("top_serp", { query: "berlin" })).json;
    expect(first.list.map(({ position }: ParsedJson) => position)).toEqual(
      first.list.map((_: unknown, at: number) => at),
    );
    expect(new Set(first.list.flatMap(Object.keys))).toEqual(
      new Set(["position", "hashtag", "place"]),
    );
    const posts: string[] = [];
    let page = first;
    for (let pages = 1; ; pages++) {
      expect(pages).toBeLessThan(200);
      const [{ layout_content }] = page.media_grid.sections;
      posts.push(...layout_content.medias.map(({ media }: ParsedJson) => media.id));
      if (!page.has_more) break;
      expect(page.media_grid.next_max_id).toBe(page.next_max_id);
      const { next_max_id, rank_token } = page;
      page = (await tab("top_serp", { query: "berlin", next_max_id, rank_token })).json;
      expect(page.list).toEqual([]);
    }
    expect(posts.length).toBeGreaterThan(100);
    expect(new Set(posts).size).toBe(posts.length);
  });

  test("has a row of Reels with pages of its own", async () => {
    const clips = (page: ParsedJson): string[] =>
      page.media_grid.sections[1].layout_content.clips.map(({ media }: ParsedJson) => media.id);
    const first = (await tab("top_serp", { query: "instagram" })).json;
    const { reels_max_id } = first;
    const second = (await tab("top_serp", { query: "instagram", reels_max_id })).json;
    expect(new Set([...clips(first), ...clips(second)]).size).toBe(12);
    expect(second.media_grid.sections[0]).toEqual(first.media_grid.sections[0]);
    const refused = await tab("top_serp", { query: "instagram", next_max_id: reels_max_id });
    expect(refused.status).toBe(400);
  });
});

describe("suggestions", () => {
  test("are the text with endings, then what is called so, as many as asked for", async () => {
    const { json } = await me.get("fbsearch/keyword_typeahead/", { ...TYPED, query: "ber" });
    expect(json.list[0].keyword.name).toBe("ber");
    expect(json.list.map(({ position }: ParsedJson) => position)).toEqual([...json.list.keys()]);
    expect(new Set(json.list.flatMap(Object.keys))).toEqual(
      new Set(["position", "keyword", "hashtag", "place"]),
    );
    const two = await me.get("fbsearch/keyword_typeahead/", { ...TYPED, query: "ber", count: 2 });
    expect(two.json.list).toEqual(json.list.slice(0, 2));
  });

  test("refuse an invalid time zone", async () => {
    const query = { ...TYPED, query: "ber", timezone_offset: "CET" };
    expect((await me.get("fbsearch/keyword_typeahead/", query)).status).toBe(400);
  });
});

describe("recent searches", () => {
  test("are of all kinds, the last one first", async () => {
    const { recent } = (await me.get("fbsearch/recent_searches/")).json;
    const times = recent.map(({ client_time }: ParsedJson) => client_time);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(new Set(recent.flatMap(Object.keys))).toEqual(
      new Set(["client_time", "user", "hashtag", "keyword", "place"]),
    );
  });

  test("of an account that follows nobody are none", async () => {
    const headers = { Cookie: `sessionid=${sandboxSessionId("sandbox_2fa")}` };
    const quiet = new TestClient(emulator);
    const answer = await quiet.send("GET", "/api/v1/fbsearch/recent_searches/", { headers });
    expect([answer.status, answer.json]).toEqual([200, { recent: [], status: "ok" }]);
  });
});
