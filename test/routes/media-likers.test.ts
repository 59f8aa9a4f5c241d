import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { get } = sandbox;

const [{ pk, id, code }]: [{ pk: string; id: string; code: string }] = (
  await get("/user/medias", { user_id: "25025320", amount: "1" })
).body.items;

describe("GET /media/author", () => {});

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
      sandbox.instagram.on(/\/likers\/$/, reply(200, `{"users":${users},"status":"ok"}`));
      const { body } = await get("/media/likers", { media_id: id });
      expect(body.map((user: { pk: string }) => user.pk)).toEqual(expected);
    }
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
    const query = { url: `https://www.instagram.com/p/${code}/?x=1&y=%26#z` };
    await get("/media/oembed", query);
    const [asked] = sandbox.instagram.callsOf("oembed");
    expect([...new URL(asked?.url ?? "").searchParams]).toEqual([["url", query.url]]);
  });

  test("answers 404 to a link to nothing, 422 to one that is none to a post", async () => {
    const url = "https://www.instagram.com/p/AAAAAAAAAAB/";
    expectProblem(await get("/media/oembed", { url }), "MediaNotFound");
    for (const wrong of ["https://example.com/p/abc/", "https://www.instagram.com/instagram/", "x"])
      expect(faultyFields(await get("/media/oembed", { url: wrong })), wrong).toEqual(["url"]);
  });
});
