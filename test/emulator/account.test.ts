import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { allPages, idsOf, loggedIn } from "./client.ts";

const emulator = createEmulator();

describe("liked posts", () => {
  test("begin with what was liked last, and lose what is no longer liked", async () => {
    const client = await loggedIn(emulator, "sandbox", "liking");
    const before = idsOf((await allPages(client, "feed/liked/")).items);
    expect(before.length).toBeGreaterThan(90);
    const [newest, second] = idsOf((await client.get(`feed/user/${INSTAGRAM_PK}/`)).json.items);
    const like = (id = "", verb = "like") => client.post(`media/${id}/${verb}/`, { media_id: id });
    await like(second);
    await like(newest);
    await like(newest);
    const liked = async () => idsOf((await allPages(client, "feed/liked/")).items);
    expect(await liked()).toEqual([newest, second, ...before] as string[]);
    await like(second, "unlike");
    await like(before[1], "unlike");
    const rest = before.filter((id) => id !== before[1]);
    expect(await liked()).toEqual([newest, ...rest] as string[]);
    // What is liked again comes first again.
    await like(before[1]);
    expect(await liked()).toEqual([before[1], newest, ...rest] as string[]);
    // Another world knows nothing of it.
    expect(idsOf((await allPages(await loggedIn(emulator), "feed/liked/")).items)).toEqual(before);
  });

  test("say so wherever they are shown, and count", async () => {
    const client = await loggedIn(emulator, "sandbox", "counting");
    const [post] = (await client.get("feed/liked/")).json.items;
    const seen = async () => {
      const [item] = (await client.get(`media/${post.id}/info/`)).json.items;
      return [item.has_liked, item.like_count];
    };
    expect(await seen()).toEqual([true, post.like_count]);
    await client.post(`media/${post.id}/unlike/`, { media_id: post.id });
    expect(await seen()).toEqual([false, post.like_count - 1]);
    await client.post(`media/${post.id}/like/`, { media_id: post.id });
    expect(await seen()).toEqual([true, post.like_count]);
  });

  test("keep their cursors while others are liked", async () => {
    const client = await loggedIn(emulator, "sandbox", "meanwhile");
    const before = idsOf((await allPages(client, "feed/liked/")).items);
    const first = await client.get("feed/liked/");
    const [newest] = idsOf((await client.get(`feed/user/${INSTAGRAM_PK}/`)).json.items);
    await client.post(`media/${newest}/like/`, { media_id: newest });
    const last = idsOf(first.json.items).at(-1);
    await client.post(`media/${last}/unlike/`, { media_id: last });
    const second = await client.get("feed/liked/", { max_id: first.json.next_max_id });
    expect(idsOf(second.json.items)).toEqual(before.slice(12, 24));
  });

  test("of somebody who has blocked the viewer are left out", async () => {
    const blocker = await loggedIn(emulator, "sandbox", "blocking");
    const client = await loggedIn(emulator, "sandbox_private", "blocking");
    const [post] = idsOf((await client.get(`feed/user/${SANDBOX_PK}/`)).json.items);
    await client.post(`media/${post}/like/`, { media_id: post });
    const first = async () => idsOf((await client.get("feed/liked/")).json.items)[0];
    expect(await first()).toBe(post ?? "");
    await blocker.post(`friendships/block/${SANDBOX_PRIVATE_PK}/`, {
      user_id: String(SANDBOX_PRIVATE_PK),
    });
    expect(await first()).not.toBe(post ?? "");
  });
});
