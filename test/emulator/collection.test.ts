import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { allPages, idsOf, loggedIn, TestClient } from "./client.ts";

const emulator = createEmulator();
const me = await loggedIn(emulator);

const TYPES = '["ALL_MEDIA_AUTO_COLLECTION","PRODUCT_AUTO_COLLECTION","MEDIA"]';

const allOf = (path: string, query: Record<string, string> = {}, client = me) =>
  allPages(client, path, query);

const collections = (await allOf("collections/list/", { collection_types: TYPES })).items;

describe("collections", () => {
  test("count and show what their feeds hold", async () => {
    expect(collections).toHaveLength(13);
    for (const entry of collections) {
      const { collection_id: id, collection_media_count: count, cover_media: cover } = entry;
      const path = /^\d+$/.test(id) ? `feed/collection/${id}/` : "feed/saved/posts/";
      const { items } = await allOf(path);
      expect(items, id).toHaveLength(count);
      expect(new Set(idsOf(items)).size, id).toBe(count);
      expect(cover?.id, id).toBe(items[0]?.media.id);
      for (const { media } of items) {
        expect(media.has_viewer_saved, media.id).toBe(true);
        if (/^\d+$/.test(id)) expect(media.saved_collection_ids).toContain(id);
      }
    }
  });

  test("are listed by type", async () => {
    const own = await allOf("collections/list/", { collection_types: '["MEDIA"]' });
    expect(own.items).toEqual(collections.slice(1));
    const none = await allOf("collections/list/", { collection_types: "[]" });
    expect(none.items).toEqual([]);
    const wrong: Record<string, string>[] = [{}, { collection_types: "MEDIA" }];
    for (const query of [...wrong, { collection_types: "" }])
      expect((await me.get("collections/list/", query)).status).toBe(400);
  });

  test("are an account's own, and none of one that follows nobody", async () => {
    const other = await loggedIn(emulator, "sandbox_private");
    const ids = new Set(collections.slice(1).map(({ collection_id }) => collection_id));
    const query = { collection_types: TYPES };
    const theirs = (await allOf("collections/list/", query, other)).items;
    expect(theirs.some(({ collection_id }) => ids.has(collection_id))).toBe(false);
    const [, first] = theirs;
    expect((await me.get(`feed/collection/${first.collection_id}/`)).status).toBe(404);
    const fresh = await loggedIn(createEmulator(), "sandbox_private");
    expect((await allOf("collections/list/", query, fresh)).items).toEqual(theirs);
  });

  test("that are not there, and cursors of other lists, are refused", async () => {
    expect((await me.get("feed/collection/17850000000000001/")).json).toEqual({
      message: "Collection not found",
      status: "fail",
    });
    const { cursors } = await allOf("feed/saved/posts/");
    const [, , second] = collections;
    const path = `feed/collection/${second.collection_id}/`;
    for (const max_id of ["x", cursors[0] ?? ""])
      expect((await me.get(path, { max_id })).status, max_id).toBe(400);
    const liked = (await allOf("feed/liked/")).cursors[0] ?? "";
    expect((await me.get("feed/saved/posts/", { max_id: liked })).status).toBe(400);
    const query = { collection_types: TYPES, max_id: cursors[0] ?? "" };
    expect((await me.get("collections/list/", query)).status).toBe(400);
    const all = await allOf("collections/list/", { collection_types: TYPES });
    const goesOn = { collection_types: TYPES, max_id: all.cursors[0] ?? "" };
    expect((await me.get("collections/list/", goesOn)).status).toBe(200);
    const ofOneType = { ...goesOn, collection_types: '["MEDIA"]' };
    expect((await me.get("collections/list/", ofOneType)).status).toBe(400);
    const another = await loggedIn(emulator, "sandbox_private");
    expect((await another.get("collections/list/", goesOn)).status).toBe(400);
  });

  test("need a session", async () => {
    const nobody = new TestClient(emulator);
    for (const path of ["collections/list/", "feed/saved/posts/", "feed/saved/", "feed/liked/"])
      expect((await nobody.get(path, { collection_types: TYPES })).status, path).toBe(403);
  });

  test("hold posts of every kind, by many people, in older apps' feed too", async () => {
    const { items } = await allOf("feed/saved/posts/");
    expect(items.length).toBeGreaterThan(90);
    const kinds = new Set(items.map(({ media }) => `${media.media_type} ${media.product_type}`));
    expect(kinds.size).toBe(4);
    expect(new Set(items.map(({ media }) => media.user.pk)).size).toBeGreaterThan(30);
    expect((await allOf("feed/saved/", { include_igtv_preview: "false" })).items).toEqual(items);
  });
});
