import { type Static, Type } from "@sinclair/typebox";
import { shortcodeOfPk } from "../ids.ts";
import { isJsonObject, type Json, objectOr } from "../json.ts";
import { ClipsMetadataSchema, readClips } from "./clips.ts";
import type { DriftReporter } from "./drift.ts";
import { readSharedMediaImageVersions, SharedMediaImageVersionsSchema } from "./image-versions.ts";
import { LocationSchema, readLocation } from "./location.ts";
import {
  largestImageUrl,
  largestUrl,
  ownerInMediaId,
  pkInMediaId,
  ResourceSchema,
  readResource,
  readUsertag,
  type Usertag,
  UsertagSchema,
} from "./media-parts.ts";
import {
  type Raw,
  readDate,
  readIdentity,
  readInteger,
  readIntegerOr,
  readOptionalBoolean,
  readOptionalInteger,
  readOptionalNumber,
  readOptionalText,
  readOptionalUri,
  readTextOr,
} from "./read.ts";
import { readList, readNested, readOptionalObject } from "./read-nested.ts";
import { DateTime, Nullable, UpstreamObject, Uri } from "./schema.ts";
import { UserShort } from "./user-short.ts";
import { toIdentity, toText } from "./values.ts";

const VIDEO = 2;
const ALBUM = 8;

/**
 * A post: photo (`media_type` 1), video or Reel (2), album (8: its items are `resources`, and it
 * has no picture or video of its own). `clips_metadata` is the upstream's own object where that
 * lacks what the model requires.
 */
export const MediaSchema = Type.Object(
  {
    pk: Type.String(),
    id: Type.String(),
    code: Type.String(),
    taken_at: DateTime(),
    media_type: Type.Integer(),
    image_versions2: Type.Optional(Nullable(SharedMediaImageVersionsSchema)),
    product_type: Type.Optional(Nullable(Type.String(), { default: "" })),
    thumbnail_url: Type.Optional(Nullable(Uri())),
    location: Type.Optional(Nullable(LocationSchema)),
    user: UserShort.schema,
    comment_count: Type.Optional(Nullable(Type.Integer(), { default: 0 })),
    comments_disabled: Type.Optional(Nullable(Type.Boolean(), { default: false })),
    commenting_disabled_for_viewer: Type.Optional(Nullable(Type.Boolean(), { default: false })),
    like_count: Type.Integer(),
    play_count: Type.Optional(Nullable(Type.Integer())),
    has_liked: Type.Optional(Nullable(Type.Boolean())),
    caption_text: Type.String(),
    accessibility_caption: Type.Optional(Nullable(Type.String())),
    usertags: Type.Array(UsertagSchema),
    sponsor_tags: Type.Array(UserShort.schema),
    video_url: Type.Optional(Nullable(Uri())),
    view_count: Type.Optional(Nullable(Type.Integer(), { default: 0 })),
    video_duration: Type.Optional(Nullable(Type.Number(), { default: 0 })),
    title: Type.Optional(Nullable(Type.String(), { default: "" })),
    resources: Type.Optional(Type.Array(ResourceSchema, { default: [] })),
    clips_metadata: Type.Optional(Nullable(Type.Union([ClipsMetadataSchema, UpstreamObject()]))),
  },
  { title: "Media" },
);
export type Media = Static<typeof MediaSchema>;

/** An item of a feed, of `media/<pk>/info/`, or `media` of a configured upload. */
export type RawMedia = Raw<
  | Exclude<keyof Media, "caption_text" | "resources">
  | "caption"
  | "carousel_media"
  | "ig_play_count"
  | "video_play_count"
  | "video_view_count"
  | "video_versions"
>;

/**
 * Null when the media's pk is missing, also from its id. What can be derived is: `code` from the
 * pk, `id` from pk and owner, the owner's pk from `id` (each counted as drift all the same).
 */
export function readMedia(value: Json | undefined, drift: DriftReporter): Media | null {
  const raw: RawMedia = objectOr(value);
  const model = "Media";
  const pk = readIdentity(raw.pk, pkInMediaId(raw.id), undefined, drift, model, "pk");
  if (pk === null) return null;
  const user = UserShort.read(raw.user, drift) ?? unknownUser(raw.id);
  const mediaType = readInteger(raw.media_type, drift, model, "media_type");
  const isAlbum = mediaType === ALBUM;
  return {
    pk,
    id: textOrDerived(raw.id, () => mediaIdOf(pk, user.pk), drift, "id"),
    code: textOrDerived(raw.code, () => shortcodeOf(pk), drift, "code"),
    taken_at: readDate(raw.taken_at, drift, model, "taken_at"),
    media_type: mediaType,
    image_versions2: readNested(
      raw.image_versions2,
      readSharedMediaImageVersions,
      drift,
      model,
      "image_versions2",
    ),
    product_type: productType(raw, mediaType, drift),
    thumbnail_url: isAlbum
      ? null
      : readOptionalUri(
          largestImageUrl(raw.image_versions2) ?? raw.thumbnail_url,
          drift,
          model,
          "thumbnail_url",
        ),
    location: readLocation(raw.location, drift),
    user,
    comment_count: readOptionalInteger(raw.comment_count, drift, model, "comment_count", 0),
    comments_disabled: readOptionalBoolean(
      raw.comments_disabled,
      drift,
      model,
      "comments_disabled",
      false,
    ),
    commenting_disabled_for_viewer: readOptionalBoolean(
      raw.commenting_disabled_for_viewer,
      drift,
      model,
      "commenting_disabled_for_viewer",
      false,
    ),
    // Where the owner hides it, the upstream does not send it: 0 is then what the contract has.
    like_count: readIntegerOr(raw.like_count, 0, drift, model, "like_count"),
    play_count: readOptionalInteger(
      raw.play_count ?? raw.ig_play_count ?? raw.video_play_count,
      drift,
      model,
      "play_count",
      0,
    ),
    has_liked: readOptionalBoolean(raw.has_liked, drift, model, "has_liked", false),
    caption_text: captionText(raw, drift),
    accessibility_caption: readOptionalText(
      raw.accessibility_caption,
      drift,
      model,
      "accessibility_caption",
    ),
    usertags: usertags(raw, drift),
    sponsor_tags: readList(raw.sponsor_tags, readSponsor, drift, model, "sponsor_tags"),
    video_url: isAlbum
      ? null
      : readOptionalUri(largestUrl(raw.video_versions) ?? raw.video_url, drift, model, "video_url"),
    view_count: readOptionalInteger(
      raw.view_count ?? raw.video_view_count,
      drift,
      model,
      "view_count",
      0,
    ),
    video_duration: readOptionalNumber(raw.video_duration, drift, model, "video_duration", 0),
    title: readOptionalText(raw.title, drift, model, "title", ""),
    resources: readList(raw.carousel_media, readResource, drift, model, "resources"),
    clips_metadata: readClips(raw.clips_metadata, drift),
  };
}

/** One page of posts; `next_cursor` is empty on the last one. */
export const MediaPageSchema = Type.Object(
  { items: Type.Array(MediaSchema), next_cursor: Type.String() },
  { title: "MediaPage" },
);
export type MediaPage = Static<typeof MediaPageSchema>;

/** Feeds leave out the product type of plain videos: they are `feed`. */
function productType(raw: RawMedia, mediaType: number, drift: DriftReporter): string | null {
  const type = readOptionalText(raw.product_type, drift, "Media", "product_type", "");
  return mediaType === VIDEO ? type || "feed" : type;
}

function captionText(raw: RawMedia, drift: DriftReporter): string {
  const caption = readOptionalObject(raw.caption, drift, "Media", "caption");
  return readTextOr(caption?.text, "", drift, "Media", "caption_text");
}

function usertags(raw: RawMedia, drift: DriftReporter): Usertag[] {
  const tags = readOptionalObject(raw.usertags, drift, "Media", "usertags");
  return readList(tags?.in, readUsertag, drift, "Media", "usertags").sort(byUserPk);
}

/** By text and not by number, as the Python service does. */
function byUserPk(a: Usertag, b: Usertag): number {
  if (a.user.pk === b.user.pk) return 0;
  return a.user.pk < b.user.pk ? -1 : 1;
}

/** The sponsor in an item of `sponsor_tags`. Null when it has no id. */
export function readSponsor(tag: Json, drift: DriftReporter): UserShort | null {
  return UserShort.read(isJsonObject(tag) ? tag.sponsor : undefined, drift);
}

/** The owner of a media whose `user` is unreadable; its media id still tells the pk. */
export function unknownUser(mediaId: Json | undefined): UserShort {
  return {
    pk: toIdentity(ownerInMediaId(mediaId)) ?? "",
    username: null,
    full_name: "",
    profile_pic_url: null,
    profile_pic_url_hd: null,
    is_private: null,
    stories: [],
  };
}

function textOrDerived(
  value: Json | undefined,
  derive: () => string,
  drift: DriftReporter,
  field: "id" | "code",
): string {
  const text = toText(value);
  if (text !== undefined && text !== "") return text;
  drift("Media", field);
  return derive();
}

const mediaIdOf = (pk: string, ownerPk: string) => (ownerPk === "" ? pk : `${pk}_${ownerPk}`);

/** A pk of more than 20 digits passes 64 bits and has no shortcode. */
const shortcodeOf = (pk: string) => (pk.length <= 20 ? shortcodeOfPk(pk) : "");
