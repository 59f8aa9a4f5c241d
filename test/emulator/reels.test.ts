import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { loggedIn, type ParsedJson, TestClient } from "./client.ts";

const emulator = createEmulator();
const me = await loggedIn(emulator);

const FEEDS = ["connected", "discover", "discover/social"];
const page = (feed: string, maxId: string, client = me) =>
  client.send("POST", `/api/v1/clips/${feed}/`, { query: { max_id: maxId }, signed: " " });

/** All Reels of a feed, and the number of its pages. */
async function allOf(feed: string, client = me) {
  const medias: ParsedJson[] = [];
  for (let cursor = "", pages = 1; ; pages++) {
    const { status, json } = await page(feed, cursor, client);
    expect(status).toBe(200);
    medias.push(...json.items.map((item: ParsedJson) => item.media));
    cursor = json.paging_info.max_id;
    expect(json.paging_info.more_available).toBe(cursor !== "");
    if (cursor === "") return { medias, pages };
  }
}

describe.each(FEEDS)("the feed clips/%s/", (feed) => {
  test("has many pages of Reels, none of them twice, by many people", async () => {
    const { medias, pages } = await allOf(feed);
    expect(pages).toBeGreaterThan(8);
    const ids = medias.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const media of medias) {
      expect(media.product_type).toBe("clips");
      expect(media.clips_metadata).toBeObject();
    }
    expect(new Set(medias.map(({ user }) => user.pk)).size).toBeGreaterThan(20);
  });

  test("is the same every time, and another for another account", async () => {
    const again = await loggedIn(createEmulator());
    expect((await page(feed, "", again)).text).toBe((await page(feed, "")).text);
    const other = await loggedIn(emulator, "sandbox_private");
    expect((await page(feed, "", other)).text).not.toBe((await page(feed, "")).text);
  });

  test("refuses what the app does not send", async () => {
    const path = `/api/v1/clips/${feed}/`;
    const query = { max_id: "" };
    expect((await page(feed, "x")).status).toBe(400);
    expect((await me.send("POST", path, { signed: " " })).status).toBe(400);
    expect((await me.send("POST", path, { query, form: { a: "b" } })).status).toBe(400);
    expect((await me.send("POST", path, { query, body: "" })).status).toBe(400);
    expect((await me.get(`clips/${feed}/`, query)).status).toBe(404);
    expect((await page(feed, "", new TestClient(emulator))).status).toBe(403);
  });

  test("takes no cursor of another feed", async () => {
    const cursor = (await page(feed, "")).json.paging_info.max_id;
    expect((await page(feed, cursor)).status).toBe(200);
    for (const other of FEEDS.filter((name) => name !== feed))
      expect((await page(other, cursor)).status).toBe(400);
  });
});

test("friends' Reels follow whom one follows", async () => {
  const client = await loggedIn(emulator, "sandbox", "unfollowing");
  const [first] = (await allOf("discover/social", client)).medias;
  await client.post(`friendships/destroy/${first.user.pk}/`, { user_id: String(first.user.pk) });
  const after = (await allOf("discover/social", client)).medias;
  expect(after.filter(({ user }) => user.pk === first.user.pk)).toEqual([]);
  expect(after.length).toBeGreaterThan(20);
});
