import { isJsonObject, type Json, type JsonObject, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import {
  anything,
  boolean,
  firstOf,
  id,
  identity,
  integer,
  key,
  list,
  object,
  optional,
  passthrough,
  text,
  uri,
} from "./fields.ts";
import { Hashtag } from "./hashtag.ts";
import { readList } from "./lists.ts";
import { Location } from "./location.ts";
import { pkInMediaId } from "./media-parts.ts";
import { model } from "./model.ts";
import { optionalPlace, placeWith, requiredPlace } from "./story-place.ts";
import { UserShort } from "./user-short.ts";

/* What lies on top of a story. */

/** An account that a story mentions. */
export const StoryMention = model("StoryMention", { user: object(UserShort), ...optionalPlace });

/** A hashtag on a story. */
export const StoryHashtag = model("StoryHashtag", { hashtag: object(Hashtag), ...optionalPlace });

/** A place on a story. */
export const StoryLocation = model("StoryLocation", {
  location: object(Location, { from: underOwnNames }),
  ...optionalPlace,
});

/**
 * The place of a sticker under the model's own names alone: the Python service looks at no others
 * there (`facebook_places_id`, `external_source`), and what is missing of the address is empty.
 */
function underOwnNames({ location }: JsonObject): Json | undefined {
  if (!isJsonObject(location)) return location;
  const fields = Object.keys(Location.schema.properties).flatMap((field) => {
    const own = location[field];
    return own === undefined ? [] : [[field, own] as const];
  });
  if (fields.length === 0) return undefined;
  return { address: "", city: "", zip: "", ...Object.fromEntries(fields) };
}

/** A link that a story leads to. Of a link sticker the place is not told here but in `stickers`. */
export const StoryLink = model("StoryLink", {
  webUri: key(uri()),
  ...placeWith({
    x: 0.5126011,
    y: 0.5168225,
    z: 0,
    width: 0.50998676,
    height: 0.25875,
    rotation: 0,
  }),
});

/**
 * The links of a story: those of its link stickers (`story_link_stickers`), then those to swipe up
 * for (`links` of `story_cta`). An empty one is how the upstream writes links into apps.
 */
export function storyLinks(raw: JsonObject, drift: DriftReporter): Json[] {
  const each = <T>(value: Json | undefined, read: (item: Json) => T | null): T[] =>
    readList(value, read, drift, "StoryLink", "webUri");
  const ofStickers = each<Json>(raw.story_link_stickers, (sticker) => {
    const { url } = objectOr(objectOr(sticker).story_link);
    return url ? { webUri: url } : null;
  });
  const ofCalls = each(raw.story_cta, (call) =>
    each(objectOr(call).links, (link) => (objectOr(link).webUri ? link : null)),
  );
  return [...ofStickers, ...ofCalls.flat()];
}

/** A post that a story shows. */
export const StoryMedia = model("StoryMedia", {
  ...placeWith({ x: 0.5, y: 0.4997396, z: 0, width: 0.8, height: 0.60572916, rotation: 0 }),
  is_pinned: optional(boolean()),
  is_hidden: optional(boolean()),
  is_sticker: optional(boolean()),
  is_fb_sticker: optional(boolean()),
  media_pk: identity("media_id", ({ media_id }) => pkInMediaId(media_id)),
  user_id: optional(id()),
  product_type: optional(text()),
  media_code: optional(text()),
});

/** What a link sticker leads to. */
export const StoryStickerLink = model("StoryStickerLink", {
  url: key(uri()),
  link_title: optional(text()),
  link_type: optional(text()),
  display_url: optional(text()),
});

/** A sticker; the upstream tells only of those that are links. */
export const StorySticker = model("StorySticker", {
  id: optional(text()),
  type: optional(text(), { missing: "gif" }),
  ...requiredPlace,
  z: optional(integer(), { missing: 1_000_005 }),
  story_link: optional(object(StoryStickerLink)),
  extra: optional(passthrough(), { missing: {} }),
});

/**
 * A poll on a story. `options` are the texts to choose from; `extra` is the sticker as the upstream
 * wrote it, with the votes for each (`tallies[].count`).
 */
export const StoryPoll = model(
  "StoryPoll",
  {
    id: optional(text(), { from: firstOf("poll_id", "id") }),
    type: optional(text(), { missing: "poll" }),
    ...requiredPlace,
    z: optional(integer(), { missing: 0 }),
    is_multi_option: optional(boolean(), {
      missing: true,
      from: firstOf("is_multi_option", "is_multi_option_poll"),
    }),
    is_shared_result: optional(boolean(), { missing: false }),
    viewer_can_vote: optional(boolean(), { missing: true }),
    finished: optional(boolean(), { missing: false }),
    color: optional(text(), { missing: "black" }),
    poll_type: optional(text(), { missing: "" }),
    question: text(),
    options: list(anything(), { from: optionTexts }),
    extra: optional(passthrough(), { missing: {} }),
  },
  { unwrap: unwrapPoll },
);

/** The middle of the picture: where a poll lies whose place the upstream does not tell. */
const MIDDLE = { x: 0.5, y: 0.5, width: 0, height: 0, rotation: 0 };
const PLACE = ["x", "y", "z", "width", "height", "rotation"];

/**
 * An item of `story_polls` says where the poll lies, and has the poll itself as `poll_sticker`; an
 * item of `polls`, as older answers have them, is both.
 */
function unwrapPoll(item: Json | undefined, drift: DriftReporter): JsonObject | null {
  if (!isJsonObject(item)) {
    drift("Story", "polls");
    return null;
  }
  const { poll_sticker: sticker } = item;
  if (!isJsonObject(sticker)) return item;
  const { z: _, ...poll } = sticker;
  const place = PLACE.flatMap((name) => (name in item ? [[name, item[name] ?? null]] : []));
  return { ...poll, ...MIDDLE, ...Object.fromEntries(place), extra: sticker };
}

/** What a tally counts the votes for; in the old form an option is anything. */
function optionTexts({ tallies, options }: JsonObject): Json | undefined {
  const given = tallies ?? options;
  if (!Array.isArray(given)) return given;
  return given.map((option) =>
    isJsonObject(option) && "count" in option ? (option.text ?? "") : option,
  );
}
