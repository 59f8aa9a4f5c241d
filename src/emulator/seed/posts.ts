import type { SeedList } from "../store/kinds.ts";
import { commentingOn } from "./comments.ts";
import { fixedOf } from "./fixtures.ts";
import { captionAt } from "./hashtags.ts";
import type { Made } from "./made.ts";
import { MixedPosts, STEPS } from "./mixed-posts.ts";
import { Memo, mix } from "./numbers.ts";
import { isInstagram, type People, type Person } from "./people.ts";
import type { Place } from "./places.ts";

export type PostKind = "photo" | "video" | "clip" | "carousel";

/** A post. */
export interface Post {
  /** 64-bit id, made of the time in milliseconds since the upstream's epoch and the owner; see postPk(). */
  readonly pk: bigint;
  /** Shortcode. */
  readonly code: string;
  readonly owner: Person;
  /** Position among the owner's seeded posts, 0 the newest; -1 for one that was posted in a world. */
  readonly position: number;
  readonly kind: PostKind;
  /** Unix milliseconds. */
  readonly takenAt: number;
  /** Empty where there is none. */
  readonly caption: string;
  readonly commentsClosed: boolean;
  readonly captionIsEdited: boolean;
  /** True where the owner has pinned it to the profile. */
  readonly isPinned: boolean;
  /** Everything made up about the post is computed from this number. */
  readonly hash: number;
  /** Who and where the post shows since it was made or edited; as it is made up where this is left out. */
  readonly shows?: Shown;
  /** What was uploaded for it; made up where this is left out. */
  readonly made?: Made;
}

/** Who is tagged on a post, and where it was made. */
export interface Shown {
  readonly tagged: readonly Tagged[];
  readonly place: Place | undefined;
}

/** A user who is tagged on a post, and where on the picture: shares of its width and height. */
export interface Tagged {
  readonly person: Person;
  readonly position: readonly [x: number, y: number];
}

/** The moment that upstream ids count from, unix milliseconds. */
const ID_EPOCH = 1_314_220_021_721;

/** All seeded posts are older than this, so that they do not depend on the clock. Unix milliseconds. */
export const NEWEST_SEEDED = Date.UTC(2025, 10, 1);

/** More posts than any owner has. */
const MOST_POSTS = 1_000;

const HOUR = 3_600_000;

const KINDS: readonly PostKind[] = [
  "clip",
  "photo",
  "carousel",
  "video",
  "photo",
  "clip",
  "photo",
  "carousel",
];

/** Owners pin none to three of their newest posts to the profile. */
function isPinned(owner: Person, position: number): boolean {
  const count = fixedOf(owner).pinnedPosts ?? mix(owner.slot, 74) % 4;
  return position % 3 === 1 && position < 3 * count;
}

/** The kind of a post at a position; owners begin at different ones. */
function kindAt({ slot }: Person, position: number): PostKind {
  return KINDS[(position + slot) % KINDS.length] ?? "photo";
}

/** How many of an owner's posts are of some kinds. */
export function countOfKinds(owner: Person, kinds: readonly PostKind[]): number {
  let count = 0;
  for (let position = 0; position < owner.postCount; position++)
    if (kinds.includes(kindAt(owner, position))) count++;
  return count;
}

const CODE_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The shortcode in a post's URL: its id in base 64. */
export function shortcodeOf(pk: bigint): string {
  let code = "";
  for (let rest = pk; rest > 0n; rest >>= 6n) {
    code = (CODE_ALPHABET[Number(rest & 63n)] ?? "") + code;
  }
  return code;
}

/** The place of a post in the list of its owner's posts, newest first. */
export const placeOfPost = ({ takenAt }: Pick<Post, "takenAt">): number => -takenAt;

/** The id in a shortcode, or undefined where the text is not a shortcode. */
export function pkOfShortcode(code: string): bigint | undefined {
  if (!/^[A-Za-z0-9_-]{1,11}$/.test(code)) return undefined;
  let pk = 0n;
  for (const letter of code) pk = (pk << 6n) | BigInt(CODE_ALPHABET.indexOf(letter));
  return pk;
}

const MEDIA_ID = /^(\d{1,19})(?:_(\d{1,15}))?$/;

/** True where a text has the form of a media id, `<pk>` or `<pk>_<owner>`. */
export function isMediaId(text: string): boolean {
  return MEDIA_ID.test(text);
}

/** The posts that exist at the start of every world, computed from owner and position. */
export class Posts {
  readonly #posts = new Memo<Post>(5_000);
  readonly #liked = new Memo<MixedPosts>(500);
  readonly #saved = new Memo<MixedPosts>(500);

  constructor(readonly people: People) {}

  /** The post at a position, 0..postCount-1. */
  of(owner: Person, position: number): Post {
    const key = owner.slot * MOST_POSTS + position;
    return this.#posts.get(key, () => this.#compute(owner, position));
  }

  /** An owner's posts, newest first. */
  seedOf(owner: Person): SeedList<Post> {
    return {
      length: owner.postCount,
      at: (position) => this.of(owner, position),
      positionOf: ({ pk, position }) =>
        position >= 0 && position < owner.postCount && this.of(owner, position).pk === pk
          ? position
          : undefined,
      placeAt: (position) => placeOfPost(this.of(owner, position)),
    };
  }

  /** What an account likes at the start of every world, liked last first. */
  likedBy(account: Person): SeedList<Post> {
    return this.#liked.get(account.slot, () => this.#mixed("liked", account));
  }

  /** What an account has saved at the start of every world, saved last first. */
  savedBy(account: Person): SeedList<Post> {
    return this.#saved.get(account.slot, () => this.#mixed("saved", account));
  }

  /** An owner's Reel, 0 the newest; undefined where the owner has fewer. */
  clip(owner: Person, index: number): Post | undefined {
    const shift = owner.slot % KINDS.length;
    // The first and the sixth of every eight kinds are Reels; owners begin at different kinds.
    const nth = index + (shift === 0 ? 0 : shift <= 5 ? 1 : 2);
    const position = (nth >>> 1) * KINDS.length + (nth % 2) * 5 - shift;
    return position < owner.postCount ? this.of(owner, position) : undefined;
  }

  /** The post with that id, or undefined, as for the ids of a carousel's items. */
  byPk(pk: bigint): Post | undefined {
    const { takenAt, slot, child } = partsOfPk(pk);
    if (child !== 0 || !this.people.isSlot(slot)) return undefined;
    const owner = this.people.bySlot(slot);
    const position = Math.floor((NEWEST_SEEDED - 1 - takenAt) / this.#interval(owner));
    const exists =
      position >= 0 && position < owner.postCount && this.#takenAt(owner, position) === takenAt;
    return exists ? this.of(owner, position) : undefined;
  }

  #compute(owner: Person, position: number): Post {
    const hash = mix(this.people.seed, owner.slot, 1_000 + position);
    const takenAt = this.#takenAt(owner, position);
    const pk = postPk(takenAt, owner.slot, 0);
    const pinned = isPinned(owner, position);
    return {
      pk,
      code: shortcodeOf(pk),
      owner,
      position,
      kind: kindAt(owner, position),
      takenAt,
      caption: captionAt(this.people, owner, position, hash),
      captionIsEdited: hash % 13 === 0,
      // The first post that a profile shows is the one that clients try things on.
      commentsClosed: !pinned && commentingOn(owner, position, hash) === "closed",
      isPinned: pinned,
      hash,
    };
  }

  /** Accounts that follow nobody have neither liked nor saved anything. */
  #mixed(kind: "liked" | "saved", account: Person): MixedPosts {
    const length =
      account.followingCount === 0 ? 0 : 120 + (mix(account.slot, STEPS[kind].salt) % 60);
    return new MixedPosts(this, kind, account, length);
  }

  /** Milliseconds between two posts of an owner; each post is at a random moment of its interval. */
  #interval(owner: Person): number {
    return isInstagram(owner)
      ? 20 * HOUR
      : (24 + (mix(this.people.seed, owner.slot, 41) % 200)) * HOUR;
  }

  #takenAt(owner: Person, position: number): number {
    const interval = this.#interval(owner);
    const jitter = mix(this.people.seed, owner.slot, 2_000 + position) % interval;
    return NEWEST_SEEDED - 1 - position * interval - jitter;
  }
}

/**
 * Inverts some low bits of an id. Without this, ids of the first owners would end in so many zeros
 * that a double holds them exactly, and tests would not notice a client that rounds ids.
 */
const LOW_BITS = 0x2b5a5fn;

/** Id of a post (child 0), of a carousel's item (child 1..6) or of a story (child 7). */
export function postPk(takenAt: number, slot: number, child: number): bigint {
  return ((BigInt(takenAt - ID_EPOCH) << 23n) | BigInt((slot << 3) | child)) ^ LOW_BITS;
}

/** The values that postPk() made an id of. */
export function partsOfPk(pk: bigint): { takenAt: number; slot: number; child: number } {
  const low = Number((pk ^ LOW_BITS) & 0x7fffffn);
  return { takenAt: Number(pk >> 23n) + ID_EPOCH, slot: low >>> 3, child: low & 7 };
}
