import { type Static, Type } from "@sinclair/typebox";
import { isJsonObject, type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { Hashtag } from "./hashtag.ts";
import { Location } from "./location.ts";
import { pkInMediaId } from "./media-parts.ts";
import {
  type Raw,
  readIdentity,
  readOptionalBoolean,
  readOptionalId,
  readOptionalInteger,
  readOptionalText,
  readText,
} from "./read.ts";
import { readList, readNested, readOptionalObject } from "./read-nested.ts";
import { Nullable, UpstreamObject, Uri } from "./schema.ts";
import {
  optionalPlace,
  placeWith,
  readOptionalPlace,
  readPlaceWith,
  readRequiredPlace,
  requiredPlace,
} from "./story-place.ts";
import { UserShort } from "./user-short.ts";
import { toUri } from "./values.ts";

/* What lies on top of a story. */

const OptionalBoolean = () => Type.Optional(Nullable(Type.Boolean()));
const OptionalText = () => Type.Optional(Nullable(Type.String()));

/** An account that a story mentions. */
export const StoryMentionSchema = Type.Object(
  { user: UserShort.schema, ...optionalPlace },
  { title: "StoryMention" },
);
export type StoryMention = Static<typeof StoryMentionSchema>;

/** Reads an item of `reel_mentions`. Null when the user has no id. */
export function readStoryMention(
  value: Json | undefined,
  drift: DriftReporter,
): StoryMention | null {
  const raw: Raw<keyof StoryMention> = objectOr(value);
  const user = UserShort.read(raw.user, drift);
  return user && { user, ...readOptionalPlace(raw, drift, "StoryMention") };
}

/** A hashtag on a story. */
export const StoryHashtagSchema = Type.Object(
  { hashtag: Hashtag.schema, ...optionalPlace },
  { title: "StoryHashtag" },
);
export type StoryHashtag = Static<typeof StoryHashtagSchema>;

/** Reads an item of `story_hashtags`. Null when the hashtag has no name. */
export function readStoryHashtag(
  value: Json | undefined,
  drift: DriftReporter,
): StoryHashtag | null {
  const raw: Raw<keyof StoryHashtag> = objectOr(value);
  const hashtag = Hashtag.read(raw.hashtag, drift);
  return hashtag && { hashtag, ...readOptionalPlace(raw, drift, "StoryHashtag") };
}

/** A place on a story. */
export const StoryLocationSchema = Type.Object(
  { location: Location.schema, ...optionalPlace },
  { title: "StoryLocation" },
);
export type StoryLocation = Static<typeof StoryLocationSchema>;

/** Reads an item of `story_locations`. Null when it has no place. */
export function readStoryLocation(
  value: Json | undefined,
  drift: DriftReporter,
): StoryLocation | null {
  const raw: Raw<keyof StoryLocation> = objectOr(value);
  const location = Location.read(underOwnNames(raw.location), drift);
  return location && { location, ...readOptionalPlace(raw, drift, "StoryLocation") };
}

const LOCATION_FIELDS = Object.keys(Location.schema.properties);

/**
 * The place of a sticker under the model's own names alone: the Python service looks at no others
 * there (`facebook_places_id`, `external_source`), and what is missing of the address is empty.
 */
function underOwnNames(value: Json | undefined): Json | undefined {
  if (!isJsonObject(value)) return value;
  const known: Raw<string> = value;
  const fields = LOCATION_FIELDS.flatMap((field) => {
    const own = known[field];
    return own === undefined ? [] : [[field, own] as const];
  });
  if (fields.length === 0) return undefined;
  return { address: "", city: "", zip: "", ...Object.fromEntries(fields) };
}

const LINK_PLACE = {
  x: 0.5126011,
  y: 0.5168225,
  z: 0,
  width: 0.50998676,
  height: 0.25875,
  rotation: 0,
};

/** A link that a story leads to. Of a link sticker the place is not told here but in `stickers`. */
export const StoryLinkSchema = Type.Object(
  { webUri: Uri(), ...placeWith(LINK_PLACE) },
  { title: "StoryLink" },
);
export type StoryLink = Static<typeof StoryLinkSchema>;

/**
 * The links of a story: those of its link stickers (`story_link_stickers`), then those to swipe up
 * for (`links` of `story_cta`).
 */
export function readStoryLinks(
  stickers: Json | undefined,
  calls: Json | undefined,
  drift: DriftReporter,
): StoryLink[] {
  const list = <T>(value: Json | undefined, read: (item: Json) => T | null): T[] =>
    readList<T>(value, read, drift, "StoryLink", "webUri");
  const ofStickers = list(stickers, (sticker) => {
    const { url } = objectOr(objectOr(sticker).story_link);
    return url ? readStoryLink({ webUri: url }, drift) : null;
  });
  const ofCalls = list(calls, (call) =>
    list(objectOr(call).links, (link) => readStoryLink(objectOr(link), drift)),
  );
  return [...ofStickers, ...ofCalls.flat()];
}

/** Null where it leads nowhere: an empty `webUri` is how the upstream writes links into apps. */
function readStoryLink(raw: Raw<keyof StoryLink>, drift: DriftReporter): StoryLink | null {
  const webUri = toUri(raw.webUri);
  if (webUri !== undefined)
    return { webUri, ...readPlaceWith(LINK_PLACE, raw, drift, "StoryLink") };
  if (raw.webUri) drift("StoryLink", "webUri");
  return null;
}

const MEDIA_PLACE = {
  x: 0.5,
  y: 0.4997396,
  z: 0,
  width: 0.8,
  height: 0.60572916,
  rotation: 0,
};

/** A post that a story shows. */
export const StoryMediaSchema = Type.Object(
  {
    ...placeWith(MEDIA_PLACE),
    is_pinned: OptionalBoolean(),
    is_hidden: OptionalBoolean(),
    is_sticker: OptionalBoolean(),
    is_fb_sticker: OptionalBoolean(),
    media_pk: Type.String(),
    user_id: OptionalText(),
    product_type: OptionalText(),
    media_code: OptionalText(),
  },
  { title: "StoryMedia" },
);
export type StoryMedia = Static<typeof StoryMediaSchema>;

/** An item of `story_feed_media`. */
export type RawStoryMedia = Raw<Exclude<keyof StoryMedia, "media_pk"> | "media_id">;

/** Null when the post's pk is missing. */
export function readStoryMedia(value: Json | undefined, drift: DriftReporter): StoryMedia | null {
  const raw: RawStoryMedia = objectOr(value);
  const model = "StoryMedia";
  const { media_id: id } = raw;
  const pk = readIdentity(id, pkInMediaId(id), undefined, drift, model, "media_pk");
  if (pk === null) return null;
  return {
    ...readPlaceWith(MEDIA_PLACE, raw, drift, model),
    is_pinned: readOptionalBoolean(raw.is_pinned, drift, model, "is_pinned"),
    is_hidden: readOptionalBoolean(raw.is_hidden, drift, model, "is_hidden"),
    is_sticker: readOptionalBoolean(raw.is_sticker, drift, model, "is_sticker"),
    is_fb_sticker: readOptionalBoolean(raw.is_fb_sticker, drift, model, "is_fb_sticker"),
    media_pk: pk,
    user_id: readOptionalId(raw.user_id, drift, model, "user_id"),
    product_type: readOptionalText(raw.product_type, drift, model, "product_type"),
    media_code: readOptionalText(raw.media_code, drift, model, "media_code"),
  };
}

/** What a link sticker leads to. */
export const StoryStickerLinkSchema = Type.Object(
  {
    url: Uri(),
    link_title: OptionalText(),
    link_type: OptionalText(),
    display_url: OptionalText(),
  },
  { title: "StoryStickerLink" },
);
export type StoryStickerLink = Static<typeof StoryStickerLinkSchema>;

function readStoryStickerLink(
  raw: Raw<keyof StoryStickerLink>,
  drift: DriftReporter,
): StoryStickerLink | null {
  const model = "StoryStickerLink";
  const url = toUri(raw.url);
  if (url === undefined) {
    drift(model, "url");
    return null;
  }
  return {
    url,
    link_title: readOptionalText(raw.link_title, drift, model, "link_title"),
    link_type: readOptionalText(raw.link_type, drift, model, "link_type"),
    display_url: readOptionalText(raw.display_url, drift, model, "display_url"),
  };
}

const FRONT = 1_000_005;

/** A sticker; the upstream tells only of those that are links. */
export const StoryStickerSchema = Type.Object(
  {
    id: OptionalText(),
    type: Type.Optional(Nullable(Type.String(), { default: "gif" })),
    ...requiredPlace,
    z: Type.Optional(Nullable(Type.Integer(), { default: FRONT })),
    story_link: Type.Optional(Nullable(StoryStickerLinkSchema)),
    extra: Type.Optional(Nullable(UpstreamObject(), { default: {} })),
  },
  { title: "StorySticker" },
);
export type StorySticker = Static<typeof StoryStickerSchema>;

/** Reads an item of `story_link_stickers`. */
export function readStorySticker(raw: Raw<keyof StorySticker>, drift: DriftReporter): StorySticker {
  const model = "StorySticker";
  return {
    id: readOptionalText(raw.id, drift, model, "id"),
    type: readOptionalText(raw.type, drift, model, "type", "gif"),
    ...readRequiredPlace(raw, drift, model),
    z: readOptionalInteger(raw.z, drift, model, "z", FRONT),
    story_link: readNested(raw.story_link, readStoryStickerLink, drift, model, "story_link"),
    extra: readOptionalObject(raw.extra, drift, model, "extra", {}),
  };
}

const BooleanWith = (usual: boolean) => Type.Optional(Nullable(Type.Boolean(), { default: usual }));
const TextWith = (usual: string) => Type.Optional(Nullable(Type.String(), { default: usual }));

/** A poll on a story. */
export const StoryPollSchema = Type.Object(
  {
    id: OptionalText(),
    type: TextWith("poll"),
    ...requiredPlace,
    z: Type.Optional(Nullable(Type.Integer(), { default: 0 })),
    is_multi_option: BooleanWith(true),
    is_shared_result: BooleanWith(false),
    viewer_can_vote: BooleanWith(true),
    finished: BooleanWith(false),
    color: TextWith("black"),
    poll_type: TextWith(""),
    question: Type.String(),
    options: Type.Array(Type.Unknown()),
    extra: Type.Optional(Nullable(UpstreamObject(), { default: {} })),
  },
  { title: "StoryPoll" },
);
export type StoryPoll = Static<typeof StoryPollSchema>;

/** An item of `story_polls` holds the poll as `poll_sticker`; an item of `polls` is one itself. */
export type RawStoryPoll = Raw<keyof StoryPoll | "poll_sticker">;
type RawPollSticker = Raw<
  keyof StoryPoll | "poll_id" | "tallies" | "is_multi_option_poll" | "viewer_vote"
>;

/** The middle of the picture: where a poll lies whose place the upstream does not tell. */
const MIDDLE = { x: 0.5, y: 0.5, width: 0, height: 0, rotation: 0 };

/**
 * Reads an item of `story_polls` or, as older answers have them, of `polls`. `options` are the texts
 * to choose from; `extra` is the sticker as the upstream wrote it, with the votes for each
 * (`tallies[].count`).
 */
export function readStoryPoll(raw: RawStoryPoll, drift: DriftReporter): StoryPoll {
  const model = "StoryPoll";
  type Field = keyof StoryPoll;
  const sticker = isJsonObject(raw.poll_sticker) ? raw.poll_sticker : null;
  const poll: RawPollSticker = sticker ?? raw;
  const text = (field: Field, usual: string | null, value = poll[field]) =>
    readOptionalText(value, drift, model, field, usual);
  const flag = (field: Field, usual: boolean, value = poll[field]) =>
    readOptionalBoolean(value, drift, model, field, usual);
  return {
    id: text("id", null, poll.poll_id ?? poll.id),
    type: text("type", "poll", sticker ? undefined : raw.type),
    ...readRequiredPlace(sticker ? { ...MIDDLE, ...raw } : raw, drift, model),
    z: readOptionalInteger(raw.z, drift, model, "z", 0),
    is_multi_option: flag(
      "is_multi_option",
      true,
      poll.is_multi_option ?? poll.is_multi_option_poll,
    ),
    is_shared_result: flag("is_shared_result", false),
    viewer_can_vote: flag("viewer_can_vote", true),
    finished: flag("finished", false),
    color: text("color", "black"),
    poll_type: text("poll_type", ""),
    question: readText(poll.question, drift, model, "question"),
    options: readList<Json>(poll.tallies ?? poll.options, optionOf, drift, model, "options"),
    extra: sticker ?? readOptionalObject(poll.extra, drift, model, "extra", {}),
  };
}

/** What a tally counts the votes for; in the old form an option is anything. */
const optionOf = (option: Json): Json =>
  isJsonObject(option) && "count" in option ? (option.text ?? "") : option;
