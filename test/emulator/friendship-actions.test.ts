import { beforeAll, describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { comment, postsOf } from "./acting.ts";
import { loggedIn, type ParsedJson, type TestClient } from "./client.ts";

const emulator = createEmulator();

const change = (client: TestClient, action: string, id: number) =>
  client.post(`friendships/${action}/${id}/`, { user_id: String(id), radio_type: "wifi-none" });
const show = async (client: TestClient, id: number): Promise<ParsedJson> =>
  (await client.get(`friendships/show/${id}/`)).json;
const mute = (client: TestClient, action: string, fields: object) =>
  client.post(`friendships/${action}_posts_or_story_from_follow/`, {
    container_module: "media_mute_sheet",
    ...fields,
  });
const setCloseFriends = (client: TestClient, add: unknown, remove: unknown = []) =>
  client.post("friendships/set_besties/", {
    module: "CLOSE_FRIENDS_V2_SEARCH",
    source: "audience_manager",
    add,
    remove,
  });
const tray = async (client: TestClient): Promise<ParsedJson[]> =>
  (await client.post("feed/reels_tray/", { reason: "cold_start" })).json.tray;
const timeline = async (client: TestClient): Promise<ParsedJson[]> => {
  const body = JSON.stringify({ reason: "pull_to_refresh", _uuid: "x" });
  const { json } = await client.send("POST", "/api/v1/feed/timeline/", { body });
  return json.feed_items.flatMap(({ media_or_ad }: ParsedJson) => media_or_ad ?? []);
};
const ownersOf = (items: ParsedJson[]): number[] => items.map(({ user }) => user.pk);

describe("muting", () => {
  test("posts shows in the status and takes them from the timeline and from Reels", async () => {
    const client = await loggedIn(emulator, "sandbox", "mute posts");
    const reels = async () =>
      (
        await client.send("POST", "/api/v1/clips/connected/", {
          query: { max_id: "" },
          signed: " ",
        })
      ).json.items;
    const ownersOfReels = async () => (await reels()).map(({ media }: ParsedJson) => media.user.pk);
    expect(ownersOf(await timeline(client))).toContain(INSTAGRAM_PK);
    expect(await ownersOfReels()).toContain(INSTAGRAM_PK);
    const { json } = await mute(client, "mute", { target_posts_author_id: String(INSTAGRAM_PK) });
    expect(json).toMatchObject({
      friendship_status: { muting: true, is_muting_reel: false },
      status: "ok",
    });
    expect(await show(client, INSTAGRAM_PK)).toMatchObject({ muting: true });
    const left = ownersOf(await timeline(client));
    expect(left.length).toBeGreaterThan(2);
    expect(left).not.toContain(INSTAGRAM_PK);
    expect(await ownersOfReels()).not.toContain(INSTAGRAM_PK);
    await mute(client, "unmute", { target_posts_author_id: String(INSTAGRAM_PK) });
    expect(await show(client, INSTAGRAM_PK)).toMatchObject({ muting: false });
    expect(ownersOf(await timeline(client))).toContain(INSTAGRAM_PK);
  });

  test("stories puts them last in the tray, marked", async () => {
    const client = await loggedIn(emulator, "sandbox", "mute stories");
    const [, first, ...rest] = await tray(client);
    expect(rest.length).toBeGreaterThan(2);
    expect(first.muted).toBe(false);
    const { json } = await mute(client, "mute", { target_reel_author_id: String(first.user.pk) });
    expect(json.friendship_status).toMatchObject({ muting: false, is_muting_reel: true });
    const after = await tray(client);
    expect(ownersOf(after).slice(1)).toEqual([...ownersOf(rest), first.user.pk]);
    expect(after.map(({ muted }) => muted).indexOf(true)).toBe(after.length - 1);
    await mute(client, "unmute", { target_reel_author_id: String(first.user.pk) });
    expect(ownersOf(await tray(client))[1]).toBe(first.user.pk);
  });

  test("ends with following, takes both at once, and nobody or oneself never", async () => {
    const client = await loggedIn(emulator, "sandbox", "mute both");
    const pk = String(INSTAGRAM_PK);
    await change(client, "create", INSTAGRAM_PK);
    const both = { target_posts_author_id: pk, target_reel_author_id: pk };
    const { json } = await mute(client, "mute", both);
    expect(json.friendship_status).toMatchObject({ muting: true, is_muting_reel: true });
    await change(client, "destroy", INSTAGRAM_PK);
    expect(await show(client, INSTAGRAM_PK)).toMatchObject({
      muting: false,
      is_muting_reel: false,
    });
    expect((await mute(client, "mute", {})).status).toBe(400);
    expect((await mute(client, "mute", { target_posts_author_id: "999" })).status).toBe(404);
    const own = await mute(client, "mute", { target_posts_author_id: String(SANDBOX_PK) });
    expect(own.json).toEqual({ message: "Invalid target user.", status: "fail" });
  });
});

describe("being notified of what a user posts", () => {
  test.each([
    ["favorite", "is_favorite"],
    ["favorite_for_stories", "is_favorite_for_stories"],
    ["favorite_for_igtv", "is_favorite_for_igtv"],
    ["favorite_for_clips", "is_favorite_for_clips"],
  ])("%s shows as %s of the profile, of no other, until it ends", async (action, field) => {
    const client = await loggedIn(emulator, "sandbox", action);
    const profile = async (viewer = client) =>
      (await viewer.get(`users/${INSTAGRAM_PK}/info/`)).json.user;
    const before = await profile();
    expect(before[field]).toBe(false);
    expect((await change(client, action, INSTAGRAM_PK)).json.status).toBe("ok");
    expect(await profile()).toEqual({ ...before, [field]: true });
    const other = await loggedIn(emulator, "sandbox_private", action);
    expect(await profile(other)).toEqual(before);
    await change(client, `un${action}`, INSTAGRAM_PK);
    expect(await profile()).toEqual(before);
    await change(client, action, INSTAGRAM_PK);
    await change(client, "create", INSTAGRAM_PK);
    await change(client, "destroy", INSTAGRAM_PK);
    expect((await profile())[field]).toBe(false);
    expect((await change(client, action, 999)).status).toBe(404);
  });
});

describe("close friends", () => {
  test("are added and removed together, and listed last added first", async () => {
    const client = await loggedIn(emulator, "sandbox", "besties");
    const list = async (viewer = client) => (await viewer.get("friendships/besties/")).json.users;
    expect(await list()).toEqual([]);
    const added = await setCloseFriends(client, [String(INSTAGRAM_PK), SANDBOX_PRIVATE_PK]);
    expect(added.json).toMatchObject({
      friendship_statuses: {
        [INSTAGRAM_PK]: { is_bestie: true },
        [SANDBOX_PRIVATE_PK]: { is_bestie: true },
      },
      status: "ok",
    });
    expect((await list()).map(({ pk }: ParsedJson) => pk)).toEqual([
      SANDBOX_PRIVATE_PK,
      INSTAGRAM_PK,
    ]);
    expect(await show(client, INSTAGRAM_PK)).toMatchObject({ is_bestie: true });
    const other = await loggedIn(emulator, "sandbox_private", "besties");
    expect(await show(other, SANDBOX_PK)).toMatchObject({ is_bestie: false });
    expect(await list(other)).toEqual([]);
    const removed = await setCloseFriends(client, [], [String(INSTAGRAM_PK)]);
    expect(removed.json.friendship_statuses[INSTAGRAM_PK].is_bestie).toBe(false);
    await change(client, "block", SANDBOX_PRIVATE_PK);
    expect(await list()).toEqual([]);
  });

  test("alone see a note that is for them, of whoever they follow", async () => {
    const author = await loggedIn(emulator, "sandbox", "notes");
    const friend = await loggedIn(emulator, "sandbox_private", "notes");
    await change(friend, "create", SANDBOX_PK);
    const text = "for a few only";
    await author.post("notes/create_note/", { note_style: 0, text, audience: 1 });
    const seen = async () => (await friend.get("notes/get_notes/")).text.includes(text);
    expect(await seen()).toBe(false);
    await setCloseFriends(author, [String(SANDBOX_PRIVATE_PK)]);
    expect(await seen()).toBe(true);
    await setCloseFriends(author, [], [String(SANDBOX_PRIVATE_PK)]);
    expect(await seen()).toBe(false);
  });

  test("stay as they are when one of many is unknown or oneself", async () => {
    const client = await loggedIn(emulator, "sandbox", "odd besties");
    for (const [ids, status] of [
      [[String(INSTAGRAM_PK), "999"], 404],
      [[String(INSTAGRAM_PK), String(SANDBOX_PK)], 400],
      ["instagram", 400],
      [Array.from({ length: 201 }, () => String(INSTAGRAM_PK)), 400],
    ] as const)
      expect((await setCloseFriends(client, ids)).status).toBe(status);
    expect((await client.get("friendships/besties/")).json.users).toEqual([]);
  });
});

describe("follow requests", () => {
  test("end with a follow that needs none any more", async () => {
    const world = "opened";
    const client = await loggedIn(emulator, "sandbox", world);
    const owner = await loggedIn(emulator, "sandbox_private", world);
    const asking = async () =>
      (await owner.get("friendships/pending/")).json.users.map(({ pk }: ParsedJson) => pk);
    await change(client, "create", SANDBOX_PRIVATE_PK);
    await owner.post("accounts/set_public/", {});
    expect(await asking()).toContain(SANDBOX_PK);
    expect(await show(client, SANDBOX_PRIVATE_PK)).toMatchObject({
      following: false,
      outgoing_request: true,
      is_private: false,
    });
    await change(client, "create", SANDBOX_PRIVATE_PK);
    expect(await show(client, SANDBOX_PRIVATE_PK)).toMatchObject({
      following: true,
      outgoing_request: false,
    });
    expect(await asking()).not.toContain(SANDBOX_PK);
  });

  test("are answered without effect for whoever has not asked", async () => {
    const client = await loggedIn(emulator, "sandbox", "not asked");
    for (const action of ["approve", "ignore"]) {
      const { json } = await change(client, action, INSTAGRAM_PK);
      expect(json.friendship_status).toMatchObject({ followed_by: false, incoming_request: false });
    }
  });
});

describe("an account that the viewer blocks", () => {
  let viewer: TestClient;
  let post: ParsedJson;
  let other: TestClient;
  const named = (text: string) => text.includes(`"pk":${SANDBOX_PRIVATE_PK}`);

  beforeAll(async () => {
    viewer = await loggedIn(emulator, "sandbox", "blocking");
    other = await loggedIn(emulator, "sandbox_private", "blocking");
    await other.post("accounts/set_public/", {});
    [post] = await postsOf(viewer, INSTAGRAM_PK);
    const media_id = post.id.split("_")[0];
    await other.post(`media/${media_id}/like/`, { media_id });
    await comment(other, post.id, "written by the blocked one");
    await change(other, "create", INSTAGRAM_PK);
  });

  const READS: Record<string, (client: TestClient) => Promise<{ text: string }>> = {
    likers: (client) => client.get(`media/${post.id}/likers/`),
    comments: (client) => client.get(`media/${post.id}/comments/`),
    "comment summaries": (client) => client.get("media/comment_infos/", { media_ids: post.id }),
    followers: (client) =>
      client.get(`friendships/${INSTAGRAM_PK}/followers/`, { query: "sandbox" }),
    posts: (client) => client.get(`feed/user/${SANDBOX_PRIVATE_PK}/`),
  };

  test("is gone from what the viewer reads, but not its profile, until it is unblocked", async () => {
    for (const [name, read] of Object.entries(READS))
      expect([name, named((await read(viewer)).text)]).toEqual([name, true]);
    await change(viewer, "block", SANDBOX_PRIVATE_PK);
    for (const [name, read] of Object.entries(READS))
      expect([name, named((await read(viewer)).text)]).toEqual([name, false]);
    expect((await viewer.get(`users/${SANDBOX_PRIVATE_PK}/info/`)).status).toBe(200);
    await change(viewer, "unblock", SANDBOX_PRIVATE_PK);
    for (const [name, read] of Object.entries(READS))
      expect([name, named((await read(viewer)).text)]).toEqual([name, true]);
  });
});
