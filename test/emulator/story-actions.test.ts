import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createEmulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { comment, deleteComments, pkIn, postsOf } from "./acting.ts";
import { type Answer, loggedIn, type ParsedJson, type TestClient } from "./client.ts";

const emulator = createEmulator();

const SDK = { supported_capabilities_new: "[]" };
const DEVICE = { ...SDK, phone_id: "p", battery_level: 25, is_charging: 0, will_sound_on: 0 };

/** Fills a world soon. */
const FILLING = "x".repeat(2_150);

const idsIn = (stories: ParsedJson[]): string[] => stories.map(({ id }) => id);

const reelOf = async (client: TestClient, pk: number): Promise<ParsedJson> =>
  (await client.get(`feed/user/${pk}/story/`, SDK)).json.reel;
const trayOf = async (client: TestClient, pk = SANDBOX_PK): Promise<ParsedJson[]> => {
  const highlights: ParsedJson[] = [];
  for (let cursor: string | undefined = ""; cursor !== undefined; ) {
    const page: ParsedJson = (
      await client.get(`highlights/${pk}/highlights_tray/`, { ...DEVICE, cursor })
    ).json;
    highlights.push(...page.tray);
    cursor = page.cursor;
  }
  return highlights;
};
const opened = async (client: TestClient, id: string): Promise<ParsedJson | undefined> =>
  (await client.post("feed/reels_media/", { ...SDK, source: "profile", user_ids: [id] })).json
    .reels[id];

const see = (client: TestClient, reels: unknown, skipped: unknown = {}): Promise<Answer> =>
  client.send("POST", "/api/v2/media/seen/", {
    query: { reel: 1, live_vod: 0 },
    signed: { container_module: "feed_timeline", reels, reel_media_skipped: skipped },
  });
const seen = (client: TestClient, ...ids: string[]): Promise<Answer> =>
  see(
    client,
    Object.fromEntries(ids.map((id) => [`${id}_${id.split("_")[1]}`, ["1760000000_1760000300"]])),
  );

const create = (client: TestClient, media_ids: string[], more: object = {}): Promise<Answer> =>
  client.post("highlights/create_reel/", {
    ...SDK,
    source: "self_profile",
    creation_id: "1760000000",
    title: "T",
    cover: JSON.stringify({ media_id: media_ids[0] }),
    media_ids: JSON.stringify(media_ids),
    ...more,
  });
const edit = (client: TestClient, id: string, fields: object): Promise<Answer> =>
  client.post(`highlights/${id}/edit_reel/`, { ...SDK, source: "self_profile", ...fields });

describe("stories", () => {
  test("that a user has seen show in the user's reel and tray, up to the latest of them", async () => {
    const me = await loggedIn(emulator, "sandbox", "seen");
    const { items } = await reelOf(me, INSTAGRAM_PK);
    const [first, second] = items;
    await seen(me, second.id);
    expect((await reelOf(me, INSTAGRAM_PK)).seen).toBe(second.taken_at);
    await seen(me, first.id);
    expect((await reelOf(me, INSTAGRAM_PK)).seen).toBe(second.taken_at);
    const last = items.at(-1);
    await seen(me, last.id);
    const { seen: until, latest_reel_media } = await reelOf(me, INSTAGRAM_PK);
    expect(until).toBe(latest_reel_media);
    // Others have not seen it.
    const other = await loggedIn(emulator, "sandbox_private", "seen");
    expect((await reelOf(other, INSTAGRAM_PK)).seen).not.toBe(last.taken_at);
  });

  test("are liked by the account that likes them only", async () => {
    const me = await loggedIn(emulator, "sandbox", "liked");
    const other = await loggedIn(emulator, "sandbox_private", "liked");
    const [{ id: media_id }] = (await reelOf(me, INSTAGRAM_PK)).items;
    const isLiked = async (client: TestClient) =>
      (await client.get(`media/${media_id}/info/`)).json.items[0].has_liked;
    expect([await isLiked(me), await isLiked(other)]).toEqual([false, false]);
    for (let times = 0; times < 2; times++) {
      await me.post("story_interactions/send_story_like", { media_id });
      expect([await isLiked(me), await isLiked(other)]).toEqual([true, false]);
    }
    await me.post("story_interactions/unsend_story_like", { media_id });
    expect(await isLiked(me)).toBe(false);
  });

  test("are not reported as seen in an odd form, and posts have no viewers", async () => {
    const me = await loggedIn(emulator, "sandbox", "odd");
    const [story] = (await reelOf(me, INSTAGRAM_PK)).items;
    const key = `${story.id}_${INSTAGRAM_PK}`;
    const times = ["1760000000_1760000300"];
    for (const reels of [
      undefined,
      [],
      "x",
      { x: times },
      { [story.id]: times },
      { [key]: "1_2" },
      { [key]: ["2_1"] },
      Object.fromEntries(Array.from({ length: 501 }, (_, at) => [`${at}_1_1`, times])),
    ])
      expect((await see(me, reels)).status, JSON.stringify(reels)?.slice(0, 50)).toBe(400);
    expect((await see(me, {}, { x: times })).status).toBe(400);
    expect((await reelOf(me, INSTAGRAM_PK)).seen).toBe(0);
    const [post] = (await me.get(`feed/user/${INSTAGRAM_PK}/`)).json.items;
    expect((await seen(me, post.id, "5_5")).status).toBe(200);
  });

  test("can be deleted by no one else, and only where path and body name the same one", async () => {
    const me = await loggedIn(emulator, "sandbox", "deleting");
    const [theirs] = (await reelOf(me, INSTAGRAM_PK)).items;
    const [mine, other] = (await reelOf(me, SANDBOX_PK)).items;
    for (const [path, media_id] of [
      [theirs.id, theirs.id],
      [mine.id, other.id],
      [mine.id, undefined],
    ])
      expect((await me.post(`media/${path}/delete/`, { media_id })).status).toBe(400);
    expect((await reelOf(me, SANDBOX_PK)).items[0].id).toBe(mine.id);
  });
});

describe("highlights", () => {
  test("are refused in an odd form, and leave nothing behind", async () => {
    const me = await loggedIn(emulator, "sandbox", "odd");
    const before = await trayOf(me);
    const [story] = (await reelOf(me, SANDBOX_PK)).items;
    const cover = (value: unknown) => ({ cover: JSON.stringify(value) });
    for (const more of [
      { title: "" },
      { title: "x".repeat(17) },
      { media_ids: "[]" },
      { media_ids: "x" },
      { media_ids: "7" },
      { media_ids: `[${story.pk}]` },
      { media_ids: '["1_1"]' },
      { cover: "x" },
      cover(null),
      cover({}),
      cover({ media_id: "1_1" }),
      cover({ upload_id: "x" }),
      cover({ upload_id: 2 ** 60 }),
      cover({ media_id: story.id, crop_rect: [0, 0, 1] }),
      cover({ media_id: story.id, crop_rect: "[0,0,1,2]" }),
    ])
      expect((await create(me, [story.id], more)).status, JSON.stringify(more)).toBe(400);
    expect((await edit(me, before[0].id, { added_media_ids: "x" })).status).toBe(400);
    expect((await edit(me, before[0].id, cover([]))).status).toBe(400);
    for (const id of ["highlight:1", "highlight:x", "17900000000000033"]) {
      expect((await edit(me, id, { title: "x" })).status).toBe(404);
      expect((await me.post(`highlights/${id}/delete_reel/`, {})).status).toBe(404);
    }
    expect(await trayOf(me)).toEqual(before);
  });

  test("of an account that had none show on its profile, until there are none again", async () => {
    const owner = await loggedIn(emulator, "sandbox_private", "profile");
    const hasAny = async () =>
      (await owner.get(`users/${SANDBOX_PRIVATE_PK}/info/`)).json.user.has_highlight_reels;
    for (const { id } of await trayOf(owner, SANDBOX_PRIVATE_PK))
      await owner.post(`highlights/${id}/delete_reel/`, {});
    expect(await hasAny()).toBe(false);
    const [story] = (await reelOf(owner, SANDBOX_PRIVATE_PK)).items;
    await create(owner, [story.id]);
    expect(await hasAny()).toBe(true);
    await owner.post(`media/${story.id}/delete/`, { media_id: story.id });
    expect(await hasAny()).toBe(false);
  });

  test("do not fill the memory: a full world makes all of one or nothing", async () => {
    let time = Date.UTC(2025, 10, 3);
    const slowly = createEmulator({
      now: () => {
        time += 1_000;
        return time;
      },
    });
    const me = await loggedIn(slowly);
    const long = (await trayOf(me)).find(({ media_count }) => media_count === 100);
    const ids = idsIn((await opened(me, long.id))?.items ?? []);
    const [post] = await postsOf(me);
    let written = "";
    for (let answer = await comment(me, post.id, FILLING); answer.status === 200; ) {
      written = pkIn(answer.text);
      answer = await comment(me, post.id, `${written} ${FILLING}`);
    }
    // Now there is room for a few stories, but not for a hundred.
    await deleteComments(me, post.id, written);
    const before = await trayOf(me);
    expect((await create(me, ids)).json.message).toBe("feedback_required");
    const added = await edit(me, before[0].id, {
      added_media_ids: JSON.stringify(ids.slice(0, 90)),
    });
    expect(added.json.message).toBe("feedback_required");
    expect(await trayOf(me)).toEqual(before);
    const made = await create(me, ids.slice(0, 3));
    expect(made.json.reel.media_count).toBe(3);
    // Deleting makes room again.
    for (let times = 0; times < 5; times++) {
      const [{ id }] = await trayOf(me);
      expect((await me.post(`highlights/${id}/delete_reel/`, {})).status).toBe(200);
      expect((await create(me, ids.slice(0, 3))).status).toBe(200);
    }
  }, 30_000);
});

describe("after any actions on stories and highlights", () => {
  const POOL = 4;
  const index = fc.nat(POOL - 1);
  const action = fc.oneof(
    fc.record({ kind: fc.constant("create" as const), stories: fc.array(index, { minLength: 1 }) }),
    fc.record({
      kind: fc.constant("edit" as const),
      highlight: fc.nat(9),
      added: fc.array(index),
      removed: fc.array(index),
    }),
    fc.record({ kind: fc.constant("delete highlight" as const), highlight: fc.nat(9) }),
    fc.record({ kind: fc.constant("delete story" as const), story: index }),
    fc.record({ kind: fc.constant("like" as const), story: index, undo: fc.boolean() }),
    fc.record({ kind: fc.constant("see" as const), story: index }),
  );

  test("all lists and counts agree", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 14 }), async (actions) => {
        const world = crypto.randomUUID();
        const me = await loggedIn(emulator, "sandbox", world);
        const friend = await loggedIn(emulator, "sandbox_private", world);
        const pool = idsIn((await reelOf(me, SANDBOX_PK)).items).slice(0, POOL);
        const at = (story: number) => pool[story] ?? "";
        for (const one of actions) await done(one, me, friend, at);
        await expectAgreement(me, friend, pool);
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

  async function done(
    one: Action,
    me: TestClient,
    friend: TestClient,
    at: (story: number) => string,
  ): Promise<void> {
    const ids = (stories: number[]) => JSON.stringify(stories.map(at));
    const tray = "highlight" in one ? await trayOf(me) : [];
    const highlight = "highlight" in one ? tray[one.highlight % tray.length]?.id : undefined;
    switch (one.kind) {
      case "create":
        await create(me, one.stories.map(at));
        break;
      case "edit":
        await edit(me, highlight, {
          added_media_ids: ids(one.added),
          removed_media_ids: ids(one.removed),
        });
        break;
      case "delete highlight":
        await me.post(`highlights/${highlight}/delete_reel/`, {});
        break;
      case "delete story":
        await me.post(`media/${at(one.story)}/delete/`, { media_id: at(one.story) });
        break;
      case "like":
        await friend.post(`story_interactions/${one.undo ? "unsend" : "send"}_story_like`, {
          media_id: at(one.story),
        });
        break;
      case "see":
        await seen(friend, at(one.story));
    }
  }

  async function expectAgreement(me: TestClient, friend: TestClient, pool: string[]) {
    const tray = await trayOf(me);
    expect(await trayOf(friend)).toEqual(tray);
    const { user } = (await friend.get(`users/${SANDBOX_PK}/info/`)).json;
    expect(user.has_highlight_reels).toBe(tray.length > 0);
    const kept = new Set<string>();
    for (const highlight of tray) {
      const { items, ...rest } = (await opened(friend, highlight.id)) ?? {};
      expect({ ...rest, items: [] }).toEqual(highlight);
      expect(items.length).toBe(highlight.media_count);
      expect(items.length).toBeGreaterThan(0);
      expect(new Set(idsIn(items)).size).toBe(items.length);
      expect(items.at(-1).taken_at).toBe(highlight.latest_reel_media);
      for (const id of idsIn(items)) kept.add(id);
    }
    const shown = idsIn((await reelOf(friend, SANDBOX_PK))?.items ?? []);
    for (const id of pool) {
      const info = await friend.get(`media/${id}/info/`);
      const viewers = await me.get(`media/${id}/list_reel_media_viewer/`);
      const exists = viewers.status === 200;
      expect([id, info.status === 200, shown.includes(id)]).toEqual([id, exists, exists]);
      if (!exists) {
        expect(kept.has(id)).toBe(false);
        continue;
      }
      const { viewers: list, user_count } = viewers.json;
      const first = list.find((one: ParsedJson) => one.user.pk === SANDBOX_PRIVATE_PK);
      expect(first?.has_liked ?? false).toBe(info.json.items[0].has_liked);
      const own = (await me.get(`media/${id}/info/`)).json.items[0];
      expect(own.viewer_count).toBe(user_count);
    }
  }
});
