import { beforeEach, describe, expect, test } from "bun:test";
import { until } from "../support/gate.ts";
import { mp4, photo, photoMetadata } from "../support/media-files.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import type { Answer, RequestOptions } from "../support/service.ts";

const slept: number[] = [];
const sandbox = await sandboxOfFile({
  // Instagram's conversion takes less time here than the pauses are long.
  sleep: async (milliseconds) => {
    slept.push(milliseconds);
    await Bun.sleep(20);
  },
});
const { testKey: key, session: me, instagram } = sandbox;
const friend = await sandbox.login("sandbox_private");

const SANDBOX = "61000000001";
const CONFIGURE = "media/configure_to_story/";
const UPLOADS = /^\/rupload_ig/;

beforeEach(() => {
  instagram.beginAnew();
  instagram.reset();
  slept.length = 0;
});

const portrait = await photo(1080, 1920);
const clip = await mp4();

type Fields = Record<string, string | readonly string[]>;

const upload = (
  file: Uint8Array<ArrayBuffer> | string,
  fields: Fields = {},
  more: RequestOptions = {},
): Promise<Answer> => {
  const body = new FormData();
  // Fields may come before the file or after it; its name and type are not believed.
  body.append("file", new File([file], "unknown", { type: "application/octet-stream" }));
  for (const [name, value] of Object.entries(fields))
    for (const one of [value].flat()) body.append(name, one);
  return sandbox.request("POST", "/story/upload", { key, session: me, body, ...more });
};
const done = async (answer: Answer | Promise<Answer>): Promise<any> => {
  const { status, text, body } = await answer;
  expect([status, text.slice(0, 300)]).toEqual([200, expect.any(String)]);
  return body;
};
const storiesOf = async (session = me): Promise<any[]> =>
  (await sandbox.get("/user/stories", { user_id: SANDBOX }, session)).body;
/** A file of the sandbox, by its URL in an answer. */
const fileAt = async (url: string): Promise<Uint8Array> => {
  const { pathname, search } = new URL(url);
  const response = await sandbox.service.handle(
    new Request(`http://localhost${pathname}${search}`),
  );
  expect(response.status).toBe(200);
  return response.bytes();
};
const text = (value: unknown): string => JSON.stringify(value);

const mention = {
  user: { pk: "25025320", username: "instagram", full_name: "Instagram", is_private: false },
  x: 0.25,
  y: 0.3,
  width: 0.6,
  height: 0.05,
  rotation: 0,
};
const hashtag = { hashtag: { id: "17843787490014522", name: "berlin" }, x: 0.5, y: 0.75 };
const location = {
  location: { pk: 213385402, name: "Berlin, Germany", lat: 52.51, lng: 13.38 },
  y: 0.9,
};
const link = { webUri: "https://example.com/page?a=1" };
const sticker = { id: "emoji_1", type: "gif", x: 0.1, y: 0.2, width: 0.3, height: 0.4 };

describe("POST /story/upload", () => {
  test("shows a photo, which the account and others then see", async () => {
    const before = await storiesOf();
    const made = await done(upload(portrait, { caption: "first\r\nsecond" }));
    expect(made).toMatchObject({ media_type: 1, product_type: "story", user: { pk: SANDBOX } });
    const after = await storiesOf();
    expect(after.map(({ pk }) => pk)).toEqual([...before.map(({ pk }) => pk), made.pk]);
    expect((await storiesOf(friend)).at(-1)).toMatchObject({ pk: made.pk, id: made.id });
    const shown = await fileAt(after.at(-1).thumbnail_url);
    expect(await photoMetadata(shown)).toMatchObject({ format: "jpeg", width: 1080, height: 1920 });
    const [configured] = instagram.callsOf(CONFIGURE);
    expect(new URLSearchParams(configured?.body ?? "").get("signed_body")).toContain(
      '"caption":"first\\nsecond"',
    );
  });

  test("shows a video byte for byte, without a cover of ours", async () => {
    const made = await done(upload(clip));
    expect(made).toMatchObject({ media_type: 2, video_duration: 4 });
    expect(instagram.callsOf(/^\/rupload_igphoto/)).toEqual([]);
    const [shown] = (await storiesOf(friend)).slice(-1);
    expect(shown.pk).toBe(made.pk);
    expect(Buffer.from(await fileAt(shown.video_url)).equals(Buffer.from(clip))).toBe(true);
  });

  test("shows a photo as a video of 15 seconds where that is asked for", async () => {
    const made = await done(upload(portrait, { as_video: "true", mentions: text(mention) }));
    expect(made).toMatchObject({ media_type: 2, video_duration: 15, mentions: [{ x: 0.25 }] });
    const [shown] = (await storiesOf(friend)).slice(-1);
    expect(shown).toMatchObject({ pk: made.pk, video_duration: 15 });
    const file = Buffer.from(await fileAt(shown.video_url));
    expect(file.subarray(4, 8).toString()).toBe("ftyp");
    // A video is one already.
    expect(await done(upload(clip, { as_video: "true" }))).toMatchObject({ video_duration: 4 });
  });

  test("may be answered before it is done, and told of afterwards", async () => {
    const headers = { Prefer: "respond-async" };
    const accepted = await upload(portrait, { links: text(link) }, { headers });
    expect(accepted.status).toBe(202);
    const path = accepted.headers.get("location") ?? "";
    let told = accepted.body;
    await until(async () => {
      told = await done(sandbox.request("GET", path, { key }));
      return ["done", "failed"].includes(told.state);
    });
    const { pk, thumbnail_url } = (await storiesOf()).at(-1);
    expect(told).toMatchObject({
      state: "done",
      story: { pk, thumbnail_url, links: [link] },
      media: null,
      message: null,
      error: null,
    });
    expect(told.sent_bytes).toBe(told.total_bytes);
  });

  test("puts on top what callers give, and answers with it", async () => {
    for (const file of [portrait, clip]) {
      const made = await done(
        upload(file, {
          mentions: text(mention),
          hashtags: [text(hashtag), text({ hashtag: { name: "#Food" } })],
          locations: text([location]),
          links: text(link),
          stickers: text(sticker),
        }),
      );
      expect(made.mentions).toEqual([
        {
          ...mention,
          user: { ...mention.user, profile_pic_url: null, profile_pic_url_hd: null, stories: [] },
        },
      ]);
      const centre = { x: 0.5, y: 0.5, width: 0.5, height: 0.2, rotation: 0 };
      expect(made.hashtags).toMatchObject([
        { ...centre, ...hashtag },
        { ...centre, hashtag: { name: "Food" } },
      ]);
      expect(made.locations).toMatchObject([
        { ...centre, y: 0.9, location: { pk: "213385402", name: "Berlin, Germany" } },
      ]);
      expect(made.links).toMatchObject([link]);
      expect(made.stickers).toEqual([
        { ...sticker, z: 1_000_005, rotation: 0, story_link: null, extra: {} },
      ]);
      const [shown] = (await storiesOf(friend)).slice(-1);
      expect(shown).toMatchObject({
        pk: made.pk,
        mentions: [{ user: { pk: "25025320" }, x: 0.25, y: 0.3, width: 0.6, height: 0.05 }],
        hashtags: [
          { hashtag: { name: "berlin" }, x: 0.5, y: 0.75 },
          { hashtag: { name: expect.stringMatching(/^food$/i) } },
        ],
        locations: [{ location: { pk: "213385402" }, y: 0.9 }],
        links: [{ webUri: expect.stringContaining(encodeURIComponent(link.webUri)) }],
      });
    }
  });

  test("takes a link to a hashtag's page for its name, and a place by its coordinates", async () => {
    const made = await done(
      upload(portrait, {
        hashtags: text({ hashtag: { name: "https://www.instagram.com/explore/tags/berlin/" } }),
        locations: text({ location: { name: "Berlin, Germany", lat: 52.52, lng: 13.405 } }),
      }),
    );
    const [shown] = (await storiesOf(friend)).slice(-1);
    expect(shown).toMatchObject({
      pk: made.pk,
      hashtags: [{ hashtag: { name: "berlin" } }],
      locations: [{ location: { name: "Berlin, Germany" } }],
    });
  });

  test("sends nothing when a field is wrong, and names it", async () => {
    const wrong: [Fields, string[]][] = [
      [{ mentions: "instagram" }, ["mentions[0]"]],
      [{ mentions: text([mention, { user: { pk: "instagram" } }]) }, ["mentions[1].user.pk"]],
      [{ mentions: text({ user: { pk: 0 } }) }, ["mentions[0].user.pk"]],
      [{ hashtags: text({ hashtag: { name: "two words" } }) }, ["hashtags[0].hashtag.name"]],
      [{ locations: text({ location: {} }) }, ["locations[0].location.name"]],
      [{ locations: text({ location: { name: "Somewhere" } }) }, ["locations[0].location"]],
      [{ links: text([link, { webUri: "ftp://example.com/" }]) }, ["links[1].webUri"]],
      [
        { links: text({ webUri: `https://example.com/${"x".repeat(2_100)}` }) },
        ["links[0].webUri"],
      ],
      [
        { stickers: text({ type: "gif" }) },
        ["x", "y", "width", "height"].map((name) => `stickers[0].${name}`),
      ],
      [{ stickers: text({ ...sticker, z: 0.5 }) }, ["stickers[0].z"]],
      [{ stickers: text({ ...sticker, extra: [] }) }, ["stickers[0].extra"]],
      [{ as_video: "perhaps" }, ["as_video"]],
    ];
    for (const [fields, faults] of wrong)
      expect(faultyFields(await upload(portrait, fields)), text(fields)).toEqual(faults);
    const body = new FormData();
    body.append("caption", "without a file");
    expect(faultyFields(await upload(portrait, {}, { body }))).toEqual(["file"]);
    expect(instagram.calls).toEqual([]);
  });

  test("sends nothing when the file is none that Instagram takes", async () => {
    expectProblem(await upload("hello"), "UnsupportedMedia");
    expect(faultyFields(await upload(portrait.slice(0, 2_000)))).toEqual(["file"]);
    expect(faultyFields(await upload(await photo(2_000, 200)))).toEqual(["file"]);
    expect(faultyFields(await upload(await mp4({ seconds: 61, framesPerSecond: 1 })))).toEqual([
      "file",
    ]);
    const large = new Uint8Array(8 * 1024 * 1024 + 1);
    large.set(portrait);
    expectProblem(await upload(large), "PayloadTooLarge");
    expect(instagram.calls).toEqual([]);
  });

  test("makes no story when Instagram refuses what lies on top", async () => {
    const before = await storiesOf();
    const refused = expectProblem(
      await upload(portrait, { links: text({ webUri: "https://localhost/" }) }),
      "UnknownError",
    );
    expect(refused.detail).toContain("This link is not valid.");
    const nobody = await upload(portrait, { mentions: text({ user: { pk: "1" } }) });
    expect(nobody.body.detail).toContain("The mentioned user cannot be found.");
    expect(instagram.callsOf(CONFIGURE)).toHaveLength(1);
    const nowhere = { location: { pk: "1", name: "Nowhere" } };
    expectProblem(await upload(portrait, { locations: text(nowhere) }), "LocationNotFound");
    expect(await storiesOf()).toEqual(before);
  });

  test("waits while Instagram converts a video, and makes one story", async () => {
    const before = await storiesOf();
    instagram.on(
      CONFIGURE,
      { status: 202, body: { message: "Transcode not finished yet.", status: "fail" } },
      { status: 202, body: {} },
      (_, usual) => usual(),
    );
    const made = await done(upload(clip, { links: text(link) }));
    expect(slept.length).toBeGreaterThanOrEqual(2);
    expect(instagram.callsOf(CONFIGURE)).toHaveLength(slept.length + 1);
    // What can be known once is asked once.
    expect(instagram.callsOf("media/validate_reel_url/")).toHaveLength(1);
    expect(await storiesOf()).toHaveLength(before.length + 1);
    expect((await storiesOf()).at(-1).pk).toBe(made.pk);
  });
});

describe("a story whose answer is lost", () => {
  /** Instagram makes the story, and the connection ends before it says so. */
  const loseAnswer = () =>
    instagram.on(CONFIGURE, async (_, usual) => {
      const answer = await usual();
      if (answer.status !== 200) return answer;
      throw new Error("the connection was closed");
    });

  test("is looked for among the account's own, and answered", async () => {
    const before = await storiesOf();
    await done(upload(portrait));
    loseAnswer();
    const made = await done(upload(clip, { mentions: text(mention) }));
    expect(made).toMatchObject({ media_type: 2, mentions: [{ user: { pk: "25025320" } }] });
    const after = await storiesOf();
    expect(after).toHaveLength(before.length + 2);
    expect(after.at(-1).pk).toBe(made.pk);
  });

  test("is found again by a retry under the same key, and not made twice", async () => {
    const before = await storiesOf();
    const headers = { "Idempotency-Key": "story-1" };
    loseAnswer();
    instagram.on(/\/feed\/user\/\d+\/story\/$/, { status: 500, body: {} });
    const lost = await upload(portrait, { links: text(link) }, { headers });
    expect([lost.status >= 500, lost.body.outcome]).toEqual([true, "unknown"]);
    instagram.reset();
    const again = await upload(portrait, { links: text(link) }, { headers });
    const made = await done(again);
    expect(instagram.callsOf(UPLOADS)).toEqual([]);
    expect(made.links).toMatchObject([link]);
    const after = await storiesOf();
    expect(after).toHaveLength(before.length + 1);
    expect(after.at(-1).pk).toBe(made.pk);
    const replayed = await upload(portrait, { links: text(link) }, { headers });
    expect([replayed.headers.get("idempotency-replayed"), replayed.body]).toEqual(["true", made]);
  });

  test("is made by a retry when it was not made", async () => {
    const before = await storiesOf();
    const headers = { "Idempotency-Key": "story-2" };
    await done(upload(portrait));
    instagram.on(CONFIGURE, () => {
      throw new Error("the connection was closed");
    });
    const lost = await upload(portrait, {}, { headers });
    expect(lost.body.outcome).toBe("unknown");
    instagram.reset();
    const made = await done(upload(portrait, {}, { headers }));
    const after = await storiesOf();
    expect(after).toHaveLength(before.length + 2);
    expect(after.at(-1).pk).toBe(made.pk);
  });
});

describe("POST /story/upload/by/url", () => {
  const byUrl = (json: object, more: RequestOptions = {}) =>
    sandbox.request("POST", "/story/upload/by/url", { key, session: me, json, ...more });

  test("shows the photo or video that is there", async () => {
    const { thumbnail_url: picture } = (await storiesOf())[0];
    const url = new URL(picture);
    const cdn = `https://scontent.cdninstagram.com${url.pathname.replace(/^\/sandbox\/files/, "")}`;
    const made = await done(byUrl({ url: cdn, mentions: [mention], hashtags: [text(hashtag)] }));
    expect(made).toMatchObject({ media_type: 1, mentions: [{ x: 0.25 }], hashtags: [{ y: 0.75 }] });
    expect((await storiesOf(friend)).at(-1)).toMatchObject({ pk: made.pk });
  });

  test("fetches nothing when a field is wrong, or where it must not", async () => {
    const url = "https://scontent.cdninstagram.com/v/t51.2885-15/example_1080x1920.jpg";
    expect(faultyFields(await byUrl({ url, links: [{ webUri: "x" }] }))).toEqual([
      "links[0].webUri",
    ]);
    expectProblem(await byUrl({ url: "http://169.254.169.254/latest" }), "UrlNotAllowed");
    expect(instagram.calls).toEqual([]);
  });
});
