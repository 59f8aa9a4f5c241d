import { shortcodeOfPk } from "../ids.ts";
import type { Json, JsonObject } from "../json.ts";
import { clipsMetadata } from "./clips.ts";
import {
  boolean,
  date,
  defaulted,
  eachIn,
  filled,
  firstOf,
  identity,
  integer,
  list,
  number,
  object,
  optional,
  text,
  uri,
  within,
} from "./fields.ts";
import { SharedMediaImageVersions } from "./image-versions.ts";
import { Location } from "./location.ts";
import {
  largestImageUrl,
  largestUrl,
  owner,
  pkInMediaId,
  Resource,
  Usertag,
} from "./media-parts.ts";
import { type Infer, model, pageOf } from "./model.ts";
import { UserShort } from "./user-short.ts";
import { toInteger } from "./values.ts";

const VIDEO = 2;
const ALBUM = 8;

/**
 * A post: photo (`media_type` 1), video or Reel (2), album (8: its items are `resources`, and it
 * has no picture or video of its own). `clips_metadata` is the upstream's own object where that
 * lacks what the model requires.
 */
export const Media = model(
  "Media",
  {
    pk: identity("pk", ({ id }) => pkInMediaId(id)),
    id: text({ from: filled("id") }),
    code: text({ from: filled("code") }),
    taken_at: date(),
    media_type: integer(),
    image_versions2: optional(object(SharedMediaImageVersions)),
    product_type: optional(text(), { missing: "" }),
    thumbnail_url: optional(uri(), { from: picture }),
    location: optional(object(Location)),
    user: owner(),
    comment_count: optional(integer(), { missing: 0 }),
    comments_disabled: optional(boolean(), { missing: false }),
    commenting_disabled_for_viewer: optional(boolean(), { missing: false }),
    // Where the owner hides it, the upstream does not send it: 0 is then what the contract has.
    like_count: integer({ missing: 0 }),
    play_count: optional(integer(), {
      missing: 0,
      default: null,
      from: firstOf("play_count", "ig_play_count", "video_play_count"),
    }),
    has_liked: optional(boolean(), { missing: false, default: null }),
    caption_text: text({ missing: "", from: within("caption", "text") }),
    accessibility_caption: optional(text()),
    usertags: list(Usertag, { from: within("usertags", "in") }),
    sponsor_tags: list(UserShort, { from: eachIn("sponsor_tags", "sponsor") }),
    video_url: optional(uri(), { from: video }),
    view_count: optional(integer(), {
      missing: 0,
      from: firstOf("view_count", "video_view_count"),
    }),
    video_duration: optional(number(), { missing: 0 }),
    title: optional(text(), { missing: "" }),
    resources: defaulted(list(Resource), [], { from: "carousel_media" }),
    clips_metadata: optional(clipsMetadata()),
  },
  {
    finish(media) {
      const { pk, user } = media;
      if (media.id === "") media.id = user.pk === "" ? pk : `${pk}_${user.pk}`;
      // A pk of more than 20 digits passes 64 bits and has no shortcode.
      if (media.code === "" && pk.length <= 20) media.code = shortcodeOfPk(pk);
      // Feeds leave out the product type of plain videos.
      if (media.media_type === VIDEO) media.product_type ||= "feed";
      media.usertags.sort(byUserPk);
    },
  },
);
export type Media = Infer<typeof Media>;

export const MediaPage = pageOf(Media);

const isAlbum = (raw: JsonObject): boolean => toInteger(raw.media_type) === ALBUM;

function picture(raw: JsonObject): Json | undefined {
  return isAlbum(raw) ? null : (largestImageUrl(raw.image_versions2) ?? raw.thumbnail_url);
}

function video(raw: JsonObject): Json | undefined {
  return isAlbum(raw) ? null : (largestUrl(raw.video_versions) ?? raw.video_url);
}

/** By text and not by number, as the Python service does. */
function byUserPk(a: Usertag, b: Usertag): number {
  if (a.user.pk === b.user.pk) return 0;
  return a.user.pk < b.user.pk ? -1 : 1;
}
