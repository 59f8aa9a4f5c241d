import { digits, type JsonObject } from "../answer.ts";
import type { SeedList } from "../store/kinds.ts";
import { COMMENTING } from "./fixtures.ts";
import { CROWD, mix, Permutation } from "./numbers.ts";
import { isInstagram, type People, type Person } from "./people.ts";
import type { Post, Posts } from "./posts.ts";
import { userShort } from "./user-shape.ts";

/** A comment under a post, or a reply to one. */
export interface Comment {
  /** 64-bit id past 2^53, made of the post's owner and position and of this position and reply. */
  readonly pk: bigint;
  readonly post: Post;
  /** The comment whose thread a reply is in; undefined for a comment. */
  readonly parentPk: bigint | undefined;
  /** The comment or reply that a reply answers; undefined for a comment. */
  readonly repliedToPk: bigint | undefined;
  /** Position in the post's seeded list, 0 the first shown; -1 for a comment written in a world. */
  readonly position: number;
  /** Number in the seeded thread, from 1; 0 for comments and for replies written in a world. */
  readonly reply: number;
  readonly author: Person;
  readonly text: string;
  /** Unix seconds. */
  readonly createdAt: number;
  readonly isPinned: boolean;
}

/** How much a seeded post is commented on, or that its comments are closed. */
export function commentingOn(
  owner: Person,
  position: number,
  hash: number,
): (typeof COMMENTING)[number] {
  const turn = isInstagram(owner) ? position : hash >>> 11;
  return COMMENTING[turn % COMMENTING.length] ?? "usual";
}

/** How many comments a post has without replies: none, a few dozen, or hundreds. */
function commentCountOf({ owner, position, hash }: Post): number {
  if (position < 0) return 0;
  switch (commentingOn(owner, position, hash)) {
    case "busy":
      return isInstagram(owner) ? 180 + (hash % 200) : 20 + (hash % 60);
    case "usual":
      return hash % 60;
    default:
      return 0;
  }
}

/** How many replies a comment has: mostly none, but dozens for the second comment of a busy post. */
function replyCountOf(post: Post, position: number): number {
  const hash = mix(post.hash, position, 61);
  if (position === 1 && commentCountOf(post) > 20) return 25 + (hash % 40);
  return hash % 4 === 0 ? 1 + ((hash >>> 4) % 6) : 0;
}

/** How many comments and replies a post has at the start of every world. */
export function commentTotalOf(post: Post): number {
  const comments = commentCountOf(post);
  let total = comments;
  for (let position = 0; position < comments; position++) total += replyCountOf(post, position);
  return total;
}

const BASE = 18_000_000_000_000_000n;
const REPLY_BITS = 7n;
const POSITION_BITS = 9n;
const POST_BITS = 10n;
const SLOT_BITS = 20n;
const ALL_BITS = REPLY_BITS + POSITION_BITS + POST_BITS + SLOT_BITS;
/** Scrambles ids: they do not count up, and a client that reads them as doubles rounds them. */
const MASK = 0x2b6d_3a59_e1c7n;

const low = (bits: bigint, count: bigint): number => Number(bits & ((1n << count) - 1n));

/** The comments that exist at the start of every world, computed from post and position. */
export class Comments {
  constructor(
    readonly people: People,
    readonly posts: Posts,
  ) {}

  /** The comment at a position from 0 on, or one of its replies, which are numbered from 1. */
  of(post: Post, position: number, reply = 0): Comment {
    const hash = mix(post.hash, position, 62 + reply);
    const byOwner = reply > 0 && hash % 5 === 0;
    return {
      pk: pkOf(post, position, reply),
      post,
      parentPk: reply === 0 ? undefined : pkOf(post, position, 0),
      repliedToPk:
        reply === 0 ? undefined : pkOf(post, position, answeredBy(post, position, reply)),
      position,
      reply,
      author: byOwner ? post.owner : this.people.ofCrowd(hash % CROWD),
      text: this.#text(post, position, reply, hash),
      createdAt: timeOf(post, position) + reply * 211 + (reply === 0 ? 0 : hash % 200),
      isPinned: position === 0 && reply === 0 && post.hash % 3 === 0,
    };
  }

  /** The comments under a post, the most liked first. */
  seedOf(post: Post): SeedList<Comment> {
    return {
      length: commentCountOf(post),
      at: (position) => this.of(post, position),
      positionOf: ({ pk, position }) =>
        position >= 0 && pk === pkOf(post, position, 0) ? position : undefined,
    };
  }

  /** The replies in a comment's thread, oldest first. */
  repliesSeedOf({ post, position, reply }: Comment): SeedList<Comment> {
    return {
      length: position < 0 || reply > 0 ? 0 : replyCountOf(post, position),
      at: (at) => this.of(post, position, at + 1),
      positionOf: (one) =>
        one.reply > 0 && one.pk === pkOf(post, position, one.reply) ? one.reply - 1 : undefined,
    };
  }

  /** Who likes a comment. */
  likersSeedOf(comment: Comment): SeedList<Person> {
    const { post, position, reply } = comment;
    const order = new Permutation(mix(this.people.seed, position, post.hash));
    // A reply uses another part of the same order.
    const start = reply * 1_000;
    const hash = mix(post.hash, position, 62 + reply);
    const length = position < 0 ? 0 : reply === 0 ? likesAt(post, position, hash) : hash % 3;
    return {
      length,
      at: (index) => this.people.ofCrowd(order.apply((index + start) % CROWD)),
      positionOf: (person) => {
        const index = this.people.crowdIndex(person);
        const at = index < 0 ? length : (order.invert(index) - start + CROWD) % CROWD;
        return at < length ? at : undefined;
      },
    };
  }

  /** The comment or reply with that id, or undefined. */
  byPk(pk: bigint): Comment | undefined {
    if (pk < BASE || (pk - BASE) >> ALL_BITS !== 0n) return undefined;
    const bits = (pk - BASE) ^ MASK;
    const reply = low(bits, REPLY_BITS);
    const position = low(bits >> REPLY_BITS, POSITION_BITS);
    const postPosition = low(bits >> (REPLY_BITS + POSITION_BITS), POST_BITS);
    const slot = low(bits >> (REPLY_BITS + POSITION_BITS + POST_BITS), SLOT_BITS);
    if (!this.people.isSlot(slot)) return undefined;
    const owner = this.people.bySlot(slot);
    if (postPosition >= owner.postCount) return undefined;
    const post = this.posts.of(owner, postPosition);
    const exists = position < commentCountOf(post) && reply <= replyCountOf(post, position);
    return exists ? this.of(post, position, reply) : undefined;
  }

  #text(post: Post, position: number, reply: number, hash: number): string {
    const text = TEXTS[hash % TEXTS.length] ?? "";
    if (reply === 0) return text;
    const answered = this.people.ofCrowd(mix(post.hash, position, 62) % CROWD);
    return `@${answered.username} ${text}`;
  }
}

function pkOf(post: Post, position: number, reply: number): bigint {
  const ofPost = (BigInt(post.owner.slot) << POST_BITS) | BigInt(post.position);
  const ofComment = (ofPost << POSITION_BITS) | BigInt(position);
  return BASE + (((ofComment << REPLY_BITS) | BigInt(reply)) ^ MASK);
}

/** Id of the `count`th comment written in a world; `now` is unix milliseconds. */
export const writtenPk = (now: number, count: number): bigint =>
  17_000_000_000_000_000n + BigInt(now % 10_000_000_000) * 100_000n + BigInt(count);

/** Comments are sorted by likes, so the first ones have the most. */
function likesAt(post: Post, position: number, hash: number): number {
  const most = isInstagram(post.owner) ? 120 + (post.hash % 80) : 20;
  return Math.floor(most / (3 * position + 1)) + (position === 0 ? 0 : hash % 3);
}

function timeOf(post: Post, position: number): number {
  return Math.floor(post.takenAt / 1_000) + 60 + (mix(post.hash, position, 60) % 86_400);
}

/** What a comment shows to the account that reads it. */
export interface CommentView {
  readonly likes: number;
  readonly hasLiked: boolean;
  readonly replies: number;
}

/** A comment as lists carry it. */
export function commentShape(
  comment: Comment,
  { likes, hasLiked, replies }: CommentView,
): JsonObject {
  const { pk, post, parentPk, repliedToPk, author, createdAt } = comment;
  const isReply = parentPk !== undefined;
  return {
    pk: digits(pk),
    user_id: author.pk,
    type: isReply ? 2 : 0,
    did_report_as_spam: false,
    created_at: createdAt,
    created_at_utc: createdAt,
    content_type: "comment",
    status: "Active",
    bit_flags: 0,
    share_enabled: true,
    is_covered: false,
    is_ranked_comment: !isReply,
    private_reply_status: 0,
    text: comment.text,
    user: userShort(author),
    media_id: digits(post.pk),
    comment_like_count: likes,
    has_liked_comment: hasLiked,
    has_translation: false,
    ...(parentPk === undefined || repliedToPk === undefined
      ? threadShape(comment, replies)
      : { parent_comment_id: digits(parentPk), replied_to_comment_id: digits(repliedToPk) }),
  };
}

function threadShape({ position, isPinned }: Comment, replies: number): JsonObject {
  return {
    child_comment_count: replies,
    num_tail_child_comments: replies,
    has_more_tail_child_comments: replies > 0,
    preview_child_comments: [],
    other_preview_users: [],
    inline_composer_display_condition: "never",
    comment_index: Math.max(0, position),
    ...(isPinned ? { is_pinned: true } : {}),
  };
}

/** The number of the reply that a reply answers, 0 for the comment: some answer the one before them. */
const answeredBy = (post: Post, position: number, reply: number): number =>
  reply > 1 && mix(post.hash, position, reply) % 3 === 0 ? reply - 1 : 0;

/** Texts that a client must not change. */
const TEXTS = [
  "❤️❤️❤️",
  "So beautiful! 😍",
  "@instagram where is this?",
  "Où est-ce ? J'y vais demain ✈️",
  "最高です！",
  "Какая красота",
  "مذهل جدا",
  "This is exactly what I needed to see today. Thank you for sharing it, and for the story behind it: I had no idea that it took three years.",
  '"Quoted" \\ back, <b>not bold</b> & more',
  "line one\nline two",
  "🙌🏽👩‍🚀🏳️‍🌈",
  "First!",
  "#goals",
] as const;
