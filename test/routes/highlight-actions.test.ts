import { beforeEach, describe, expect, test } from "bun:test";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import type { Answer } from "../support/service.ts";

const sandbox = await sandboxOfFile();
const { testKey: key, session: me } = sandbox;
const friend = await sandbox.login("sandbox_private");

const SANDBOX = "61000000001";
/** A seeded highlight of ten stories, and a story that is in another one. */
const KEPT = "17900000000000033";
const ARCHIVED = "3594192877433608784_61000000001";

beforeEach(() => sandbox.instagram.beginAnew());

type Form = Record<string, string>;
const act = (method: string, path: string, given: Form, session = me): Promise<Answer> =>
  sandbox.request(method, path, {
    key,
    session,
    ...(method === "DELETE" ? { query: given } : { form: given }),
  });
const create = (form: Form, session = me) => act("POST", "/highlight", form, session);
const edit = (form: Form, session = me) => act("PATCH", "/highlight", form, session);
const highlight = async (highlight_pk: string, session = me) =>
  sandbox.get("/highlight", { highlight_pk }, session);
const tray = async (session = me): Promise<any[]> =>
  (await sandbox.get("/user/highlights", { user_id: SANDBOX }, session)).body;
const shown = async (session = me): Promise<any[]> =>
  (await sandbox.get("/user/stories", { user_id: SANDBOX }, session)).body;
const pksIn = (items: { pk: string }[]): string[] => items.map(({ pk }) => pk);

describe("POST /highlight", () => {
  test("makes one of stories that are shown and that have ended, for everybody", async () => {
    const [story] = await shown();
    const before = await tray();
    const answer = await create({ title: "Größe ☀️", story_ids: `${story.id},${ARCHIVED}` });
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    const made = answer.body;
    expect(made.pk).toMatch(/^\d{17}$/);
    expect(made).toMatchObject({
      id: `highlight:${made.pk}`,
      title: "Größe ☀️",
      user: { pk: SANDBOX },
      media_count: 2,
      // Oldest first.
      media_ids: [ARCHIVED.split("_")[0], story.pk],
      cover_media: { media_id: story.id, crop_rect: [0, 0.21830457, 1, 0.78094524] },
    });
    expect(pksIn(made.items)).toEqual(made.media_ids);
    expect((await highlight(made.pk, friend)).body).toEqual(made);
    const [first, ...others] = await tray(friend);
    expect({ ...made, items: [] }).toEqual(first);
    expect(pksIn(others)).toEqual(pksIn(before));
    // Its stories can be opened by anybody, also those that have ended.
    expect((await sandbox.get("/media", { id: ARCHIVED }, friend)).status).toBe(200);
  });

  test("looks up the owner of each story that is named without one, and of the cover", async () => {
    const pk = ARCHIVED.split("_")[0] ?? "";
    const [story] = await shown();
    const answer = await create({
      title: "T",
      story_ids: `${pk},${story.id}`,
      cover_story_id: story.pk,
      crop_rect: "0,0.1,1,0.9",
    });
    expect(answer.headers.get("gramway-upstream-calls")).toBe("3");
    expect(answer.body.cover_media).toMatchObject({
      media_id: story.id,
      crop_rect: [0, 0.1, 1, 0.9],
    });
  });

  test("has another cover when the story of its cover is deleted", async () => {
    const [story] = await shown();
    const made = (await create({ title: "T", story_ids: `${story.id},${ARCHIVED}` })).body;
    await act("DELETE", "/story", { story_pk: story.id });
    const { body } = await highlight(made.pk);
    expect([body.media_count, body.cover_media.media_id]).toEqual([1, ARCHIVED]);
  });

  test("hands on what Instagram refuses, and makes none", async () => {
    const before = await tray();
    const [theirs] = (await sandbox.get("/user/stories", { user_id: "instagram" })).body;
    const given = { title: "T", story_ids: ARCHIVED };
    expectProblem(await create({ ...given, title: "x".repeat(17) }), "UnknownError");
    expectProblem(await create({ ...given, story_ids: theirs.id }), "ClientForbiddenError");
    expectProblem(await create({ ...given, story_ids: `${ARCHIVED},5_5` }), "MediaNotFound");
    expectProblem(await create({ ...given, cover_story_id: "5_5" }), "MediaNotFound");
    expectProblem(await create({ ...given, crop_rect: "0,0,1,2" }), "UnknownError");
    expect(await tray()).toEqual(before);
  });

  test("asks nothing for fields that are wrong", async () => {
    for (const [field, value] of [
      ["story_ids", "x"],
      ["story_ids", ""],
      ["cover_story_id", "x"],
      ["crop_rect", "0,1"],
      ["crop_rect", "0,1,2,x"],
      ["title", " "],
    ] as const) {
      const answer = await create({ title: "T", story_ids: ARCHIVED, [field]: value });
      expect(expectProblem(answer, "ValidationError").errors[0].field).toBe(field);
    }
    expect(sandbox.instagram.callsOf("/api/v1/highlights/create_reel/")).toEqual([]);
  });
});

describe("PATCH /highlight", () => {
  test("changes title, cover and stories, and leaves the rest", async () => {
    const before = (await highlight(KEPT)).body;
    const [first] = before.items;
    const titled = (await edit({ highlight_pk: KEPT, title: "New" })).body;
    expect(titled).toEqual({ ...before, title: "New" });
    const cover = JSON.stringify({ media_id: ARCHIVED, crop_rect: [0, 0.2, 1, 0.8] });
    const { body } = await edit({
      highlight_pk: `highlight:${KEPT}`,
      cover,
      added_media_ids: ARCHIVED,
      removed_media_ids: first.id,
    });
    expect(body.title).toBe("New");
    expect(body.cover_media).toMatchObject({ media_id: ARCHIVED, crop_rect: [0, 0.2, 1, 0.8] });
    expect(pksIn(body.items)).toEqual([...before.media_ids.slice(1), ARCHIVED.split("_")[0]]);
    expect((await highlight(KEPT, friend)).body).toEqual(body);
  });

  test("takes a cover in JSON as an object, too, and an uploaded one", async () => {
    const answer = await sandbox.request("PATCH", "/highlight", {
      key,
      session: me,
      json: { highlight_pk: KEPT, cover: { upload_id: "17500000000000001" } },
    });
    expect(answer.body.cover_media).toMatchObject({
      upload_id: "17500000000000001",
      media_id: null,
    });
  });

  test("names a cover that is no JSON object", async () => {
    for (const cover of ["x", "[1]", '"x"', "7", "{", '{"a":NaN}', "[".repeat(5_000)]) {
      const answer = await edit({ highlight_pk: KEPT, cover });
      expect(expectProblem(answer, "ValidationError").errors[0].field, cover).toBe("cover");
    }
  });

  test("without its last story leaves none, and says so", async () => {
    const { items } = (await highlight(KEPT)).body;
    const ids = items.map(({ id }: { id: string }) => id).join();
    const { body } = await edit({ highlight_pk: KEPT, removed_media_ids: ids });
    expect(body).toMatchObject({ pk: KEPT, media_count: 0, items: [] });
    expectProblem(await highlight(KEPT), "HighlightNotFound");
    expectProblem(await edit({ highlight_pk: KEPT, title: "x" }), "HighlightNotFound");
  });

  test("counts an answer without the highlight as gone only if stories were removed", async () => {
    const path = `/api/v1/highlights/highlight:${KEPT}/edit_reel/`;
    sandbox.instagram.on(path, Response.json({ reel: null, status: "ok" }));
    const answer = await edit({ highlight_pk: KEPT, removed_media_ids: ARCHIVED });
    expect(answer.body).toMatchObject({ pk: KEPT, user: { pk: SANDBOX }, media_count: 0 });
    sandbox.instagram.on(path, Response.json({ reel: null, status: "ok" }));
    expectProblem(await edit({ highlight_pk: KEPT, title: "x" }), "UpstreamError");
  });
});

describe("POST and DELETE /highlight/story", () => {
  test("add and remove stories, at the path in the plural, too", async () => {
    const before = (await highlight(KEPT)).body;
    for (const path of ["/highlight/story", "/highlight/stories"]) {
      const given = { highlight_pk: KEPT, story_ids: ARCHIVED };
      const added = await act("POST", path, given);
      expect(added.body.media_count).toBe(before.media_count + 1);
      expect((await act("DELETE", path, given)).body).toEqual(before);
    }
  });

  test("take no more than a hundred", async () => {
    const full = (await tray()).find(({ media_count }) => media_count === 100);
    const given = { highlight_pk: full.pk, story_ids: ARCHIVED };
    expectProblem(await act("POST", "/highlight/story", given), "UnknownError");
    expect((await highlight(full.pk)).body.media_count).toBe(100);
  });
});

describe("DELETE /highlight", () => {
  test("takes it away, and leaves its stories in the archive", async () => {
    const { items } = (await highlight(KEPT)).body;
    const days = async () => (await sandbox.get("/story/archive", { amount: "30" })).body.items;
    const before = await days();
    const answer = await act("DELETE", "/highlight", { highlight_pk: KEPT });
    expect([answer.status, answer.text]).toEqual([200, "true"]);
    expect(pksIn(await tray())).not.toContain(KEPT);
    expectProblem(await highlight(KEPT), "HighlightNotFound");
    expect(await days()).toEqual(before);
    expect((await sandbox.get("/media", { id: items[0].id })).status).toBe(200);
    // Others saw its stories only there.
    expectProblem(await sandbox.get("/media", { id: items[0].id }, friend), "MediaNotFound");
    expectProblem(await act("DELETE", "/highlight", { highlight_pk: KEPT }), "HighlightNotFound");
  });

  test("and every other change are refused to other accounts", async () => {
    const before = (await highlight(KEPT)).body;
    const answers = [
      await act("DELETE", "/highlight", { highlight_pk: KEPT }, friend),
      await edit({ highlight_pk: KEPT, title: "Mine" }, friend),
      await act(
        "DELETE",
        "/highlight/story",
        { highlight_pk: KEPT, story_ids: before.items[0].id },
        friend,
      ),
    ];
    for (const answer of answers) expectProblem(answer, "ClientForbiddenError");
    expect((await highlight(KEPT)).body).toEqual(before);
  });
});
