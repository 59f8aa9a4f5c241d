import { beforeEach, describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import type { Answer } from "../support/service.ts";

const sandbox = await sandboxOfFile();
const { get, testKey: key, session, instagram } = sandbox;
const other = await sandbox.login("sandbox_private");

const INSTAGRAM = "25025320";
const SANDBOX = "61000000001";
const PRIVATE = "61000000005";
/** Asks to follow the account `sandbox` from the start. */
const ASKING = "41946033346";

beforeEach(() => instagram.beginAnew());

const post = (path: string, form: Record<string, string>, own = session): Promise<Answer> =>
  sandbox.request("POST", path, { key, session: own, form });
const remove = (path: string, query: Record<string, string>, own = session): Promise<Answer> =>
  sandbox.request("DELETE", path, { key, session: own, query });
const friendship = async (user_id: string, own = session) =>
  (await get("/user/friendship", { user_id }, own)).body;
const counts = async (user_id: string) => {
  const { follower_count, following_count } = (await get("/user", { user_id })).body;
  return { follower_count, following_count };
};

describe("/user/follow", () => {
  test("follows and unfollows, as friendship, lists and counters tell", async () => {
    const [me, them] = [await counts(SANDBOX), await counts(INSTAGRAM)];
    const followed = await post("/user/follow", { user_id: INSTAGRAM });
    expect([followed.status, followed.body]).toEqual([200, true]);
    expect(followed.headers.get("gramway-upstream-calls")).toBe("1");
    expect(await friendship(INSTAGRAM)).toMatchObject({ following: true });
    expect(await counts(SANDBOX)).toEqual({ ...me, following_count: me.following_count + 1 });
    expect(await counts(INSTAGRAM)).toEqual({ ...them, follower_count: them.follower_count + 1 });
    const followers = await get("/user/following", { user_id: SANDBOX, amount: "200" });
    expect(followers.body.items.at(-1).pk).toBe(INSTAGRAM);
    expect((await remove("/user/follow", { user_id: "@Instagram" })).body).toBe(true);
    expect(await friendship(INSTAGRAM)).toMatchObject({ following: false });
    expect([await counts(SANDBOX), await counts(INSTAGRAM)]).toEqual([me, them]);
  });

  test("of a private account asks, which is no following yet, until it is approved", async () => {
    expect((await post("/user/follow", { user_id: PRIVATE })).body).toBe(false);
    expect(await friendship(PRIVATE)).toMatchObject({ following: false, outgoing_request: true });
    expect((await get("/user/medias", { user_id: PRIVATE })).body.exc_type).toBe("PrivateAccount");
    const asking = await get("/user/follow/requests", {}, other);
    expect(asking.body.items[0].pk).toBe(SANDBOX);
    const approved = await post("/account/follow/request/approve", { user_id: SANDBOX }, other);
    expect(approved.body).toBe(true);
    expect(await friendship(PRIVATE)).toMatchObject({ following: true, outgoing_request: false });
    expect((await get("/user/medias", { user_id: PRIVATE })).status).toBe(200);
  });

  test("of an account that blocks is refused", async () => {
    await post("/user/block", { user_id: SANDBOX }, other);
    const { status, body } = await post("/user/follow", { user_id: PRIVATE });
    expect([status, body.exc_type]).toEqual([404, "InvalidTargetUser"]);
  });
});

describe("follow requests", () => {
  test("are approved or declined once", async () => {
    const asking = async () =>
      (await get("/user/follow/requests", { amount: "200" })).body.items.map(
        ({ pk }: { pk: string }) => pk,
      );
    const before = await asking();
    expect(before).toContain(ASKING);
    const [first, second] = before;
    expect((await post("/account/follow/request/approve", { user_id: first })).body).toBe(true);
    expect(await friendship(first)).toMatchObject({ followed_by: true, incoming_request: false });
    expect((await remove("/account/follow/request", { user_id: second })).body).toBe(true);
    expect(await friendship(second)).toMatchObject({ followed_by: false, incoming_request: false });
    expect(await asking()).toEqual(before.slice(2));
  });

  test("of whoever has not asked make nobody follow", async () => {
    const { status, body } = await post("/account/follow/request/approve", { user_id: INSTAGRAM });
    expect([status, body]).toEqual([200, false]);
  });
});

test("a follower is removed", async () => {
  await post("/user/follow", { user_id: SANDBOX }, other);
  expect(await friendship(PRIVATE)).toMatchObject({ followed_by: true });
  expect((await remove("/user/follower", { user_id: PRIVATE })).body).toBe(true);
  expect(await friendship(PRIVATE)).toMatchObject({ followed_by: false });
  expect(await friendship(SANDBOX, other)).toMatchObject({ following: false });
});

test("blocking hides from each other, and unblocking ends that", async () => {
  await post("/user/follow", { user_id: SANDBOX }, other);
  expect((await post("/user/block", { user_id: PRIVATE })).body).toBe(true);
  expect(await friendship(PRIVATE)).toMatchObject({ blocking: true, followed_by: false });
  expect((await get("/user", { user_id: SANDBOX }, other)).body.exc_type).toBe("UserNotFound");
  const surface = "direct_thread_info";
  expect((await remove("/user/block", { user_id: PRIVATE, surface })).body).toBe(true);
  expect(await friendship(PRIVATE)).toMatchObject({ blocking: false });
  expect((await get("/user", { user_id: SANDBOX }, other)).status).toBe(200);
});

test.each([
  ["/user/close-friend", { is_bestie: true }],
  ["/user/mute/posts", { muting: true }],
  ["/user/mute/stories", { is_muting_reel: true }],
])("%s shows as %p until it is taken back", async (path, shown) => {
  const before = await friendship(INSTAGRAM);
  expect((await post(path, { user_id: INSTAGRAM })).body).toBe(true);
  expect(await friendship(INSTAGRAM)).toEqual({ ...before, ...shown });
  expect((await remove(path, { user_id: INSTAGRAM })).body).toBe(true);
  expect(await friendship(INSTAGRAM)).toEqual(before);
  if (!path.includes("mute")) return;
  await post(path, { user_id: INSTAGRAM });
  expect((await post(path, { user_id: INSTAGRAM, revert: "true" })).body).toBe(true);
  expect(await friendship(INSTAGRAM)).toEqual(before);
});

test("muted posts leave the home timeline", async () => {
  const owners = async () =>
    (await get("/account/feed/timeline")).body.feed_items.flatMap(
      ({ media_or_ad }: { media_or_ad?: { user: { username: string } } }) =>
        media_or_ad?.user.username ?? [],
    );
  expect(await owners()).toContain("instagram");
  await post("/user/mute/posts", { user_id: INSTAGRAM });
  expect(await owners()).not.toContain("instagram");
});

test.each(["posts", "stories", "reels", "videos"])(
  "notifications of %s are switched on and off",
  async (what) => {
    const path = `/user/notifications/${what}`;
    for (const act of [post, remove]) {
      const { status, body, headers } = await act(path, { user_id: INSTAGRAM });
      expect([status, body, headers.get("gramway-upstream-calls")]).toEqual([200, true, "1"]);
    }
  },
);

const PATHS = [
  "/user/follow",
  "/user/block",
  "/user/close-friend",
  "/user/mute/posts",
  "/user/mute/stories",
  "/user/notifications/posts",
  "/user/notifications/stories",
  "/user/notifications/reels",
  "/user/notifications/videos",
] as const;

describe.each([...PATHS, "/user/follower", "/account/follow/request"])("%s", (path) => {
  const acts = path === "/user/follower" || path.startsWith("/account") ? [remove] : [post, remove];

  test("refuses unknown users and the account itself", async () => {
    for (const act of acts) {
      expect((await act(path, { user_id: "999" })).body.exc_type).toBe("UserNotFound");
      expect((await act(path, { user_id: "nobody_at_all" })).body.exc_type).toBe("UserNotFound");
      const own = await act(path, { user_id: SANDBOX });
      expect([own.status, own.body.exc_type]).toEqual([404, "InvalidTargetUser"]);
    }
  });

  test("says no more than Instagram does", async () => {
    // These are told by the relationship alone, the others by the status.
    const isTold = ["/user/follow", "/user/follower", "/user/block", "/user/close-friend"];
    for (const act of acts)
      for (const [answer, expected] of [
        ["{}", false],
        ['{"status":"ok"}', !isTold.includes(path)],
        ['{"friendship_status":{},"friendship_statuses":{},"status":"ok"}', !isTold.includes(path)],
      ] as const) {
        instagram.on(/friendships/, reply(200, answer));
        expect((await act(path, { user_id: INSTAGRAM })).body, answer).toBe(expected);
      }
  });
});
