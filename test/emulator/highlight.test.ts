import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { loggedIn, TestClient } from "./client.ts";

const emulator = createEmulator();
const me = await loggedIn(emulator);

const SDK = { supported_capabilities_new: "[]" };
const DEVICE = { ...SDK, phone_id: "p", battery_level: 25, is_charging: 0, will_sound_on: 0 };

const trayOf = (pk: number, client = me) => client.get(`highlights/${pk}/highlights_tray/`, DEVICE);
const reels = (user_ids: unknown, client = me) =>
  client.post("feed/reels_media/", { ...SDK, source: "profile", user_ids });

describe("highlights", () => {
  test("do not depend on the clock", async () => {
    const later = await loggedIn(createEmulator({ now: () => Date.UTC(2031, 1, 1) }));
    expect((await trayOf(INSTAGRAM_PK, later)).text).toBe((await trayOf(INSTAGRAM_PK)).text);
  });

  test("are of very different lengths, and opened by their ids", async () => {
    const { json } = await trayOf(INSTAGRAM_PK);
    const sizes = json.tray.map(({ media_count }: { media_count: number }) => media_count);
    expect(Math.max(...sizes)).toBe(100);
    expect(new Set(sizes).size).toBeGreaterThan(6);
    for (const { id, media_count } of json.tray) {
      const opened = (await reels([id])).json;
      expect(Object.keys(opened.reels)).toEqual([id]);
      expect(opened.reels[id].items).toHaveLength(media_count);
      expect(opened.reels_media).toHaveLength(1);
    }
  });

  test("keep their stories findable by media/{id}/info/", async () => {
    const [{ id }] = (await trayOf(INSTAGRAM_PK)).json.tray;
    for (const story of (await reels([id])).json.reels[id].items)
      expect((await me.get(`media/${story.id}/info/`)).json.items[0].id).toBe(story.id);
  });

  test("show on the profile, and are missing where there are none", async () => {
    const { users } = (await me.get(`friendships/${INSTAGRAM_PK}/followers/`, { count: 60 })).json;
    let without = 0;
    for (const { pk } of users) {
      const { json, status } = await trayOf(pk);
      if (status !== 200) continue;
      const { user } = (await me.get(`users/${pk}/info/`)).json;
      expect(user.has_highlight_reels).toBe(json.tray.length > 0);
      if (json.tray.length === 0) without++;
    }
    expect(without).toBeGreaterThan(5);
    expect(without).toBeLessThan(55);
  });

  test("of a private account are for its followers", async () => {
    const refused = await trayOf(SANDBOX_PRIVATE_PK);
    expect([refused.status, refused.json.message]).toEqual([400, "Not authorized to view user"]);
    const owner = await loggedIn(emulator, "sandbox_private");
    const [{ id }] = (await trayOf(SANDBOX_PRIVATE_PK, owner)).json.tray;
    expect(Object.keys((await reels([id], owner)).json.reels)).toEqual([id]);
    expect((await reels([id, SANDBOX_PRIVATE_PK])).json.reels).toEqual({});
    expect((await trayOf(5)).status).toBe(404);
  });
});

describe("reels by id", () => {
  test("are users' and highlights'; unknown ones are left out", async () => {
    const [{ id }] = (await trayOf(INSTAGRAM_PK)).json.tray;
    const { json } = await reels([
      INSTAGRAM_PK,
      String(SANDBOX_PK),
      id,
      5,
      "highlight:5",
      "x",
      null,
    ]);
    expect(Object.keys(json.reels).sort()).toEqual(
      [String(INSTAGRAM_PK), String(SANDBOX_PK), id].toSorted(),
    );
    const { reel } = (await me.get(`feed/user/${INSTAGRAM_PK}/story/`, SDK)).json;
    expect(json.reels[INSTAGRAM_PK]).toEqual(reel);
  });

  test("need a session, a signature, and all their fields", async () => {
    expect((await reels([INSTAGRAM_PK], new TestClient(emulator))).status).toBe(403);
    expect((await reels(undefined)).status).toBe(400);
    expect((await reels(String(INSTAGRAM_PK))).status).toBe(400);
    const user_ids = [INSTAGRAM_PK];
    expect((await me.post("feed/reels_media/", { ...SDK, user_ids })).status).toBe(400);
    expect((await me.post("feed/reels_media/", { source: "profile", user_ids })).status).toBe(400);
    const form = { ...SDK, source: "profile", user_ids: `[${INSTAGRAM_PK}]` };
    expect((await me.send("POST", "/api/v1/feed/reels_media/", { form })).status).toBe(400);
    expect((await me.get(`highlights/${INSTAGRAM_PK}/highlights_tray/`, SDK)).status).toBe(400);
    expect((await trayOf(INSTAGRAM_PK, new TestClient(emulator))).status).toBe(403);
  });
});
