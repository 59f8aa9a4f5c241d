import { type Static, Type } from "@sinclair/typebox";
import { shortcodeOfPk } from "../ids.ts";
import { type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { largestImageUrl, largestUrl, pkInMediaId, readOwner } from "./media-parts.ts";
import {
  optional,
  type Raw,
  readDate,
  readIdentity,
  readInteger,
  readOptionalBoolean,
  readOptionalNumber,
  readOptionalText,
  readOptionalUri,
  required,
} from "./read.ts";
import { readList, readModels } from "./read-nested.ts";
import { DateTime, Nullable, Uri } from "./schema.ts";
import {
  readStoryHashtag,
  readStoryLinks,
  readStoryLocation,
  readStoryMedia,
  readStoryMention,
  readStoryPoll,
  readStorySticker,
  StoryHashtagSchema,
  StoryLinkSchema,
  StoryLocationSchema,
  StoryMediaSchema,
  StoryMentionSchema,
  StoryPollSchema,
  StoryStickerSchema,
} from "./story-stickers.ts";
import { UserShort } from "./user-short.ts";
import { toDate, toText } from "./values.ts";

const VIDEO = 2;

/**
 * A story: photo (`media_type` 1) or video (2). `imported_taken_at` is when a picture out of the
 * phone's album was taken; `video_duration` is in seconds. `links` are where it leads, `stickers`
 * the stickers of those links, `medias` the posts that it shows.
 */
export const StorySchema = Type.Object(
  {
    pk: Type.String(),
    id: Type.String(),
    code: Type.String(),
    taken_at: DateTime(),
    imported_taken_at: Type.Optional(Nullable(DateTime())),
    media_type: Type.Integer(),
    product_type: Type.Optional(Nullable(Type.String(), { default: "" })),
    thumbnail_url: Type.Optional(Nullable(Uri())),
    user: UserShort.schema,
    video_url: Type.Optional(Nullable(Uri())),
    video_duration: Type.Optional(Nullable(Type.Number(), { default: 0 })),
    sponsor_tags: Type.Array(UserShort.schema),
    is_paid_partnership: Type.Optional(Nullable(Type.Boolean(), { default: false })),
    mentions: Type.Array(StoryMentionSchema),
    links: Type.Array(StoryLinkSchema),
    hashtags: Type.Array(StoryHashtagSchema),
    locations: Type.Array(StoryLocationSchema),
    stickers: Type.Array(StoryStickerSchema),
    medias: Type.Optional(Type.Array(StoryMediaSchema, { default: [] })),
    polls: Type.Optional(Type.Array(StoryPollSchema, { default: [] })),
  },
  { title: "Story" },
);
export type Story = Static<typeof StorySchema>;

/** An item of a reel: of `feed/user/<pk>/story/`, of a highlight, of the archive. */
export type RawStory = Raw<
  | Exclude<keyof Story, "mentions" | "links" | "hashtags" | "locations" | "stickers" | "medias">
  | "device_timestamp"
  | "taken_at_timestamp"
  | "image_versions2"
  | "video_versions"
  | "reel_mentions"
  | "story_hashtags"
  | "story_locations"
  | "story_link_stickers"
  | "story_cta"
  | "story_feed_media"
  | "story_polls"
>;

/** Null when the story's pk is missing, also from its id. */
export function readStory(value: Json | undefined, drift: DriftReporter): Story | null {
  const raw: RawStory = objectOr(value);
  const model = "Story";
  const pk = readIdentity(raw.pk, pkInMediaId(raw.id), undefined, drift, model, "pk");
  if (pk === null) return null;
  const user = readOwner(objectOr(value), drift);
  const mediaType = readInteger(raw.media_type, drift, model, "media_type");
  const productType = readOptionalText(raw.product_type, drift, model, "product_type", "");
  const takenAt = raw.taken_at || raw.device_timestamp || raw.taken_at_timestamp;
  const image = largestImageUrl(raw.image_versions2) ?? raw.thumbnail_url;
  const video = largestUrl(raw.video_versions) ?? raw.video_url;
  const list = <T>(field: keyof RawStory, read: (item: Json, drift: DriftReporter) => T | null) =>
    readList<T>(raw[field], read, drift, model, field);
  return {
    pk,
    id: required(toText(raw.id) || undefined, `${pk}_${user.pk}`, drift, model, "id"),
    code: toText(raw.code) || shortcodeOfPk(pk),
    taken_at: readDate(takenAt, drift, model, "taken_at"),
    imported_taken_at: optional(
      raw.imported_taken_at,
      toDate(raw.imported_taken_at),
      null,
      drift,
      model,
      "imported_taken_at",
    ),
    media_type: mediaType,
    product_type: mediaType === VIDEO ? productType || "story" : productType,
    thumbnail_url: readOptionalUri(image, drift, model, "thumbnail_url"),
    user,
    video_url: readOptionalUri(video, drift, model, "video_url"),
    video_duration: readOptionalNumber(raw.video_duration, drift, model, "video_duration", 0),
    sponsor_tags: list("sponsor_tags", (tag) => UserShort.read(objectOr(tag).sponsor, drift)),
    is_paid_partnership: readOptionalBoolean(
      raw.is_paid_partnership,
      drift,
      model,
      "is_paid_partnership",
    ),
    mentions: list("reel_mentions", readStoryMention),
    links: readStoryLinks(raw.story_link_stickers, raw.story_cta, drift),
    hashtags: list("story_hashtags", readStoryHashtag),
    locations: list("story_locations", readStoryLocation),
    stickers: readModels(raw.story_link_stickers, readStorySticker, drift, model, "stickers"),
    medias: list("story_feed_media", readStoryMedia),
    polls: [
      ...readModels(raw.story_polls, readStoryPoll, drift, model, "polls"),
      ...readModels(raw.polls, readStoryPoll, drift, model, "polls"),
    ],
  };
}
