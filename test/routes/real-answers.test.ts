import { beforeEach, describe, expect, test } from "bun:test";
import { faultsOfReturns } from "../support/contract-models.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import type { Answer } from "../support/service.ts";

/*
 * What Instagram's answers have in several forms, as the sandbox mixes them: each form is read, none
 * is counted as drift, and no number is one that JavaScript rounds.
 */

const sandbox = await sandboxOfFile();
/** What the upstream answered, in the order of the requests. */
const upstream: string[] = [];
beforeEach(() => {
  sandbox.instagram.on(/./, async (_asked, usual) => {
    const answer = await usual();
    upstream.push(await answer.clone().text());
    return answer;
  });
});

const INSTAGRAM = "25025320";

async function get(path: string, query: Record<string, string>): Promise<Answer> {
  upstream.length = 0;
  const answer = await sandbox.get(path, query);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.text).not.toMatch(/[:,[]-?\d{17,}/);
  return answer;
}

const seen = (...forms: RegExp[]): boolean[] =>
  forms.map((form) => upstream.some((text) => form.test(text)));

describe("the sandbox's answers", () => {
  test("have Reels of every form, and all are typed", async () => {
    const { body } = await get("/user/clips", { user_id: INSTAGRAM, amount: "50" });
    expect(
      seen(
        /"content_appreciation_info":null/,
        /"entry_point_container":\{/,
        /"entry_point_container":null/,
        /"additional_audio_info":null/,
        /"original_media_id":\d{17,}/,
      ),
    ).toEqual(Array(5).fill(true));
    const reels = body.items.flatMap((item: any) => item.clips_metadata ?? []);
    const raw = [...(upstream[0] ?? "").matchAll(/"clips_metadata":/g)];
    expect([reels.length, raw.length]).toEqual([raw.length, reels.length]);
    for (const part of ["content_appreciation_info", "achievements_info", "audio_ranking_info"])
      expect([...(upstream[0] ?? "").matchAll(RegExp(`"${part}"`, "g"))].length).toBeLessThan(
        reels.length,
      );
    for (const reel of reels) {
      expect(reel).toHaveProperty("viewer_interaction_settings");
      expect(reel.content_appreciation_info.enabled).toBeBoolean();
      expect(reel.additional_audio_info.audio_reattribution_info).toBeObject();
      if (reel.original_sound_info)
        expect(reel.original_sound_info.original_media_id).toMatch(/^\d{17,}$/);
    }
    expect(faultsOfReturns("MediaPage", body)).toEqual([]);
  });

  test("have the polls of stories with what can be chosen, and the votes", async () => {
    const { body } = await get("/user/stories", { user_id: INSTAGRAM });
    expect(seen(/"poll_sticker":\{/)).toEqual([true]);
    const polls = body.flatMap((story: any) => story.polls);
    expect(polls.length).toBeGreaterThan(0);
    for (const poll of polls) {
      expect(poll.id).toMatch(/^\d{17,}$/);
      expect(poll.question).toBe("Mountains or sea?");
      expect(poll.options).toEqual(["Mountains ⛰", "Sea 🌊"]);
      expect(poll.extra.tallies.map(({ count }: any) => typeof count)).toEqual([
        "number",
        "number",
      ]);
      expect(poll.width).toBeGreaterThan(0);
    }
  });

  test("have posts in tiles of every layout, each of them once over all pages", async () => {
    for (const [path, query] of [
      ["/hashtag/medias/top", { name: "berlin" }],
      ["/location/medias/top", { location_pk: "213385402" }],
    ] as const) {
      const pks: string[] = [];
      let cursor = "";
      for (let page = 0; page < 3; page++) {
        const { body } = await get(path, { ...query, amount: "100", cursor });
        const ids = [...(upstream[0] ?? "").matchAll(/"media":\{"pk":(\d+)/g)];
        expect(body.items.map(({ pk }: any) => pk)).toEqual(ids.map(([, pk]) => pk));
        expect(seen(/"one_by_two_item"/, /"two_by_two_item"/, /"fill_items"/, /"medias"/)).toEqual(
          Array(4).fill(true),
        );
        pks.push(...body.items.map(({ pk }: any) => pk));
        cursor = body.next_cursor;
      }
      expect(new Set(pks).size).toBe(pks.length);
    }
  });

  test("have what was sent in threads long ago, and seen states without a time of making", async () => {
    // Such threads are among the hidden requests.
    const { body: spam } = await get("/direct/spam", {});
    const threads = spam.items;
    expect(seen(/"last_seen_at":\{"\d+":\{"item_id":"\d+","timestamp":"\d+","shh/)).toEqual([true]);
    for (const { last_seen_at } of threads)
      for (const state of Object.values<any>(last_seen_at))
        expect(Date.parse(state.created_at)).toBeGreaterThan(Date.UTC(2015, 0));
    const withoutId = /"media":\{"media_type":[12],"original_width"/;
    let old = 0;
    for (const { id } of threads.slice(0, 6)) {
      const { body } = await get("/direct/thread", { thread_id: id, amount: "0" });
      if (!upstream.some((text) => withoutId.test(text))) continue;
      old++;
      // The message's own id stands for it.
      expect(body.messages.some(({ id: own, media }: any) => media?.id === own)).toBe(true);
    }
    expect(old).toBeGreaterThan(0);
  });

  test("drift in nothing", async () => {
    const { text } = await sandbox.request("GET", "/metrics");
    expect(text.match(/^gramway_model_drift_total\{.*/gm)).toBeNull();
  });
});
