import { beforeEach, describe, expect, test } from "bun:test";
import { createEmulator, type Emulator, type UploadFault } from "../../src/emulator/index.ts";
import { jpeg, mp4 } from "../../src/emulator/seed/files.ts";
import { SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { DEVICE, loggedIn, type ParsedJson, type TestClient } from "./client.ts";
import { configure, idsIn, photoFields, photoStory, reelOf, videoFields } from "./stories.ts";
import { broadcast, messagesWith } from "./threads.ts";
import { newUploadId, uploadedPhoto, uploadedVideo } from "./uploading.ts";

const DAY = 86_400_000;

let now: number;
let emulator: Emulator;
let me: TestClient;

beforeEach(async () => {
  now = Date.UTC(2026, 2, 3, 12);
  emulator = createEmulator({ now: () => now });
  me = await loggedIn(emulator);
});

/** Uploads a video as the app does for a story: without a cover. */
const storyVideo = () => uploadedVideo(me, { width: 720, height: 1_280, cover: false });

const download = async (url: string): Promise<Uint8Array> =>
  new Uint8Array(await (await emulator.handle(new Request(url))).arrayBuffer());

describe("a photo as a story", () => {
  test("is in the own reel, with the file that was sent, and others see it", async () => {
    const made = await photoStory(me);
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
    const made = await photoStory(me);
    const { tray } = (await follower.post("feed/reels_tray/", { reason: "cold_start" })).json;
    const mine = tray.find(({ user }: ParsedJson) => user.pk === SANDBOX_PK);
    expect(mine.latest_reel_media).toBe(made.taken_at);
    expect(await archived()).toMatchObject({
      media_count: media_count + 1,
      latest_reel_media: made.taken_at,
    });
  });

  test("counts those who see it, can be liked, answered and shared, and kept in a highlight", async () => {
    const made = await photoStory(me);
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
    await broadcast(other, "story_share", {
      recipient_users: `[[${SANDBOX_PK}]]`,
      story_media_id: made.id,
      reel_id: String(SANDBOX_PK),
      text: "",
    });
    const [shared, reply] = await messagesWith(me, SANDBOX_PRIVATE_PK);
    expect(shared.story_share.media.id).toBe(made.id);
    expect(reply.reel_share).toMatchObject({ text: "lovely", media: { id: made.id } });
    const [{ url }] = reply.reel_share.media.image_versions2.candidates;
    expect(await download(url)).toEqual(jpeg(1_080, 1_920));
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
    const coverIn = ({ cover_media }: ParsedJson) => cover_media.cropped_image_version.url;
    expect(await download(coverIn(reel))).toEqual(jpeg(1_080, 1_920));
    const upload_id = await uploadedPhoto(me, { width: 300, height: 300 });
    const edited = await me.post(`highlights/${reel.id}/edit_reel/`, {
      supported_capabilities_new: "[]",
      source: "story_viewer",
      title: "Kept",
      added_media_ids: "[]",
      removed_media_ids: "[]",
      cover: JSON.stringify({ upload_id, crop_rect: "[0.0,0.0,1.0,1.0]" }),
    });
    expect(await download(coverIn(edited.json.reel))).toEqual(jpeg(300, 300));
    now += 2 * DAY;
    const kept = await other.post("feed/reels_media/", {
      user_ids: [reel.id],
      source: "profile",
      supported_capabilities_new: "[]",
    });
    expect(idsIn(kept.json.reels[reel.id])).toEqual([made.id]);
  });

  test("is shown for a day, and then only to its owner; deleted, to nobody", async () => {
    const made = await photoStory(me);
    const other = await loggedIn(emulator, "sandbox_private");
    now += DAY - 1_000;
    expect(idsIn(await reelOf(other))).toContain(made.id);
    now += 1_000;
    expect(idsIn(await reelOf(other))).not.toContain(made.id);
    const seenBy = async (client: TestClient) =>
      (await client.get(`media/${made.id}/info/`)).status;
    expect([await seenBy(me), await seenBy(other)]).toEqual([200, 400]);
    const file = new Request(made.image_versions2.candidates[0].url);
    expect((await emulator.handle(file.clone())).status).toBe(200);
    await me.post(`media/${made.id}/delete/`, { media_id: made.id });
    expect(await seenBy(me)).toBe(400);
    expect((await emulator.handle(file)).status).toBe(404);
  });

  test("for close friends is hidden from everybody else", async () => {
    const made = await photoStory(me, { audience: "besties" });
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
    const made = await photoStory(me);
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
    expect([json.status, json.upload_id]).toEqual(["ok", id]);
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

describe("when it is told to go wrong", () => {
  const failing = async (fault: UploadFault) => {
    emulator = createEmulator({
      now: () => now,
      faults: ({ step }) => (step === "configure" ? fault : undefined),
    });
    me = await loggedIn(emulator);
  };

  test("a story is made although its answer is lost", async () => {
    await failing("drop_answer");
    const id = await uploadedPhoto(me, { width: 1_080, height: 1_920 });
    const before = (await reelOf(me)).items.length;
    const lost = configure(me, photoFields(id));
    expect(await lost.catch(({ name }) => name)).toBe("ConnectionLost");
    expect((await reelOf(me)).items).toHaveLength(before + 1);
    expect((await configure(me, photoFields(id))).json.message).toBe("media_needs_reupload");
  });

  test("a video is transcoded for ever", async () => {
    await failing("transcode_forever");
    const id = await storyVideo();
    now += DAY / 100;
    expect((await configure(me, videoFields(id), { video: "1" })).status).toBe(202);
  });
});
