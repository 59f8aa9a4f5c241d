import { afterAll, describe, expect, test } from "bun:test";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { createSandbox, emulatorWith, sandboxAnswering } from "../support/sandbox.ts";

const sandbox = await createSandbox();
afterAll(() => sandbox.close());

const { testKey: key, session } = sandbox;
const get = (path: string, query: Record<string, string> = {}, own: string | null = session) =>
  sandbox.request("GET", path, { key, session: own, query });

const [{ pk, id, code }]: [{ pk: string; id: string; code: string }] = (
  await get("/user/medias", { user_id: "25025320", amount: "1" })
).body.items;

describe("GET /media/author", () => {
  test("tells who posted it, by pk, id, shortcode or link", async () => {
    const { user } = (await get("/media", { pk })).body;
    for (const path of ["/media/author", "/media/user"])
      for (const media_pk of [pk, id, code, ` https://www.instagram.com/p/${code}/ `]) {
        const answer = await get(path, { media_pk });
        expect(answer.body, media_pk).toEqual(user);
        expect(answer.body.pk).toBe("25025320");
        expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
      }
  });

  test("answers 404 to a post that is not there, 422 to what names none", async () => {
    expectProblem(await get("/media/author", { media_pk: "999" }), "MediaNotFound");
    expect(faultyFields(await get("/media/author", { media_pk: "9-9" }))).toEqual(["media_pk"]);
  });
});

describe("GET /media/likers", () => {
  test("lists users, each once, and looks up the owner only where it must", async () => {
    const answer = await get("/media/likers", { media_id: id });
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    const pks = answer.body.map((user: { pk: string }) => user.pk);
    expect(pks.length).toBeGreaterThan(50);
    expect(new Set(pks).size).toBe(pks.length);
    for (const media_id of [pk, code, `https://www.instagram.com/reel/${code}/`]) {
      const other = await get("/media/likers", { media_id });
      expect(other.text, media_id).toBe(answer.text);
      expect(other.headers.get("gramway-upstream-calls")).toBe("2");
    }
  });

  test("is empty for a post that nobody likes, and leaves out a user without an id", async () => {
    for (const [users, expected] of [
      ["[]", []],
      ["null", []],
      ['[{"username":"a"},{"pk":3012345678901234567,"username":"b"}]', ["3012345678901234567"]],
    ] as const) {
      const own = await sandboxAnswering("/likers/", `{"users":${users},"status":"ok"}`);
      const { body } = await own.ask("/media/likers", { media_id: id });
      await own.close();
      expect(body.map((user: { pk: string }) => user.pk)).toEqual(expected);
    }
  });

  test("answers 404 to a post that is not there, not to be seen, or gone", async () => {
    const owner = await sandbox.login("sandbox_private");
    const own = (await get("/user/medias", { username: "sandbox_private", amount: "1" }, owner))
      .body;
    for (const media_id of ["999", "999_1", `${pk}_1`, own.items[0].id])
      expectProblem(await get("/media/likers", { media_id }), "MediaNotFound", media_id);
    const gone = await sandboxAnswering("/likers/", '{"message":"","status":"fail"}', 404);
    expectProblem(await gone.ask("/media/likers", { media_id: id }), "MediaNotFound");
    await gone.close();
  });
});

describe("GET /media/oembed", () => {
  test("tells of the post behind a link what another website shows", async () => {
    const links = [`https://www.instagram.com/p/${code}/`, ` instagram.com/reel/${code}/?a=b&c=d `];
    for (const url of links) {
      const answer = await get("/media/oembed", { url });
      expect(answer.body, url).toMatchObject({
        author_id: "25025320",
        author_name: "instagram",
        media_id: id,
        provider_url: "https://www.instagram.com/",
        width: 658,
        height: null,
        can_view: true,
      });
      expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    }
  });

  test("sends the whole link in its own parameter", async () => {
    let asked = "";
    const emulator = emulatorWith((url) => {
      if (url.pathname === "/api/v1/oembed") asked = url.search;
      return undefined;
    });
    const own = await createSandbox({ emulator });
    const query = { url: `https://www.instagram.com/p/${code}/?x=1&y=%26#z` };
    await own.request("GET", "/media/oembed", { key: own.testKey, session: own.session, query });
    await own.close();
    expect([...new URLSearchParams(asked)]).toEqual([["url", query.url]]);
  });

  test("answers 404 to a link to nothing, 422 to one that is none to a post", async () => {
    const url = "https://www.instagram.com/p/AAAAAAAAAAB/";
    expectProblem(await get("/media/oembed", { url }), "MediaNotFound");
    for (const wrong of ["https://example.com/p/abc/", "https://www.instagram.com/instagram/", "x"])
      expect(faultyFields(await get("/media/oembed", { url: wrong })), wrong).toEqual(["url"]);
  });
});
