import { beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createEmulator, type Emulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { postsOf } from "./acting.ts";
import { type Answer, DEVICE, loggedIn, type ParsedJson, type TestClient } from "./client.ts";
import {
  configure,
  idsIn,
  mention,
  photoFields,
  photoStory,
  reelOf,
  spot,
  tapModels,
} from "./stories.ts";
import { messagesWith } from "./threads.ts";
import { uploadedPhoto } from "./uploading.ts";

const BERLIN = 213385402;

let now: number;
let emulator: Emulator;
let me: TestClient;

beforeEach(async () => {
  now = Date.UTC(2026, 2, 3, 12);
  emulator = createEmulator({ now: () => now });
  me = await loggedIn(emulator);
});

describe("stickers", () => {
  test("are shown as they were put on the story", async () => {
    const [post] = await postsOf(me);
    const made = await photoStory(me, {
      reel_mentions: JSON.stringify([{ ...spot, ...mention(SANDBOX_PRIVATE_PK) }]),
      ...tapModels(
        mention(INSTAGRAM_PK),
        mention(SANDBOX_PRIVATE_PK),
        { type: "hashtag", tag_name: "Größe", is_sticker: true },
        { type: "location", location_id: "111777152182368", x: 0.33 },
        { type: "story_link", link_type: "web", url: "https://example.com/page?a=1" },
        { type: "feed_media", media_id: post.id.split("_")[0], product_type: "feed" },
        { type: "gif", str_id: "emoji_reaction_1", attribution: "giphy" },
        {
          type: "poll",
          question: "Tea or coffee?",
          tallies: [
            { count: 0, font_size: 39, text: "Tea" },
            { count: 0, font_size: 39, text: "Coffee" },
          ],
        },
      ),
    });
    const other = await loggedIn(emulator, "sandbox_private");
    const [shown] = (await reelOf(other)).items.slice(-1);
    expect(shown.id).toBe(made.id);
    for (const story of [made, shown]) {
      expect(story.reel_mentions.map(({ user }: ParsedJson) => user.pk)).toEqual([
        INSTAGRAM_PK,
        SANDBOX_PRIVATE_PK,
      ]);
      expect(story.reel_mentions[0]).toMatchObject({ ...spot, display_type: "mention_username" });
      expect(story.story_bloks_stickers[0].bloks_sticker.sticker_data.ig_mention).toMatchObject({
        account_id: String(INSTAGRAM_PK),
        username: "instagram",
      });
      expect(story.story_hashtags[0].hashtag).toMatchObject({ name: "größe" });
      expect(story.story_locations[0]).toMatchObject({ x: 0.33, location: { pk: BERLIN } });
      expect(story.story_link_stickers[0].story_link).toMatchObject({
        url: expect.stringContaining(encodeURIComponent("https://example.com/page?a=1")),
        display_url: "example.com",
      });
      expect(story.story_feed_media[0]).toMatchObject({ media_code: post.code });
      expect(story.story_static_models[0]).toMatchObject({ str_id: "emoji_reaction_1" });
      expect(story.story_polls[0].poll_sticker).toMatchObject({
        question: "Tea or coffee?",
        tallies: [
          { text: "Tea", count: 0 },
          { text: "Coffee", count: 0 },
        ],
      });
    }
    const there = await other.get(`locations/${BERLIN}/story/`);
    expect(idsIn(there.json.story)).toContain(made.id);
  });

  test("of older apps come in fields of their own", async () => {
    const made = await photoStory(me, {
      story_hashtags: JSON.stringify([{ ...spot, tag_name: "berlin" }]),
      story_questions: JSON.stringify([{ ...spot, question: "Where?", question_type: "text" }]),
      story_sliders: JSON.stringify([{ ...spot, question: "How?", emoji: "😍" }]),
      story_quizs: JSON.stringify([
        {
          ...spot,
          question: "Which?",
          correct_answer: 1,
          options: [
            { text: "This", count: 0 },
            { text: "That", count: 0 },
          ],
        },
      ]),
      story_countdowns: JSON.stringify([{ ...spot, text: "Soon", end_ts: 1_800_000_000 }]),
      story_cta: JSON.stringify([{ links: [{ webUri: "https://example.com" }] }]),
    });
    expect(made.story_hashtags[0].hashtag.name).toBe("berlin");
    expect(made.story_questions[0].question_sticker).toMatchObject({ question: "Where?" });
    expect(made.story_sliders[0].slider_sticker).toMatchObject({ emoji: "😍" });
    expect(made.story_quizs[0].quiz_sticker).toMatchObject({ correct_answer: 1 });
    expect(made.story_countdowns[0].countdown_sticker).toMatchObject({ end_ts: 1_800_000_000 });
    expect(made.story_cta[0].links[0]).toMatchObject({ webUri: "https://example.com" });
  });

  test("tell the mentioned user, in a message that leads to the story", async () => {
    const made = await photoStory(me, tapModels(mention(SANDBOX_PRIVATE_PK)));
    const other = await loggedIn(emulator, "sandbox_private");
    const [told] = await messagesWith(other, SANDBOX_PK);
    expect(told).toMatchObject({
      item_type: "reel_share",
      reel_share: {
        type: "mention",
        mentioned_user_id: SANDBOX_PRIVATE_PK,
        media: { id: made.id },
      },
    });
  });

  const refused: Record<string, object> = {
    "a mention of nobody": tapModels(mention(1)),
    "a hashtag with blanks": tapModels({ type: "hashtag", tag_name: "two words" }),
    "a link that is no URL": tapModels({ type: "story_link", url: "javascript:alert(1)" }),
    "a post that is not there": tapModels({ type: "feed_media", media_id: "3012345678901234567" }),
    "a poll with one choice": tapModels({ type: "poll", question: "?", tallies: [{ text: "a" }] }),
    "a sticker nowhere": tapModels({ ...mention(INSTAGRAM_PK), x: "left" }),
    "text that is no JSON": { tap_models: "[{" },
    "a list of texts": { tap_models: '["mention"]' },
    "too many stickers": tapModels(...new Array(51).fill({ type: "gif" })),
  };
  test.each(Object.entries(refused))("are refused: %s", async (_, fields) => {
    const id = await uploadedPhoto(me);
    const answer = await configure(me, photoFields(id, fields));
    expect([answer.status, answer.json.status]).toEqual([400, "fail"]);
    // The upload is still there.
    expect((await configure(me, photoFields(id))).status).toBe(200);
  });

  test("lead only to websites: links are looked at before", async () => {
    const check = (url: string): Promise<Answer> =>
      me.post("media/validate_reel_url/", { url, _uid: String(SANDBOX_PK), _uuid: DEVICE.guid });
    expect((await check("https://example.com/page?a=1")).json).toEqual({ status: "ok" });
    expect((await check("ftp://example.com")).status).toBe(400);
    expect((await check("not a link")).status).toBe(400);
  });
});

test("stories that are too many for the memory of a world are refused, and what is there stays", async () => {
  const stickers = new Array(50).fill({ type: "question", question: "?".repeat(500) });
  let last: ParsedJson;
  let refusal: Answer | undefined;
  for (let turn = 0; turn < 200 && refusal === undefined; turn++) {
    const id = await uploadedPhoto(me, { width: 100, height: 100 });
    now += 1_000;
    const answer = await configure(me, photoFields(id, tapModels(...stickers)));
    if (answer.status === 200) last = answer.json.media;
    else refusal = answer;
  }
  expect(refusal?.json).toMatchObject({ message: "feedback_required" });
  expect(idsIn(await reelOf(me)).at(-1)).toBe(last.id);
});

/** Values that break code which turns them into texts or numbers without a look. */
const oddValue = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>({ toString: 1 }, { valueOf: null }, [[[]]], "__proto__", 2 ** 60),
);

const oddSticker = fc.dictionary(
  fc.constantFrom(
    ...["type", "x", "z", "rotation", "user_id", "tag_name", "location_id", "url", "media_id"],
    ...["tallies", "options", "question", "correct_answer", "end_ts", "text", "emoji", "links"],
  ),
  fc.oneof(
    oddValue,
    fc.constantFrom("mention", "hashtag", "location", "story_link", "feed_media", "constructor"),
    fc.constantFrom("poll", "quiz", "countdown", "slider", "question", String(INSTAGRAM_PK)),
  ),
);

const FIELDS = [
  ...["tap_models", "reel_mentions", "story_hashtags", "story_locations", "attached_media"],
  ...["story_polls", "story_quizs", "story_countdowns", "story_cta", "story_chats"],
];

test("whatever is sent as stickers makes a story or is refused", async () => {
  const fields = fc.dictionary(
    fc.constantFrom(...FIELDS),
    fc.oneof(
      fc.array(oddSticker, { maxLength: 3 }).map((list) => JSON.stringify(list)),
      fc.string(),
      oddValue,
    ),
  );
  await fc.assert(
    fc.asyncProperty(fields, async (odd) => {
      now += 100_000;
      const id = await uploadedPhoto(me, { width: 100, height: 100 });
      const { status, json } = await configure(me, photoFields(id, odd));
      expect([200, 400]).toContain(status);
      expect(["ok", "fail"]).toContain(json.status);
    }),
    { numRuns: 300 },
  );
});
