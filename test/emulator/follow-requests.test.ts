import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { loggedIn, type TestClient } from "./client.ts";

const emulator = createEmulator();
const me = await loggedIn(emulator);

const PENDING = "friendships/pending/";

/** All users who ask to follow, page after page. */
async function all(client: TestClient, count: number) {
  const users: { readonly pk: number }[] = [];
  let pages = 0;
  for (let cursor = ""; ; ) {
    const { json } = await client.get(PENDING, { count, max_id: cursor });
    users.push(...json.users);
    pages++;
    if (json.next_max_id === undefined) return { users, pages };
    expect(json.users.length).toBeGreaterThan(0);
    cursor = json.next_max_id;
  }
}

describe("requests to follow", () => {
  test("are there from the start, each once, at any page size", async () => {
    const { users, pages } = await all(me, 50);
    expect([users.length, pages]).toEqual([130, 3]);
    expect(new Set(users.map((user) => user.pk)).size).toBe(130);
    const few = await all(me, 7);
    expect(few.users).toEqual(users);
    for (const { pk } of users.slice(0, 5))
      expect((await me.get(`friendships/show/${pk}/`)).json.incoming_request).toBe(true);
  });

  test("are answered: who is approved follows, who is ignored does not, and none asks again", async () => {
    const client = await loggedIn(emulator, "sandbox", "answers");
    const { users } = await all(client, 50);
    const [first, second, third] = users.map((user) => String(user.pk));
    const answer = (action: string, user_id = "") =>
      client.post(`friendships/${action}/${user_id}/`, { user_id });
    await answer("approve", first);
    await answer("ignore", second);
    await answer("block", third);
    expect((await client.get(`friendships/show/${first}/`)).json.followed_by).toBe(true);
    expect((await client.get(`friendships/show/${second}/`)).json.followed_by).toBe(false);
    expect((await all(client, 50)).users).toEqual(users.slice(3));
    await answer("remove_follower", first);
    await answer("unblock", third);
    expect((await all(client, 50)).users).toEqual(users.slice(3));
    // Worlds of other tenants still have their requests.
    expect((await all(me, 50)).users).toEqual(users);
  });

  test("are paged on whatever is answered or comes in meanwhile", async () => {
    const world = "meanwhile";
    const owner = await loggedIn(emulator, "sandbox_private", world);
    const asking = await loggedIn(emulator, "sandbox", world);
    const { users } = await all(owner, 50);
    const page = (await owner.get(PENDING, { count: 10 })).json;
    for (const user of page.users)
      await owner.post(`friendships/approve/${user.pk}/`, { user_id: String(user.pk) });
    await asking.post(`friendships/create/${SANDBOX_PRIVATE_PK}/`, {
      user_id: String(SANDBOX_PRIVATE_PK),
    });
    const next = (await owner.get(PENDING, { count: 10, max_id: page.next_max_id })).json;
    expect(next.users).toEqual(users.slice(10, 20));
    expect((await owner.get(PENDING, { count: 1 })).json.users[0].username).toBe("sandbox");
  });

  test("refuse cursors that are broken or another account's", async () => {
    const owner = await loggedIn(emulator, "sandbox_private");
    const { next_max_id: max_id } = (await me.get(PENDING, { count: 10 })).json;
    expect((await owner.get(PENDING, { max_id })).status).toBe(400);
    expect((await me.get(PENDING, { max_id: "x" })).status).toBe(400);
    expect((await me.get(PENDING, { max_id })).status).toBe(200);
  });
});
