import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { loggedIn, type TestClient } from "./client.ts";

const emulator = createEmulator();
const me = await loggedIn(emulator);

interface User {
  readonly pk: number;
  readonly username: string;
}

/** All users of a list, page after page. */
async function all(client: TestClient, path: string, query: Record<string, string | number>) {
  const users: User[] = [];
  let pages = 0;
  for (let cursor = ""; ; ) {
    const { json } = await client.get(path, { ...query, max_id: cursor });
    users.push(...json.users);
    pages++;
    if (json.next_max_id === undefined) return { users, pages };
    expect(json.users.length).toBeGreaterThan(0);
    cursor = json.next_max_id;
  }
}

describe("follower lists", () => {
  test("give each of instagram's followers exactly once, at any page size", async () => {
    const path = `friendships/${INSTAGRAM_PK}/followers/`;
    const { users, pages } = await all(me, path, { count: 200 });
    expect(users).toHaveLength(25_000);
    expect(pages).toBe(125);
    expect(new Set(users.map((user) => user.pk)).size).toBe(25_000);
    expect(new Set(users.map((user) => user.username)).size).toBe(25_000);
    const odd = await all(me, path, { count: 199 });
    expect(odd.users.map((user) => user.pk)).toEqual(users.map((user) => user.pk));
  });

  test("list users that are known by id and username", async () => {
    const { json } = await me.get(`friendships/${INSTAGRAM_PK}/followers/`, { count: 100 });
    expect(json.users).toHaveLength(100);
    for (const { pk, username } of json.users) {
      expect((await me.get(`users/${pk}/info/`)).json.user.username).toBe(username);
      expect((await me.get(`users/${username}/usernameinfo/`)).json.user.pk).toBe(pk);
    }
  });

  test("have as many entries as the profile counts", async () => {
    for (const list of ["followers", "following"]) {
      const { users } = await all(me, `friendships/${SANDBOX_PK}/${list}/`, { count: 50 });
      const { json } = await me.get(`users/${SANDBOX_PK}/info/`);
      const count = list === "followers" ? "follower_count" : "following_count";
      expect(users).toHaveLength(json.user[count]);
    }
  });

  test.each([
    [{}, 50],
    [{ count: 7 }, 7],
    [{ count: 1000 }, 200],
    [{ count: "99999999999999999999" }, 200],
    [{ count: 0 }, 50],
    [{ count: -5 }, 50],
    [{ count: "many" }, 50],
  ])("with %p have %p users on a page", async (query, size) => {
    const { json } = await me.get(`friendships/${INSTAGRAM_PK}/followers/`, query);
    expect(json.users).toHaveLength(size);
    expect(json).toMatchObject({ page_size: size, big_list: true, status: "ok" });
  });

  test("can be searched", async () => {
    const { users } = await all(me, `friendships/${INSTAGRAM_PK}/followers/`, {
      query: "anna",
      count: 50,
    });
    expect(users.length).toBeGreaterThan(10);
    const hits = users.every((user) => JSON.stringify(user).toLowerCase().includes("anna"));
    expect(hits).toBe(true);
  });

  test("refuse cursors that are broken or of another list", async () => {
    const { json } = await me.get(`friendships/${INSTAGRAM_PK}/followers/`);
    for (const cursor of [
      "x",
      "100",
      "QVFCXzk5OTk5OTk5OV9hYWFhYWFhYQ==",
      `${json.next_max_id}AA`,
    ]) {
      const answer = await me.get(`friendships/${INSTAGRAM_PK}/followers/`, { max_id: cursor });
      expect(answer.status).toBe(400);
    }
    const elsewhere = await me.get(`friendships/${SANDBOX_PK}/followers/`, {
      max_id: json.next_max_id,
    });
    expect(elsewhere.status).toBe(400);
    expect(elsewhere.json.status).toBe("fail");
  });

  test("of a private account are for its followers", async () => {
    for (const path of [
      `friendships/${SANDBOX_PRIVATE_PK}/followers/`,
      `friendships/${SANDBOX_PRIVATE_PK}/following/`,
    ]) {
      const answer = await me.get(path);
      expect(answer.status).toBe(400);
      expect(answer.json).toEqual({ message: "Not authorized to view user", status: "fail" });
    }
    const owner = await loggedIn(emulator, "sandbox_private");
    expect(
      (await owner.get(`friendships/${SANDBOX_PRIVATE_PK}/followers/`)).json.users,
    ).toHaveLength(50);
  });
});

describe("friendships", () => {
  const change = (client: TestClient, action: string, id: number) =>
    client.post(`friendships/${action}/${id}/`, { user_id: String(id), radio_type: "wifi-none" });
  const show = async (client: TestClient, id: number) =>
    (await client.get(`friendships/show/${id}/`)).json;

  test("follow and unfollow show in status, lists and counts", async () => {
    const client = await loggedIn(emulator, "sandbox", "follow");
    const before = (await client.get(`users/${SANDBOX_PK}/info/`)).json.user.following_count;
    expect(await show(client, INSTAGRAM_PK)).toMatchObject({ following: false, status: "ok" });
    const followed = await change(client, "create", INSTAGRAM_PK);
    expect(followed.json).toMatchObject({
      friendship_status: { following: true, outgoing_request: false },
      previous_following: false,
      status: "ok",
    });
    expect(await show(client, INSTAGRAM_PK)).toMatchObject({ following: true });
    const own = (await client.get(`users/${SANDBOX_PK}/info/`)).json.user;
    expect(own.following_count).toBe(before + 1);
    const { users } = await all(client, `friendships/${SANDBOX_PK}/following/`, { count: 200 });
    expect(users.map((user) => user.username)).toContain("instagram");
    const followers = await all(client, `friendships/${INSTAGRAM_PK}/followers/`, { count: 200 });
    expect(followers.users.at(-1)?.username).toBe("sandbox");
    await change(client, "destroy", INSTAGRAM_PK);
    expect(await show(client, INSTAGRAM_PK)).toMatchObject({ following: false });
    const after = await all(client, `friendships/${SANDBOX_PK}/following/`, { count: 200 });
    expect(after.users).toHaveLength(before);
  });

  test("somebody followed from the start can be unfollowed, and followed again", async () => {
    const client = await loggedIn(emulator, "sandbox", "unfollow");
    const path = `friendships/${SANDBOX_PK}/following/`;
    const { users } = await all(client, path, { count: 200 });
    const friend = users[3]?.pk ?? 0;
    expect(await show(client, friend)).toMatchObject({ following: true });
    await change(client, "destroy", friend);
    expect(await show(client, friend)).toMatchObject({ following: false });
    const rest = await all(client, path, { count: 200 });
    expect(rest.users).toEqual(users.filter((user) => user.pk !== friend));
  });

  test("a private account is asked, and decides", async () => {
    const world = "requests";
    const client = await loggedIn(emulator, "sandbox", world);
    const owner = await loggedIn(emulator, "sandbox_private", world);
    const asked = await change(client, "create", SANDBOX_PRIVATE_PK);
    expect(asked.json.friendship_status).toMatchObject({
      following: false,
      outgoing_request: true,
    });
    expect((await client.get(`feed/user/${SANDBOX_PRIVATE_PK}/`)).status).toBe(400);
    expect(await show(owner, SANDBOX_PK)).toMatchObject({ incoming_request: true });
    const pending = async () =>
      (await owner.get("friendships/pending/")).json.users.map((user: User) => user.username);
    expect((await pending())[0]).toBe("sandbox");
    await change(owner, "approve", SANDBOX_PK);
    expect(await pending()).not.toContain("sandbox");
    expect(await show(client, SANDBOX_PRIVATE_PK)).toMatchObject({ following: true });
    expect((await client.get(`feed/user/${SANDBOX_PRIVATE_PK}/`)).status).toBe(200);
    await change(owner, "remove_follower", SANDBOX_PK);
    expect(await show(client, SANDBOX_PRIVATE_PK)).toMatchObject({ following: false });
  });

  const ME = SANDBOX_PK;
  const OTHER = SANDBOX_PRIVATE_PK;

  /** Two accounts that follow each other. */
  async function friends(world: string) {
    const client = await loggedIn(emulator, "sandbox", world);
    const other = await loggedIn(emulator, "sandbox_private", world);
    await change(client, "create", OTHER);
    await change(other, "approve", ME);
    await change(other, "create", ME);
    const both = { following: true, followed_by: true };
    expect(await show(client, OTHER)).toMatchObject(both);
    expect(await show(other, ME)).toMatchObject(both);
    return { client, other };
  }

  test("blocking ends following, both ways, until unblocked", async () => {
    const { client, other } = await friends("blocking");
    const blocked = await change(client, "block", OTHER);
    expect(blocked.json).toMatchObject({
      friendship_status: { blocking: true, following: false },
      previous_following: true,
    });
    const neither = { following: false, followed_by: false };
    expect(await show(client, OTHER)).toMatchObject({ ...neither, blocking: true });
    expect(await show(other, ME)).toMatchObject({ ...neither, blocking: false });
    expect((await change(other, "create", ME)).json.message).toBe("Invalid target user.");
    await change(client, "unblock", OTHER);
    expect(await show(client, OTHER)).toMatchObject({ ...neither, blocking: false });
    expect((await change(other, "create", ME)).json.friendship_status.following).toBe(true);
  });

  test("a blocked user finds nothing of the blocker, as if there were no such user", async () => {
    const { client, other } = await friends("blocked");
    const { id } = (await other.get(`feed/user/${ME}/`)).json.items[0];
    const like = () => other.post(`media/${id}/like/`, { media_id: id });
    const webProfile = () =>
      other.send("GET", "/api/v1/users/web_profile_info/", {
        host: "www.instagram.com",
        query: { username: "sandbox" },
      });
    const query = () =>
      other.send("POST", "/graphql/query/", {
        host: "www.instagram.com",
        form: { variables: JSON.stringify({ id: String(ME) }), doc_id: "26762473490008061" },
      });
    const search = async (client: TestClient) =>
      (await client.get("users/search/", { q: "sandbox" })).json.users.map(
        (user: User) => user.username,
      );
    const paths = [
      `users/${ME}/info/`,
      "users/sandbox/usernameinfo/",
      `feed/user/${ME}/`,
      `friendships/${ME}/followers/`,
      `friendships/${ME}/following/`,
    ];
    const statuses = async () => {
      const answers = await Promise.all(paths.map((path) => other.get(path)));
      answers.push(await webProfile(), await query());
      for (const { status, json } of answers) {
        if (status !== 200) expect(json).toEqual({ message: "User not found", status: "fail" });
      }
      return answers.map(({ status }) => status);
    };
    expect(await statuses()).toEqual(Array(7).fill(200));
    expect(await search(other)).toContain("sandbox");
    await change(client, "block", OTHER);
    expect(await statuses()).toEqual(Array(7).fill(404));
    expect(await search(other)).not.toContain("sandbox");
    expect(await search(client)).toContain("sandbox_private");
    for (const answer of [await other.get(`media/${id}/info/`), await like()]) {
      expect(answer.status).toBe(400);
      expect(answer.json.message).toBe("Media not found or unavailable");
    }
    expect((await client.get(`users/${OTHER}/info/`)).status).toBe(200);
    await change(client, "unblock", OTHER);
    expect(await statuses()).toEqual(Array(7).fill(200));
    expect((await like()).status).toBe(200);
  });

  test("following a blocked user unblocks them", async () => {
    const client = await loggedIn(emulator, "sandbox", "follow the blocked");
    await change(client, "block", INSTAGRAM_PK);
    expect(await show(client, INSTAGRAM_PK)).toMatchObject({ blocking: true, following: false });
    const followed = await change(client, "create", INSTAGRAM_PK);
    expect(followed.json.friendship_status).toMatchObject({ blocking: false, following: true });
  });

  test("nobody can follow themselves or an unknown user", async () => {
    expect((await change(me, "create", SANDBOX_PK)).json.message).toBe("Invalid target user.");
    expect((await change(me, "create", 5)).status).toBe(404);
    expect((await me.get("friendships/show/5/")).status).toBe(404);
  });

  test("of many users come at once, as a plain form, without the unknown ones", async () => {
    const answer = await me.send("POST", "/api/v1/friendships/show_many/", {
      form: {
        user_ids: `${INSTAGRAM_PK}, ${SANDBOX_PRIVATE_PK},5,2.5025320e7,0x17ddb28`,
        _uuid: "x",
      },
    });
    expect(Object.keys(answer.json.friendship_statuses)).toEqual([
      String(INSTAGRAM_PK),
      String(SANDBOX_PRIVATE_PK),
    ]);
    expect(answer.json.friendship_statuses[String(SANDBOX_PRIVATE_PK)]).toMatchObject({
      is_private: true,
    });
  });
});
