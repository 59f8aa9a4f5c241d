import { describe, expect, test } from "bun:test";
import type { Json, JsonObject } from "../../../src/instagram/json.ts";
import { Highlight } from "../../../src/instagram/models/highlight.ts";
import { Story } from "../../../src/instagram/models/story.ts";
import { StoryArchiveDay } from "../../../src/instagram/models/story-archive.ts";
import { Viewer } from "../../../src/instagram/models/viewer.ts";
import { fullHighlight, fullStory } from "../../support/models/full-story.ts";

/** What a reader makes of a value, and the fields that were not what it expects. */
function counted<T>(
  read: (value: Json | undefined, drift: (model: string, field: string) => void) => T,
  value: Json | undefined,
) {
  const drift: string[] = [];
  const result = read(value, (model, field) => drift.push(`${model}.${field}`));
  return { result, drift };
}
const storyWith = (changes: JsonObject) => counted(Story.read, { ...fullStory, ...changes });

/** A user of whom nothing but the pk is known. */
const bare = (pk: string) => ({
  pk,
  username: null,
  full_name: "",
  profile_pic_url: null,
  profile_pic_url_hd: null,
  is_private: null,
  stories: [],
});

describe("a story", () => {
  // The expected values are what aiograpi 0.9.7 makes of the same object.
  test("has everything that lies on it", () => {
    const { result, drift } = counted(Story.read, fullStory);
    expect(drift).toEqual([]);
    expect(result).toMatchObject({
      pk: "3456789012345678903",
      id: "3456789012345678903_1",
      taken_at: "2025-10-09T08:53:20Z",
      imported_taken_at: null,
      product_type: null,
      thumbnail_url: "https://a.b/2.jpg",
      video_url: null,
      is_paid_partnership: null,
      sponsor_tags: [{ ...bare("528817151"), username: "sponsor" }],
      mentions: [{ user: bare("5"), x: 0.5, y: null, width: null, height: null, rotation: 1 }],
      hashtags: [
        {
          hashtag: { id: "17841562498105353", name: "berlin", media_count: null },
          x: null,
          width: 0.5,
        },
      ],
    });
  });

  test("has a place under its own names alone, and an address that is empty where untold", () => {
    const [known, told] = counted(Story.read, fullStory).result?.locations ?? [];
    expect(known).toMatchObject({ x: 0.1, y: null, rotation: null });
    expect(known?.location).toMatchObject({
      pk: "213385402",
      address: null,
      city: "",
      zip: "",
      lat: 52.5,
      external_id: null,
      external_id_source: null,
      hours: {},
    });
    expect(told?.location).toMatchObject({
      address: "",
      zip: "10117",
      external_id: "77",
      external_id_source: "fb",
      hours: { a: 1 },
    });
  });

  test("has its links: those of stickers first, with a path, at the usual place", () => {
    const usual = {
      x: 0.5126011,
      y: 0.5168225,
      z: 0,
      width: 0.50998676,
      height: 0.25875,
      rotation: 0,
    };
    const { links, stickers } = counted(Story.read, fullStory).result ?? {};
    expect(links).toEqual([
      { ...usual, webUri: "https://example.com/" },
      { ...usual, webUri: "http://a.b/c?d=e%20f" },
      { ...usual, webUri: "https://example.com/?x", x: 0.9, z: 3 },
      { ...usual, webUri: "http://a.b/%C3%BC" },
    ]);
    expect(stickers).toEqual([
      {
        id: "5",
        type: null,
        x: 0.1,
        y: 0.2,
        z: 0,
        width: 0.3,
        height: 0.4,
        rotation: null,
        story_link: {
          url: "https://example.com/",
          link_title: "T",
          link_type: "web",
          display_url: null,
        },
        extra: null,
      },
      {
        id: null,
        type: "gif",
        x: 1,
        y: 1,
        z: 1_000_005,
        width: 1,
        height: 1,
        rotation: 0,
        story_link: null,
        extra: {},
      },
      expect.objectContaining({ type: "x", z: null, extra: { a: "3012345678901234567" } }),
    ]);
  });

  test("has the posts it shows and its polls, with every digit", () => {
    const { medias, polls } = counted(Story.read, fullStory).result ?? {};
    expect(medias).toEqual([
      {
        x: 0.25,
        y: 0.4997396,
        z: 0,
        width: 0.8,
        height: 0.60572916,
        rotation: 0,
        is_pinned: false,
        is_hidden: null,
        is_sticker: true,
        is_fb_sticker: null,
        media_pk: "3456789012345678905",
        user_id: "25025320",
        product_type: "clips",
        media_code: "abc",
      },
      expect.objectContaining({ media_pk: "3456789012345678907", user_id: null, x: 0.5 }),
    ]);
    expect(polls).toEqual([
      {
        id: "17",
        type: "poll",
        x: 0.1,
        y: 0.2,
        z: 0,
        width: 0.3,
        height: 0.4,
        rotation: 0,
        is_multi_option: true,
        is_shared_result: false,
        viewer_can_vote: false,
        finished: false,
        color: "black",
        poll_type: "",
        question: "q?",
        options: [{ text: "a", n: "3012345678901234567" }, "b"],
        extra: {},
      },
    ]);
  });

  test("is told apart by its code, its time and its kind where these are missing", () => {
    const derived = { code: "", taken_at: 0, device_timestamp: 1760000001, media_type: 2 };
    expect(storyWith(derived)).toMatchObject({
      result: { code: "C_4-0q4Vmw3", taken_at: "2025-10-09T08:53:21Z", product_type: "story" },
      drift: [],
    });
    expect(storyWith({ media_type: 2, product_type: "other" }).result?.product_type).toBe("other");
    expect(storyWith({ id: "" })).toMatchObject({
      result: { id: "3456789012345678903_1" },
      drift: ["Story.id"],
    });
  });

  test("keeps its owner's pk where the user is unreadable", () => {
    const { result, drift } = storyWith({ user: null });
    expect([result?.user, drift]).toEqual([bare("1"), ["UserShort.pk"]]);
  });

  test("loses nothing but the odd ones of what lies on it", () => {
    const odd = storyWith({
      reel_mentions: [null, { user: {} }, { user: { pk: 7 } }],
      story_hashtags: [{ hashtag: { id: 1 } }, { hashtag: { id: 1, name: "a" } }],
      story_locations: [{}, { location: {} }, { location: { name: "B" } }],
      story_link_stickers: ["x", { story_link: { url: "javascript:alert(1)" } }],
      story_cta: [null, { links: [{ webUri: "" }, { webUri: "app://x" }, "x"] }],
      story_feed_media: [{ media_id: "x" }, { media_id: "9_8" }],
      polls: {},
    });
    expect(odd.result?.mentions.map(({ user }) => user.pk)).toEqual(["7"]);
    expect(odd.result?.hashtags.map(({ hashtag }) => hashtag.name)).toEqual(["a"]);
    expect(odd.result?.locations.map(({ location }) => location.name)).toEqual(["B"]);
    expect(odd.result).toMatchObject({ links: [], polls: [], medias: [{ media_pk: "9" }] });
    expect(odd.result?.stickers).toMatchObject([{ x: 0, y: 0, story_link: null }]);
    // An empty link is one that opens an app; a missing place is none.
    expect(odd.drift.filter((field) => field.startsWith("StoryLink."))).toEqual([
      "StoryLink.webUri",
      "StoryLink.webUri",
    ]);
    expect(odd.drift).toContain("StoryStickerLink.url");
    expect(odd.drift).toContain("Story.polls");
  });

  test("without a pk is left out of a highlight, and counted", () => {
    const { result, drift } = counted(Highlight.read, {
      ...fullHighlight,
      items: [{ ...fullStory, pk: null, id: "x_1" }, fullStory],
    });
    expect([result?.items?.map(({ pk }) => pk), drift]).toEqual([
      ["3456789012345678903"],
      ["Story.pk"],
    ]);
  });
});

describe("a highlight", () => {
  test("has the pk that is in its id, and every digit of what it hands on", () => {
    expect(counted(Highlight.read, fullHighlight)).toMatchObject({
      result: {
        pk: "17900000000000001",
        id: "highlight:17900000000000001",
        cover_media: { upload_id: "17500000000000001" },
        created_at: "2025-10-09T08:53:20Z",
        media_ids: ["3456789012345678903", "12"],
      },
      drift: [],
    });
  });

  test("is none without such an id", () => {
    for (const id of [undefined, null, "17900000000000001", "highlight:x", ""])
      expect(counted(Highlight.read, { ...fullHighlight, id: id as Json })).toEqual({
        result: null,
        drift: ["Highlight.id"],
      });
  });
});

test("a viewer has what they did beside who they are", () => {
  expect(counted(Viewer.read, { user: { pk: 5 }, has_liked: true, reply_text: null })).toEqual({
    result: { ...bare("5"), has_liked: true, reply_text: "", is_spam_viewer: false },
    drift: [],
  });
  expect(counted(Viewer.read, { has_liked: true }).result).toBeNull();
});

test("a day of the archive needs its id, and may lack its latest story", () => {
  const day = { id: "archiveDay:1", timestamp: 1760000000, media_count: 2, reel_type: "r" };
  expect(counted(StoryArchiveDay.read, day)).toEqual({
    result: { ...day, timestamp: "2025-10-09T08:53:20Z", latest_reel_media: null },
    drift: [],
  });
  expect(counted(StoryArchiveDay.read, { ...day, id: null })).toEqual({
    result: null,
    drift: ["StoryArchiveDay.id"],
  });
});
