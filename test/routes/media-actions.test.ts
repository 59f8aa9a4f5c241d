import { beforeEach, describe, expect, test } from "bun:test";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import type { Answer } from "../support/service.ts";

const sandbox = await sandboxOfFile();
const { testKey: key, session: me, get } = sandbox;
const friend = await sandbox.login("sandbox_private");

const SANDBOX = "61000000001";
const INSTAGRAM = "25025320";
const THEIRS = "3755350675776297567_25025320";
const COLLECTION = "17850001031513869";
const BERLIN = {
  pk: "213385402",
  name: "Berlin, Germany",
  lat: 52.51,
  lng: 13.38,
  external_id: "111777152182368",
  external_id_source: "facebook_places",
};

beforeEach(() => sandbox.instagram.beginAnew());

type Fields = Record<string, string>;
const post = (path: string, form: Fields, session = me) =>
  sandbox.request("POST", path, { key, session, form });
const remove = (path: string, query: Fields, session = me) =>
  sandbox.request("DELETE", path, { key, session, query });
const patch = (form: Fields, session = me) =>
  sandbox.request("PATCH", "/media", { key, session, form });

const media = async (id: string, session = me): Promise<any> =>
  (await get("/media", { id }, session)).body;
const postsOf = async (user_id: string, session = me): Promise<any[]> =>
  (await get("/user/medias", { user_id, amount: "50" }, session)).body.items;
const idsIn = (medias: any[]): string[] => medias.map(({ id }) => id);
const expectDone = (answer: Answer) => expect([answer.status, answer.text]).toEqual([200, "true"]);

describe("a like", () => {
  test("counts, shows the account among who likes, and enters its list of liked posts", async () => {
    const before = await media(THEIRS);
    expectDone(await post("/media/like", { media_id: THEIRS }));
    expect(await media(THEIRS)).toMatchObject({
      has_liked: true,
      like_count: before.like_count + 1,
    });
    expect((await media(THEIRS, friend)).has_liked).toBe(false);
    const [first] = (await get("/media/likers", { media_id: THEIRS })).body;
    expect(first.username).toBe("sandbox");
    expectDone(await remove("/media/like", { media_id: THEIRS }));
    expect(await media(THEIRS)).toEqual(before);
  });

  test("of an unknown post is refused", async () => {
    expectProblem(await post("/media/like", { media_id: "3755350675776297999" }), "MediaNotFound");
  });
});

describe("a save", () => {
  const saved = async (collection: string): Promise<string[]> =>
    idsIn((await get("/account/collection/media", { collection_pk: collection })).body);

  test("puts a post into a collection, too, and the reversal takes it out of all", async () => {
    expectDone(await post("/media/save", { media_id: THEIRS, collection_pk: COLLECTION }));
    expect(await saved(COLLECTION)).toEqual([THEIRS]);
    expectDone(await remove("/media/save", { media_id: THEIRS, collection_pk: COLLECTION }));
    expect(await saved(COLLECTION)).toEqual([]);
  });

  test("into nobody's collection is refused, and into one that is no id too", async () => {
    const unknown = await post("/media/save", { media_id: THEIRS, collection_pk: "17" });
    expect(unknown.status).toBe(400);
    expectProblem(
      await post("/media/save", { media_id: THEIRS, collection_pk: "Trips" }),
      "ValidationError",
    );
  });
});

describe("the archive", () => {
  test("takes a post from everybody's sight, and gives it back where it was", async () => {
    const before = await postsOf(SANDBOX, friend);
    const { media_count } = (await get("/user", { user_id: SANDBOX })).body;
    const { id } = before[4];
    expectDone(await post("/media/archive", { media_id: id }));
    expect(idsIn(await postsOf(SANDBOX, friend))).toEqual(
      idsIn(before).filter((one) => one !== id),
    );
    expectProblem(await get("/media", { id }, friend), "MediaNotFound");
    expect((await media(id)).id).toBe(id);
    expect((await get("/user", { user_id: SANDBOX })).body.media_count).toBe(media_count - 1);
    expectDone(await post("/media/archive", { media_id: id, revert: "true" }));
    expect(await postsOf(SANDBOX, friend)).toEqual(before);
    expect((await get("/user", { user_id: SANDBOX })).body.media_count).toBe(media_count);
  });

  test("does not take the posts of others", async () => {
    expectProblem(await post("/media/archive", { media_id: THEIRS }), "ClientForbiddenError");
  });

  test("does not keep a post from being deleted", async () => {
    const [{ id }] = await postsOf(SANDBOX);
    await post("/media/archive", { media_id: id });
    expectDone(await remove("/media", { media_id: id }));
    await remove("/media/archive", { media_id: id });
    expect(idsIn(await postsOf(SANDBOX))).not.toContain(id);
  });
});

describe("pinning", () => {
  const pinned = async (): Promise<string[]> =>
    idsIn((await get("/user/pinned/posts", { user_id: SANDBOX })).body);

  test("shows posts first, three at the most", async () => {
    const free = (await postsOf(SANDBOX)).filter(({ id }) => !id.startsWith("3753"));
    const before = await pinned();
    expect(before).toHaveLength(2);
    const [old, other] = free.slice(-2);
    expectDone(await post("/media/pin", { media_pk: old.pk }));
    expect((await pinned()).sort()).toEqual([...before, old.id].sort());
    const listed = idsIn(await postsOf(SANDBOX));
    expect(listed.slice(0, 3).sort()).toEqual([...before, old.id].sort());
    expect(new Set(listed).size).toBe(listed.length);
    const fourth = await post("/media/pin", { media_pk: other.pk });
    expect([fourth.status, fourth.body.detail]).toEqual([
      400,
      "You can only pin up to three posts to your profile.",
    ]);
    expectDone(await remove("/media/pin", { media_pk: old.pk }));
    expect(await pinned()).toEqual(before);
  });

  test("is for one's own posts", async () => {
    expectProblem(await post("/media/pin", { media_pk: THEIRS }), "ClientForbiddenError");
  });
});

describe("DELETE /media", () => {
  test("takes a post out of every list", async () => {
    const [{ id }] = await postsOf(SANDBOX);
    await post("/media/like", { media_id: id });
    await post("/media/save", { media_id: id, collection_pk: COLLECTION });
    expectDone(await remove("/media", { media_id: id }));
    expectProblem(await get("/media", { id }), "MediaNotFound");
    expect(idsIn(await postsOf(SANDBOX, friend))).not.toContain(id);
    expect((await get("/account/collection/media", { collection_pk: COLLECTION })).body).toEqual(
      [],
    );
    expectProblem(await remove("/media", { media_id: id }), "MediaNotFound");
  });

  test("does not delete the posts of others", async () => {
    expect((await remove("/media", { media_id: THEIRS })).status).toBe(400);
    expect((await media(THEIRS)).id).toBe(THEIRS);
  });
});

describe("PATCH /media", () => {
  const EDIT = { media_id: "3743860002438994519_61000000001", caption: "Back home" };
  const tag = (pk: string | number, x = 0.5) => JSON.stringify({ user: { pk }, x, y: 0.25 });
  const tagged = async (user_id: string): Promise<string[]> =>
    idsIn((await get("/user/tagged/posts", { user_id, amount: "50" })).body.items);
  const placed = async (): Promise<string[]> =>
    idsIn(
      (await get("/location/medias/recent", { location_pk: BERLIN.pk, amount: "20" })).body.items,
    );

  test("changes caption, tags and place, in every list that they touch", async () => {
    const answer = await patch({
      ...EDIT,
      usertags: `[${tag(INSTAGRAM)}, ${tag(61_000_000_005, 0.1)}]`,
      location: JSON.stringify(BERLIN),
    });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers.get("gramway-upstream-calls")).toBe("2");
    expect(answer.body.media.caption.text).toBe("Back home");
    const edited = await media(EDIT.media_id, friend);
    expect(edited).toMatchObject({
      caption_text: "Back home",
      location: { pk: BERLIN.pk, name: BERLIN.name },
      usertags: [
        { user: { pk: INSTAGRAM }, x: 0.5, y: 0.25 },
        { user: { pk: "61000000005" }, x: 0.1, y: 0.25 },
      ],
    });
    expect(await tagged(INSTAGRAM)).toContain(EDIT.media_id);
    expect(await placed()).toContain(EDIT.media_id);

    // What another operation answers with can be handed on.
    const again = await sandbox.request("PATCH", "/media", {
      key,
      session: me,
      json: { ...EDIT, usertags: edited.usertags.slice(0, 1), location: edited.location },
    });
    expect(again.status, again.text).toBe(200);
    expect(await media(EDIT.media_id)).toMatchObject({
      location: { pk: BERLIN.pk },
      usertags: [{ user: { pk: INSTAGRAM } }],
    });

    await patch(EDIT);
    expect(await media(EDIT.media_id)).toMatchObject({ usertags: [], location: null });
    expect(await tagged(INSTAGRAM)).not.toContain(EDIT.media_id);
    expect(await placed()).not.toContain(EDIT.media_id);
  });

  test("looks a place without external id up, by pk or coordinates", async () => {
    for (const [given, calls] of [
      [{ pk: BERLIN.pk, name: "Any" }, "3"],
      [{ name: "Any", lat: BERLIN.lat, lng: BERLIN.lng }, "3"],
    ] as const) {
      const answer = await patch({ ...EDIT, location: JSON.stringify(given) });
      expect(answer.headers.get("gramway-upstream-calls"), answer.text).toBe(calls);
      expect((await media(EDIT.media_id)).location.pk).toBe(BERLIN.pk);
    }
    const unknown = await patch({ ...EDIT, location: '{"pk": 17, "name": "Any"}' });
    expectProblem(unknown, "LocationNotFound");
  });

  test("is refused for the posts of others, for unknown users, and for too long a caption", async () => {
    expectProblem(await patch({ ...EDIT, media_id: THEIRS }), "ClientForbiddenError");
    const before = await media(EDIT.media_id);
    expect((await patch({ ...EDIT, usertags: tag(1) })).status).toBe(400);
    expect((await patch({ ...EDIT, caption: "x".repeat(2_201) })).status).toBe(400);
    expect(await media(EDIT.media_id)).toEqual(before);
  });
});

describe("PATCH /media/seen", () => {
  const see = (form: Fields) => sandbox.request("PATCH", "/media/seen", { key, session: me, form });

  test("looks only those up that are named without their owner", async () => {
    const answer = await see({ media_ids: `${THEIRS},3754782080994335327` });
    expectDone(answer);
    expect(answer.headers.get("gramway-upstream-calls")).toBe("2");
  });

  test("takes posts to be named, and not too many", async () => {
    expectProblem(await see({ media_ids: "" }), "ValidationError");
    expectProblem(await see({ media_ids: `${THEIRS},`.repeat(201) }), "ValidationError");
    expectProblem(await see({ media_ids: "3755350675776297999" }), "MediaNotFound");
  });
});
