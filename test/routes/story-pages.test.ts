import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";
import { listOf } from "../support/pages.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const NOW = Date.UTC(2026, 10, 24, 9, 58);
const sandbox = await sandboxOfFile({
  instagram: new FakeInstagram(createEmulator({ now: () => NOW })),
});

const { get, testKey: key } = sandbox;

const VIEWERS = /\/list_reel_media_viewer\/$/;

/** The items of all pages. */
async function all(path: string, query: Record<string, string>): Promise<any[]> {
  const { items, sizes } = await listOf((cursor) => get(path, { ...query, cursor }));
  expect(sizes.slice(0, -1), "items on pages before the last").not.toContain(0);
  return items;
}

const own: any[] = (await get("/user/stories", { user_id: "sandbox" })).body;

const seen = (story_pk: string, amount: string) => all("/story/viewers", { story_pk, amount });
const lists = await Promise.all(own.map(({ pk }) => seen(pk, "200")));
const many = lists.reduce((most, list) => (list.length > most.length ? list : most));
const story = own[lists.indexOf(many)];

describe("GET /story/viewers", () => {
  test("gives each viewer once, in the same order, in pages of any size", async () => {
    expect(many.length).toBeGreaterThan(200);
    expect(new Set(many.map(({ pk }) => pk)).size).toBe(many.length);
    for (const amount of ["7", "50", "51", "113"])
      expect(await seen(story.pk, amount), amount).toEqual(many);
  });

  test("tells what they did with it", () => {
    const likes = many.filter(({ has_liked }) => has_liked).length;
    expect(likes).toBeGreaterThan(20);
    expect(likes).toBeLessThan(many.length - 20);
    expect(many.some(({ reply_text }) => reply_text === "😍")).toBe(true);
    expect(many.some(({ is_spam_viewer }) => is_spam_viewer)).toBe(true);
    expect(many[0]).toMatchObject({ profile_pic_url: expect.stringContaining("avatar_") });
  });

  test("costs as many requests as the upstream's pages need", async () => {
    const calls = async (amount: string) =>
      (await get("/story/viewers", { story_pk: story.pk, amount })).headers.get(
        "gramway-upstream-calls",
      );
    expect([await calls("50"), await calls("51"), await calls("200")]).toEqual(["1", "2", "4"]);
  });

  test("is empty where nobody has seen it, or nothing is told", async () => {
    const unseen = own[lists.findIndex((list) => list.length === 0)];
    const nobody = { items: [], next_cursor: "" };
    expect((await get("/story/viewers", { story_pk: unseen.pk })).body).toEqual(nobody);
    sandbox.instagram.on(VIEWERS, reply(200, { next_max_id: "QVFC", status: "ok" }));
    const answer = await get("/story/viewers", { story_pk: story.pk });
    expect([answer.body, answer.headers.get("gramway-upstream-calls")]).toEqual([nobody, "1"]);
  });

  test("has a viewer once whom two pages of Instagram name", async () => {
    const viewer = (pk: number) => ({ user: { pk, username: `u${pk}` } });
    sandbox.instagram.on(
      VIEWERS,
      reply(200, { viewers: [viewer(1), viewer(2)], next_max_id: "QVFC", status: "ok" }),
      reply(200, { viewers: [viewer(2), viewer(3)], next_max_id: null, status: "ok" }),
    );
    const { body } = await get("/story/viewers", { story_pk: story.pk });
    expect(body.items.map(({ pk }: { pk: string }) => pk)).toEqual(["1", "2", "3"]);
  });

  test("answers 403 for another's story, 404 for none, 422 for nonsense", async () => {
    const [{ pk }] = (await get("/user/stories", { user_id: "instagram" })).body;
    expectProblem(await get("/story/viewers", { story_pk: pk }), "ClientForbiddenError");
    const unknown = await get("/story/viewers", { story_pk: "3312345678901234567" });
    expectProblem(unknown, "MediaNotFound");
    expect(faultyFields(await get("/story/viewers"))).toEqual(["story_pk"]);
    expect(faultyFields(await get("/story/viewers", { story_pk: "me" }))).toEqual(["story_pk"]);
    for (const amount of ["0", "201", "ten"])
      expect(faultyFields(await get("/story/viewers", { story_pk: story.pk, amount }))).toEqual([
        "amount",
      ]);
  });
});

const days = (amount: string, more: Record<string, string> = {}) =>
  all("/story/archive", { amount, ...more });
const archive = await days("200");

describe("GET /story/archive", () => {
  test("gives every day once, latest first, in pages of any size", async () => {
    expect(archive.length).toBeGreaterThan(600);
    const times = archive.map(({ timestamp }) => Date.parse(timestamp));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(new Set(archive.map(({ id }) => id)).size).toBe(archive.length);
    for (const amount of ["13", "30", "50"]) expect(await days(amount), amount).toEqual(archive);
  });

  test("goes on after the same day where a new one has come since", async () => {
    const ids = [3, 2, 1].map((number) => `archiveDay:${number}`);
    sandbox.instagram.on(/\/day_shells_paginated\/$/, () =>
      reply(200, { items: ids.map((id) => ({ id })), max_id: null, status: "ok" }),
    );
    const pageAt = async (cursor: string) => {
      const query = { amount: "2", cursor };
      const { body } = await get("/story/archive", query);
      return { days: body.items.map(({ id }: { id: string }) => id), next: body.next_cursor };
    };
    const first = await pageAt("");
    expect(first.days).toEqual(ids.slice(0, 2));
    ids.unshift("archiveDay:4");
    expect(await pageAt(first.next)).toEqual({ days: ["archiveDay:1"], next: "" });
  });

  test("tells of each day how much there is", () => {
    for (const day of archive) {
      expect(day.id).toMatch(/^archiveDay:\d{17}$/);
      expect(day).toMatchObject({ reel_type: "archive_day_reel", media_count: expect.any(Number) });
      // Where a day begins, not where its last story was made.
      expect((Date.parse(day.timestamp) / 1_000) % 3_600).toBe(0);
      const age = day.latest_reel_media - Date.parse(day.timestamp) / 1_000;
      expect(age >= 0 && age < 86_400).toBe(true);
    }
    expect(Date.parse(own.at(-1).taken_at) / 1_000).toBe(archive[0].latest_reel_media);
  });

  test("finds one day by its id", async () => {
    const { id } = archive[40];
    expect(await days("50", { reel_id: ` ${id} ` })).toEqual([archive[40]]);
    expect(await days("50", { reel_id: "archiveDay:1" })).toEqual([]);
    expect(await days("200", { include_memories: "false" })).toEqual(archive);
  });

  test("is empty for an account that never made a story", async () => {
    const form = { username: "sandbox_2fa", password: "sandbox", verification_code: "123456" };
    const { body: other } = await sandbox.request("POST", "/auth/login", { key, form });
    const answer = await get("/story/archive", {}, other);
    expect([answer.status, answer.body]).toEqual([200, { items: [], next_cursor: "" }]);
  });
});
