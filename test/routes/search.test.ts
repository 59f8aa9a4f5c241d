import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();
const { get, instagram } = sandbox;

const QUERIED = "users hashtags music places top reels accounts typeahead"
  .split(" ")
  .map((name) => `/search/${name}`);

describe("a search", () => {
  test("for nothing is refused without asking", async () => {
    for (const path of [...QUERIED, "/user/search"])
      for (const query of [{}, { query: "" }, { query: " \n" }]) {
        const answer = await get(path, query as Record<string, string>);
        expect(faultyFields(answer), path).toEqual(["query"]);
        expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
      }
  });

  test("costs one request, whatever is searched for", async () => {
    for (const path of QUERIED)
      for (const query of ["berlin", "#Größe & más", "東京", "💥", "a".repeat(200)]) {
        const answer = await get(path, { query });
        expect(answer.status, answer.text).toBe(200);
        expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
      }
  });

  test("that finds nothing answers with an empty list", async () => {
    for (const path of ["/search/users", "/search/hashtags", "/search/music", "/search/places"])
      expect((await get(path, { query: "qqqqq" })).text).toBe("[]");
  });

  test("whose answer lacks its list finds nothing", async () => {
    for (const path of ["users/search/", "tags/search/", "music/audio_global_search/"])
      instagram.on(path, reply(200, { status: "ok" }));
    for (const path of ["/search/users", "/search/hashtags", "/search/music"])
      expect((await get(path, { query: "x" })).text).toBe("[]");
  });

  test("of everything, of accounts, Reels and suggestions is answered as Instagram wrote it, to the digit", async () => {
    const text = '{"users": [{"pk": 3012345678901234567, "x": 1.0}], "has_more": false}';
    for (const path of ["account_serp", "reels_serp", "top_serp", "keyword_typeahead"])
      instagram.on(`fbsearch/${path}/`, reply(200, text));
    for (const path of ["accounts", "reels", "top", "typeahead"])
      expect((await get(`/search/${path}`, { query: "x" })).text).toBe(text);
  });
});

test("what the models hand on of a place or a track has its ids as texts", async () => {
  const raw = '{"id":3012345678901234567}';
  const place = `{"pk":1,"name":"n","hours":${raw}}`;
  const track = `{"id":1,"territory_validity_periods":${raw}}`;
  const answers: [string, string, Record<string, string>][] = [
    ["fbsearch/places/", `{"items":[{"location":${place}}]}`, { query: "x" }],
    ["location_search/", `{"venues":[${place}]}`, { lat: "1", lng: "1" }],
    ["/web/search/topsearch/", `{"places":[{"place":{"location":${place}}}]}`, { name: "x" }],
    ["music/audio_global_search/", `{"items":[{"track":${track}}]}`, { query: "x" }],
  ];
  const paths = ["/search/places", "/search/locations", "/search/locations", "/search/music"];
  for (const [at, [upstream, text, query]] of answers.entries()) {
    instagram.on(upstream, reply(200, text));
    expect((await get(paths[at]!, query)).text, upstream).toContain(
      '":{"id":"3012345678901234567"}',
    );
  }
});

describe("GET /search/users", () => {
  test("finds users, the exact name first", async () => {
    const answer = await get("/search/users", { query: "Instagram" });
    expect(answer.body[0]).toMatchObject({ pk: "25025320", username: "instagram", stories: [] });
    const annas = (await get("/search/users", { query: "anna" })).body;
    expect(annas).toHaveLength(30);
    for (const { username } of annas) expect(username).toStartWith("anna");
  });
});

describe("GET /search/hashtags", () => {
  test("finds hashtags with every digit of their ids", async () => {
    const answer = await get("/search/hashtags", { query: "#größ" });
    expect(answer.body[0].name).toBe("größe");
    expect(answer.body[0].id).toMatch(/^\d{17}$/);
    expect(answer.text).toContain(`"id":"${answer.body[0].id}"`);
  });
});

describe("GET /search/music", () => {
  test("finds tracks, their file out of the manifest", async () => {
    const { body } = await get("/search/music", { query: "midnight" });
    expect(body).toHaveLength(20);
    for (const track of body) {
      expect(track.title).toStartWith("Midnight ");
      expect(track.audio_cluster_id).toMatch(/^5873318\d{11}$/);
      expect(track.cover_artwork_uri ?? "https:").toMatch(/^https?:/);
      expect(track.uri).toBe(track.dash_manifest === "" ? null : track.progressive_download_url);
    }
    expect(body.some(({ uri }: { uri: string }) => uri?.includes("&_nc_cat=1&"))).toBe(true);
  });

  test("leaves out what is no track, and no more", async () => {
    const items = `[null,{"playlist":{"id":"1"}},{"track":{"title":"Without an id"}},
      {"track":{"id":"3012345678901234567","audio_cluster_id":3012345678901234568,"title":7,"is_explicit":"?"}}]`;
    instagram.on("music/audio_global_search/", reply(200, `{"items":${items},"status":"ok"}`));
    const { body } = await get("/search/music", { query: "x" });
    expect(body).toEqual([
      expect.objectContaining({
        id: "3012345678901234567",
        audio_cluster_id: "3012345678901234568",
        title: "7",
        is_explicit: false,
        uri: null,
        territory_validity_periods: {},
      }),
    ]);
  });
});

describe("GET /search/locations", () => {
  test("by coordinates finds venues, those that tell none have the ones asked for", async () => {
    const { body } = await get("/search/locations", { lat: "52.5296", lng: "13.4011" });
    expect(body[0]).toMatchObject({
      name: "Café Müller",
      external_id: "113334918682117",
      external_id_source: "facebook_places",
    });
    const here = body.filter((place: { lat: number }) => place.lat === 52.5296);
    expect(here.length).toBeGreaterThan(1);
    expect(body.length).toBeGreaterThan(here.length);
    expect((await get("/search/locations", { lat: "0", lng: "-30" })).text).toBe("[]");
  });

  test("by coordinates leaves a venue on the equator where it is", async () => {
    const venues = [{ name: "A", lat: 0, lng: 0 }, { name: "B" }];
    instagram.on("location_search/", reply(200, { venues, status: "ok" }));
    const { body } = await get("/search/locations", { lat: "1.5", lng: "2.5" });
    expect(body.map(({ lat, lng }: { lat: number; lng: number }) => [lat, lng])).toEqual([
      [0, 0],
      [1.5, 2.5],
    ]);
  });

  test("with an empty name goes by the coordinates", async () => {
    const coordinates = { lat: "52.5296", lng: "13.4011" };
    const byBoth = await get("/search/locations", { name: "", ...coordinates });
    expect(byBoth.text).toBe((await get("/search/locations", coordinates)).text);
  });

  test("by name asks the website as anybody may", async () => {
    const answer = await get("/location/search", { name: "berlin", lat: "0", lng: "-30" });
    expect(answer.body[0]).toMatchObject({ pk: "213385402", name: "Berlin, Germany" });
    const [{ url, headers } = { url: "", headers: {} }] = instagram.calls;
    expect(url).toStartWith("https://www.instagram.com/web/search/topsearch/");
    expect(headers).not.toHaveProperty("authorization");
    expect(headers).not.toHaveProperty("cookie");
    expect((await get("/search/locations", { name: "qqqqq" })).text).toBe("[]");
  });

  test("says what to do where the website wants a login, and keeps the session", async () => {
    const loginPage = "https://www.instagram.com/accounts/login/?next=/web/search/topsearch/";
    instagram
      .on("/web/search/topsearch/", reply(302, "", { Location: loginPage }))
      .on("users/search/", reply(200, { users: [], status: "ok" }));
    const refused = await get("/search/locations", { name: "berlin" });
    expect(expectProblem(refused, "ClientForbiddenError").detail).toContain("/search/places");
    const { body } = await get("/auth/settings");
    expect(body.authorization_data.ds_user_id).toBeString();
    expect((await get("/search/users", { query: "x" })).status).toBe(200);
  });

  test.each([
    [{}, "name"],
    [{ name: "" }, "name"],
    [{ name: "  " }, "name"],
    [{ lat: "1" }, "lng"],
    [{ lng: "1" }, "lat"],
    [{ lat: "90.1", lng: "1" }, "lat"],
    [{ lat: "1", lng: "-181" }, "lng"],
    [{ lat: "north", lng: "1" }, "lat"],
  ])("refuses %p without asking", async (query, field) => {
    const answer = await get("/search/locations", query as Record<string, string>);
    expect(faultyFields(answer)).toEqual([field]);
    expect(instagram.calls).toEqual([]);
  });
});

describe("GET /search/places", () => {
  test("finds places, those near the coordinates first", async () => {
    const first = async (query: Record<string, string>) =>
      (await get("/search/places", { query: "museum", ...query })).body[0];
    expect(await first({ lat: "48.1", lng: "11.6" })).toMatchObject({ name: "München Museum" });
    expect(await first({})).toMatchObject({ name: "New York Museum" });
  });

  test("refuses coordinates that are nowhere", async () => {
    expect(faultyFields(await get("/search/places", { query: "x", lat: "-91" }))).toEqual(["lat"]);
    expect(faultyFields(await get("/search/places", { query: "x", lng: "x" }))).toEqual(["lng"]);
    for (const [lat, lng] of [
      ["90", "180"],
      ["-90", "-180"],
    ] as const)
      expect((await get("/search/locations", { lat, lng })).status, lat).toBe(200);
  });
});

describe("GET /search/followers and /search/following", () => {
  test("find those whose name fits, by pk and by username", async () => {
    for (const path of ["/search/followers", "/search/following"]) {
      const byPk = await get(path, { user_id: "61000000001", query: "ann" });
      expect(byPk.body.length, path).toBeGreaterThan(0);
      for (const { username, full_name } of byPk.body)
        expect(`${username} ${full_name}`.toLowerCase()).toContain("ann");
      expect(byPk.headers.get("gramway-upstream-calls")).toBe("1");
      const byName = await get(path, { user_id: " @Sandbox ", query: "ann" });
      expect(byName.text).toBe(byPk.text);
      expect(byName.headers.get("gramway-upstream-calls")).toBe("2");
      expect((await get(path, { user_id: "61000000001", query: "qqqqq" })).text).toBe("[]");
    }
  });
});

describe("GET /search/recent", () => {
  test("lists users, hashtags and keywords, the last one first, and no places", async () => {
    const { body } = await get("/search/recent");
    expect(body.slice(0, 4)).toEqual([
      { timestamp: 1761955200, item: expect.objectContaining({ pk: "25025320", stories: [] }) },
      { timestamp: 1761950879, item: expect.objectContaining({ name: "tokyo" }) },
      { timestamp: 1761946558, item: expect.objectContaining({ name: "größe" }) },
      { timestamp: 1761942237, item: expect.objectContaining({ name: "street photography" }) },
    ]);
    expect(body[1].item.media_count).toBeGreaterThan(10_000);
    expect(body.slice(4).every(({ item }: any) => typeof item.username === "string")).toBe(true);
  });

  test("reads what it can of odd entries", async () => {
    const recent = `[null,7,{"client_time":1,"place":{}},{"client_time":2,"user":null},{"keyword":"x"},
      {"client_time":"soon","user":{"pk":3012345678901234567}},
      {"client_time":4,"hashtag":{"id":17843787490014522,"name":"a","formatted_media_count":12,"media_count":5}},
      {"client_time":5,"hashtag":{"id":"1","name":"b","formatted_media_count":"66.4m","profile_pic_url":""}},
      {"client_time":6,"keyword":{"id":3012345678901234567,"name":"c"},"user":{"pk":6}}]`;
    instagram.on(
      "fbsearch/recent_searches/",
      reply(200, `{"recent":${recent},"status":"ok"}`),
      reply(200, { recent: [], status: "ok" }),
    );
    const answer = await get("/search/recent");
    expect(answer.body.map(({ timestamp }: any) => timestamp)).toEqual([null, 4, 5, 6, 6]);
    expect(answer.body[0].item.pk).toBe("3012345678901234567");
    expect(answer.body[1].item).toMatchObject({ id: "17843787490014522", media_count: 12 });
    expect(answer.body[2].item).toMatchObject({ media_count: null, profile_pic_url: null });
    expect(answer.body[3].item.pk).toBe("6");
    // What is handed on as it is, too.
    expect(answer.text).toContain('"item":{"id":"3012345678901234567","name":"c"}');
    expect((await get("/search/recent")).text).toBe("[]");
  });
});

describe("GET /search/typeahead", () => {
  test("gives as many suggestions as asked for", async () => {
    const list = async (count: string) =>
      (await get("/search/typeahead", { query: "ber", count })).body.list;
    expect(await list("2")).toEqual((await list("100")).slice(0, 2));
    expect((await list("100")).length).toBeGreaterThan(5);
  });

  test.each([
    [{ count: "0" }, "count"],
    [{ count: "101" }, "count"],
    [{ timezone_offset: "CET" }, "timezone_offset"],
  ])("refuses %p", async (query, field) => {
    const answer = await get("/search/typeahead", { query: "a", ...(query as object) });
    expect(faultyFields(answer)).toEqual([field]);
  });
});
