import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { FakeInstagram } from "../support/fake-instagram.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const NOW = Date.UTC(2026, 10, 24, 9, 58);
const sandbox = await sandboxOfFile({
  instagram: new FakeInstagram(createEmulator({ now: () => NOW })),
});

const { get } = sandbox;

const INSTAGRAM = "25025320";
const PRIVATE = "61000000005";
const shown: any[] = (await get("/user/stories", { user_id: INSTAGRAM })).body;
const own: any[] = (await get("/user/stories", { user_id: "sandbox" })).body;
/** A story that is in a highlight and no longer shown. */
const [highlight] = (await get("/user/highlights", { user_id: INSTAGRAM })).body;
const kept = (await get("/highlight", { highlight_pk: highlight.pk })).body.items[0];

describe("GET /user/stories", () => {
  test("gives what a user shows, oldest first, all of the last day", () => {
    expect(shown.length).toBeGreaterThanOrEqual(11);
    const times = shown.map(({ taken_at }) => Date.parse(taken_at));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.every((time) => time <= NOW && time > NOW - 86_400_000)).toBe(true);
    expect(new Set(shown.map(({ pk }) => pk)).size).toBe(shown.length);
    for (const { pk, id, user, product_type } of shown) {
      expect(pk).toMatch(/^\d{19}$/);
      expect(id).toBe(`${pk}_${INSTAGRAM}`);
      expect(user).toMatchObject({ pk: INSTAGRAM, username: "instagram" });
      expect(product_type).toBe("story");
    }
  });

  test("gives a picture to each, and the film to videos", () => {
    for (const { media_type, thumbnail_url, video_url, video_duration } of shown) {
      expect(thumbnail_url).toContain("_1080x1920_n.jpg");
      expect(video_url === null).toBe(media_type === 1);
      if (media_type === 2) {
        expect(video_url).toContain("_720x1280.mp4");
        expect(video_duration).toBeGreaterThan(2);
      } else expect([media_type, video_duration]).toEqual([1, 0]);
    }
    expect(new Set(shown.map(({ media_type }) => media_type))).toEqual(new Set([1, 2]));
  });

  test("tells what lies on them", () => {
    const first = (field: string) => shown.find((story) => story[field].length > 0)?.[field][0];
    expect(first("mentions").user.username).toMatch(/^[a-z]+[._][a-z]+\d*$/);
    expect(first("mentions")).toMatchObject({ x: expect.any(Number), rotation: 0 });
    expect(first("hashtags").hashtag.id).toMatch(/^\d{17}$/);
    expect(first("locations").location).toMatchObject({
      pk: expect.stringMatching(/^\d+$/),
      external_id: null,
    });
    expect(first("links").webUri).toMatch(/^https:\/\//);
    expect(first("stickers")).toMatchObject({
      type: "gif",
      z: 5,
      story_link: { link_type: "web", display_url: "example.com" },
    });
    expect(first("medias")).toMatchObject({
      media_pk: expect.stringMatching(/^\d{19}$/),
      user_id: INSTAGRAM,
      is_sticker: true,
    });
    expect(first("sponsor_tags").pk).toMatch(/^\d+$/);
    expect(shown.some((story) => story.is_paid_partnership)).toBe(true);
    expect(shown.some((story) => story.imported_taken_at !== null)).toBe(true);
  });

  test("is empty for those who show none", async () => {
    const answer = await get("/user/stories", { user_id: "sandbox_2fa" });
    expect([answer.status, answer.text]).toEqual([200, "[]"]);
  });
});

describe("GET /story", () => {
  const story = shown[3];

  test("finds a story by pk, id and link, whatever the spelling", async () => {
    const link = `www.instagram.com/stories/instagram/${story.pk}`;
    const asked: [Record<string, string>, calls: string][] = [
      [{ story_pk: story.pk }, "2"],
      [{ story_pk: ` ${story.pk} ` }, "2"],
      [{ story_pk: story.id }, "1"],
      [{ story_pk: story.code }, "2"],
      [{ story_pk: `https://${link}/` }, "2"],
      [{ url: `https://${link}/` }, "2"],
      [{ url: ` ${link}?utm_source=ig_story_item_share&igsh=x ` }, "2"],
      [{ url: `http://m.instagram.com/stories/12345/${story.pk}/#x`, use_cache: "false" }, "2"],
      [{ url: `https://www.instagram.com/s/aGln?story_media_id=${story.id}` }, "1"],
    ];
    for (const [query, calls] of asked) {
      const answer = await get("/story", query);
      expect(answer.body, JSON.stringify(query)).toEqual(story);
      expect(answer.headers.get("gramway-upstream-calls")).toBe(calls);
    }
    expect((await get("/story/info", { story_pk: story.pk })).body).toEqual(story);
  });

  test("answers 404 to one that is no longer shown, and to none at all", async () => {
    expectProblem(await get("/story", { story_pk: kept.pk }), "StoryNotFound");
    expectProblem(await get("/story", { story_pk: kept.id }), "StoryNotFound");
    expectProblem(await get("/story", { story_pk: "3312345678901234567" }), "MediaNotFound");
    const anothers = `${story.pk}_${own[0].user.pk}`;
    expectProblem(await get("/story", { story_pk: anothers }), "StoryNotFound");
    expectProblem(await get("/story", { story_pk: `${story.pk}_5` }), "UserNotFound");
  });

  test("answers 403 where the owner is private", async () => {
    const owner = await sandbox.login("sandbox_private");
    const [theirs] = (await get("/user/stories", { user_id: PRIVATE }, owner)).body;
    expectProblem(await get("/story", { story_pk: theirs.id }), "PrivateAccount");
    expectProblem(await get("/story", { story_pk: theirs.pk }), "MediaNotFound");
    expect((await get("/story", { story_pk: theirs.pk }, owner)).body).toEqual(theirs);
  });

  test("wants exactly one way to name it, and one that is a story's", async () => {
    expect(faultyFields(await get("/story"))).toEqual(["story_pk"]);
    const both = await get("/story", { story_pk: "1", url: "https://instagram.com/stories/a/1/" });
    expect(faultyFields(both)).toEqual(["story_pk"]);
    for (const story_pk of ["", "abc", "-1", "1_2_3", "1_x", "18446744073709551616", "1.5", "a/b"])
      expect(faultyFields(await get("/story", { story_pk })), story_pk).toEqual(["story_pk"]);
    for (const url of FAULTY_LINKS)
      expect(faultyFields(await get("/story", { url })), url).toEqual(["url"]);
  });
});

const FAULTY_LINKS = [
  "",
  "3312345678901234567",
  "https://www.instagram.com/p/B-fKL9qpeab/",
  "https://www.instagram.com/stories/instagram/",
  "https://www.instagram.com/stories/instagram/abc/",
  "https://www.instagram.com/stories/instagram/99999999999999999999/",
  "https://www.instagram.com/stories/highlights/17895485201104054/",
  "https://www.instagram.com/s/aGlnaGxpZ2h0OjE3OTMzOTExODE2NTY4Njcx",
  "https://www.instagram.com/s/x?story_media_id=x",
  "https://evil.example/stories/instagram/3312345678901234567/",
  "ftp://www.instagram.com/stories/instagram/3312345678901234567/",
];

describe("GET /story/pk/from/url", () => {
  const pkOf = (url: string) => get("/story/pk/from/url", { url }, null);

  test("reads the pk out of a link, without a session and without asking", async () => {
    for (const url of [
      "https://www.instagram.com/stories/dhbastards/2581281926631793076/",
      "instagram.com/stories/2024/2581281926631793076?igsh=x",
      "https://www.instagram.com/s/aGln?story_media_id=2581281926631793076_25025320&igsh=x",
    ]) {
      const answer = await pkOf(url);
      expect([answer.status, answer.text]).toEqual([200, '"2581281926631793076"']);
      expect(answer.headers.get("gramway-upstream-calls") ?? "0").toBe("0");
    }
  });

  test("refuses what is no link to a story", async () => {
    for (const url of FAULTY_LINKS) expect(faultyFields(await pkOf(url)), url).toEqual(["url"]);
    expect(faultyFields(await get("/story/pk/from/url"))).toEqual(["url"]);
  });
});
