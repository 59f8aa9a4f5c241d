import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { listOf, pksOf, withinCursor } from "../support/pages.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { get } = sandbox;

const INSTAGRAM = "25025320";
/** An account without posts. */
const NO_POSTS = "61000000002";

interface Item {
  pk: string;
  media_type: number;
  product_type: string;
  user: { username: string };
  usertags: { user: { username: string } }[];
}

async function allOf(path: string, query: Record<string, string>) {
  const { items, sizes } = await listOf<Item>(async (cursor) => {
    const answer = await get(path, { ...query, cursor });
    const lookUps = "user_id" in query || cursor !== "" ? 0 : 1;
    expect(answer.headers.get("gramway-upstream-calls")).toBe(String(1 + lookUps));
    return answer;
  });
  return { items, pks: pksOf(items), sizes };
}

const PAGED = ["/user/medias", "/user/clips", "/user/videos", "/user/tagged/medias"];

describe("pages of posts", () => {
  test("hold a post once that Instagram repeats, and go on by either name of its cursor", async () => {
    const media = (pk: number) => ({ pk, id: `${pk}_1`, media_type: 1, user: { pk: 1 } });
    for (const name of ["next_max_id", "max_id"]) {
      sandbox.instagram.on(
        /(?:feed\/user\/1|igtv\/channel)\/$/,
        reply(200, { items: [media(3), media(2), media(3)], [name]: "QVFC", status: "ok" }),
      );
      for (const path of ["/user/medias", "/user/videos"]) {
        const { items, next_cursor } = (await get(path, { user_id: "1" })).body;
        expect(items.map(({ pk }: Item) => pk)).toEqual(["3", "2"]);
        expect(withinCursor(next_cursor), `${path} ${name}`).toBe("QVFC");
      }
    }
  });

  test("of somebody without posts are empty", async () => {
    for (const path of PAGED) {
      const answer = await get(path, { user_id: NO_POSTS });
      expect([answer.status, answer.body]).toEqual([200, { items: [], next_cursor: "" }]);
    }
  });
});

describe("GET /user/clips", () => {
  test("gives Reels and other videos, with the sound of the Reels", async () => {
    const { items } = await allOf("/user/clips", { user_id: INSTAGRAM, amount: "50" });
    expect(new Set(items.map(({ media_type }) => media_type))).toEqual(new Set([2]));
    expect(new Set(items.map((item) => item.product_type))).toEqual(new Set(["clips", "feed"]));
    const answer = await get("/user/clips", { user_id: INSTAGRAM, amount: "1" });
    const { original_sound_info: sound } = answer.body.items[0].clips_metadata;
    expect(sound.audio_asset_id).toMatch(/^\d{17,}$/);
  });

  test("leaves out an item that holds no media, and keeps the others", async () => {
    sandbox.instagram.on(
      "/api/v1/clips/user/",
      Response.json({
        items: [{}, null, { media: { pk: "3456789012345678901", media_type: 2 } }, { media: 7 }],
        paging_info: "none",
        status: "ok",
      }),
    );
    const answer = await get("/user/clips", { user_id: "1" });
    expect(answer.body.items.map(({ pk }: Item) => pk)).toEqual(["3456789012345678901"]);
    expect(answer.body.next_cursor).toBe("");
  });
});

test("GET /user/videos gives videos of the feed", async () => {
  const { items } = await allOf("/user/videos", { user_id: INSTAGRAM, amount: "50" });
  expect(new Set(items.map((item) => `${item.media_type} ${item.product_type}`))).toEqual(
    new Set(["2 feed"]),
  );
});

test("GET /user/tagged/medias gives posts of others, with the user among those tagged", async () => {
  const { items } = await allOf("/user/tagged/medias", { username: "sandbox", amount: "50" });
  expect(items.length).toBeGreaterThan(10);
  for (const { user, usertags } of items) {
    expect(user.username).not.toBe("sandbox");
    expect(usertags.map((tag) => tag.user.username)).toContain("sandbox");
  }
});

describe("GET /user/pinned/posts", () => {
  test("gives the posts on top of the profile, out of the first page, with one request", async () => {
    const answer = await get("/user/pinned/posts", { user_id: INSTAGRAM });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toHaveLength(3);
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    const newest = (await get("/user/medias", { user_id: INSTAGRAM, amount: "12" })).body.items;
    const pinned = answer.body.map(({ pk }: Item) => pk);
    expect(newest.filter(({ pk }: Item) => pinned.includes(pk))).toEqual(answer.body);
  });

  test("tells them by whose profile they are pinned on", async () => {
    const post = (pk: number, pinned?: unknown) => ({
      pk,
      id: `${pk}_1`,
      media_type: 1,
      user: { pk: 1 },
      timeline_pinned_user_ids: pinned,
    });
    const items = [
      post(8, [1]),
      post(7, []),
      post(6, null),
      post(5),
      post(4, [2]),
      post(3, ["2", "1"]),
      post(2, 1),
      post(1, [null, {}, 11]),
    ];
    sandbox.instagram.on("/api/v1/feed/user/1/", Response.json({ items, status: "ok" }));
    const { body } = await get("/user/pinned/posts", { user_id: "1" });
    expect(body.map(({ pk }: Item) => pk)).toEqual(["8", "3"]);
  });

  test("is empty where nothing is pinned", async () => {
    expect((await get("/user/pinned/posts", { user_id: NO_POSTS })).text).toBe("[]");
  });
});

describe("GET /user/guides", () => {
  test("gives guides with their cover", async () => {
    const answer = await get("/user/guides", { user_id: INSTAGRAM });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toHaveLength(9);
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    for (const { id, title, description, cover_media } of answer.body) {
      expect(id).toMatch(/^\d{17}$/);
      expect([typeof title, typeof description]).toEqual(["string", "string"]);
      expect(cover_media.user.pk).toBe(INSTAGRAM);
    }
    const cover = answer.body[0].cover_media;
    expect((await get("/media", { pk: cover.pk })).body).toEqual(cover);
  });

  test("is empty for somebody without guides", async () => {
    expect((await get("/user/guides", { user_id: NO_POSTS })).text).toBe("[]");
  });

  test("keeps a guide whose fields are odd, and leaves out one without a cover", async () => {
    sandbox.instagram.on(
      "/api/v1/guides/user/1/",
      new Response(
        `{"guides":[null,{"summary":{"id":"1","description":"x"}},{"summary":{"id":17800000000000000001,
             "title":null,"cover_media":{"pk":3456789012345678901,"media_type":1},
             "feedback_item":{"id":17800000000000000002}}}],"status":"ok"}`,
      ),
    );
    const answer = await get("/user/guides", { user_id: "1" });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toHaveLength(1);
    expect(answer.body[0]).toMatchObject({
      id: "17800000000000000001",
      title: null,
      description: "",
      cover_media: { pk: "3456789012345678901" },
    });
    expect(answer.text).toContain('"feedback_item":{"id":"17800000000000000002"}');
  });
});
