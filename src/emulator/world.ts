import { Pile } from "./pile.ts";
import { collectionsHolding } from "./seed/collections.ts";
import { initialLikes } from "./seed/likes.ts";
import { initialPosts } from "./seed/mixed-posts.ts";
import type { Person } from "./seed/people.ts";
import type { Post } from "./seed/posts.ts";
import {
  initialFollowers,
  initialFollowing,
  initialRequests,
  type PersonList,
} from "./seed/relations.ts";
import type { Seed } from "./seed/seed.ts";

/** A challenge that an account has to pass on one device. */
export interface Challenge {
  readonly pk: number;
  readonly guid: string;
  readonly nonce: string;
  /** How the code was asked for: undefined until the account chose. */
  contact: "sms" | "email" | undefined;
}

/** The second factor by authenticator app of one account. */
export interface Totp {
  readonly seed: string;
  enabled: boolean;
  backupCodes: string[];
}

interface Counts {
  readonly followers: number;
  readonly following: number;
}

/**
 * One tenant's Instagram: the seed that all share, and what its accounts did to it. Only changes
 * are stored.
 */
export class World {
  readonly challenges = new Map<string, Challenge>();
  readonly totp = new Map<number, Totp>();
  /** Accounts (their pks) that have seen what is new in their activity. */
  readonly seenActivity = new Set<number>();
  readonly #endedSessions = new Recent();
  readonly #trustedDevices = new Recent();
  readonly #follows = new Links();
  readonly #unfollows = new Links();
  readonly #requests = new Links();
  /** Requests from the start that were answered or taken back. */
  readonly #endedRequests = new Links();
  readonly #blocks = new Links();
  /** How many more like a post than at the start. */
  readonly #likes = new Map<string, number>();
  readonly #liked = new Map<number, Pile>();
  readonly #saved = new Map<number, Pile>();

  constructor(readonly seed: Seed) {}

  /** Ends one session; the account's others stay. */
  endSession(sessionId: string): void {
    this.#endedSessions.add(sessionId);
  }

  hasEnded(sessionId: string): boolean {
    return this.#endedSessions.has(sessionId);
  }

  /** Remembers a device that passed a challenge, or a second factor that it was asked to remember. */
  trust(account: Person | Challenge, guid: string): void {
    this.#trustedDevices.add(`${account.pk}:${guid}`);
  }

  trusts(account: Person, guid: string): boolean {
    return this.#trustedDevices.has(`${account.pk}:${guid}`);
  }

  /** True where `from` follows `to`. */
  follows(from: Person, to: Person): boolean {
    if (this.#follows.has(from, to)) return true;
    if (this.#unfollows.has(from, to)) return false;
    return (
      initialFollowing(this.seed.people, from).includes(to) ||
      initialFollowers(this.seed.people, to).includes(from)
    );
  }

  /** Follows, or asks to where `to` is private; whoever `from` blocked is unblocked by it. */
  follow(from: Person, to: Person): void {
    this.unblock(from, to);
    if (this.follows(from, to)) return;
    if (to.isPrivate) this.#requests.add(from, to);
    else this.#startFollowing(from, to);
  }

  unfollow(from: Person, to: Person): void {
    this.#endRequest(from, to);
    if (!this.follows(from, to)) return;
    // Somebody who followed from the start has to be remembered as gone.
    if (!this.#follows.delete(from, to)) this.#unfollows.add(from, to);
  }

  hasRequested(from: Person, to: Person): boolean {
    if (this.#requests.has(from, to)) return true;
    return (
      initialRequests(this.seed.people, to).includes(from) &&
      !this.#endedRequests.has(from, to) &&
      !this.follows(from, to)
    );
  }

  approve(from: Person, to: Person): void {
    if (this.#endRequest(from, to)) this.#startFollowing(from, to);
  }

  ignore(from: Person, to: Person): void {
    this.#endRequest(from, to);
  }

  blocks(from: Person, to: Person): boolean {
    return this.#blocks.has(from, to);
  }

  /** Whom a user blocked, last first. */
  blockedBy(person: Person): Person[] {
    return this.#persons(this.#blocks.targets(person)).reverse();
  }

  /** Blocks; both stop following each other. */
  block(from: Person, to: Person): void {
    this.#blocks.add(from, to);
    this.unfollow(from, to);
    this.unfollow(to, from);
  }

  unblock(from: Person, to: Person): void {
    this.#blocks.delete(from, to);
  }

  /** Who asked to follow, newest first; hasRequested() tells which of them still wait. */
  requestsTo(person: Person): Pick<PeopleList, "length" | "at"> {
    const added = this.#persons(this.#requests.sources(person)).reverse();
    const initial = initialRequests(this.seed.people, person);
    return {
      length: added.length + initial.length,
      at: (position) => added[position] ?? initial.at(position - added.length),
    };
  }

  followers(person: Person): PeopleList {
    const initial = initialFollowers(this.seed.people, person);
    return new PeopleList(
      this.#persons(this.#follows.sources(person)),
      initial,
      this.#unfollows.sources(person),
    );
  }

  following(person: Person): PeopleList {
    const initial = initialFollowing(this.seed.people, person);
    return new PeopleList(
      this.#persons(this.#follows.targets(person)),
      initial,
      this.#unfollows.targets(person),
    );
  }

  /** True where the viewer may see a user's posts and lists. */
  canSee(viewer: Person, person: Person): boolean {
    return (
      !this.blocks(person, viewer) &&
      (!person.isPrivate || viewer.pk === person.pk || this.follows(viewer, person))
    );
  }

  /** How many follow a user and how many the user follows, in this world. */
  counts(person: Person): Counts {
    const followers = this.#follows.sources(person).size - this.#unfollows.sources(person).size;
    const following = this.#follows.targets(person).size - this.#unfollows.targets(person).size;
    return {
      followers: person.followerCount + followers,
      following: person.followingCount + following,
    };
  }

  /** JSON text of a profile with this world's counts. */
  userText(person: Person): string {
    const { followers, following } = this.counts(person);
    if (followers === person.followerCount && following === person.followingCount)
      return this.seed.userText(person);
    return this.seed.profileText(person, followers, following);
  }

  /** JSON text of a post as the viewer sees it. */
  mediaText(viewer: Person, post: Post): string {
    const height = this.saved(viewer).heightOf(post);
    return this.seed.mediaText(post).render({
      likesAdded: this.#likes.get(post.code) ?? 0,
      isLiked: this.liked(viewer).has(post),
      viewerPk: viewer.pk,
      savedIn:
        height === undefined ? undefined : collectionsHolding(viewer, height).map(({ id }) => id),
    });
  }

  /** What an account likes. */
  liked(person: Person): Pile {
    return this.#pile(this.#liked, "liked", person);
  }

  /** What an account saved. */
  saved(person: Person): Pile {
    return this.#pile(this.#saved, "saved", person);
  }

  /** How many like a post. */
  likeCount(post: Post): number {
    return Math.max(0, initialLikes(post) + (this.#likes.get(post.code) ?? 0));
  }

  /** Accounts that came to like a post after the start. */
  newLikers(post: Post): Person[] {
    return [...this.#liked].flatMap(([pk, pile]) =>
      pile.hasAdded(post) ? (this.seed.people.byPk(pk) ?? []) : [],
    );
  }

  like(viewer: Person, post: Post): void {
    if (this.liked(viewer).add(post)) this.#countLikes(post, 1);
  }

  unlike(viewer: Person, post: Post): void {
    if (this.liked(viewer).remove(post)) this.#countLikes(post, -1);
  }

  #countLikes(post: Post, change: number): void {
    this.#likes.set(post.code, (this.#likes.get(post.code) ?? 0) + change);
  }

  #pile(piles: Map<number, Pile>, kind: "liked" | "saved", person: Person): Pile {
    let pile = piles.get(person.pk);
    if (pile === undefined) {
      pile = new Pile(initialPosts(this.seed.posts, kind, person));
      piles.set(person.pk, pile);
    }
    return pile;
  }

  /** Takes a request away, and tells whether there was one. */
  #endRequest(from: Person, to: Person): boolean {
    const asked = this.hasRequested(from, to);
    this.#requests.delete(from, to);
    if (initialRequests(this.seed.people, to).includes(from)) this.#endedRequests.add(from, to);
    return asked;
  }

  #startFollowing(from: Person, to: Person): void {
    if (!this.#unfollows.delete(from, to)) this.#follows.add(from, to);
  }

  #persons(pks: ReadonlySet<number>): Person[] {
    return [...pks].flatMap((pk) => this.seed.people.byPk(pk) ?? []);
  }
}

/**
 * The newest of what was put in: a process that runs for months must not grow by every login, and
 * there are thousands of worlds.
 */
class Recent {
  static readonly #capacity = 250;
  readonly #values = new Set<string>();

  add(value: string): void {
    this.#values.add(value);
    if (this.#values.size <= Recent.#capacity) return;
    const oldest = this.#values.keys().next();
    if (!oldest.done) this.#values.delete(oldest.value);
  }

  has(value: string): boolean {
    return this.#values.has(value);
  }
}

const NOBODY: ReadonlySet<number> = new Set();

/** Directed links between users, readable from both ends, in the order they were made. */
class Links {
  readonly #targets = new Map<number, Set<number>>();
  readonly #sources = new Map<number, Set<number>>();

  has(from: Person, to: Person): boolean {
    return this.targets(from).has(to.pk);
  }

  add(from: Person, to: Person): void {
    insert(this.#targets, from.pk, to.pk);
    insert(this.#sources, to.pk, from.pk);
  }

  delete(from: Person, to: Person): boolean {
    this.#sources.get(to.pk)?.delete(from.pk);
    return this.#targets.get(from.pk)?.delete(to.pk) ?? false;
  }

  targets(from: Person): ReadonlySet<number> {
    return this.#targets.get(from.pk) ?? NOBODY;
  }

  sources(to: Person): ReadonlySet<number> {
    return this.#sources.get(to.pk) ?? NOBODY;
  }
}

function insert(links: Map<number, Set<number>>, key: number, value: number): void {
  const values = links.get(key);
  if (values === undefined) links.set(key, new Set([value]));
  else values.add(value);
}

/** Followers or followed ones in this world: the initial list without those who left, then the new ones. */
export class PeopleList {
  readonly length: number;

  constructor(
    readonly added: readonly Person[],
    readonly initial: PersonList,
    readonly gone: ReadonlySet<number>,
  ) {
    this.length = initial.length + added.length;
  }

  /**
   * The user at a position, or undefined where that one left. New ones come last, so that the
   * positions in a cursor stay valid while the list grows.
   */
  at(position: number): Person | undefined {
    if (position >= this.initial.length) return this.added[position - this.initial.length];
    const person = this.initial.at(position);
    return this.gone.has(person.pk) ? undefined : person;
  }
}

/** All worlds of one emulator; the least recently used one is forgotten first. */
export class Worlds {
  readonly #worlds = new Map<string, World>();
  #latest: { readonly name: string; readonly world: World } | undefined;

  constructor(
    readonly seed: Seed,
    readonly capacity: number,
  ) {}

  get(name: string): World {
    // The same tenant asks many times in a row: the order changes only when another one comes.
    if (this.#latest?.name === name) return this.#latest.world;
    const world = this.#worlds.get(name) ?? new World(this.seed);
    this.#worlds.delete(name);
    this.#worlds.set(name, world);
    if (this.#worlds.size > this.capacity) {
      const oldest = this.#worlds.keys().next();
      if (!oldest.done) this.#worlds.delete(oldest.value);
    }
    this.#latest = { name, world };
    return world;
  }
}
