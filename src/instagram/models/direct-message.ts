import { type Static, Type } from "@sinclair/typebox";
import { type Json, type JsonObject, objectOr } from "../json.ts";
import {
  type RawContent,
  readSent,
  readShared,
  sentProperties,
  sharedProperties,
} from "./direct-content.ts";
import { type DirectMedia, DirectMediaSchema, readDirectMedia } from "./direct-media.ts";
import {
  MessageLinkSchema,
  MessageReactionsSchema,
  readMessageLink,
  readMessageReactions,
} from "./direct-parts.ts";
import { DirectShortThreadSchema, readDirectShortThread } from "./direct-short-thread.ts";
import type { DriftReporter } from "./drift.ts";
import { type Raw, readIdentity, readOptionalId, readOptionalText } from "./read.ts";
import { readNested, readOptionalObject } from "./read-nested.ts";
import { Nullable, UpstreamObject } from "./schema.ts";

/** A message that another one replies to. `link` is the upstream's own object here. */
export const ReplyMessageSchema = Type.Object(
  {
    id: Type.String(),
    user_id: Type.Optional(Nullable(Type.String())),
    ...sentProperties,
    text: Type.Optional(Nullable(Type.String())),
    link: Type.Optional(Nullable(UpstreamObject())),
    animated_media: Type.Optional(Nullable(UpstreamObject())),
    media: Type.Optional(Nullable(DirectMediaSchema)),
    ...sharedProperties,
  },
  { title: "ReplyMessage" },
);
export type ReplyMessage = Static<typeof ReplyMessageSchema>;

/** `replied_to_message` of a message. */
export type RawReplyMessage = RawContent;

/** Null when the message has no id. */
export function readReplyMessage(
  value: Json | undefined,
  drift: DriftReporter,
): ReplyMessage | null {
  const raw: RawReplyMessage = objectOr(value);
  const model = "ReplyMessage";
  const id = readIdentity(raw.item_id, undefined, undefined, drift, model, "id");
  if (id === null) return null;
  return {
    id,
    user_id: readOptionalText(raw.user_id, drift, model, "user_id"),
    ...readSent(raw, drift, model),
    text: readOptionalText(raw.text, drift, model, "text"),
    link: readOptionalObject(raw.link, drift, model, "link"),
    animated_media: readOptionalObject(raw.animated_media, drift, model, "animated_media"),
    media: readMessageMedia(raw.item_id, raw.media, drift),
    ...readShared(raw, drift, model),
  };
}

/**
 * A message of a thread. `item_type` tells which of the fields holds what was sent; types that have
 * none here (a place, a call, a like) are told by it alone.
 */
export const DirectMessageSchema = Type.Object(
  {
    id: Type.String(),
    user_id: Type.Optional(Nullable(Type.String())),
    thread_id: Type.Optional(Nullable(Type.String())),
    ...sentProperties,
    reactions: Type.Optional(Nullable(MessageReactionsSchema)),
    text: Type.Optional(Nullable(Type.String())),
    reply: Type.Optional(Nullable(ReplyMessageSchema)),
    link: Type.Optional(Nullable(MessageLinkSchema)),
    animated_media: Type.Optional(Nullable(UpstreamObject())),
    media: Type.Optional(Nullable(DirectMediaSchema)),
    ...sharedProperties,
    client_context: Type.Optional(Nullable(Type.String())),
  },
  { title: "DirectMessage" },
);
export type DirectMessage = Static<typeof DirectMessageSchema>;

/** An item of a thread; found ones come as `item_info`. */
export type RawDirectMessage = RawContent &
  Raw<"thread_id" | "reactions" | "replied_to_message" | "voice_media" | "client_context">;

/**
 * Null when the message has no id. Items do not name their thread: it comes as `threadId`, and
 * stays unknown where the upstream tells it nowhere.
 */
export function readDirectMessage(
  value: Json | undefined,
  drift: DriftReporter,
  threadId?: string,
): DirectMessage | null {
  const raw: RawDirectMessage = objectOr(value);
  const model = "DirectMessage";
  const id = readIdentity(raw.item_id, undefined, undefined, drift, model, "id");
  if (id === null) return null;
  const voice = readOptionalObject(raw.voice_media, drift, model, "media");
  return {
    id,
    user_id: readOptionalText(raw.user_id, drift, model, "user_id", ""),
    thread_id: threadId ?? readOptionalId(raw.thread_id, drift, model, "thread_id"),
    ...readSent(raw, drift, model),
    reactions: readNested(raw.reactions, readMessageReactions, drift, model, "reactions"),
    text: readOptionalText(raw.text, drift, model, "text"),
    reply: readNested(raw.replied_to_message, readReplyMessage, drift, model, "reply"),
    link: readNested(raw.link, readMessageLink, drift, model, "link"),
    animated_media: readOptionalObject(raw.animated_media, drift, model, "animated_media"),
    media: readMessageMedia(raw.item_id, voice?.media ?? raw.media, drift),
    ...readShared(raw, drift, model),
    client_context: readOptionalText(raw.client_context, drift, model, "client_context", ""),
  };
}

function readMessageMedia(
  itemId: Json | undefined,
  media: Json | undefined,
  drift: DriftReporter,
): DirectMedia | null {
  const read = (raw: JsonObject) => readDirectMedia(raw, drift, itemId);
  return readNested(media, read, drift, "DirectMessage", "media");
}

/** A message that a search found, and its thread. */
export const DirectMessageSearchResultSchema = Type.Object(
  { message: DirectMessageSchema, thread: DirectShortThreadSchema },
  { title: "DirectMessageSearchResult" },
);
export type DirectMessageSearchResult = Static<typeof DirectMessageSearchResultSchema>;

/** An item of `message_search_result_items`. */
export type RawDirectMessageSearchResult = Raw<"matched_message_info" | "thread">;

/** Null when message or thread has no id. */
export function readDirectMessageSearchResult(
  value: Json | undefined,
  drift: DriftReporter,
): DirectMessageSearchResult | null {
  const raw: RawDirectMessageSearchResult = objectOr(value);
  const message = readDirectMessage(objectOr(raw.matched_message_info).item_info, drift);
  const thread = readDirectShortThread(raw.thread, drift);
  return message === null || thread === null ? null : { message, thread };
}
