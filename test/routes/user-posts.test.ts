import { afterAll, describe, expect, test } from "bun:test";
import { listOf, pksOf, withinCursor } from "../support/pages.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { createSandbox, emulatorWith } from "../support/sandbox.ts";

const sandbox = await createSandbox();
afterAll(() => sandbox.close());

const { testKey: key, session } = sandbox;
const get = (path: string, query: Record<string, string> = {}, mine = session) =>
  sandbox.request("GET", path, { key, session: mine, query });

const INSTAGRAM = "25025320";
const PRIVATE = "61000000005";
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
  for (const path of PAGED)
    test(`${path} gives every post exactly once, in order, whatever the size of the pages`, async () => {
      const whole = await allOf(path, { user_id: INSTAGRAM, amount: "200" });
      expect(whole.pks.length).toBeGreaterThan(20);
      expect(new Set(whole.pks).size).toBe(whole.pks.length);
      for (const amount of ["1", "7", "12", "13", "50"]) {
        const { pks, sizes } = await allOf(path, { user_id: INSTAGRAM, amount });
        expect(pks, amount).toEqual(whole.pks);
        for (const size of sizes) expect(size).toBeLessThanOrEqual(Number(amount));
        for (const size of sizes) expect(size).toBeGreaterThan(0);
      }
    });

  test("answer alike under each path, by pk and by username as people type it", async () => {
    const paths = [
      ["/user/clips", "/media/user/clips", "/user/reels"],
      ["/user/videos", "/media/user/videos"],
      ["/user/tagged/medias", "/media/usertag/medias", "/user/tagged/posts"],
    ];
    for (const [path = "", ...aliases] of paths) {
      const { body } = await get(path, { user_id: INSTAGRAM, amount: "3" });
      const { text } = await get(path, { user_id: "instagram", amount: "3" });
      expect(JSON.parse(text).items).toEqual(body.items);
      for (const alias of aliases)
        expect((await get(alias, { username: " @Instagram ", amount: "3" })).text).toBe(text);
    }
  });

  test("hold a post once that Instagram repeats, and go on by either name of its cursor", async () => {
    const media = (pk: number) => ({ pk, id: `${pk}_1`, media_type: 1, user: { pk: 1 } });
    for (const name of ["next_max_id", "max_id"]) {
      const emulator = emulatorWith((url) =>
        ["/api/v1/feed/user/1/", "/api/v1/igtv/channel/"].includes(url.pathname)
          ? Response.json({ items: [media(3), media(2), media(3)], [name]: "QVFC", status: "ok" })
          : undefined,
      );
      const own = await createSandbox({ emulator });
      const options = { key: own.testKey, session: own.session, query: { user_id: "1" } };
      for (const path of ["/user/medias", "/user/videos"]) {
        const { items, next_cursor } = (await own.request("GET", path, options)).body;
        expect(items.map(({ pk }: Item) => pk)).toEqual(["3", "2"]);
        expect(withinCursor(next_cursor), `${path} ${name}`).toBe("QVFC");
      }
      await own.close();
    }
  });

  test("of somebody without posts are empty", async () => {
    for (const path of PAGED) {
      const answer = await get(path, { user_id: NO_POSTS });
      expect([answer.status, answer.body]).toEqual([200, { items: [], next_cursor: "" }]);
    }
  });

  test("refuse what is no user, no amount or no cursor, naming it, without asking", async () => {
    const faults: [Record<string, string>, string][] = [
      [{}, "user_id"],
      [{ user_id: INSTAGRAM, username: "instagram" }, "user_id"],
      [{ username: "no such user!" }, "username"],
      [{ user_id: "18446744073709551616" }, "user_id"],
      [{ user_id: INSTAGRAM, amount: "0" }, "amount"],
      [{ user_id: INSTAGRAM, amount: "201" }, "amount"],
      [{ user_id: INSTAGRAM, cursor: "x".repeat(10_001) }, "cursor"],
    ];
    for (const path of PAGED)
      for (const [query, field] of faults) {
        const answer = await get(path, query);
        expect(faultyFields(answer), `${path} ${JSON.stringify(query)}`).toEqual([field]);
        expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
      }
  });

  test("refuse a cursor of another list", async () => {
    const [, ...opaque] = PAGED;
    for (const path of opaque) {
      const { next_cursor: cursor } = (await get(path, { user_id: INSTAGRAM, amount: "200" })).body;
      expect(cursor).not.toBe("");
      for (const other of PAGED.filter((one) => one !== path))
        expect(faultyFields(await get(other, { user_id: INSTAGRAM, cursor }))).toEqual(["cursor"]);
      expect(faultyFields(await get(path, { user_id: "61000000001", cursor }))).toEqual(["cursor"]);
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
    const emulator = emulatorWith((url) =>
      url.pathname === "/api/v1/clips/user/"
        ? Response.json({
            items: [
              {},
              null,
              { media: { pk: "3456789012345678901", media_type: 2 } },
              { media: 7 },
            ],
            paging_info: "none",
            status: "ok",
          })
        : undefined,
    );
    const own = await createSandbox({ emulator });
    const options = { key: own.testKey, session: own.session, query: { user_id: "1" } };
    const answer = await own.request("GET", "/user/clips", options);
    expect(answer.body.items.map(({ pk }: Item) => pk)).toEqual(["3456789012345678901"]);
    expect(answer.body.next_cursor).toBe("");
    await own.close();
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
    const emulator = emulatorWith((url) =>
      url.pathname === "/api/v1/feed/user/1/" ? Response.json({ items, status: "ok" }) : undefined,
    );
    const own = await createSandbox({ emulator });
    const options = { key: own.testKey, session: own.session, query: { user_id: "1" } };
    const { body } = await own.request("GET", "/user/pinned/posts", options);
    expect(body.map(({ pk }: Item) => pk)).toEqual(["8", "3"]);
    await own.close();
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
    const emulator = emulatorWith((url) =>
      url.pathname === "/api/v1/guides/user/1/"
        ? new Response(
            `{"guides":[null,{"summary":{"id":"1","description":"x"}},{"summary":{"id":17800000000000000001,
             "title":null,"cover_media":{"pk":3456789012345678901,"media_type":1},
             "feedback_item":{"id":17800000000000000002}}}],"status":"ok"}`,
          )
        : undefined,
    );
    const own = await createSandbox({ emulator });
    const options = { key: own.testKey, session: own.session, query: { user_id: "1" } };
    const answer = await own.request("GET", "/user/guides", options);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toHaveLength(1);
    expect(answer.body[0]).toMatchObject({
      id: "17800000000000000001",
      title: null,
      description: "",
      cover_media: { pk: "3456789012345678901" },
    });
    expect(answer.text).toContain('"feedback_item":{"id":"17800000000000000002"}');
    await own.close();
  });
});

describe("pinned posts and guides", () => {
  for (const path of ["/user/pinned/posts", "/user/guides"])
    test(`${path} takes a pk, or a username for one request more`, async () => {
      const byPk = await get(path, { user_id: ` ${INSTAGRAM} ` });
      const byName = await get(path, { user_id: "@Instagram" });
      expect(byName.text).toBe(byPk.text);
      expect(byPk.headers.get("gramway-upstream-calls")).toBe("1");
      expect(byName.headers.get("gramway-upstream-calls")).toBe("2");
      for (const user_id of ["", "no one!", "-1", "18446744073709551616"])
        expect(faultyFields(await get(path, { user_id })), user_id).toEqual(["user_id"]);
      expect(faultyFields(await get(path))).toEqual(["user_id"]);
    });
});

describe("whatever a user posted", () => {
  const paths = [...PAGED, "/user/pinned/posts", "/user/guides"];

  test("is not found where there is no such user", async () => {
    for (const path of paths) expectProblem(await get(path, { user_id: "999" }), "UserNotFound");
    for (const path of PAGED)
      expectProblem(await get(path, { username: "nobody_at_all" }), "UserNotFound");
  });

  test("of a private account is for its followers", async () => {
    const own = await sandbox.login("sandbox_private");
    for (const path of paths) {
      expectProblem(await get(path, { user_id: PRIVATE }), "PrivateAccount", path);
      expect((await get(path, { user_id: PRIVATE }, own)).status, path).toBe(200);
    }
  });
});
