import type { SeedList } from "../store/kinds.ts";
import type { MadeItem } from "./made.ts";
import { mix } from "./numbers.ts";
import type { Person } from "./people.ts";
import type { Post } from "./posts.ts";
import type { Story } from "./stories.ts";
import type { Thread } from "./threads.ts";

/**
 * Everything that can be sent in a thread, named like the upstream's `item_type`. Some types have two
 * kinds here: `media` is `photo` or `video`, `raven_media` is `raven_viewed` or `raven_new`, and `text`
 * is also `reply` or `reacted`.
 */
export type MessageKind = (typeof KINDS)[number];

/** A thread repeats the kinds in this order. */
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

/** Kinds in message requests: strangers can send little more than text. */
const KINDS_OF_REQUESTS = ["text", "link", "photo", "text"] as const;

/** What an account shares in a message. */
export interface Share {
  /** The first link of a text. */
  readonly link?: string;
  readonly post?: Post;
  readonly story?: Story;
  readonly profile?: Person;
  /** The user whom the shared story mentions, and who is told so. */
  readonly mentioned?: Person;
}

/** How often a photo or video can be viewed. */
export type ViewMode = "once" | "replayable" | "permanent";

/** A photo, a video or a voice message that an account has sent. */
export interface SentFile {
  readonly item: MadeItem;
  /** For a voice message: how loud it is, 0 to 1, so many times a second. */
  readonly waveform?: readonly number[];
  readonly waveformHz?: number;
  readonly viewMode: ViewMode;
}

/** A user's reaction to a message. */
export interface Reaction {
  readonly sender: Person;
  readonly emoji: string;
  /** Unix microseconds. */
  readonly sentAt: number;
  readonly context: string;
}

/** A message. */
export interface Message {
  readonly thread: Thread;
  /** Position among the seeded messages, 0 the newest; -1 for a message that an account sent. */
  readonly position: number;
  /** 128 bits: the time it was sent, then a random part. */
  readonly id: bigint;
  readonly kind: MessageKind;
  /** Unix microseconds. */
  readonly sentAt: number;
  readonly sender: Person;
  /** The text of a message that an account sent; undefined for seeded ones. */
  readonly written: string | undefined;
  /** `client_context` of the sending app; undefined for seeded ones. */
  readonly context: string | undefined;
  /** What an account shared with it; undefined for seeded ones. */
  readonly share: Share | undefined;
  /** The file that an account sent; left out for messages without one. */
  readonly sent?: SentFile | undefined;
  /** The reactions since an account changed them; undefined while they are as at the start. */
  readonly reactions: readonly Reaction[] | undefined;
  readonly hash: number;
}

/** The message at a position, 0..messageCount-1. */
export function messageOf(thread: Thread, position: number): Message {
  // Content depends on the place: unlike the position it stays the same when newer messages come.
  const place = position - thread.added;
  const hash = mix(thread.hash, place, 64);
  const kinds = thread.folder === "inbox" ? KINDS : KINDS_OF_REQUESTS;
  // The first thread shows every kind on its first pages; the others start at any kind.
  const turn = thread.index === 0 ? place : place + thread.hash;
  const scatter = place > 0 ? hash % (thread.interval / 2) : 0;
  const sentAt = thread.lastActivity - position * thread.interval - scatter;
  return {
    thread,
    position,
    // Computed when it is read: a search looks at thousands of messages and shows few.
    get id() {
      return (BigInt(sentAt) << 64n) | (BigInt(hash) << 32n) | BigInt(mix(hash, place));
    },
    kind: kinds[((turn % kinds.length) + kinds.length) % kinds.length] ?? "text",
    sentAt,
    sender: senderOf(thread, hash),
    written: undefined,
    context: undefined,
    share: undefined,
    reactions: undefined,
    hash,
  };
}

/** A thread's messages at the start, newest first. */
export function messagesSeed(thread: Thread): SeedList<Message> {
  // A list asks for a message and then for its place: the message is computed once.
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

/** In message requests only the others have written. */
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

/** The URL in a message of kind `link`. */
export const linkOf = ({ hash, share }: Message): string =>
  share?.link ?? LINKS[(hash >>> 6) % LINKS.length] ?? LINKS[0];

/** The text of a message; empty where it has none. */
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
