import { digits, type JsonObject } from "../answer.ts";
import { CROWD, mix, Permutation } from "./numbers.ts";
import type { People, Person } from "./people.ts";
import type { Post, Posts } from "./posts.ts";
import { userShort } from "./user-shape.ts";

/** A comment under a post, or a reply to one. */
export interface Comment {
  /** 64-bit id, past 2^53: base, then owner, post, position and reply. */
  readonly pk: bigint;
  readonly post: Post;
  /** Place in the post's list, 0 the first shown. */
  readonly position: number;
  /** Place in the comment's thread from 1 on; 0 for the comment itself. */
  readonly reply: number;
  readonly author: Person;
  readonly text: string;
  /** Unix seconds. */
  readonly createdAt: number;
  readonly likes: number;
}

/** True where the owner has closed a post's comments: it then shows none. */
export function commentsClosed(post: Post): boolean {
  return turnOf(post) === 5;
}

/** How many comments a post has, replies not counted: none, a few dozen, or hundreds. */
export function commentCountOf(post: Post): number {
  const turn = turnOf(post);
  if (turn === 5 || turn === 6) return 0;
  if (turn !== 0) return post.hash % 60;
  return post.owner.slot === 0 ? 180 + (post.hash % 200) : 20 + (post.hash % 60);
}

/** How many replies the comment at a position has: mostly none, dozens once under a busy post. */
export function replyCountOf(post: Post, position: number): number {
  const hash = mix(post.hash, position, 61);
  if (position === 1 && commentCountOf(post) > 20) return 25 + (hash % 40);
  return hash % 4 === 0 ? 1 + ((hash >>> 4) % 6) : 0;
}

/** How many comments a post counts: replies are among them. */
export function commentTotalOf(post: Post): number {
  const comments = commentCountOf(post);
  let total = comments;
  for (let position = 0; position < comments; position++) total += replyCountOf(post, position);
  return total;
}

/** Of every eight posts of an owner one is busy, one closed, one without a comment. */
const turnOf = ({ owner, position, hash }: Post): number =>
  (owner.slot === 0 ? position : hash >>> 11) % 8;

const BASE = 18_000_000_000_000_000n;
const REPLY_BITS = 7n;
const POSITION_BITS = 9n;
const POST_BITS = 10n;
const SLOT_BITS = 20n;
const ALL_BITS = REPLY_BITS + POSITION_BITS + POST_BITS + SLOT_BITS;
/** Turned around with these, ids do not count up, and a double rounds those of comments. */
const MASK = 0x2b6d_3a59_e1c7n;

const low = (bits: bigint, count: bigint): number => Number(bits & ((1n << count) - 1n));

/** The comments that exist at the start of every world, computed from post and position. */
export class Comments {
  constructor(
    readonly people: People,
    readonly posts: Posts,
  ) {}

  /** The comment at a position (0..commentCountOf-1), or its reply (1..replyCountOf). */
  of(post: Post, position: number, reply = 0): Comment {
    const hash = mix(post.hash, position, 62 + reply);
    const byOwner = reply > 0 && hash % 5 === 0;
    return {
      pk: pkOf(post, position, reply),
      post,
      position,
      reply,
      author: byOwner ? post.owner : this.people.ofCrowd(hash % CROWD),
      text: this.#text(post, position, reply, hash),
      createdAt: timeOf(post, position) + reply * 211 + (reply === 0 ? 0 : hash % 200),
      likes: reply === 0 ? likesAt(post, position, hash) : hash % 3,
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

  /** Who likes a comment: distinct users, `likes` of them. */
  liker(comment: Comment, index: number): Person {
    const order = new Permutation(mix(this.people.seed, comment.position, comment.post.hash));
    // Replies begin elsewhere in the same order.
    return this.people.ofCrowd(order.apply((index + comment.reply * 1_000) % CROWD));
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

/** The first comments are the ones most liked: that is what puts them there. */
function likesAt(post: Post, position: number, hash: number): number {
  const most = post.owner.slot === 0 ? 120 + (post.hash % 80) : 20;
  return Math.floor(most / (3 * position + 1)) + (position === 0 ? 0 : hash % 3);
}

function timeOf(post: Post, position: number): number {
  return Math.floor(post.takenAt / 1_000) + 60 + (mix(post.hash, position, 60) % 86_400);
}

/** A comment as lists carry it, as an account that has not liked it sees it. */
export function commentShape(comment: Comment): JsonObject {
  const { pk, post, reply, author, createdAt } = comment;
  return {
    pk: digits(pk),
    user_id: author.pk,
    type: reply === 0 ? 0 : 2,
    did_report_as_spam: false,
    created_at: createdAt,
    created_at_utc: createdAt,
    content_type: "comment",
    status: "Active",
    bit_flags: 0,
    share_enabled: true,
    is_covered: false,
    is_ranked_comment: reply === 0,
    private_reply_status: 0,
    text: comment.text,
    user: userShort(author),
    media_id: digits(post.pk),
    comment_like_count: comment.likes,
    has_liked_comment: false,
    has_translation: false,
    ...(reply === 0 ? threadShape(comment) : replyShape(comment)),
  };
}

function threadShape({ post, position }: Comment): JsonObject {
  const replies = replyCountOf(post, position);
  return {
    child_comment_count: replies,
    num_tail_child_comments: replies,
    has_more_tail_child_comments: replies > 0,
    preview_child_comments: [],
    other_preview_users: [],
    inline_composer_display_condition: "never",
    comment_index: position,
    ...(position === 0 && post.hash % 3 === 0 ? { is_pinned: true } : {}),
  };
}

/** Of the later replies some answer the one before them, which stays in the same thread. */
function replyShape({ post, position, reply }: Comment): JsonObject {
  const answered = reply > 1 && mix(post.hash, position, reply) % 3 === 0 ? reply - 1 : 0;
  return {
    parent_comment_id: digits(pkOf(post, position, 0)),
    replied_to_comment_id: digits(pkOf(post, position, answered)),
  };
}

/** Spellings that a client must carry through unharmed. */
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
