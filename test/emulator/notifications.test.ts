import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { comment, deleteComments, pkIn, postsOf } from "./acting.ts";
import { loggedIn, type ParsedJson, TestClient } from "./client.ts";

const emulator = createEmulator();

describe("activity", () => {
  test("is of many kinds, counted as far as it is new", async () => {
    const me = await loggedIn(emulator);
    const { new_stories, old_stories, counts } = (await me.get("news/inbox/")).json;
    const stories = [...new_stories, ...old_stories];
    expect(new_stories).toHaveLength(7);
    expect(new Set(stories.map((story) => story.pk)).size).toBe(36);
    expect(new Set(stories.map((story) => story.notif_name)).size).toBe(4);
    const total = Object.values<number>(counts).reduce((sum, count) => sum + count, 0);
    expect(total).toBe(7);
    const times = stories.map((story) => story.args.timestamp);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    const [about] = stories.filter((story) => story.args.media !== undefined);
    expect((await me.get(`media/${about.args.media[0].id}/info/`)).status).toBe(200);
  });

  test("is seen when that is asked for, by that account in that world", async () => {
    const me = await loggedIn(emulator, "sandbox", "seen");
    const inbox = async (client: TestClient, mark_as_seen: string) =>
      (await client.get("news/inbox/", { mark_as_seen })).json.new_stories.length;
    expect(await inbox(me, "false")).toBe(7);
    expect(await inbox(me, "true")).toBe(7);
    expect(await inbox(me, "false")).toBe(0);
    expect(await inbox(await loggedIn(emulator, "sandbox_private", "seen"), "false")).toBe(7);
    expect(await inbox(await loggedIn(emulator), "false")).toBe(7);
  });

  test("needs a session", async () => {
    const answer = await new TestClient(emulator).get("news/inbox/");
    expect(answer.json.message).toBe("login_required");
  });

  const both = async (world: string) => ({
    me: await loggedIn(emulator, "sandbox", world),
    friend: await loggedIn(emulator, "sandbox_private", world),
  });
  const inbox = async (client: TestClient, more: object = {}): Promise<ParsedJson> =>
    (await client.get("news/inbox/", { mark_as_seen: "false", ...more })).json;
  /** What is new of what `username` did. */
  const newOf = async (client: TestClient, username: string): Promise<string[]> =>
    (await inbox(client)).new_stories
      .filter(({ args }: ParsedJson) => args.profile_name === username)
      .map(({ notif_name }: ParsedJson) => notif_name);
  const follow = (client: TestClient, action: string, pk: number) =>
    client.post(`friendships/${action}/${pk}/`, { user_id: String(pk) });

  test("tells at its top what another account did, until that is undone", async () => {
    const { me, friend } = await both("activity");
    const [post] = await postsOf(me, SANDBOX_PK);
    const before = await inbox(me);
    const like = (client: TestClient, what: string) =>
      client.post(`media/${post.id}/${what}/`, { media_id: post.id });
    await like(friend, "like");
    const first = pkIn((await comment(friend, post.id, "what a view")).text);
    await like(me, "like");
    await follow(friend, "create", SANDBOX_PK);
    const after = await inbox(me);
    const ofFriend = after.new_stories.slice(0, 3);
    expect(ofFriend.map(({ notif_name }: ParsedJson) => notif_name)).toEqual([
      "user_followed",
      "comment_on_post",
      "like",
    ]);
    expect(after.new_stories.slice(3)).toEqual(before.new_stories);
    for (const { args } of ofFriend) expect(args.profile_id).toBe(SANDBOX_PRIVATE_PK);
    expect(ofFriend[1].args.text).toBe("sandbox_private commented: what a view");
    expect(ofFriend[2].args.media[0].id).toBe(post.id);
    for (const kind of ["likes", "comments", "relationships"])
      expect(after.counts[kind], kind).toBe(before.counts[kind] + 1);
    const times = [...after.new_stories, ...after.old_stories].map(({ args }) => args.timestamp);
    expect(times).toEqual([...times].sort((a, b) => b - a));

    await like(friend, "unlike");
    expect(await newOf(me, "sandbox_private")).toEqual(["user_followed", "comment_on_post"]);
    await deleteComments(friend, post.id, first);
    await follow(friend, "destroy", SANDBOX_PK);
    expect(await inbox(me)).toEqual(before);
  });

  test("tells of answers, of mentions and of liked comments", async () => {
    const { me, friend } = await both("mentions");
    const [foreign] = await postsOf(me);
    const own = pkIn((await comment(me, foreign.id, "first")).text);
    await friend.post(`media/${own}/comment_like/`, {});
    await comment(friend, foreign.id, "@sandbox yes", { replied_to_comment_id: own });
    await comment(friend, foreign.id, "look, @Sandbox. And @nobody_at_all, @sandbox_private");
    expect(await newOf(me, "sandbox_private")).toEqual([
      "mentioned_comment",
      "reply_to_comment_with_threading",
      "comment_like",
    ]);
    expect(await newOf(friend, "sandbox_private")).toEqual([]);
  });

  test("tells of requests to follow until they are answered, and hides whom one has blocked", async () => {
    const { me, friend } = await both("requests");
    await follow(me, "destroy", SANDBOX_PRIVATE_PK);
    await follow(me, "create", SANDBOX_PRIVATE_PK);
    expect(await newOf(friend, "sandbox")).toEqual(["private_user_follow_request"]);
    expect((await inbox(friend)).counts.requests).toBe(1);
    await follow(friend, "approve", SANDBOX_PK);
    expect(await newOf(friend, "sandbox")).toEqual(["user_followed"]);
    const [post] = await postsOf(friend, SANDBOX_PRIVATE_PK);
    await me.post(`media/${post.id}/like/`, { media_id: post.id });
    expect(await newOf(friend, "sandbox")).toEqual(["like", "user_followed"]);
    await follow(friend, "block", SANDBOX_PK);
    expect(await newOf(friend, "sandbox")).toEqual([]);
  });

  test("counts as new what came since it was seen, and holds the newest 50", async () => {
    const { me, friend } = await both("bounded");
    const [post] = await postsOf(me, SANDBOX_PK);
    await inbox(me, { mark_as_seen: "true" });
    for (let n = 0; n < 60; n++) await comment(friend, post.id, `number ${n}`);
    const { new_stories, old_stories, counts } = await inbox(me, { mark_as_seen: "true" });
    expect([new_stories.length, old_stories.length, counts.comments]).toEqual([50, 36, 50]);
    expect(new_stories[0].args.text).toEndWith("number 59");
    await friend.post(`media/${post.id}/like/`, { media_id: post.id });
    const later = await inbox(me);
    expect(later.new_stories.map(({ notif_name }: ParsedJson) => notif_name)).toEqual(["like"]);
    expect(later.old_stories).toHaveLength(36 + 49);
    const other = await loggedIn(emulator, "sandbox", "another world");
    expect((await inbox(other)).new_stories).toHaveLength(7);
  });
});
