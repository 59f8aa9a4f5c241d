import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { PLACES } from "../../src/emulator/seed/places.ts";
import { type Answer, loggedIn, sectionPosts, TestClient } from "./client.ts";

const emulator = createEmulator();
const me = await loggedIn(emulator);
const BERLIN = 213385402;

/** A page of a place's posts. `more` is JSON text put into the signed body, with every digit. */
const sections = (pk: number, tab: string, more = "", client = me): Promise<Answer> => {
  const json = `{"_uuid":"u","session_id":"s","tab":"${tab}"${more}}`;
  const body = new URLSearchParams({ signed_body: `SIGNATURE.${json}` }).toString();
  return client.send("POST", `/api/v1/locations/${pk}/sections/`, { body });
};

const idsIn = (answer: Answer): string =>
  /"next_media_ids":(\[[^\]]*\])/.exec(answer.text)?.[1] ?? "";

const following = (answer: Answer): string =>
  `,"max_id":"${answer.json.next_max_id}","page":${answer.json.next_page},"next_media_ids":${idsIn(answer)}`;

describe("places", () => {
  test("are hundreds, each with an id, a name and a spot of its own", async () => {
    expect(PLACES.length).toBeGreaterThan(300);
    for (const part of ["pk", "facebookPlacesId", "name"] as const)
      expect(new Set(PLACES.map((place) => place[part])).size, part).toBe(PLACES.length);
    for (const { lat, lng } of PLACES) {
      expect(Math.abs(lat)).toBeLessThan(90);
      expect(Math.abs(lng)).toBeLessThan(180);
    }
    for (const place of PLACES.filter((_, index) => index % 40 === 9)) {
      const { json } = await me.get(`locations/${place.pk}/location_info/`);
      expect(json).toMatchObject({ location_id: String(place.pk), name: place.name });
      expect(json.location_city).toBe(place.city);
    }
  });

  test("that nobody knows are answered without a name", async () => {
    for (const pk of ["1", "x", "99999999999999999999"]) {
      const answer = await me.get(`locations/${pk}/location_info/`);
      expect([answer.status, answer.json]).toEqual([200, { status: "ok" }]);
      expect((await me.get(`locations/${pk}/info/`)).status).toBe(404);
      expect((await me.get(`guides/location/${pk}/`)).status).toBe(404);
    }
    expect((await sections(1, "recent")).status).toBe(404);
  });

  test("are shown in short to older clients", async () => {
    const { location } = (await me.get(`locations/${BERLIN}/info/`)).json;
    expect(location).toMatchObject({ pk: BERLIN, name: "Berlin, Germany", short_name: "Berlin" });
  });

  test("need a session", async () => {
    const stranger = new TestClient(emulator);
    expect((await stranger.get(`locations/${BERLIN}/location_info/`)).status).toBe(403);
    expect((await sections(BERLIN, "recent", "", stranger)).status).toBe(403);
    expect((await stranger.get(`guides/location/${BERLIN}/`)).status).toBe(403);
  });

  test("have guides, some none", async () => {
    const { guides } = (await me.get(`guides/location/${BERLIN}/`)).json;
    expect(guides.length).toBeGreaterThan(2);
    expect(new Set(guides.map(({ summary }: any) => summary.id)).size).toBe(guides.length);
    for (const { summary } of guides) expect(summary.cover_media.location.pk).toBe(BERLIN);
    const counts = await Promise.all(
      PLACES.slice(8, 30).map(
        async ({ pk }) => (await me.get(`guides/location/${pk}/`)).json.guides.length,
      ),
    );
    expect(counts).toContain(0);
    expect(counts).toContain(1);
  });
});

describe("the posts of a place", () => {
  test.each(["recent", "ranked"])(
    "are thousands in %s, each once, each made there",
    async (tab) => {
      const ids: string[] = [];
      let more = "";
      for (let number = 1; ; number++) {
        const page = await sections(BERLIN, tab, more);
        expect(page.status, page.text.slice(0, 200)).toBe(200);
        const medias = sectionPosts(page);
        for (const media of medias) expect(media.location.pk).toBe(BERLIN);
        ids.push(...medias.map(({ id }) => id));
        if (!page.json.more_available) break;
        expect(page.json.next_page).toBe(number);
        more = following(page);
      }
      expect(ids.length).toBeGreaterThan(3_000);
      expect(new Set(ids).size).toBe(ids.length);
    },
  );

  test("go on with a form as with a signed body, and with ids as texts", async () => {
    const first = await sections(BERLIN, "recent");
    const second = await sections(BERLIN, "recent", following(first));
    const form = {
      _uuid: "u",
      session_id: "s",
      tab: "recent",
      page: "1",
      max_id: first.json.next_max_id,
      next_media_ids: JSON.stringify(idsIn(first).match(/\d+/g)),
    };
    const path = `/api/v1/locations/${BERLIN}/sections/`;
    expect((await me.send("POST", path, { form })).text).toBe(second.text);
  });

  test("are refused with what does not continue them", async () => {
    const first = await sections(BERLIN, "recent");
    const { next_max_id: maxId } = first.json;
    const ids = idsIn(first);
    for (const more of [
      `,"max_id":"${maxId}","next_media_ids":${ids}`,
      `,"max_id":"${maxId}","page":2,"next_media_ids":${ids}`,
      `,"max_id":"${maxId}","page":1`,
      `,"max_id":"${maxId}","page":1,"next_media_ids":[${first.json.next_media_ids}]`,
      `,"max_id":"QVFC","page":1,"next_media_ids":${ids}`,
    ])
      expect((await sections(BERLIN, "recent", more)).status, more).toBe(400);
    expect((await sections(BERLIN, "ranked", following(first))).status).toBe(400);
    expect((await sections(6889842, "recent", following(first))).status).toBe(400);
  });

  test.each(["", "top", "clips"])("have no tab %p", async (tab) => {
    expect((await sections(BERLIN, tab)).status).toBe(400);
  });

  test("are those that say so themselves", async () => {
    const [media] = sectionPosts(await sections(BERLIN, "ranked"));
    const { items } = (await me.get(`media/${media.id}/info/`)).json;
    expect(items[0].location).toEqual(media.location);
  });
});
