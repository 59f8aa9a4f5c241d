import { isJsonObject, type Json, type JsonObject, objectOr } from "../json.ts";
import { DirectMedia, MediaXma } from "./direct-media.ts";
import { MessageLink, MessageReactions } from "./direct-parts.ts";
import { DirectShortThread } from "./direct-short-thread.ts";
import { microseconds } from "./direct-time.ts";
import { VisualMedia } from "./direct-visual.ts";
import type { DriftReporter } from "./drift.ts";
import {
  boolean,
  id,
  identity,
  kind,
  list,
  listIn,
  object,
  optional,
  passthrough,
  text,
  within,
} from "./fields.ts";
import { Media } from "./media.ts";
import { type Infer, model } from "./model.ts";

/** When and how a message, or one that is replied to, was sent. */
const sentFields = {
  timestamp: microseconds(),
  item_type: optional(text()),
  is_sent_by_viewer: optional(boolean()),
  is_shh_mode: optional(boolean()),
};

/** What was shared with a message, or with one that is replied to. */
const sharedFields = {
  visual_media: optional(object(VisualMedia)),
  media_share: optional(object(Media)),
  reel_share: optional(passthrough()),
  story_share: optional(passthrough()),
  felix_share: optional(passthrough()),
  xma_share: optional(kind(MediaXma.schema, readCard, null, { from: (message) => message })),
  generic_xma: optional(list(MediaXma), { from: listIn("generic_xma") }),
  raw_xma: optional(passthrough(), { from: rawCards }),
  clip: optional(object(Media), { from: sharedReel }),
  placeholder: optional(passthrough()),
};

/** A message that another one replies to. `link` is the upstream's own object here. */
export const ReplyMessage = model("ReplyMessage", {
  id: identity("item_id"),
  user_id: optional(text()),
  ...sentFields,
  text: optional(text()),
  link: optional(passthrough()),
  animated_media: optional(passthrough()),
  media: optional(object(DirectMedia), { from: (raw) => withItemId(raw.media, raw) }),
  ...sharedFields,
});

/**
 * A message of a thread. `item_type` tells which of the fields holds what was sent; types that have
 * none here (a place, a call, a like) are told by it alone. Items do not name their thread:
 * `thread_id` stays unknown where the upstream tells it nowhere.
 */
export const DirectMessage = model("DirectMessage", {
  id: identity("item_id"),
  user_id: optional(text(), { missing: "", default: null }),
  thread_id: optional(id()),
  ...sentFields,
  reactions: optional(object(MessageReactions)),
  text: optional(text()),
  reply: optional(object(ReplyMessage), { from: "replied_to_message" }),
  link: optional(object(MessageLink)),
  animated_media: optional(passthrough()),
  media: optional(object(DirectMedia), { from: sentMedia }),
  ...sharedFields,
  client_context: optional(text(), { missing: "", default: null }),
});
export type DirectMessage = Infer<typeof DirectMessage>;

/** A message that a search found, and its thread. */
export const DirectMessageSearchResult = model("DirectMessageSearchResult", {
  message: object(DirectMessage, {
    from: ({ matched_message_info: info }) => objectOr(info).item_info,
  }),
  thread: object(DirectShortThread),
});
export type DirectMessageSearchResult = Infer<typeof DirectMessageSearchResult>;

const voiceMedia = within("voice_media", "media");

function sentMedia(raw: JsonObject, drift: DriftReporter, model: string): Json | undefined {
  return withItemId(voiceMedia(raw, drift, model) ?? raw.media, raw);
}

const withItemId = (media: Json | undefined, { item_id = null }: JsonObject): Json | undefined =>
  isJsonObject(media) ? { ...media, item_id } : media;

/** The post of a shared Reel stands one level deeper, mostly. */
function sharedReel({ clip }: JsonObject): Json | undefined {
  return isJsonObject(clip) && "clip" in clip ? objectOr(clip.clip) : clip;
}

/** The kinds of cards; each is a list, of which all but `generic_xma` use the first item. */
const XMA_FIELDS = [
  "xma_clip",
  "xma_media_share",
  "xma_story_share",
  "xma_profile",
  "generic_xma",
] as const;

function readCard(message: Json, drift: DriftReporter): MediaXma | null {
  const { xma_clip: reels, xma_media_share: posts } = objectOr(message);
  return firstCard(reels, drift) ?? firstCard(posts, drift);
}

function firstCard(cards: Json | undefined, drift: DriftReporter): MediaXma | null {
  return Array.isArray(cards) ? MediaXma.read(cards[0], drift) : null;
}

/** The cards as the upstream sent them: the models keep only a part of each, or nothing at all. */
function rawCards(raw: JsonObject): JsonObject | null {
  const cards = XMA_FIELDS.flatMap((field) => {
    const value = raw[field];
    return isFilled(value) ? [[field, value] as const] : [];
  });
  return cards.length === 0 ? null : Object.fromEntries(cards);
}

function isFilled(value: Json | undefined): value is Json[] | JsonObject {
  if (Array.isArray(value)) return value.length > 0;
  return isJsonObject(value) && Object.keys(value).length > 0;
}
