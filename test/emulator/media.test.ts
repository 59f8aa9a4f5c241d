import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { loggedIn, type ParsedJson } from "./client.ts";

const CAPABLE = { supported_capabilities_new: "[]" };

const emulator = createEmulator();
const me = await loggedIn(emulator);

/** Digits of the posts' ids as they stand in the text: JSON.parse would round them. */
function idsIn(text: string): string[] {
  return [...text.matchAll(/[[{,]\{"pk":(\d+),"id":"\d+_\d+","strong_id__":"[^"]*","fbid"/g)].map(
    (found) => found[1] ?? "",
  );
}

async function allPosts(userId: number, count = 33) {
  const ids: string[] = [];
  const items: ParsedJson[] = [];
  for (let cursor = ""; ; ) {
    const answer = await me.get(`feed/user/${userId}/`, { count, max_id: cursor });
    ids.push(...idsIn(answer.text));
    items.push(...answer.json.items);
    expect(answer.json.num_results).toBe(answer.json.items.length);
    if (!answer.json.more_available) return { ids, items };
    cursor = answer.json.next_max_id;
  }
}

describe("a user's posts", () => {
  test("come each exactly once, the pinned ones first, then newest first, as many as the profile counts", async () => {
    const { ids, items } = await allPosts(INSTAGRAM_PK);
    const { json } = await me.get(`users/${INSTAGRAM_PK}/info/`);
    expect(items).toHaveLength(json.user.media_count);
    expect(ids).toHaveLength(items.length);
    expect(new Set(ids).size).toBe(ids.length);
    const isPinned = (item: ParsedJson) => item.timeline_pinned_user_ids?.includes(INSTAGRAM_PK);
    expect(items.slice(0, 3).every(isPinned)).toBe(true);
    expect(items.slice(3).some(isPinned)).toBe(false);
    for (const part of [items.slice(0, 3), items.slice(3)]) {
      const times = part.map((item) => item.taken_at);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
    }
  });

  test("have 64-bit ids that JSON.parse rounds, and the same digits as text", async () => {
    const { ids, items } = await allPosts(INSTAGRAM_PK);
    items.forEach((item, index) => {
      expect(item.id).toBe(`${ids[index]}_${INSTAGRAM_PK}`);
      expect(String(item.pk)).not.toBe(ids[index] ?? "");
      const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
      const decoded = [...item.code].reduce(
        (sum, letter) => sum * 64n + BigInt(alphabet.indexOf(letter)),
        0n,
      );
      expect(decoded.toString()).toBe(ids[index] ?? "");
    });
  });

  test("are of every kind, with places, tags and captions in many scripts", async () => {
    const { items } = await allPosts(INSTAGRAM_PK);
    const kinds = new Set(items.map((item) => `${item.media_type} ${item.product_type}`));
    expect([...kinds].sort()).toEqual(["1 feed", "2 clips", "2 feed", "8 carousel_container"]);
    for (const item of items) {
      expect(item.image_versions2.candidates.length).toBeGreaterThan(0);
      expect(item.video_versions !== undefined).toBe(item.media_type === 2);
      expect(item.carousel_media !== undefined).toBe(item.media_type === 8);
      expect(item.clips_metadata !== undefined).toBe(item.product_type === "clips");
      expect(item.user.username).toBe("instagram");
    }
    expect(items.some((item) => item.location?.name.includes("São Paulo"))).toBe(true);
    expect(items.some((item) => item.usertags.in.length > 1)).toBe(true);
    expect(items.some((item) => item.caption === null)).toBe(true);
    expect(items.some((item) => item.caption?.text.includes("👨‍👩‍👧‍👦"))).toBe(true);
  });

  test("can be cut by time", async () => {
    const { items } = await allPosts(INSTAGRAM_PK);
    const [newest, middle] = [items[10].taken_at, items[20].taken_at];
    const answer = await me.get(`feed/user/${INSTAGRAM_PK}/`, {
      count: 50,
      min_timestamp: middle,
      max_timestamp: newest,
    });
    expect(answer.json.items).toHaveLength(11);
    expect(answer.json.more_available).toBe(false);
    expect((await me.get(`feed/user/${INSTAGRAM_PK}/`, { min_timestamp: "soon" })).status).toBe(
      400,
    );
  });

  test("are none for some, and hidden by private accounts", async () => {
    expect((await me.get("feed/user/61000000002/")).json).toMatchObject({
      items: [],
      num_results: 0,
      more_available: false,
    });
    const hidden = await me.get(`feed/user/${SANDBOX_PRIVATE_PK}/`);
    expect(hidden.status).toBe(400);
    expect(hidden.json.message).toBe("Not authorized to view user");
    expect((await me.get("feed/user/5/")).status).toBe(404);
  });

  test.each(["x", "1", "99999999999999999999_1", `3312345678901234567_${INSTAGRAM_PK}`])(
    "do not continue after %s",
    async (max_id) => {
      expect((await me.get(`feed/user/${INSTAGRAM_PK}/`, { max_id })).status).toBe(400);
    },
  );

  test("do not continue after a post of another owner", async () => {
    const { json } = await me.get(`feed/user/${INSTAGRAM_PK}/`, { count: 1 });
    const after = (max_id: string) => me.get(`feed/user/${INSTAGRAM_PK}/`, { max_id });
    const [pk = ""] = json.next_max_id.split("_");
    expect((await after(`${pk}_${SANDBOX_PK}`)).status).toBe(400);
    expect((await after(pk)).json.items).toHaveLength(12);
    expect((await after(json.next_max_id)).json.items).toHaveLength(12);
    expect((await me.get(`feed/user/${SANDBOX_PK}/`, { max_id: pk })).status).toBe(400);
  });
});

describe("a post", () => {
  test("is found by its bare id and with its owner", async () => {
    const feed = await me.get(`feed/user/${INSTAGRAM_PK}/`, { count: 1 });
    const [id = ""] = idsIn(feed.text);
    const bare = await me.get(`media/${id}/info/`);
    expect(bare.json).toMatchObject({ num_results: 1, status: "ok" });
    expect(idsIn(bare.text)).toEqual([id]);
    expect((await me.get(`media/${id}_${INSTAGRAM_PK}/info/`)).text).toBe(bare.text);
    expect(bare.json.items[0]).toEqual(feed.json.items[0]);
    expect((await me.get(`media/${id}_${SANDBOX_PK}/info/`)).status).toBe(400);
  });

  test.each(["3312345678901234567", "1", "0", "9223372036854775807", "9999999999999999999"])(
    "%s does not exist",
    async (id) => {
      const answer = await me.get(`media/${id}/info/`);
      expect(answer.status).toBe(400);
      expect(answer.json.message).toBe("Media not found or unavailable");
    },
  );

  test("is liked and unliked, for the viewer and in the count", async () => {
    const client = await loggedIn(emulator, "sandbox", "likes");
    const [id = ""] = idsIn((await client.get(`feed/user/${INSTAGRAM_PK}/`, { count: 1 })).text);
    const seen = async (viewer = client) => {
      const [item] = (await viewer.get(`media/${id}/info/`)).json.items;
      return [item.has_liked, item.like_count];
    };
    const [, likes] = await seen();
    expect((await client.post(`media/${id}/like/`, { media_id: id })).json).toEqual({
      status: "ok",
    });
    await client.post(`media/${id}_${INSTAGRAM_PK}/like/`, { media_id: `${id}_${INSTAGRAM_PK}` });
    expect(await seen()).toEqual([true, likes + 1]);
    const other = await loggedIn(emulator, "sandbox_private", "likes");
    expect(await seen(other)).toEqual([false, likes + 1]);
    expect(await seen(me)).toEqual([false, likes]);
    await client.post(`media/${id}/unlike/`, { media_id: id });
    expect(await seen()).toEqual([false, likes]);
    expect((await client.post(`media/${id}/like/`, { media_id: "1" })).status).toBe(400);
    expect((await client.post("media/1/like/", { media_id: "1" })).status).toBe(400);
  });
});

describe("the timeline", () => {
  const fields = { reason: "pull_to_refresh", _uuid: "bbbbbbbb-0002-4bbb-8bbb-bbbbbbbbbbbb" };
  const page = (body: object) =>
    me.send("POST", "/api/v1/feed/timeline/", { body: JSON.stringify(body) });

  test("is paged without a post twice, and ends with something that is no post", async () => {
    const ids: string[] = [];
    let last: { feed_items: { media_or_ad?: object }[] } = { feed_items: [] };
    for (let cursor: string | undefined = ""; cursor !== undefined; ) {
      const answer = await page(cursor ? { ...fields, max_id: cursor } : fields);
      expect(answer.status).toBe(200);
      ids.push(
        ...[...answer.text.matchAll(/"media_or_ad":\{"pk":(\d+)/g)].map((hit) => hit[1] ?? ""),
      );
      last = answer.json;
      cursor = answer.json.next_max_id;
    }
    expect(ids.length).toBeGreaterThan(100);
    expect(new Set(ids).size).toBe(ids.length);
    expect(last.feed_items.at(-1)?.media_or_ad).toBeUndefined();
  });

  test("takes JSON text and forms, and wants to know why it is asked for", async () => {
    const form = await me.send("POST", "/api/v1/feed/timeline/", { form: fields });
    expect(form.json.feed_items.length).toBe(8);
    expect((await page({ _uuid: fields._uuid })).status).toBe(400);
    expect((await page({ ...fields, max_id: "x" })).status).toBe(400);
    expect((await me.send("POST", "/api/v1/feed/timeline/", { body: "{" })).status).toBe(400);
  });

  test("has a tray of the stories of those one follows, one's own first", async () => {
    const { json } = await me.post("feed/reels_tray/", { reason: "cold_start" });
    expect(json.tray.length).toBeGreaterThan(20);
    expect(json.tray[0].user.username).toBe("sandbox");
    const following = (await me.get(`friendships/${SANDBOX_PK}/following/`, { count: 200 })).json;
    const followed = following.users.map(({ pk }: ParsedJson) => pk);
    const [, ...others] = json.tray.map(({ user }: ParsedJson) => user.pk);
    expect(new Set(others).size).toBe(others.length);
    expect(followed).toEqual(expect.arrayContaining(others));
    const [, entry] = json.tray;
    const { reel } = (await me.get(`feed/user/${entry.user.pk}/story/`, CAPABLE)).json;
    expect(reel.media_ids).toEqual(entry.media_ids);
    expect(reel.items).toHaveLength(entry.media_count);
    const form = await me.send("POST", "/api/v1/feed/reels_tray/", { form: { reason: "pull" } });
    expect(form.json.tray).toEqual(json.tray);
    expect((await me.post("feed/reels_tray/", {})).status).toBe(400);
  });
});

describe("who likes a post", () => {
  const posts = async (): Promise<ParsedJson[]> =>
    (await me.get(`feed/user/${SANDBOX_PK}/`, { count: 50 })).json.items;

  test("is told in one answer, in part where there are many", async () => {
    const [post] = (await me.get(`feed/user/${INSTAGRAM_PK}/`, { count: 1 })).json.items;
    const { json } = await me.get(`media/${post.id}/likers/`);
    expect(json.user_count).toBe(post.like_count);
    expect(json.users).toHaveLength(100);
    expect(new Set(json.users.map(({ pk }: ParsedJson) => pk)).size).toBe(100);
    expect((await me.get(`media/${post.id.split("_")[0]}/likers/`)).json).toEqual(json);
  });

  test("has the viewer among them from the like on until the unlike", async () => {
    const own = await loggedIn(emulator, "sandbox", "who likes a post");
    const post = (await posts()).find(({ has_liked }) => !has_liked);
    const media_id = post.id.split("_")[0];
    const likers = async () => (await own.get(`media/${post.id}/likers/`)).json;
    const before = await likers();
    await own.post(`media/${media_id}/like/`, { media_id });
    const after = await likers();
    expect(after.users[0].username).toBe("sandbox");
    expect(after.user_count).toBe(before.user_count + 1);
    await own.post(`media/${media_id}/unlike/`, { media_id });
    expect(await likers()).toEqual(before);
  });

  test("is not told of posts that cannot be seen", async () => {
    for (const id of ["x", "999", `999_${INSTAGRAM_PK}`])
      expect((await me.get(`media/${id}/likers/`)).status).toBe(400);
  });
});

describe("oembed", () => {
  test("tells of the post behind a link, with or without a trailing slash of its own", async () => {
    const [post] = (await me.get(`feed/user/${INSTAGRAM_PK}/`, { count: 1 })).json.items;
    const url = `https://www.instagram.com/p/${post.code}/?igsh=x`;
    const answer = await me.get("oembed", { url });
    expect(answer.json).toMatchObject({
      media_id: post.id,
      author_id: INSTAGRAM_PK,
      author_name: "instagram",
      type: "rich",
      can_view: true,
      status: "ok",
    });
    expect((await me.get("oembed/", { url })).text).toBe(answer.text);
  });

  test("knows no other links", async () => {
    for (const url of ["https://www.instagram.com/p/AAAAAAAAAAB/", "https://www.instagram.com/"]) {
      const answer = await me.get("oembed", { url });
      expect([answer.status, answer.json.message]).toEqual([404, "No Media Match"]);
    }
    expect((await me.get("oembed")).status).toBe(400);
  });
});
