import { beforeAll, describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK } from "../../src/emulator/seed/fixtures.ts";
import { allPages, idsOf, loggedIn, type ParsedJson, type TestClient } from "./client.ts";

/** What only older apps, and clients made after them, still ask for. */

const emulator = createEmulator();
let me: TestClient;

beforeAll(async () => {
  me = await loggedIn(emulator);
});

const BROWSE = { product: "story_camera", _uuid: "x", browse_session_id: "x" };

const music = async (path: string, fields: Record<string, string> = {}) =>
  me.send("POST", `/api/v1/music/${path}`, { form: { ...BROWSE, ...fields } });

async function allMusic(path: string, fields: Record<string, string> = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = "0"; cursor !== null; ) {
    const { items, page_info }: ParsedJson = (await music(path, { ...fields, cursor })).json;
    ids.push(...items.map(({ track }: ParsedJson) => track.id));
    expect(page_info.more_available).toBe(page_info.next_max_id !== null);
    cursor = page_info.next_max_id;
  }
  return ids;
}

describe("music", () => {
  test("lies on the shelves of its genres and moods, each piece once", async () => {
    for (const [kind, one] of [
      ["genres", "genre"],
      ["moods", "mood"],
    ] as const) {
      const { items } = (await music(`${kind}/`)).json;
      const pieces: string[] = [];
      for (const item of items) pieces.push(...(await allMusic(`${kind}/${item[one].id}/`)));
      expect([pieces.length, new Set(pieces).size]).toEqual([2_000, 2_000]);
      expect((await music(`${kind}/1/`)).status).toBe(404);
    }
  });

  test("is found by its title, as the newer search finds it", async () => {
    const found = await allMusic("search/", { q: "midnight" });
    const query = { query: "midnight", browse_session_id: "x" };
    const newer = (await me.get("music/audio_global_search/", query)).json.items;
    expect(found.slice(0, newer.length)).toEqual(newer.map(({ track }: ParsedJson) => track.id));
    expect((await music("search/")).status).toBe(400);
  });

  test("shows its words where it has any", async () => {
    const { items } = (await music("trending/")).json;
    for (const { track } of items) {
      const answer = await me.get(`music/track/${track.id}/lyrics/`);
      expect(answer.status).toBe(track.has_lyrics ? 200 : 404);
      if (track.has_lyrics) expect(answer.json.lyrics.phrases.length).toBeGreaterThan(3);
    }
  });

  test("refuses a cursor of another list", async () => {
    const { next_max_id: cursor } = (await music("trending/")).json.page_info;
    expect((await music("trending/", { cursor })).status).toBe(200);
    expect((await music("search/", { q: "a", cursor })).status).toBe(400);
  });
});

describe("posts of a hashtag", () => {
  test("come newest first, the best beside the first page", async () => {
    const first = (await me.get("feed/tag/tokyo/")).json;
    expect(first.ranked_items).toHaveLength(9);
    const second = (await me.get("feed/tag/tokyo/", { max_id: first.next_max_id })).json;
    expect(second.ranked_items).toEqual([]);
    expect((await me.get("feed/tag/berlin/", { max_id: first.next_max_id })).status).toBe(400);
    const { items } = await allPages(me, "feed/tag/tokyolover/");
    expect(items.length).toBeGreaterThan(300);
    expect(new Set(idsOf(items)).size).toBe(items.length);
    for (const { caption } of items) expect(caption.text).toContain("#tokyolover");
  });

  test("are none where it is hidden or empty, and refused where it is not", async () => {
    for (const name of ["sandbox_hidden", "sandbox_empty"])
      expect((await me.get(`feed/tag/${name}/`)).json.items).toEqual([]);
    expect((await me.get("feed/tag/nobodyusedthis/")).status).toBe(404);
  });
});

test("a place shows what those at home there put on their stories", async () => {
  const { story } = (await me.get("locations/213385402/story/")).json;
  expect(story.location.name).toBe("Berlin, Germany");
  expect(story.items.length).toBeGreaterThan(5);
  for (const item of story.items) {
    expect(item.story_locations[0].location.pk).toBe(213385402);
    expect(item.user.is_private).toBe(false);
    expect((await me.get(`media/${item.id}/info/`)).json.items[0]).toEqual(item);
  }
  expect((await me.get("locations/5/story/")).status).toBe(404);
});

describe("users that one may know", () => {
  const suggested = async () => {
    const pks: number[] = [];
    for (let max_id = "", more = true; more; ) {
      const { json } = await me.send("POST", "/api/v1/discover/ayml/", { form: { max_id } });
      pks.push(...json.suggested_users.suggestions.map(({ user }: ParsedJson) => user.pk));
      max_id = json.next_max_id;
      more = json.more_available;
    }
    return pks;
  };

  test("are suggested page by page, without those whom one follows", async () => {
    const pks = await suggested();
    expect(pks.length).toBeGreaterThan(150);
    expect(new Set(pks).size).toBe(pks.length);
    const { friendship_statuses } = (
      await me.send("POST", "/api/v1/friendships/show_many/", {
        form: { user_ids: pks.join(",") },
      })
    ).json;
    const statuses: ParsedJson[] = Object.values(friendship_statuses);
    expect(statuses.some(({ following }) => following)).toBe(false);
  });

  test("are suggested around a user, and before a search", async () => {
    const { users } = (await me.get("discover/chaining/", { target_id: INSTAGRAM_PK })).json;
    expect(users).toHaveLength(40);
    expect((await me.get("discover/chaining/", { target_id: 5 })).status).toBe(404);
    const searches = async (type: string) =>
      (await me.get("fbsearch/suggested_searches/", { type })).json;
    expect((await searches("users")).suggested).toHaveLength(10);
    expect((await searches("places")).suggested).toEqual([]);
    expect((await searches("songs")).status).toBe("fail");
  });
});

test("what those whom one follows have liked is told page by page", async () => {
  const stories: ParsedJson[] = [];
  for (let max_id: string | undefined = ""; max_id !== undefined; ) {
    const page: ParsedJson = (await me.get("news/", { max_id })).json;
    stories.push(...page.stories);
    max_id = page.next_max_id;
  }
  expect(stories.length).toBeGreaterThan(60);
  expect(new Set(stories.map(({ pk }) => pk)).size).toBe(stories.length);
  for (const { args } of stories.slice(0, 5))
    expect((await me.get(`media/${args.media[0].id}/info/`)).status).toBe(200);
});
