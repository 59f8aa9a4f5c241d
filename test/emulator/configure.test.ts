import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { mp4 } from "../../src/emulator/seed/files.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { type Answer, loggedIn, type ParsedJson, sectionPosts, type TestClient } from "./client.ts";
import {
  child,
  configureAlbum,
  configureIgtv,
  configurePhoto,
  configureReel,
  configureVideo,
} from "./publishing.ts";
import { newUploadId, rupload, uploadedPhoto, uploadedVideo, videoParams } from "./uploading.ts";

const emulator = createEmulator({ transcodeRate: 0 });
const client = await loggedIn(emulator);

const BERLIN = {
  name: "Berlin, Germany",
  address: "",
  lat: 52.51,
  lng: 13.38,
  external_source: "facebook_places",
  facebook_places_id: 111777152182368,
};

const needsReupload = (uploadId: string) => ({
  message: "media_needs_reupload",
  media: { upload_id: uploadId, device_timestamp: uploadId },
  error_title: expect.stringContaining("extra:{}"),
  status: "ok",
});

/** The file behind a URL of an answer. */
const fileAt = async (url: string): Promise<Buffer> => {
  const answer = await emulator.handle(new Request(url));
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
};

/** What each kind of post is made with, and what it is then. */
const KINDS = {
  photo: {
    make: async (more: object = {}, own = client) =>
      configurePhoto(own, await uploadedPhoto(own), { ...more }),
    is: { media_type: 1, product_type: "feed", original_width: 1080, original_height: 1350 },
  },
  video: {
    make: async (more: object = {}, own = client) =>
      configureVideo(own, await uploadedVideo(own), { ...more }),
    is: { media_type: 2, product_type: "feed", original_width: 720, original_height: 900 },
  },
  reel: {
    make: async (more: object = {}, own = client) =>
      configureReel(own, await uploadedVideo(own, { cover: false }), { ...more }),
    is: { media_type: 2, product_type: "clips", original_width: 720, original_height: 900 },
  },
  igtv: {
    make: async (more: object = {}, own = client) =>
      configureIgtv(own, await uploadedVideo(own), { title: "A title", ...more }),
    is: { media_type: 2, product_type: "igtv", title: "A title" },
  },
  album: {
    make: async (more: object = {}, own = client) =>
      configureAlbum(own, [child(await uploadedPhoto(own)), child(await uploadedVideo(own))], {
        ...more,
      }),
    is: { media_type: 8, product_type: "carousel_container", carousel_media_count: 2 },
  },
};

const kinds = Object.entries(KINDS);

const idOf = ({ text, json }: Answer): string => {
  if (json?.media?.id === undefined) throw new Error(text);
  return json.media.id;
};

const info = async (id: string, own = client): Promise<ParsedJson> =>
  (await own.get(`media/${id}/info/`)).json.items[0];

const ids = (items: ParsedJson[]): string[] => items.map((item) => (item.media ?? item).id);

describe.each(kinds)("a new %s", (kind, { make, is }) => {
  test("is answered as every read shows it", async () => {
    const answer = await make({ caption: "hello" });
    expect(answer.json.status).toBe("ok");
    const { media } = answer.json;
    expect(media).toMatchObject({
      ...is,
      caption: { text: "hello" },
      like_count: 0,
      comment_count: 0,
      user: { pk: SANDBOX_PK },
    });
    expect(String(media.device_timestamp)).toBe(answer.json.upload_id);
    expect(await info(media.id)).toEqual(media);
  });

  test("is the newest of its owner, and counted", async () => {
    const before = (await client.get(`users/${SANDBOX_PK}/info/`)).json.user.media_count;
    const id = idOf(await make());
    const feed = await client.get(`feed/user/${SANDBOX_PK}/`);
    const posts = feed.json.items.filter(
      (post: ParsedJson) => !post.timeline_pinned_user_ids?.includes(SANDBOX_PK),
    );
    expect(posts[0].id).toBe(id);
    expect((await client.get(`users/${SANDBOX_PK}/info/`)).json.user.media_count).toBe(before + 1);
  });

  test("is in the timelines of its owner and of followers", async () => {
    const world = `followers ${kind}`;
    const owner = await loggedIn(emulator, "sandbox", world);
    const follower = await loggedIn(emulator, "sandbox_private", world);
    const id = idOf(await make({}, owner));
    const timeline = async (own: TestClient) => {
      const body = JSON.stringify({ reason: "pull_to_refresh", _uuid: "u" });
      const page = await own.send("POST", "/api/v1/feed/timeline/", { body });
      return page.json.feed_items.map((entry: ParsedJson) => entry.media_or_ad?.id);
    };
    expect((await timeline(owner))[0]).toBe(id);
    await follower.post(`friendships/destroy/${SANDBOX_PK}/`, { user_id: String(SANDBOX_PK) });
    expect(await timeline(follower)).not.toContain(id);
    await follower.post(`friendships/create/${SANDBOX_PK}/`, { user_id: String(SANDBOX_PK) });
    expect((await timeline(follower)).filter((one: string) => one === id)).toEqual([id]);
  });

  test("is under the hashtags of its caption, at its place, and with those who are tagged", async () => {
    const tag = `new${kind}tag`;
    const usertags = JSON.stringify({
      in: [{ user_id: String(SANDBOX_PRIVATE_PK), position: [0.5, 0.25] }],
    });
    const id = idOf(
      await make({ caption: `see #${tag}`, usertags, location: JSON.stringify(BERLIN) }),
    );
    const form = { _uuid: "u", tab: "recent", session_id: "s" };
    const tagged = await client.send("POST", `/api/v1/tags/${tag}/sections/`, { form });
    expect(ids(sectionPosts(tagged))).toEqual([id]);
    const placed = await client.send("POST", "/api/v1/locations/213385402/sections/", { form });
    expect(ids(sectionPosts(placed))[0]).toBe(id);
    const viewer = await loggedIn(emulator, "sandbox_private");
    const tagging = await viewer.get(`usertags/${SANDBOX_PRIVATE_PK}/feed/`);
    expect(tagging.json.items[0].id).toBe(id);
    const shown = await info(id);
    expect(shown.usertags.in[0]).toMatchObject({
      user: { pk: SANDBOX_PRIVATE_PK },
      position: [0.5, 0.25],
    });
    expect(shown.location.name).toBe("Berlin, Germany");
    const [newest] = (await viewer.get("news/inbox/")).json.new_stories;
    expect(newest).toMatchObject({ notif_name: "usertag", args: { media: [{ id }] } });
  });

  test("can be liked, commented on, edited, archived and deleted", async () => {
    const id = idOf(await make());
    const other = await loggedIn(emulator, "sandbox_private");
    const pk = id.split("_")[0] ?? "";
    await other.post(`media/${pk}/like/`, { media_id: pk });
    const commented = await other.post(`media/${id}/comment/`, {
      comment_text: "nice",
      user_breadcrumb: "b",
      idempotence_token: `t${kind}`,
    });
    expect(commented.json.comment.text).toBe("nice");
    expect(await info(id)).toMatchObject({ like_count: 1, comment_count: 1 });
    expect((await other.get(`media/${id}/comments/`)).json.comments).toHaveLength(1);
    expect((await other.get(`media/${id}/likers/`)).json.users).toHaveLength(1);
    const edited = await client.post(`media/${id}/edit_media/`, { caption_text: "edited" });
    expect(edited.json.media.caption.text).toBe("edited");
    await client.post(`media/${id}/only_me/`, { media_id: id });
    expect((await other.get(`media/${id}/info/`)).status).toBe(400);
    await client.post(`media/${id}/undo_only_me/`, { media_id: id });
    expect((await other.get(`media/${id}/info/`)).status).toBe(200);
    await client.post(`media/${id}/delete/`, { media_id: id });
    expect((await client.get(`media/${id}/info/`)).status).toBe(400);
  });

  test("is in what is liked and saved, and in insights", async () => {
    const { media } = (await make()).json;
    const pk = media.id.split("_")[0];
    await client.post(`media/${pk}/like/`, { media_id: pk });
    await client.post(`media/${media.id}/save/`, {});
    expect(ids((await client.get("feed/liked/")).json.items)[0]).toBe(media.id);
    expect(ids((await client.get("feed/saved/posts/")).json.items)[0]).toBe(media.id);
    expect(await info(media.id)).toMatchObject({ has_liked: true, has_viewer_saved: true });
    const insights = await client.post("ads/graphql/", {
      surface: "post",
      doc_id: 3221905377882880,
      query_params: JSON.stringify({ query_params: { id: pk } }),
    });
    const own = insights.json.data.instagram_post_by_igid;
    expect(own).toMatchObject({ like_count: 1, comment_count: 0 });
    expect((await fileAt(own.display_url)).subarray(0, 2).toString("hex")).toBe("ffd8");
  });

  test("is embedded by its link", async () => {
    const { media } = (await make({ caption: "embedded" })).json;
    const found = await client.send("GET", "/api/v1/oembed", {
      query: { url: `https://www.instagram.com/p/${media.code}/` },
    });
    expect(found.json).toMatchObject({ media_id: media.id, title: "embedded" });
    expect((await fileAt(found.json.thumbnail_url)).subarray(0, 2).toString("hex")).toBe("ffd8");
  });

  test("is nowhere when it is refused", async () => {
    const before = (await client.get(`feed/user/${SANDBOX_PK}/`)).json.items;
    for (const [more, status] of [
      [{ caption: "x".repeat(2_201) }, 400],
      [{ caption: Array.from({ length: 31 }, (_, at) => `#t${at}`).join(" ") }, 400],
      [{ usertags: '{"in": [{"user_id": "1", "position": [0.5, 0.5]}]}' }, 400],
      [{ usertags: '{"in": [{"user_id": "25025320", "position": [2, 0.5]}]}' }, 400],
      [{ usertags: "no JSON" }, 400],
      [{ location: "[]" }, 400],
      [{ device: undefined }, 400],
      [{ source_type: undefined }, 400],
    ] as const)
      expect([more, (await make(more)).status]).toEqual([more, status]);
    expect(ids((await client.get(`feed/user/${SANDBOX_PK}/`)).json.items)).toEqual(ids(before));
  });
});

describe("the files of a new post", () => {
  test("are those that were uploaded", async () => {
    const bytes = Buffer.concat([mp4(720, 900), Buffer.from([0, 0, 4, 8]), Buffer.from("free")]);
    const whole = new Uint8Array(bytes.length + 1_024);
    whole.set(bytes);
    whole.fill(7, bytes.length);
    const upload = await uploadedVideo(client, { bytes: whole });
    const { media } = (await configureVideo(client, upload)).json;
    expect(await fileAt(media.video_versions[0].url)).toEqual(Buffer.from(whole));
    const [picture] = media.image_versions2.candidates;
    expect(picture).toMatchObject({ width: 720, height: 900 });
    expect((await fileAt(picture.url)).subarray(0, 2).toString("hex")).toBe("ffd8");
  });

  test("are gone with it", async () => {
    const { media } = (await KINDS.video.make()).json;
    await client.post(`media/${media.id}/delete/`, { media_id: media.id });
    for (const url of [media.video_versions[0].url, media.image_versions2.candidates[0].url])
      expect((await emulator.handle(new Request(url))).status).toBe(404);
  });

  test("are a made-up picture for a Reel without a cover", async () => {
    const { media } = (await KINDS.reel.make()).json;
    const [{ url }] = media.image_versions2.candidates;
    expect((await fileAt(url)).subarray(0, 2).toString("hex")).toBe("ffd8");
  });

  test("are each item's in an album", async () => {
    const { media } = (await KINDS.album.make()).json;
    expect(media.carousel_media.map((item: ParsedJson) => item.media_type)).toEqual([1, 2]);
    expect(media.carousel_media[1].video_versions).toHaveLength(1);
    expect(new Set([media.id, ...ids(media.carousel_media)]).size).toBe(3);
  });
});

describe("a new Reel", () => {
  test("is among the owner's Reels, and its sound has a page", async () => {
    const { media } = (await KINDS.reel.make()).json;
    const reels = await client.post("clips/user/", { target_user_id: SANDBOX_PK, page_size: 12 });
    expect(ids(reels.json.items)[0]).toBe(media.id);
    const { audio_asset_id: sound } = media.clips_metadata.original_sound_info;
    expect(sound).toBeDefined();
    const answer = await client.get(`media/${media.id}/info/`);
    const exact = /"audio_asset_id":(\d+)/.exec(answer.text)?.[1] ?? "";
    const page = await client.post("clips/music/", { original_sound_audio_asset_id: exact });
    expect(ids(page.json.items)).toEqual([media.id]);
  });
});

describe("a long video", () => {
  test("is in its owner's channel", async () => {
    const { media } = (await KINDS.igtv.make()).json;
    const channel = await client.get("igtv/channel/", { id: `uservideo_${SANDBOX_PK}` });
    expect(channel.json.items[0].id).toBe(media.id);
  });

  test("has a title of 75 characters at most", async () => {
    expect((await KINDS.igtv.make({ title: "x".repeat(76) })).status).toBe(400);
  });
});

describe("an album", () => {
  test("has the users who are tagged on its items", async () => {
    const usertags = `{"in": [{"user_id": "${INSTAGRAM_PK}", "position": [0.1, 0.2]}]}`;
    const items = [
      child(await uploadedPhoto(client), { usertags }),
      child(await uploadedPhoto(client), { usertags }),
    ];
    const { media } = (await configureAlbum(client, items)).json;
    expect(media.usertags.in.map(({ user }: ParsedJson) => user.pk)).toEqual([INSTAGRAM_PK]);
  });

  test.each([0, 21])("has 1 to 20 items, not %d", async (count) => {
    const items: object[] = [];
    for (let at = 0; at < count; at++) items.push(child(await uploadedPhoto(client)));
    expect((await configureAlbum(client, items as never)).status).toBe(400);
  });

  test("has 20 items with ids of their own", async () => {
    const items: Record<string, unknown>[] = [];
    for (let at = 0; at < 20; at++) items.push(child(await uploadedPhoto(client)));
    const first = (await configureAlbum(client, items)).json.media;
    expect(new Set(ids(first.carousel_media)).size).toBe(20);
    const second = (await KINDS.album.make()).json.media;
    expect(ids(first.carousel_media)).not.toContain(ids(second.carousel_media)[0]);
  });

  test("does not hold the same upload twice", async () => {
    const upload = await uploadedPhoto(client);
    const answer = await configureAlbum(client, [child(upload), child(upload)]);
    expect(answer.status).toBe(400);
  });
});

describe("an upload", () => {
  test("that does not exist, is another account's or another world's, is not posted", async () => {
    const own = await uploadedPhoto(client);
    for (const [other, id] of [
      [client, newUploadId()],
      [await loggedIn(emulator, "sandbox_private"), own],
      [await loggedIn(emulator, "sandbox", "another"), own],
    ] as const) {
      const answer = await configurePhoto(other, id);
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual(needsReupload(id));
    }
    expect((await configurePhoto(client, own)).json.media.id).toBeDefined();
  });

  test("is posted once, also by two requests at a time", async () => {
    for (const make of [configurePhoto, configureVideo]) {
      const id =
        make === configurePhoto ? await uploadedPhoto(client) : await uploadedVideo(client);
      const answers = await Promise.all([make(client, id), make(client, id), make(client, id)]);
      const made = answers.filter(({ json }) => json.media?.id !== undefined);
      expect(made).toHaveLength(1);
      for (const { json } of answers.filter((answer) => !made.includes(answer)))
        expect(json).toEqual(needsReupload(id));
    }
  });

  test("of a video needs its cover, but for a Reel", async () => {
    for (const make of [configureVideo, configureIgtv]) {
      const id = await uploadedVideo(client, { cover: false });
      expect((await make(client, id)).json).toEqual(needsReupload(id));
    }
  });

  test("that is not complete is not posted", async () => {
    const id = newUploadId();
    const bytes = mp4(720, 900);
    const part = { kind: "video", params: videoParams(id), bytes } as const;
    await rupload(client, { ...part, body: bytes.slice(0, 50) });
    expect((await configureReel(client, id)).json).toEqual(needsReupload(id));
  });

  test("of a photo is not posted as a video, nor a video as a photo", async () => {
    const photo = await uploadedPhoto(client);
    expect((await configureVideo(client, photo)).json).toEqual(needsReupload(photo));
    const video = await uploadedVideo(client);
    expect((await configurePhoto(client, video)).json).toEqual(needsReupload(video));
  });

  test("cannot be transcoded where the video is not whole", async () => {
    const bytes = mp4(720, 900).slice(0, -4);
    const answer = await configureReel(client, await uploadedVideo(client, { bytes }));
    expect(answer.status).toBe(400);
    expect(answer.json.message).toStartWith("Transcode error: ");
  });

  test.each([
    [1_080, 1_440, 200],
    [1_080, 565, 200],
    [1_080, 1_500, 400],
    [1_080, 500, 400],
  ])("of a photo of %d by %d is answered with %d %d", async (width, height, status) => {
    const answer = await configurePhoto(client, await uploadedPhoto(client, { width, height }));
    expect(answer.status).toBe(status);
    if (status === 400)
      expect(answer.json.message).toBe("Uploaded image isn't in an allowed aspect ratio");
  });

  test("of a video may be too wide or too high for the feed", async () => {
    for (const [width, height, message] of [
      [2_000, 900, "Transcode error: Video's aspect ratio is too large"],
      [400, 900, "Transcode error: Video's aspect ratio is too small"],
    ] as const) {
      const answer = await configureVideo(client, await uploadedVideo(client, { width, height }));
      expect(answer.json.message).toBe(message);
      const reel = await configureReel(client, await uploadedVideo(client, { width, height }));
      expect(reel.status).toBe(200);
    }
  });
});

describe("the transcoding of a video", () => {
  test("takes time by its length", async () => {
    let now = Date.UTC(2026, 0, 1);
    const own = await loggedIn(createEmulator({ now: () => now, transcodeRate: 500 }));
    const id = await uploadedVideo(own);
    for (const elapsed of [0, 1_000, 999]) {
      now += elapsed;
      const answer = await configureVideo(own, id);
      expect(answer.status).toBe(202);
      expect(answer.json).toEqual({ message: "Transcode not finished yet.", status: "fail" });
    }
    now++;
    expect((await configureVideo(own, id)).status).toBe(200);
  });

  test("is waited for by older apps", async () => {
    const own = await loggedIn(createEmulator({ transcodeRate: 2_000 }));
    const id = await uploadedVideo(own);
    expect((await configureVideo(own, id)).status).toBe(202);
    const finished = await own.post("media/upload_finish/", { upload_id: id, source_type: "4" });
    expect(finished.json).toEqual({ status: "ok" });
    expect((await configureVideo(own, id)).status).toBe(200);
  });
});
