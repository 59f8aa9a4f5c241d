import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { loggedIn, type ParsedJson, TestClient } from "./client.ts";

const emulator = createEmulator();
const me = await loggedIn(emulator);
const PATH = "discover/topical_explore/";

const mediasIn = ({ layout_content: content }: ParsedJson): ParsedJson[] =>
  [
    ...(content.medias ?? []),
    ...(content.fill_items ?? []),
    ...(content.one_by_two_item?.clips.items ?? []),
  ].map(({ media }) => media);

describe("the explore grid", () => {
  test("has pages of sections in several layouts, and no post twice", async () => {
    const sections: ParsedJson[] = [];
    for (let cursor = "", pages = 1; ; pages++) {
      const { json } = await me.get(PATH, cursor === "" ? {} : { max_id: cursor });
      sections.push(...json.sectional_items);
      cursor = json.next_max_id;
      expect(json.more_available).toBe(cursor !== "");
      if (cursor !== "") continue;
      expect(pages).toBeGreaterThan(5);
      break;
    }
    const layouts = new Set(sections.map(({ layout_type }) => layout_type));
    expect([...layouts].sort()).toEqual(["media_grid", "one_by_two_left", "one_by_two_right"]);
    for (const section of sections)
      expect(mediasIn(section)).toHaveLength(section.layout_type === "media_grid" ? 3 : 5);
    const ids = sections.flatMap(mediasIn).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const owners = new Set(sections.flatMap(mediasIn).map(({ user }) => user.pk));
    expect(owners.size).toBeGreaterThan(30);
  });

  test("is the same every time, and another for another account", async () => {
    const again = await loggedIn(createEmulator());
    expect((await again.get(PATH)).text).toBe((await me.get(PATH)).text);
    const other = await loggedIn(emulator, "sandbox_private");
    expect((await other.get(PATH)).text).not.toBe((await me.get(PATH)).text);
  });

  test("takes what older apps send, and refuses what it never gave out", async () => {
    const query = {
      is_prefetch: "false",
      omit_cover_media: "true",
      module: "explore_popular",
      use_sectional_payload: "true",
      cluster_id: "explore_all:0",
      session_id: "cccccccc-0003-4ccc-8ccc-cccccccccccc",
    };
    const { json } = await me.get(PATH, query);
    expect(json.sectional_items).toHaveLength(6);
    expect(json.session_paging_token).toBe(query.session_id);
    expect((await me.get(PATH, { ...query, max_id: "1" })).status).toBe(400);
    expect((await me.get(PATH, { ...query, cluster_id: "nonsense" })).status).toBe(400);
    expect((await new TestClient(emulator).get(PATH)).status).toBe(403);
  });

  test("opens its posts by pk and by id", async () => {
    const [section] = (await me.get(PATH)).json.sectional_items;
    const [media] = mediasIn(section);
    for (const media_id of [media.id, media.id.split("_")[0]]) {
      const opened = await me.get("discover/media_metadata/", { media_id });
      expect(opened.json).toEqual({ media_or_ad: media, status: "ok" });
    }
    expect((await me.get("discover/media_metadata/")).status).toBe(400);
    for (const media_id of ["", "x", "1"])
      expect((await me.get("discover/media_metadata/", { media_id })).status).toBe(400);
  });
});
