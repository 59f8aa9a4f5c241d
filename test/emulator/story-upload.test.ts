import { beforeEach, describe, expect, test } from "bun:test";
import { createEmulator, type Emulator } from "../../src/emulator/index.ts";
import { jpeg, mp4 } from "../../src/emulator/seed/files.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { postsOf } from "./acting.ts";
import { type Answer, DEVICE, loggedIn, type ParsedJson, type TestClient } from "./client.ts";
import { broadcast, messagesWith } from "./threads.ts";
import { newUploadId, uploadedPhoto, uploadedVideo } from "./uploading.ts";

const DAY = 86_400_000;
const BERLIN = 213385402;

let now: number;
let emulator: Emulator;
let me: TestClient;

beforeEach(async () => {
  now = Date.UTC(2026, 2, 3, 12);
  emulator = createEmulator({ now: () => now });
  me = await loggedIn(emulator);
});

const device = {
  android_version: 34,
  android_release: "14",
  manufacturer: "Google",
  model: "Pixel",
};

/** The fields of a photo, as in the recordings. */
const photoFields = (upload_id: string, more: object = {}) => ({
  _uuid: DEVICE.guid,
  device_id: DEVICE.device_id,
  client_shared_at: "1795487694",
  configure_mode: "1",
  source_type: "4",
  imported_taken_at: 1795228494,
  upload_id,
  client_timestamp: "1795487699",
  device,
  _uid: SANDBOX_PK,
  original_media_type: "photo",
  edits: { crop_original_size: [1080, 1920], filter_type: 0, filter_strength: 1 },
  extra: { source_width: 1080, source_height: 1920 },
  ...more,
});

/** The fields of a video, as in the recordings. */
const videoFields = (upload_id: string, more: object = {}) => ({
  _uuid: DEVICE.guid,
  device_id: DEVICE.device_id,
  _uid: String(SANDBOX_PK),
  client_shared_at: "1795487694",
  configure_mode: "1",
  source_type: "3",
  video_result: "",
  upload_id,
  device,
  length: 4,
  clips: [{ length: 4, source_type: "3", camera_position: "back" }],
  extra: { source_width: 720, source_height: 1280 },
  audio_muted: false,
  poster_frame_index: 0,
  ...more,
});

const configure = (client: TestClient, fields: object, query: Record<string, string> = {}) =>
  client.send("POST", "/api/v1/media/configure_to_story/", { signed: fields, query });

/** Makes a story of a photo; its media. */
async function photoStory(more: object = {}, client = me): Promise<ParsedJson> {
  const id = await uploadedPhoto(client, { width: 1_080, height: 1_920 });
  const answer = await configure(client, photoFields(id, { _uid: undefined, ...more }));
  expect([answer.status, answer.text.slice(0, 200)]).toEqual([200, expect.any(String)]);
  expect(answer.json).toMatchObject({ status: "ok", upload_id: id });
  return answer.json.media;
}

/** Uploads a video as the app does for a story: without a cover. */
const storyVideo = () => uploadedVideo(me, { width: 720, height: 1_280, cover: false });

const spot = { x: 0.5, y: 0.5, z: 0, width: 0.4, height: 0.05, rotation: 0 };
const tapModels = (...stickers: object[]) => ({
  tap_models: JSON.stringify(stickers.map((sticker) => ({ ...spot, ...sticker }))),
});
const mention = (pk: number) => ({ type: "mention", user_id: String(pk), is_sticker: false });

const reelOf = async (client: TestClient, pk = SANDBOX_PK): Promise<ParsedJson> =>
  (await client.get(`feed/user/${pk}/story/`, { supported_capabilities_new: "[]" })).json.reel;

const idsIn = (reel: ParsedJson): string[] => reel.items.map(({ id }: ParsedJson) => id);

const download = async (url: string): Promise<Uint8Array> =>
  new Uint8Array(await (await emulator.handle(new Request(url))).arrayBuffer());

describe("a photo as a story", () => {
  test("is in the own reel, with the file that was sent, and others see it", async () => {
    const made = await photoStory();
    expect(made).toMatchObject({
      media_type: 1,
      product_type: "story",
      original_width: 1_080,
      original_height: 1_920,
      imported_taken_at: 1795228494,
      reel_mentions: [],
      story_link_stickers: [],
      viewer_count: 0,
    });
    expect(await download(made.image_versions2.candidates[0].url)).toEqual(jpeg(1_080, 1_920));
    const other = await loggedIn(emulator, "sandbox_private");
    for (const client of [me, other]) {
      const reel = await reelOf(client);
      expect(idsIn(reel).at(-1)).toBe(made.id);
      expect(reel.latest_reel_media).toBe(made.taken_at);
      expect(reel.media_count).toBe(reel.items.length);
      const info = await client.get(`media/${made.id}/info/`);
      expect(info.json.items[0]).toMatchObject({ id: made.id, product_type: "story" });
      const reels = await client.post("feed/reels_media/", {
        user_ids: [SANDBOX_PK],
        source: "profile",
        supported_capabilities_new: "[]",
      });
      expect(idsIn(reels.json.reels[SANDBOX_PK]).at(-1)).toBe(made.id);
    }
  });

  test("comes first in the trays of followers, and is in the own archive", async () => {
    const follower = await loggedIn(emulator, "sandbox_private");
    await follower.post(`friendships/create/${SANDBOX_PK}/`, { user_id: String(SANDBOX_PK) });
    const archived = async () =>
      (
        await me.get("archive/reel/day_shells_paginated/", {
          timezone_offset: 0,
          include_memories: 1,
        })
      ).json.items[0];
    const { media_count } = await archived();
    now += 1_000;
    const made = await photoStory();
    const { tray } = (await follower.post("feed/reels_tray/", { reason: "cold_start" })).json;
    const mine = tray.find(({ user }: ParsedJson) => user.pk === SANDBOX_PK);
    expect(mine.latest_reel_media).toBe(made.taken_at);
    expect(await archived()).toMatchObject({
      media_count: media_count + 1,
      latest_reel_media: made.taken_at,
    });
  });

  test("counts those who see it, can be liked, answered and shared, and kept in a highlight", async () => {
    const made = await photoStory();
    const other = await loggedIn(emulator, "sandbox_private");
    await other.send("POST", "/api/v2/media/seen/", {
      query: { reel: 1, live_vod: 0 },
      signed: { reels: { [`${made.id}_${SANDBOX_PK}`]: ["1772539200_1772539201"] } },
    });
    await other.post("story_interactions/send_story_like/", { media_id: made.id });
    const viewers = await me.get(`media/${made.id}/list_reel_media_viewer/`);
    expect(viewers.json.users.map(({ pk }: ParsedJson) => pk)).toEqual([SANDBOX_PRIVATE_PK]);
    expect(viewers.json.viewers[0].has_liked).toBe(true);
    const answered = await broadcast(other, "reel_share", {
      recipient_users: `[[${SANDBOX_PK}]]`,
      media_id: made.id,
      reel_id: String(SANDBOX_PK),
      text: "lovely",
    });
    expect(answered.status).toBe(200);
    const { reel } = (
      await me.post("highlights/create_reel/", {
        _uuid: DEVICE.guid,
        supported_capabilities_new: "[]",
        title: "Kept",
        media_ids: JSON.stringify([made.id]),
        cover: JSON.stringify({ media_id: made.id }),
        source: "self_profile",
        creation_id: "1",
      })
    ).json;
    const cover = reel.cover_media.cropped_image_version.url;
    expect(await download(cover)).toEqual(jpeg(1_080, 1_920));
    now += 2 * DAY;
    const kept = await other.post("feed/reels_media/", {
      user_ids: [reel.id],
      source: "profile",
      supported_capabilities_new: "[]",
    });
    expect(idsIn(kept.json.reels[reel.id])).toEqual([made.id]);
  });

  test("is shown for a day, and then only to its owner; deleted, to nobody", async () => {
    const made = await photoStory();
    const other = await loggedIn(emulator, "sandbox_private");
    now += DAY - 1_000;
    expect(idsIn(await reelOf(other))).toContain(made.id);
    now += 1_000;
    expect(idsIn(await reelOf(other))).not.toContain(made.id);
    const seenBy = async (client: TestClient) =>
      (await client.get(`media/${made.id}/info/`)).status;
    expect([await seenBy(me), await seenBy(other)]).toEqual([200, 400]);
    await me.post(`media/${made.id}/delete/`, { media_id: made.id });
    expect(await seenBy(me)).toBe(400);
  });

  test("for close friends is hidden from everybody else", async () => {
    const made = await photoStory({ audience: "besties" });
    const friend = await loggedIn(emulator, "sandbox_private");
    const sees = async () => idsIn(await reelOf(friend)).includes(made.id);
    expect(await sees()).toBe(false);
    expect((await friend.get(`media/${made.id}/info/`)).status).toBe(400);
    expect(idsIn(await reelOf(me))).toContain(made.id);
    await me.post("friendships/set_besties/", {
      _uuid: DEVICE.guid,
      add: [SANDBOX_PRIVATE_PK],
      remove: [],
      module: "CLOSE_FRIENDS_V2_SEARCH",
      source: "audience_manager",
    });
    expect(await sees()).toBe(true);
  });

  test("is not seen in another world", async () => {
    const made = await photoStory();
    const elsewhere = await loggedIn(emulator, "sandbox", "elsewhere");
    expect(idsIn(await reelOf(elsewhere))).not.toContain(made.id);
  });
});

describe("a video as a story", () => {
  test("plays the file that was sent, once it is transcoded", async () => {
    const id = await storyVideo();
    const early = await configure(me, videoFields(id), { video: "1" });
    expect([early.status, early.json]).toEqual([
      202,
      { message: "Transcode not finished yet.", status: "fail" },
    ]);
    now += 10_000;
    const { json, status } = await configure(me, videoFields(id), { video: "1" });
    expect(status).toBe(200);
    expect(json.media).toMatchObject({ media_type: 2, video_duration: 4, original_height: 1_280 });
    const [shown] = (await reelOf(me)).items.slice(-1);
    expect(await download(shown.video_versions[0].url)).toEqual(mp4(720, 1_280));
    expect(shown.image_versions2.candidates).not.toBeEmpty();
  });

  test("is refused without its length, and as a photo", async () => {
    const id = await storyVideo();
    const { length, ...rest } = videoFields(id);
    expect((await configure(me, rest, { video: "1" })).status).toBe(400);
    const asPhoto = await configure(me, photoFields(id));
    expect(asPhoto.json.message).toBe("media_needs_reupload");
  });
});

describe("stickers", () => {
  test("are shown as they were put on the story", async () => {
    const [post] = await postsOf(me);
    const made = await photoStory({
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
    const made = await photoStory({
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
    const made = await photoStory(tapModels(mention(SANDBOX_PRIVATE_PK)));
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

describe("a story is refused", () => {
  const without = (name: string) => ({ [name]: undefined });
  const cases: Record<string, object> = {
    "without an upload id": without("upload_id"),
    "without a mode": without("configure_mode"),
    "with an unknown mode": { configure_mode: "7" },
    "without the time of sharing": without("client_shared_at"),
    "without the device": without("device"),
    "without the size of the source": { extra: {} },
  };
  test.each(Object.entries(cases))("%s", async (_, change) => {
    const id = await uploadedPhoto(me);
    expect((await configure(me, photoFields(id, change))).status).toBe(400);
  });

  test("of an upload that is unknown, of another account, or used before", async () => {
    const needsReupload = async (client: TestClient, id: string) =>
      (await configure(client, photoFields(id, { _uid: undefined }))).json.message;
    expect(await needsReupload(me, newUploadId())).toBe("media_needs_reupload");
    const other = await loggedIn(emulator, "sandbox_private");
    expect(await needsReupload(me, await uploadedPhoto(other))).toBe("media_needs_reupload");
    const id = await uploadedPhoto(me);
    expect(await needsReupload(me, id)).toBeUndefined();
    expect(await needsReupload(me, id)).toBe("media_needs_reupload");
  });
});

describe("a story for threads", () => {
  test("is a message that can be viewed again, and no story", async () => {
    const before = (await reelOf(me)).items.length;
    const id = await uploadedPhoto(me, { width: 720, height: 1_280 });
    const sent = await configure(
      me,
      photoFields(id, {
        configure_mode: "2",
        view_mode: "replayable",
        client_context: "6823316152962778207",
        recipient_users: `[[${SANDBOX_PRIVATE_PK}]]`,
        thread_ids: "[]",
      }),
    );
    expect(sent.json.message_metadata[0]).toMatchObject({ client_context: "6823316152962778207" });
    expect((await reelOf(me)).items.length).toBe(before);
    const other = await loggedIn(emulator, "sandbox_private");
    const [message] = await messagesWith(other, SANDBOX_PK);
    expect(message).toMatchObject({
      item_type: "raven_media",
      visual_media: { view_mode: "replayable", media: { media_type: 1, original_width: 720 } },
    });
    const [{ url }] = message.visual_media.media.image_versions2.candidates;
    expect(await download(url)).toEqual(jpeg(720, 1_280));
  });
});

test("photos that are too many for the memory of a world are refused, and what is there stays", async () => {
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
