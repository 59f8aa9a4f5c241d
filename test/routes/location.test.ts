import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { signedBody } from "../support/live.ts";
import { withinCursor } from "../support/pages.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { get, instagram } = sandbox;

const BERLIN = "213385402";
/** A small one, about which there is no guide. */
const MUNICH_CAFE = "215063369";
const PAGES = ["/location/medias/top", "/location/medias/recent"];

describe("a place", () => {
  test("is found by pk, with what is known of it", async () => {
    const answer = await get("/location", { location_pk: "221860204" });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      pk: "221860204",
      name: "Café Müller",
      phone: expect.any(String),
      website: expect.any(String),
      category: "Café",
      hours: expect.objectContaining({ is_open: true, schedule: expect.any(Array) }),
      address: "Torstraße 1",
      city: "Berlin",
      zip: "10119",
      lng: 13.4011,
      lat: 52.5296,
      external_id: "113334918682117",
      external_id_source: null,
    });
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
  });

  test("has guides, whose covers are posts from there", async () => {
    const { body } = await get("/location/guides", { location_pk: BERLIN });
    for (const guide of body) {
      expect(guide.id).toMatch(/^\d+$/);
      expect(guide.title).not.toBe("");
      expect(guide.cover_media.location.pk).toBe(BERLIN);
    }
    const none = await get("/location/guides", { location_pk: MUNICH_CAFE });
    expect([none.status, none.body]).toEqual([200, []]);
  });
});

describe("pages of a place's posts", () => {
  test("hold posts from there, 27 where no amount is given", async () => {
    for (const path of PAGES) {
      const { items } = (await get(path, { location_pk: BERLIN })).body;
      expect(items).toHaveLength(27);
      for (const { location } of items) expect(location.name).toBe("Berlin, Germany");
    }
  });

  test.each([
    "[]",
    '["QVFC", []]',
    '["QVFC", "1", []]',
    '["QVFC", 0, []]',
    '["QVFC", 1.5, []]',
    '["QVFC", 1, "[]"]',
    "[null, 1, []]",
  ])("go on from no cursor of aiograpi-rest that holds %s", async (held) => {
    const cursor = Buffer.from(held).toString("base64");
    for (const path of PAGES)
      expect(faultyFields(await get(path, { location_pk: BERLIN, cursor }))).toEqual(["cursor"]);
  });
});

describe("what Instagram may answer", () => {
  const ask = (path: string, query: Record<string, string> = {}) =>
    get(path, { location_pk: "5", ...query });

  test("a place with the fields of posts, with every digit", async () => {
    const text = `{"pk":3012345678901234567,"name":"n","address_json":"{\\"street_address\\":\\"s\\",\\"city_name\\":\\"c\\",\\"zip_code\\":\\"z\\"}","external_id":3012345678901234568,"external_source":"facebook_places","hours":{"id":3012345678901234569},"status":"ok"}`;
    instagram.on("locations/5/location_info/", reply(200, text));
    const answer = await ask("/location");
    expect(answer.body).toMatchObject({
      pk: "3012345678901234567",
      address: "s",
      city: "c",
      zip: "z",
      lat: null,
      external_id: "3012345678901234568",
      external_id_source: "facebook_places",
    });
    expect(answer.text).toContain('"hours":{"id":"3012345678901234569"}');
  });

  test("a place without a name, and 404, are no place", async () => {
    for (const answer of [
      reply(200, { location_id: "5", name: "", status: "ok" }),
      reply(200, { location_id: "5", name: null, status: "ok" }),
      reply(404, "<!DOCTYPE html>"),
    ]) {
      instagram.on("locations/5/location_info/", answer);
      expectProblem(await ask("/location"), "LocationNotFound");
    }
  });

  test.each([
    [{ next_max_id: "a", next_page: null }],
    [{ next_max_id: "a", next_page: 0 }],
    [{ next_max_id: null, next_page: 1 }],
    [{ next_page: 1, sections: null }],
  ])("%p ends the list", async (changes) => {
    const page = { sections: [], more_available: true, ...changes, status: "ok" };
    instagram.on("locations/5/sections/", reply(200, page));
    for (const path of PAGES)
      expect((await ask(path)).body).toEqual({ items: [], next_cursor: "" });
  });

  test("a cursor holds the one that aiograpi-rest hands out, and survives a plain query", async () => {
    // Its base64 has a + and a /.
    const maxId = "~~~??>>";
    const page = { next_page: 3, next_max_id: maxId, next_media_ids: { odd: true } };
    instagram.on("locations/5/sections/", reply(200, { ...page, status: "ok" }));
    const { next_cursor: cursor } = (await ask(PAGES[0]!)).body;
    expect(Buffer.from(withinCursor(cursor), "base64").toString()).toBe(`["${maxId}", 3, null]`);
    for (const sent of [cursor, cursor.replaceAll("+", " "), withinCursor(cursor)]) {
      expect((await ask(PAGES[0]!, { cursor: sent })).status).toBe(200);
      expect(signedBody(instagram.calls.at(-1))).toMatchObject({
        tab: "ranked",
        max_id: maxId,
        page: 3,
        next_media_ids: null,
      });
    }
  });

  test("no guides, or ones without a cover", async () => {
    const good = {
      summary: { id: "1", description: "d", cover_media: { pk: 1, user: { pk: 2 } } },
    };
    for (const [guides, ids] of [
      [null, []],
      [[{ summary: { id: "2" } }, good, null], ["1"]],
    ] as const) {
      instagram.on("guides/location/5/", reply(200, { guides, status: "ok" }));
      const { body } = await ask("/location/guides");
      expect(body.map(({ id }: { id: string }) => id)).toEqual([...ids]);
    }
  });
});
