import type { SeedList } from "../store/kinds.ts";
import { fixedOf, INSTAGRAM_PK, NAMED_ACCOUNTS } from "./fixtures.ts";
import { mix } from "./numbers.ts";
import type { People, Person } from "./people.ts";
import { partsOfPk, postPk, shortcodeOf } from "./posts.ts";
import type { Relations } from "./relations.ts";

/** A story. */
export interface Story {
  /** As a post's: from the moment it was taken and its owner. */
  readonly pk: bigint;
  readonly code: string;
  readonly owner: Person;
  /** Among its owner's seeded stories, 0 the first there ever was; -1 for one that was made in a world. */
  readonly number: number;
  readonly isVideo: boolean;
  /** Unix milliseconds. */
  readonly takenAt: number;
  readonly hash: number;
}

const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Nobody has a story from before, unix milliseconds. */
export const FIRST_STORIES = Date.UTC(2025, 0, 1);

/** Tells a story's id from those of posts and their items. */
const STORY = 7;

/** Whose the story is that is always there, and its id, which is older than any other story's. */
const STANDING_SLOT = NAMED_ACCOUNTS.findIndex(({ pk }) => pk === INSTAGRAM_PK);
const STANDING_PK = postPk(Date.UTC(2024, 11, 1), STANDING_SLOT, STORY);

/**
 * From one story of a user to the next, in milliseconds; undefined for those who make none. Two of
 * five of the crowd make none, and some who do have none that is younger than a day.
 */
function rhythmOf(owner: Person): number | undefined {
  const { pk, storyHours } = fixedOf(owner);
  if (storyHours !== undefined) return storyHours * HOUR;
  const hash = mix(owner.slot, 121);
  return pk !== undefined || hash % 5 < 2 ? undefined : (4 + ((hash >>> 5) % 44)) * HOUR;
}

/** How many highlights a user keeps: none who makes no stories. */
export function highlightCountOf(owner: Person): number {
  if (rhythmOf(owner) === undefined) return 0;
  return fixedOf(owner).highlights ?? mix(owner.slot, 122) % 5;
}

/** Four times a day, what was made since the last time comes to light. */
const TURN = 6 * HOUR;

/**
 * Stories are made all the time, each somewhere in its own stretch of its owner's rhythm. They come
 * to light and leave the reel at fixed hours only, so what a client has just read is still there; they
 * leave it before they are a day old. Which there are at a moment is computed from that moment, which
 * story an id means from the id.
 */
export class Stories {
  constructor(readonly people: People) {}

  /** All that a user has made and that has come to light by that moment, oldest first. */
  seedOf(owner: Person, now: number): SeedList<Story> {
    const made = this.#madeBy(owner, latestTurn(now));
    const hasStanding = owner.slot === STANDING_SLOT;
    const at = (position: number): Story =>
      position < made ? this.of(owner, position) : this.#standing(now);
    return {
      length: hasStanding ? made + 1 : made,
      at,
      positionOf({ pk, number }) {
        if (pk === STANDING_PK) return hasStanding ? made : undefined;
        return number >= 0 && number < made && at(number).pk === pk ? number : undefined;
      },
      placeAt: (position) => at(position).takenAt,
    };
  }

  #madeBy(owner: Person, until: number): number {
    const rhythm = rhythmOf(owner);
    if (rhythm === undefined || until < FIRST_STORIES) return 0;
    const last = Math.floor((until - FIRST_STORIES) / rhythm);
    return this.of(owner, last).takenAt <= until ? last + 1 : last;
  }

  /** The one story that is always there, as if it had just been posted: documentation can name it. */
  #standing(now: number): Story {
    const owner = this.people.bySlot(STANDING_SLOT);
    const hash = mix(this.people.seed, owner.slot, 2_999_999);
    return {
      pk: STANDING_PK,
      code: shortcodeOf(STANDING_PK),
      owner,
      number: 0,
      isVideo: false,
      takenAt: latestTurn(now),
      hash,
    };
  }

  isShown({ takenAt }: Story, now: number): boolean {
    const latest = latestTurn(now);
    return takenAt > latest - DAY + TURN && takenAt <= latest;
  }

  /** How many a user had made at that moment, give or take the last one. */
  countAt(owner: Person, moment: number): number {
    const rhythm = rhythmOf(owner);
    return rhythm === undefined ? 0 : Math.max(0, Math.floor((moment - FIRST_STORIES) / rhythm));
  }

  /** A user's story by its number; only of those who make any. */
  of(owner: Person, number: number): Story {
    const rhythm = rhythmOf(owner) ?? DAY;
    const hash = mix(this.people.seed, owner.slot, 3_000_000 + number);
    const takenAt = FIRST_STORIES + number * rhythm + (hash % rhythm);
    const pk = postPk(takenAt, owner.slot, STORY);
    const isVideo = (hash >>> 9) % 3 === 0;
    return { pk, code: shortcodeOf(pk), owner, number, isVideo, takenAt, hash };
  }

  /** The story with an id that has come to light by that moment. */
  byPk(pk: bigint, now: number): Story | undefined {
    if (pk === STANDING_PK) return this.#standing(now);
    const { takenAt, slot, child } = partsOfPk(pk);
    if (child !== STORY || takenAt > latestTurn(now) || !this.people.isSlot(slot)) return undefined;
    const owner = this.people.bySlot(slot);
    const rhythm = rhythmOf(owner);
    if (rhythm === undefined || takenAt < FIRST_STORIES) return undefined;
    const story = this.of(owner, Math.floor((takenAt - FIRST_STORIES) / rhythm));
    return story.pk === pk ? story : undefined;
  }
}

/** How many of the owner's followers have seen a story; nobody every seventh. */
function viewerCount({ owner, number, hash }: Story): number {
  const { listedFollowers } = owner;
  return number < 0 || number % 7 === 6
    ? 0
    : listedFollowers - (hash % (1 + (listedFollowers >> 1)));
}

/** Who has seen a story: followers of its owner, beginning at another one for each story. */
export function storyViewersSeed(relations: Relations, story: Story): SeedList<Person> {
  const followers = relations.followersOf(story.owner);
  const start = story.hash % Math.max(1, followers.length);
  const length = viewerCount(story);
  return {
    length,
    at: (position) => followers.at((start + position) % followers.length),
    positionOf(person) {
      const at = followers.positionOf(person);
      if (at === undefined) return undefined;
      const position = (at - start + followers.length) % followers.length;
      return position < length ? position : undefined;
    },
  };
}

/** The last of the hours at which stories come to light, unix milliseconds. */
const latestTurn = (now: number): number => now - (now % TURN);
