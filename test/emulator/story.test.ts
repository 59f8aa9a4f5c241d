import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { loggedIn, TestClient } from "./client.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 24);
let now = START;
const emulator = createEmulator({ now: () => now });
const me = await loggedIn(emulator);

const SDK = { supported_capabilities_new: "[]" };

const reelOf = async (pk: number, client = me) =>
  (await client.get(`feed/user/${pk}/story/`, SDK)).json.reel;
const viewersOf = (id: string, query: Record<string, string> = {}, client = me) =>
  client.get(`media/${id}/list_reel_media_viewer/`, query);
const archive = (query: Record<string, string | number>, client = me) =>
  client.get("archive/reel/day_shells_paginated/", {
    timezone_offset: 0,
    include_memories: 1,
    ...query,
  });

/** Runs something at every half hour of a day. */
async function throughTheDay(look: () => Promise<void>): Promise<void> {
  try {
    for (now = START; now < START + 24 * HOUR; now += HOUR / 2) await look();
  } finally {
    now = START;
  }
}

describe("stories", () => {
  test("of instagram and sandbox are there at any time, and never expired", async () => {
    await throughTheDay(async () => {
      for (const [pk, least] of [
        [INSTAGRAM_PK, 11],
        [SANDBOX_PK, 8],
      ] as const) {
        const { items } = await reelOf(pk);
        expect(items.length).toBeGreaterThanOrEqual(least);
        for (const { taken_at, expiring_at } of items) {
          expect(taken_at * 1_000).toBeLessThanOrEqual(now);
          expect(expiring_at * 1_000).toBeGreaterThan(now);
          expect(expiring_at - taken_at).toBe(86_400);
        }
      }
    });
  });

  test("keep their ids, and stay the same for hours", async () => {
    const reels: string[] = [];
    await throughTheDay(async () => {
      reels.push((await me.get(`feed/user/${INSTAGRAM_PK}/story/`, SDK)).text);
    });
    expect(new Set(reels).size).toBe(4);
    const twin = await loggedIn(createEmulator({ now: () => now }));
    expect((await twin.get(`feed/user/${INSTAGRAM_PK}/story/`, SDK)).text).toBe(reels[0] ?? "");
    const ids = reels.map((text) => new Set(text.match(/\d{19}_\d+/g)));
    expect(ids[0]?.intersection(ids[1] ?? new Set()).size).toBeGreaterThan(3);
  });

  test("carry every kind of sticker", async () => {
    const kinds = new Set<string>();
    await throughTheDay(async () => {
      for (const story of (await reelOf(INSTAGRAM_PK)).items)
        for (const [field, value] of Object.entries(story))
          if (Array.isArray(value) && value.length > 0) kinds.add(field);
    });
    for (const kind of [
      "reel_mentions",
      "story_hashtags",
      "story_locations",
      "story_link_stickers",
      "story_cta",
      "story_polls",
      "story_questions",
      "story_sliders",
      "story_quizs",
      "story_countdowns",
      "story_music_stickers",
      "story_feed_media",
      "sponsor_tags",
      "video_versions",
    ])
      expect(kinds).toContain(kind);
  });

  test("are made by many of the crowd, and not by all", async () => {
    const { users } = (await me.get(`friendships/${INSTAGRAM_PK}/followers/`, { count: 100 })).json;
    const reels = await Promise.all(
      users.map(async ({ pk }: { pk: number }) => me.get(`feed/user/${pk}/story/`, SDK)),
    );
    const shown = reels.filter(({ status, json }) => status === 200 && json.reel !== null).length;
    const none = reels.filter(({ status, json }) => status === 200 && json.reel === null).length;
    const refused = reels.filter(({ status }) => status === 400).length;
    expect(Math.min(shown, none, refused)).toBeGreaterThan(5);
    expect(shown + none + refused).toBe(100);
  });

  test("are known to media/{id}/info/ while they may be seen", async () => {
    const { items } = await reelOf(INSTAGRAM_PK);
    for (const { id } of items) {
      for (const name of [id, id.split("_")[0]]) {
        const { json, text } = await me.get(`media/${name}/info/`);
        expect(json.items).toHaveLength(1);
        expect(text).toContain(`"id":"${id}"`);
        expect(json.items[0]).toMatchObject({ product_type: "story", is_reel_media: true });
      }
      const anothers = await me.get(`media/${id.split("_")[0]}_${SANDBOX_PK}/info/`);
      expect(anothers.json.message).toBe("Media not found or unavailable");
    }
    const [{ id: oldest }] = items;
    const gone = async () => (await me.get(`media/${oldest}/info/`)).status;
    now = START + 48 * HOUR;
    expect(await gone()).toBe(400);
    const mine = (await reelOf(SANDBOX_PK)).items[0].id;
    now = START + 480 * HOUR;
    expect((await me.get(`media/${mine}/info/`)).status).toBe(200);
    now = START;
    expect(await gone()).toBe(200);
    // The story is not made yet.
    expect((await me.get(`media/${mine}/info/`)).status).toBe(400);
  });

  test("of a private account are for its followers, those of nobody for none", async () => {
    const answer = await me.get(`feed/user/${SANDBOX_PRIVATE_PK}/story/`, SDK);
    expect([answer.status, answer.json.message]).toEqual([400, "Not authorized to view user"]);
    const owner = await loggedIn(emulator, "sandbox_private");
    const { items } = await reelOf(SANDBOX_PRIVATE_PK, owner);
    expect((await me.get(`media/${items[0].id}/info/`)).status).toBe(400);
    expect((await owner.get(`media/${items[0].id}/info/`)).status).toBe(200);
    expect((await me.get("feed/user/5/story/", SDK)).status).toBe(404);
    expect(await reelOf(61000000002)).toBeNull();
  });

  test("need a session and the capabilities", async () => {
    const stranger = await new TestClient(emulator).get(`feed/user/${INSTAGRAM_PK}/story/`, SDK);
    expect([stranger.status, stranger.json.message]).toEqual([403, "login_required"]);
    expect((await me.get(`feed/user/${INSTAGRAM_PK}/story/`)).status).toBe(400);
  });
});

describe("viewers", () => {
  test("are told page by page, as many as the story counts", async () => {
    for (const { id, viewer_count } of (await reelOf(SANDBOX_PK)).items) {
      const seen: number[] = [];
      let cursor: string | null = "";
      for (let pages = 0; cursor !== null && pages < 10; pages++) {
        const { json } = await viewersOf(id, cursor === "" ? {} : { max_id: cursor });
        expect(json.users.map(({ pk }: { pk: number }) => pk)).toEqual(
          json.viewers.map(({ user }: { user: { pk: number } }) => user.pk),
        );
        expect(json.total_viewer_count).toBe(viewer_count);
        seen.push(...json.users.map(({ pk }: { pk: number }) => pk));
        cursor = json.next_max_id;
      }
      expect(cursor).toBeNull();
      expect([seen.length, new Set(seen).size]).toEqual([viewer_count, viewer_count]);
    }
  });

  test("are told to the story's owner only", async () => {
    const { items } = await reelOf(INSTAGRAM_PK);
    expect((await viewersOf(items[0].id)).status).toBe(403);
    expect(items[0].viewer_count).toBeUndefined();
    expect((await viewersOf("3312345678901234567")).json.message).toBe(
      "Media not found or unavailable",
    );
    expect((await viewersOf("x")).json.message).toBe("Invalid media_id");
    const { id } = (await reelOf(SANDBOX_PK)).items[0];
    const stranger = await viewersOf(id, {}, new TestClient(emulator));
    expect(stranger.status).toBe(403);
  });

  test("refuse cursors that are broken or of another story", async () => {
    const { items } = await reelOf(SANDBOX_PK);
    const pages = await Promise.all(items.map(({ id }: { id: string }) => viewersOf(id)));
    const [one, other] = pages.filter(({ json }) => json.next_max_id !== null);
    const id = items[pages.indexOf(one!)].id;
    expect((await viewersOf(id, { max_id: one!.json.next_max_id })).status).toBe(200);
    for (const max_id of ["x", "50", other!.json.next_max_id])
      expect((await viewersOf(id, { max_id })).status).toBe(400);
  });
});

describe("the archive", () => {
  test("lists days of the viewer's own clock, with what was made on each", async () => {
    const berlin = (await archive({ timezone_offset: 3_600 })).json;
    expect(berlin).toMatchObject({ num_results: 30, more_available: true });
    for (const { timestamp, media_count } of berlin.items) {
      expect((timestamp + 3_600) % 86_400).toBe(0);
      expect(media_count).toBeGreaterThan(0);
    }
    const utc = (await archive({})).json;
    expect(utc.items[1].timestamp % 86_400).toBe(0);
    const next = await archive({ max_id: utc.max_id });
    expect(next.json.items[0].timestamp).toBe(utc.items[29].timestamp - 86_400);
  });

  test("refuses cursors of others and clocks that are none", async () => {
    const { max_id } = (await archive({})).json;
    const owner = await loggedIn(emulator, "sandbox_private");
    expect((await archive({ max_id }, owner)).status).toBe(400);
    expect((await archive({ max_id, timezone_offset: 3_600 })).status).toBe(400);
    expect((await archive({ max_id: "x" })).status).toBe(400);
    expect((await archive({ timezone_offset: "x" })).status).toBe(400);
    expect((await me.get("archive/reel/day_shells_paginated/")).status).toBe(400);
    expect((await archive({}, new TestClient(emulator))).status).toBe(403);
  });
});
