import { digits, type JsonObject } from "../answer.ts";
import { EMPTY_HASHTAG, HIDDEN_HASHTAG } from "./fixtures.ts";
import { type Grouping, gatheredLength, gatheredPost, groupOf } from "./gathered-posts.ts";
import { CAPTIONS } from "./names.ts";
import { mix } from "./numbers.ts";
import type { People, Person } from "./people.ts";
import type { Post, Posts } from "./posts.ts";
import { pictureUrl } from "./user-shape.ts";

/** A hashtag of the made-up Instagram. */
export interface Hashtag {
  /** Position among all hashtags. */
  readonly index: number;
  /** Past 2^53, as the upstream's are. */
  readonly id: bigint;
  /** Lower case, without the `#`. */
  readonly name: string;
  /** The count that the upstream shows: far more posts than its lists ever give. */
  readonly mediaCount: number;
}

/** 64 words and 8 endings make 512 hashtags; every user of the crowd has one of them as a topic. */
const WORDS =
  "berlin sunset tokyo nofilter travel wanderlust coffee fitness newyork paris lisboa ocean mountains vintage garden bakery architecture streetart portrait film analog design interior fashion running yoga hiking climbing surfing cycling ramen pasta vegan brunch wine jazz vinyl piano poetry books museum cats dogs birds forest winter spring summer autumn rain night blue golden minimal größe café mañana москва море 東京 写真 서울 اسطنبول नमस्ते".split(
    " ",
  );
const ENDINGS = ["", "love", "life", "gram", "daily", "photography", "_2025", "lover"] as const;

const COUNT = WORDS.length * ENDINGS.length;

const NAMES: readonly string[] = [
  ...ENDINGS.flatMap((ending) => WORDS.map((word) => word + ending)),
  EMPTY_HASHTAG,
  HIDDEN_HASHTAG,
].map((name) => name.normalize("NFC"));

const INDEXES: ReadonlyMap<string, number> = new Map(NAMES.map((name, index) => [name, index]));

/** The name of a hashtag as people write it: in any case and with or without `#`. */
export const hashtagName = (text: string): string =>
  text.replace(/^#/, "").normalize("NFC").toLowerCase();

/** The names of the hashtags in a caption, each once. */
export const hashtagsIn = (caption: string): Set<string> =>
  new Set([...caption.matchAll(/#[\p{L}\p{M}\p{N}_]+/gu)].map(([tag]) => hashtagName(tag)));

/** The seeded hashtag of that name, as hashtagName() takes it; undefined where there is none. */
export function hashtagNamed(text: string): Hashtag | undefined {
  const index = INDEXES.get(hashtagName(text));
  return index === undefined ? undefined : hashtagAt(index);
}

/** A hashtag that an account has made up. Its seeded list is empty. */
export function newHashtag(name: string, mediaCount: number): Hashtag {
  let hash = 0;
  for (const letter of name) hash = mix(hash, letter.codePointAt(0) ?? 0);
  return { index: NAMES.length, id: 17_842_000_000_000_000n + BigInt(hash), name, mediaCount };
}

/** The hashtag at a position; the empty one for a position that does not exist. */
function hashtagAt(index: number): Hashtag {
  const name = NAMES[index] ?? EMPTY_HASHTAG;
  return {
    index,
    id: 17_841_562_498_105_353n + BigInt(index) * 7_919n,
    name,
    mediaCount: countOf(index),
  };
}

/** Hashtags whose name contains the text, those that start with it first; never the hidden one. */
export function searchHashtags(text: string, limit: number): Hashtag[] {
  const wanted = text.trim().replace(/^#/, "").normalize("NFC").toLowerCase();
  if (wanted === "") return [];
  const found = NAMES.filter((name) => name.includes(wanted) && name !== HIDDEN_HASHTAG);
  const starts = (name: string) => Number(!name.startsWith(wanted));
  return found
    .sort((one, other) => starts(one) - starts(other))
    .slice(0, limit)
    .map((name) => hashtagAt(INDEXES.get(name) ?? 0));
}

/** Hashtags that people use together with this one. */
export function relatedHashtags(hashtag: Hashtag): Hashtag[] {
  if (hashtag.index >= COUNT) return [];
  return Array.from({ length: 10 }, (_, turn) =>
    hashtagAt((hashtag.index + 37 * (turn + 1)) % COUNT),
  );
}

function countOf(index: number): number {
  if (index >= COUNT) return 0;
  const size = index < WORDS.length ? 100_000_000 : 2_000_000;
  return 10_000 + (mix(index, 91) % size);
}

/** A hashtag as searches, `tags/{name}/info/` and the stickers of stories carry it. */
export function hashtagShape({ id, name, mediaCount }: Hashtag): JsonObject {
  return {
    id: digits(id),
    name,
    media_count: mediaCount,
    formatted_media_count: String(mediaCount),
    search_result_subtitle: `${mediaCount.toLocaleString("en-US")} posts`,
    profile_pic_url: mediaCount === 0 ? "" : pictureUrl(`tag_${id}`, 150, 150),
    use_default_avatar: mediaCount === 0,
    allow_following: 1,
    following: 0,
    non_violating: 1,
  };
}

/** Every second post of a user, from the newest on, carries the hashtag of the user's topic. */
const BY_TOPIC: Grouping = {
  kind: 61,
  groups: COUNT,
  first: 0,
  step: 2,
  rounds: (index) => (index < WORDS.length ? 16 : 2),
};

/** The text of a seeded post's caption, empty where it has none. */
export function captionAt(people: People, owner: Person, position: number, hash: number): string {
  const text = CAPTIONS[(hash >>> 7) % CAPTIONS.length] ?? "";
  const topic = groupOf(people, { owner, position }, BY_TOPIC);
  return topic === undefined ? text : `${text} #${hashtagAt(topic).name}`.trimStart();
}

/** How many positions taggedPost() takes for a hashtag; about half of them hold a post. */
export function taggedLength(people: People, hashtag: Hashtag): number {
  return hashtag.index < COUNT
    ? people.instagram.postCount + gatheredLength(BY_TOPIC, hashtag.index)
    : 0;
}

/**
 * The post at a position of a hashtag, roughly newest first, with the posts of `instagram` before
 * the crowd's; undefined where there is none.
 */
export function taggedPost(
  posts: Posts,
  { index, name }: Hashtag,
  position: number,
): Post | undefined {
  const { people } = posts;
  const rest = position - people.instagram.postCount;
  if (rest >= 0) return gatheredPost(posts, BY_TOPIC, index, rest);
  const post = posts.of(people.instagram, position);
  return hashtagsIn(post.caption).has(name) ? post : undefined;
}
