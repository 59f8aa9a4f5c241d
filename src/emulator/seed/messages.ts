import type { SeedList } from "../store/kinds.ts";
import { mix } from "./numbers.ts";
import type { Person } from "./people.ts";
import type { Thread } from "./threads.ts";

/**
 * Everything that can be sent in a thread: `item_type` of the upstream, but `photo` and `video`
 * (both `media`), `raven_viewed` and `raven_new` (`raven_media`), `reply` and `reacted` (`text`).
 */
export type MessageKind = (typeof KINDS)[number];

/** In the order in which they come round. */
const KINDS = [
  "text",
  "link",
  "photo",
  "reacted",
  "media_share",
  "clip",
  "reply",
  "xma_clip",
  "text",
  "xma_media_share",
  "video",
  "xma_story_share",
  "xma_profile",
  "reacted",
  "generic_xma",
  "voice_media",
  "text",
  "raven_viewed",
  "raven_new",
  "reply",
  "reel_share",
  "story_share",
  "photo",
  "felix_share",
  "animated_media",
  "text",
  "like",
  "placeholder",
  "profile",
  "location",
  "hashtag",
  "reply",
  "action_log",
  "video_call_event",
  "static_sticker",
  "product_share",
] as const;

/** What strangers send, who are limited to little more than text. */
const KINDS_OF_REQUESTS = ["text", "link", "photo", "text"] as const;

/** A message. */
export interface Message {
  readonly thread: Thread;
  /** Among the seeded ones, 0 the newest; -1 for one that was sent by an account. */
  readonly position: number;
  /** 128 bits: when it was sent, then a random part. */
  readonly id: bigint;
  readonly kind: MessageKind;
  /** Unix microseconds. */
  readonly sentAt: number;
  readonly sender: Person;
  /** The words of a message that was sent by an account. */
  readonly written: string | undefined;
  /** What the sending app made up for the message; undefined for seeded ones. */
  readonly context: string | undefined;
  readonly hash: number;
}

/** The message at a position, 0..messageCount-1. */
export function messageOf(thread: Thread, position: number): Message {
  // What a message is depends on its place, which stays while newer ones come.
  const place = position - thread.added;
  const hash = mix(thread.hash, place, 64);
  const kinds = thread.folder === "inbox" ? KINDS : KINDS_OF_REQUESTS;
  // The first thread shows every kind on its first pages, the others start anywhere.
  const turn = thread.index === 0 ? place : place + thread.hash;
  const scatter = place > 0 ? hash % (thread.interval / 2) : 0;
  const sentAt = thread.lastActivity - position * thread.interval - scatter;
  return {
    thread,
    position,
    // Only those that are shown need one: a search looks through thousands.
    get id() {
      return (BigInt(sentAt) << 64n) | (BigInt(hash) << 32n) | BigInt(mix(hash, place));
    },
    kind: kinds[((turn % kinds.length) + kinds.length) % kinds.length] ?? "text",
    sentAt,
    sender: senderOf(thread, hash),
    written: undefined,
    context: undefined,
    hash,
  };
}

/** A thread's messages at the start, newest first. */
export function messagesSeed(thread: Thread): SeedList<Message> {
  // A list asks for a message and its place one after the other.
  let last: Message | undefined;
  const at = (position: number): Message => {
    if (last?.position !== position) last = messageOf(thread, position);
    return last;
  };
  return {
    length: thread.messageCount,
    at,
    positionOf({ sentAt, id }) {
      const position = Math.floor((thread.lastActivity - sentAt) / thread.interval);
      const isThere = position >= 0 && position < thread.messageCount;
      return isThere && at(position).id === id ? position : undefined;
    },
    placeAt: (position) => -at(position).sentAt,
  };
}

/** Id of a message that an account sent at that moment, unix microseconds. */
export const writtenMessageId = (sentAt: number): bigint =>
  (BigInt(sentAt) << 64n) | (BigInt(mix(sentAt % 1_000_003)) << 32n) | 1n;

/** Requests come from the others alone. */
function senderOf(thread: Thread, hash: number): Person {
  const { members, owner, folder } = thread;
  const people = folder === "inbox" ? [owner, ...members] : members;
  return people[hash % people.length] ?? owner;
}

const TEXTS = [
  "hello 👋",
  "Are you coming tonight?",
  "Größe passt, danke! 🙏",
  "Увидимся в субботу",
  "写真ありがとう！",
  "lol 😂😂",
  "Can you send me the invoice?",
  "ok",
  "On my way, 10 minutes",
  "Merci beaucoup ❤️",
  "Hello from the other side",
  "Which one do you like better, the first or the second?",
  "see you there ✨",
] as const;

const LINKS = [
  "https://example.com/tickets?id=3012345678901234567&from=direct",
  "https://www.instagram.com/instagram/",
  "https://example.org/größe",
] as const;

/** The address that a message with a link leads to. */
export const linkOf = ({ hash }: Message): string => LINKS[(hash >>> 6) % LINKS.length] ?? LINKS[0];

/** The words in a message; empty where it has none. */
export function wordsOf(message: Message): string {
  if (message.written !== undefined) return message.written;
  const words = TEXTS[(message.hash >>> 4) % TEXTS.length] ?? "";
  switch (message.kind) {
    case "text":
    case "reply":
    case "reacted":
      return words;
    case "link":
      return `${words} ${linkOf(message)}`;
    default:
      return "";
  }
}
