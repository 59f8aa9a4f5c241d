import { shortcodeOfPk } from "../ids.ts";
import type { Json, JsonObject } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import {
  boolean,
  date,
  defaulted,
  eachIn,
  filled,
  identity,
  integer,
  list,
  number,
  optional,
  text,
  uri,
} from "./fields.ts";
import { largestImageUrl, largestUrl, owner, pkInMediaId } from "./media-parts.ts";
import { type Infer, model } from "./model.ts";
import {
  StoryHashtag,
  StoryLink,
  StoryLocation,
  StoryMedia,
  StoryMention,
  StoryPoll,
  StorySticker,
  storyLinks,
} from "./story-stickers.ts";
import { UserShort } from "./user-short.ts";
import { toText } from "./values.ts";

const VIDEO = 2;

/**
 * A story: photo (`media_type` 1) or video (2). `imported_taken_at` is when a picture out of the
 * phone's album was taken; `video_duration` is in seconds. `links` are where it leads, `stickers`
 * the stickers of those links, `medias` the posts that it shows.
 */
export const Story = model(
  "Story",
  {
    pk: identity("pk", ({ id }) => pkInMediaId(id)),
    id: text({ from: filled("id") }),
    code: text({ missing: "", from: ({ code }) => toText(code) }),
    taken_at: date({
      from: (raw) => raw.taken_at || raw.device_timestamp || raw.taken_at_timestamp,
    }),
    imported_taken_at: optional(date()),
    media_type: integer(),
    product_type: optional(text(), { missing: "" }),
    thumbnail_url: optional(uri(), {
      from: (raw) => largestImageUrl(raw.image_versions2) ?? raw.thumbnail_url,
    }),
    user: owner(),
    video_url: optional(uri(), {
      from: (raw) => largestUrl(raw.video_versions) ?? raw.video_url,
    }),
    video_duration: optional(number(), { missing: 0 }),
    sponsor_tags: list(UserShort, { from: eachIn("sponsor_tags", "sponsor") }),
    is_paid_partnership: optional(boolean(), { default: false }),
    mentions: list(StoryMention, { from: "reel_mentions" }),
    links: list(StoryLink, { from: storyLinks }),
    hashtags: list(StoryHashtag, { from: "story_hashtags" }),
    locations: list(StoryLocation, { from: "story_locations" }),
    stickers: list(StorySticker, { from: "story_link_stickers" }),
    medias: defaulted(list(StoryMedia), [], { from: "story_feed_media" }),
    polls: defaulted(list(StoryPoll), [], { from: polls }),
  },
  {
    finish(story) {
      const { pk, user } = story;
      if (story.id === "") story.id = `${pk}_${user.pk}`;
      if (story.code === "") story.code = shortcodeOfPk(pk);
      if (story.media_type === VIDEO) story.product_type ||= "story";
    },
  },
);
export type Story = Infer<typeof Story>;

/** Those of today's answers, then those of older ones. */
function polls(raw: JsonObject, drift: DriftReporter): Json[] {
  return [raw.story_polls ?? [], raw.polls ?? []].flatMap((list) => {
    if (Array.isArray(list)) return list;
    drift("Story", "polls");
    return [];
  });
}
