import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { FakeInstagram } from "../support/fake-instagram.ts";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const NOW = Date.UTC(2026, 10, 24, 9, 58);
const sandbox = await sandboxOfFile({
  instagram: new FakeInstagram(createEmulator({ now: () => NOW })),
});

const { get } = sandbox;

const INSTAGRAM = "25025320";
const PRIVATE = "61000000005";
const tray: any[] = (await get("/user/highlights", { user_id: INSTAGRAM })).body;

describe("GET /user/highlights", () => {
  test("gives the profile's highlights without their stories", () => {
    expect(tray).toHaveLength(14);
    expect(new Set(tray.map(({ pk }) => pk)).size).toBe(14);
    for (const highlight of tray) {
      expect(highlight.pk).toMatch(/^\d{17}$/);
      expect(highlight).toMatchObject({
        id: `highlight:${highlight.pk}`,
        items: [],
        user: { pk: INSTAGRAM, username: "instagram" },
      });
      expect(highlight.media_ids).toHaveLength(highlight.media_count);
      expect(Date.parse(highlight.created_at) / 1_000).toBeGreaterThan(highlight.latest_reel_media);
      expect(Date.parse(highlight.created_at)).toBeLessThan(NOW);
    }
    expect(Math.max(...tray.map(({ media_count }) => media_count))).toBe(100);
    expect(tray.some(({ title }) => /[^ -~]/.test(title))).toBe(true);
  });

  test("hands the covers on as they are, with every digit", async () => {
    for (const { cover_media } of tray)
      expect(cover_media.cropped_image_version.url).toContain("_150x150_n.jpg");
    const { text } = await get("/user/highlights", { user_id: INSTAGRAM });
    expect(text).toMatch(/"upload_id":"175\d{14}"[,}]/);
    expect(tray.some(({ cover_media }) => /^\d{19}_25025320$/.test(cover_media.media_id))).toBe(
      true,
    );
  });

  test("asks for no page of the tray that is not wanted", async () => {
    const calls = async (amount: string) =>
      (await get("/user/highlights", { user_id: INSTAGRAM, amount })).headers.get(
        "gramway-upstream-calls",
      );
    expect([await calls("10"), await calls("11")]).toEqual(["1", "2"]);
  });

  test("is empty for those who keep none", async () => {
    const answer = await get("/user/highlights", { user_id: "sandbox_2fa" });
    expect([answer.status, answer.text]).toEqual([200, "[]"]);
  });
});

describe("GET /highlight", () => {
  const long = tray.find(({ media_count }) => media_count === 100);

  test("gives the stories, oldest first, up to a hundred", async () => {
    const { body, headers } = await get("/highlight", { highlight_pk: long.pk });
    expect(headers.get("gramway-upstream-calls")).toBe("1");
    const { items, ...rest } = body;
    expect({ ...rest, items: [] }).toEqual(long);
    expect(items.map(({ pk }: { pk: string }) => pk)).toEqual(long.media_ids);
    const times = items.map(({ taken_at }: { taken_at: string }) => Date.parse(taken_at));
    expect(times).toEqual(times.toSorted((a: number, b: number) => a - b));
    expect(times.at(-1) / 1_000).toBe(Math.floor(long.latest_reel_media));
    for (const field of ["mentions", "links", "hashtags", "locations", "stickers", "medias"])
      expect(
        items.some((story: Record<string, unknown[]>) => story[field]?.length),
        field,
      ).toBe(true);
  });

  test("answers 404 to one that is not there, or that the account may not see", async () => {
    for (const highlight_pk of ["1", "17900000000000000", "17912345678901234"])
      expectProblem(await get("/highlight", { highlight_pk }), "HighlightNotFound");
    const owner = await sandbox.login("sandbox_private");
    const [theirs] = (await get("/user/highlights", { user_id: PRIVATE }, owner)).body;
    expectProblem(await get("/highlight", { highlight_pk: theirs.pk }), "HighlightNotFound");
    expect((await get("/highlight", { highlight_pk: theirs.pk }, owner)).body.user.pk).toBe(
      PRIVATE,
    );
  });

  const answering = async (reels: unknown) => {
    sandbox.instagram.on("/api/v1/feed/reels_media/", Response.json({ reels, status: "ok" }));
    const query = { highlight_pk: long.pk };
    const answer = await get("/highlight", query);
    return answer;
  };

  test("answers 404 where the upstream's answer has no such reel", async () => {
    for (const reels of [undefined, null, [], {}, { [long.id]: null }, { [long.id]: [] }])
      expectProblem(await answering(reels), "HighlightNotFound");
  });

  test("is the one that was asked for where the answer lacks its id", async () => {
    const { body } = await answering({ [long.id]: { title: "?" } });
    expect(body).toMatchObject({ pk: long.pk, id: long.id, title: "?", items: [] });
  });
});
