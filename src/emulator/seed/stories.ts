import { mix } from "./numbers.ts";
import type { People, Person } from "./people.ts";
import { partsOfPk, postPk, shortcodeOf } from "./posts.ts";

/** A story of the made-up Instagram. */
export interface Story {
  /** As a post's: from the moment it was taken and its owner. */
  readonly pk: bigint;
  readonly code: string;
  readonly owner: Person;
  /** Among its owner's stories; 0 is the first there ever was. */
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
const STANDING_SLOT = 0;
const STANDING_PK = postPk(Date.UTC(2024, 11, 1), STANDING_SLOT, STORY);

/** Named accounts that have stories, by slot: hours from one to the next. */
const RHYTHMS = new Map([
  [0, 1.5],
  [1, 2],
  [5, 4],
]);

/**
 * From one story of a user to the next, in milliseconds; undefined for those who make none. Two of
 * five of the crowd make none, and some who do have none that is younger than a day.
 */
function rhythmOf(owner: Person): number | undefined {
  const hours = RHYTHMS.get(owner.slot);
  if (hours !== undefined) return hours * HOUR;
  const hash = mix(owner.slot, 121);
  return owner.slot < 16 || hash % 5 < 2 ? undefined : (4 + ((hash >>> 5) % 44)) * HOUR;
}

/** Named accounts with highlights, by slot: how many. */
const HIGHLIGHTS = new Map([
  [0, 14],
  [1, 7],
  [5, 3],
]);

/** How many highlights a user keeps: none who makes no stories. */
export function highlightCountOf(owner: Person): number {
  if (rhythmOf(owner) === undefined) return 0;
  return HIGHLIGHTS.get(owner.slot) ?? mix(owner.slot, 122) % 5;
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

  /** What a user shows at that moment, oldest first. */
  shownBy(owner: Person, now: number): Story[] {
    const latest = latestTurn(now);
    const made = this.between(owner, latest - DAY + TURN, latest);
    return owner.slot === STANDING_SLOT ? [...made, this.#standing(now)] : made;
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

  /** What a user made after one moment and up to another, oldest first. */
  between(owner: Person, after: number, until: number): Story[] {
    const rhythm = rhythmOf(owner);
    if (rhythm === undefined) return [];
    const first = Math.max(0, Math.floor((after - FIRST_STORIES) / rhythm));
    const last = Math.floor((until - FIRST_STORIES) / rhythm);
    const stories: Story[] = [];
    for (let number = first; number <= last; number++) {
      const story = this.of(owner, number);
      if (story.takenAt > after && story.takenAt <= until) stories.push(story);
    }
    return stories;
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

  /** The story with an id, bare or `<pk>_<owner>`, that has come to light by that moment. */
  byMediaId(text: string, now: number): Story | undefined {
    const [, digits, ownerPk] = /^(\d{1,19})(?:_(\d{1,15}))?$/.exec(text) ?? [];
    if (digits === undefined) return undefined;
    const pk = BigInt(digits);
    if (pk === STANDING_PK) {
      const standing = this.#standing(now);
      return ownerPk === undefined || ownerPk === String(standing.owner.pk) ? standing : undefined;
    }
    const { takenAt, slot, child } = partsOfPk(pk);
    if (child !== STORY || takenAt > latestTurn(now) || !this.people.isSlot(slot)) return undefined;
    const owner = this.people.bySlot(slot);
    const rhythm = rhythmOf(owner);
    if (rhythm === undefined || takenAt < FIRST_STORIES) return undefined;
    const story = this.of(owner, Math.floor((takenAt - FIRST_STORIES) / rhythm));
    const isNamed = ownerPk === undefined || ownerPk === String(owner.pk);
    return story.pk === pk && isNamed ? story : undefined;
  }
}

/** The last of the hours at which stories come to light, unix milliseconds. */
export const latestTurn = (now: number): number => now - (now % TURN);
