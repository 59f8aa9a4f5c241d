import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Server } from "bun";
import type { IgApiClient } from "instagram-private-api";
import { StickerBuilder } from "instagram-private-api/dist/sticker-builder/index.js";
import { jpeg, mp4 } from "../../src/emulator/seed/files.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import type { ParsedJson } from "./client.ts";
import { emulatorServer, thirdPartyClient } from "./third-party-client.ts";

let server: Server<undefined>;
let me: IgApiClient;
let other: IgApiClient;

beforeAll(async () => {
  server = emulatorServer();
  me = await loggedIn("sandbox");
  other = await loggedIn("sandbox_private");
});

afterAll(() => server.stop(true));

async function loggedIn(username: string): Promise<IgApiClient> {
  const ig = thirdPartyClient(server, username);
  await ig.account.login(username, "sandbox");
  return ig;
}

const photo = (width: number, height: number) => Buffer.from(jpeg(width, height));
const video = (width: number, height: number) => Buffer.from(mp4(width, height));

/** The file at a URL of the CDN. */
async function download(url: string): Promise<Buffer> {
  const { host, pathname, search } = new URL(url);
  const response = await fetch(new URL(pathname + search, server.url), {
    headers: { "X-Forwarded-Host": host },
  });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

const pictureOf = (media: ParsedJson): string => media.image_versions2.candidates[0].url;
const videoOf = (media: ParsedJson): string => media.video_versions[0].url;

/** The newest post of the account, as the other one sees it in its profile. */
const newestPost = async (): Promise<ParsedJson> => {
  const posts = await other.feed.user(SANDBOX_PK).items();
  return posts.toSorted((one, another) => another.taken_at - one.taken_at)[0];
};

/** The newest story of the account, as the other one sees it. */
const newestStory = async (): Promise<ParsedJson> =>
  (await other.feed.userStory(SANDBOX_PK).items()).at(-1);

describe("instagram-private-api, unchanged, publishes, and finds it again", () => {
  test("a photo with a caption and a tagged user", async () => {
    const { media } = await me.publish.photo({
      file: photo(1_080, 1_080),
      caption: "from another client #berlin",
      usertags: { in: [{ user_id: INSTAGRAM_PK, position: [0.5, 0.5] }] },
    });
    const post = await newestPost();
    expect(post).toMatchObject({
      id: media.id,
      media_type: 1,
      caption: { text: "from another client #berlin" },
      usertags: { in: [{ user: { pk: INSTAGRAM_PK } }] },
    });
    expect(await download(pictureOf(post))).toEqual(photo(1_080, 1_080));
    const tagged = await other.feed.tag("berlin").items();
    expect(tagged.map(({ id }) => id)).toContain(media.id);
    expect((await other.media.info(media.id)).items[0]?.id).toBe(media.id);
  });

  test("a video with a cover", async () => {
    const { media } = await me.publish.video({
      video: video(720, 720),
      coverImage: photo(720, 720),
      caption: "moving",
      transcodeDelay: 1,
    });
    const post = await newestPost();
    expect(post).toMatchObject({ id: media.id, media_type: 2, caption: { text: "moving" } });
    expect(await download(videoOf(post))).toEqual(video(720, 720));
    expect(await download(pictureOf(post))).toEqual(photo(720, 720));
  });

  test("an album of photos and a video", async () => {
    const { media } = await me.publish.album({
      caption: "several",
      items: [
        { file: photo(1_080, 1_080) },
        { video: video(720, 720), coverImage: photo(720, 720), transcodeDelay: 1 },
        { file: photo(1_080, 1_350) },
      ],
    });
    const post = await newestPost();
    expect(post).toMatchObject({ id: media.id, media_type: 8, carousel_media_count: 3 });
    const [first, second, third] = post.carousel_media;
    expect(await download(pictureOf(first))).toEqual(photo(1_080, 1_080));
    expect(await download(videoOf(second))).toEqual(video(720, 720));
    expect(await download(pictureOf(third))).toEqual(photo(1_080, 1_350));
  });

  test("a long video in segments", async () => {
    const film = video(720, 1_280);
    const half = Math.ceil(film.length / 2);
    const { media } = await me.publish.igtvVideo({
      video: film,
      coverFrame: photo(720, 1_280),
      title: "A film",
      caption: "in two parts",
      // Its types do not know of segments, which it takes.
      uploadOptions: { segments: [film.subarray(0, half), film.subarray(half)] } as object,
    });
    const { items } = await other.media.info(media.id);
    const post: ParsedJson = items[0];
    expect(post).toMatchObject({ product_type: "igtv", title: "A film" });
    expect(await download(videoOf(post))).toEqual(film);
  });

  test("a photo as a story with stickers", async () => {
    const [post] = await me.feed.user(INSTAGRAM_PK).items();
    const { media } = await me.publish.story({
      file: photo(1_080, 1_920),
      stickerConfig: new StickerBuilder()
        .add(StickerBuilder.mention({ userId: String(INSTAGRAM_PK) }).center())
        .add(StickerBuilder.hashtag({ tagName: "berlin", width: 0.4, height: 0.1 }).center())
        .add(StickerBuilder.location({ locationId: "213385402", width: 0.4, height: 0.1 }))
        .add(StickerBuilder.question({ question: "Where?" }).scale(0.5))
        .add(StickerBuilder.question({ question: "And when?" }).scale(0.5))
        .add(
          StickerBuilder.poll({
            question: "Tea?",
            tallies: [{ text: "Yes" }, { text: "No" }],
          }),
        )
        .add(StickerBuilder.quiz({ question: "Which?", options: ["A", "B"], correctAnswer: 1 }))
        .add(StickerBuilder.slider({ question: "How?", emoji: "❤" }))
        .add(StickerBuilder.attachmentFromMedia({ pk: post?.pk ?? "", user: { pk: INSTAGRAM_PK } }))
        .build(),
    });
    const story = await newestStory();
    expect(story).toMatchObject({
      id: media.id,
      reel_mentions: [{ x: 0.5, y: 0.5, user: { pk: INSTAGRAM_PK } }],
      story_hashtags: [{ hashtag: { name: "berlin" } }],
      story_locations: [{ location: { name: "Berlin, Germany" } }],
      story_questions: [
        { question_sticker: { question: "Where?" } },
        { question_sticker: { question: "And when?" } },
      ],
      story_polls: [{ poll_sticker: { question: "Tea?", tallies: [{ text: "Yes" }, {}] } }],
      story_quizs: [{ quiz_sticker: { question: "Which?", correct_answer: 1 } }],
      story_sliders: [{ slider_sticker: { emoji: "❤" } }],
      story_feed_media: [{ media_id: expect.anything(), user_id: INSTAGRAM_PK }],
    });
    expect(await download(pictureOf(story))).toEqual(photo(1_080, 1_920));
    const { viewers } = (await me.feed.listReelMediaViewers(media.id).request()) as ParsedJson;
    expect(viewers).toEqual([]);
  });

  test("a video as a story with a link", async () => {
    const { media } = await me.publish.story({
      video: video(720, 1_280),
      coverImage: photo(720, 1_280),
      transcodeDelay: 1,
      link: "https://example.com/shop",
    });
    const story = await newestStory();
    expect(story).toMatchObject({
      id: media.id,
      media_type: 2,
      story_cta: [{ links: [{ webUri: "https://example.com/shop" }] }],
    });
    expect(await download(videoOf(story))).toEqual(video(720, 1_280));
    expect(await download(pictureOf(story))).toEqual(photo(720, 1_280));
  });

  test("a story for close friends", async () => {
    const { media } = await me.publish.story({ file: photo(1_080, 1_920), toBesties: true });
    expect((await newestStory()).id).not.toBe(media.id);
    const own = await me.feed.userStory(SANDBOX_PK).items();
    expect(own.at(-1)?.id).toBe(media.id);
    await me.friendship.setBesties({ add: [SANDBOX_PRIVATE_PK] });
    expect((await newestStory()).id).toBe(media.id);
  });

  test("a profile picture", async () => {
    await me.account.changeProfilePicture(photo(500, 500));
    const { profile_pic_url } = await other.user.info(SANDBOX_PK);
    expect(await download(profile_pic_url)).toEqual(photo(500, 500));
    await me.account.removeProfilePicture();
    const removed = await other.user.info(SANDBOX_PK);
    expect(removed.has_anonymous_profile_picture).toBe(true);
  });
});

describe("instagram-private-api, unchanged, sends, and the other account receives", () => {
  const talk = () => me.entity.directThread([String(SANDBOX_PRIVATE_PK)]);

  /** The newest message in the thread of the two, as the other account sees it. */
  async function received(): Promise<ParsedJson> {
    const threads = [
      ...(await other.feed.directPending().items()),
      ...(await other.feed.directInbox().items()),
    ];
    return threads.find(({ users }) => users[0]?.pk === SANDBOX_PK)?.items[0];
  }

  test("a photo", async () => {
    await talk().broadcastPhoto({ file: photo(640, 480) });
    const message = await received();
    expect(message.item_type).toBe("media");
    expect(await download(pictureOf(message.media))).toEqual(photo(640, 480));
  });

  test("a video", async () => {
    await talk().broadcastVideo({ video: video(720, 1_280), transcodeDelay: 1 });
    const message = await received();
    expect(message).toMatchObject({ item_type: "media", media: { media_type: 2 } });
    expect(await download(videoOf(message.media))).toEqual(video(720, 1_280));
  });

  test("a voice message", async () => {
    await talk().broadcastVoice({ file: video(16, 16), transcodeDelay: 1 });
    const message = await received();
    expect(message).toMatchObject({
      item_type: "voice_media",
      voice_media: { media: { audio: { duration: 4_000 } } },
    });
    const { audio_src } = message.voice_media.media.audio;
    expect(await download(audio_src)).toEqual(video(16, 16));
  });

  test("a photo that may be viewed once", async () => {
    await talk().broadcastStory({ file: photo(1_080, 1_920), viewMode: "once" });
    const message = await received();
    expect(message).toMatchObject({
      item_type: "raven_media",
      visual_media: { view_mode: "once" },
    });
    expect(await download(pictureOf(message.visual_media.media))).toEqual(photo(1_080, 1_920));
  });
});
