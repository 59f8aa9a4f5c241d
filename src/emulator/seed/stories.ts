import type { SeedList } from "../store/kinds.ts";
import { fixedOf, INSTAGRAM_PK, NAMED_ACCOUNTS } from "./fixtures.ts";
import type { MadeItem } from "./made.ts";
import { mix } from "./numbers.ts";
import type { People, Person } from "./people.ts";
import type { PlacedSticker } from "./placed-stickers.ts";
import { partsOfPk, postPk, shortcodeOf } from "./posts.ts";
import type { Relations } from "./relations.ts";

/** A story. */
export interface Story {
  /** Made like a post's id, of the time and the owner. */
  readonly pk: bigint;
  readonly code: string;
  readonly owner: Person;
  /** Number among the owner's seeded stories, 0 the first ever; -1 for one made in a world. */
  readonly number: number;
  readonly isVideo: boolean;
  /** Unix milliseconds. */
  readonly takenAt: number;
  readonly hash: number;
  /** What an account has put into a story that it made; undefined for seeded ones. */
  readonly made?: MadeStory;
}

/** What an account has put into a story. */
export interface MadeStory {
  /** The id that the app gave to the upload. */
  readonly uploadId: string;
  readonly item: MadeItem;
  /** Empty where there is none. */
  readonly caption: string;
  readonly stickers: readonly PlacedSticker[];
  /** When the picture was taken, for one out of the phone's album; unix seconds. */
  readonly importedAt: number | undefined;
  /** True where only close friends of the owner see it. */
  readonly isForCloseFriends: boolean;
}

const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** No seeded story is older than this, unix milliseconds. */
export const FIRST_STORIES = Date.UTC(2025, 0, 1);

/** Marks a story's id: posts and their items have other numbers there. */
const STORY = 7;

/** The story that is always shown: the slot of its owner, and its id, older than all other stories'. */
const STANDING_SLOT = NAMED_ACCOUNTS.findIndex(({ pk }) => pk === INSTAGRAM_PK);
const STANDING_PK = postPk(Date.UTC(2024, 11, 1), STANDING_SLOT, STORY);

/**
 * Milliseconds from one story of a user to the next; undefined for users who make none, which two
 * fifths of the crowd are. Some of the others have none from the last day.
 */
function intervalOf(owner: Person): number | undefined {
  const { pk, storyHours } = fixedOf(owner);
  if (storyHours !== undefined) return storyHours * HOUR;
  const hash = mix(owner.slot, 121);
  return pk !== undefined || hash % 5 < 2 ? undefined : (4 + ((hash >>> 5) % 44)) * HOUR;
}

/** How many highlights a user has; 0 for users who make no stories. */
export function highlightCountOf(owner: Person): number {
  if (intervalOf(owner) === undefined) return 0;
  return fixedOf(owner).highlights ?? mix(owner.slot, 122) % 5;
}

/** New stories appear every six hours, all that were made since the last time at once. */
const TURN = 6 * HOUR;

/**
 * The seeded stories. An owner makes one at a random moment of each interval. Stories appear in the
 * reel and leave it at fixed hours only, so that what a client has just read is still there; they leave
 * it before they are a day old. Stories are computed from the moment of the request and from their ids.
 */
export class Stories {
  constructor(readonly people: People) {}

  /** All stories of a user that have appeared by a moment, oldest first. */
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
    const interval = intervalOf(owner);
    if (interval === undefined || until < FIRST_STORIES) return 0;
    const last = Math.floor((until - FIRST_STORIES) / interval);
    return this.of(owner, last).takenAt <= until ? last + 1 : last;
  }

  /** The story that is always shown, as if just posted, so that documentation can name it. */
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

  /** How many stories a user had made at a moment; the last one may be missing. */
  countAt(owner: Person, moment: number): number {
    const interval = intervalOf(owner);
    return interval === undefined
      ? 0
      : Math.max(0, Math.floor((moment - FIRST_STORIES) / interval));
  }

  /** A user's story by its number; only for users who make stories. */
  of(owner: Person, number: number): Story {
    const interval = intervalOf(owner) ?? DAY;
    const hash = mix(this.people.seed, owner.slot, 3_000_000 + number);
    const takenAt = FIRST_STORIES + number * interval + (hash % interval);
    const pk = postPk(takenAt, owner.slot, STORY);
    const isVideo = (hash >>> 9) % 3 === 0;
    return { pk, code: shortcodeOf(pk), owner, number, isVideo, takenAt, hash };
  }

  /** A story that an account makes at that moment; its id is of the moment. */
  made(owner: Person, takenAt: number, made: MadeStory): Story {
    const pk = postPk(takenAt, owner.slot, STORY);
    const hash = mix(this.people.seed, owner.slot, takenAt % 1_000_003);
    const isVideo = made.item.video !== undefined;
    return { pk, code: shortcodeOf(pk), owner, number: -1, isVideo, takenAt, hash, made };
  }

  /** The story with that id, undefined where it has not appeared by that moment. */
  byPk(pk: bigint, now: number): Story | undefined {
    if (pk === STANDING_PK) return this.#standing(now);
    const { takenAt, slot, child } = partsOfPk(pk);
    if (child !== STORY || takenAt > latestTurn(now) || !this.people.isSlot(slot)) return undefined;
    const owner = this.people.bySlot(slot);
    const interval = intervalOf(owner);
    if (interval === undefined || takenAt < FIRST_STORIES) return undefined;
    const story = this.of(owner, Math.floor((takenAt - FIRST_STORIES) / interval));
    return story.pk === pk ? story : undefined;
  }
}

/** How many of the owner's followers have seen a story; 0 for every seventh story. */
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

/** Which of the viewers of a story like it. */
export function storyLikersSeed(relations: Relations, story: Story): SeedList<Person> {
  const viewers = storyViewersSeed(relations, story);
  const likes = ({ slot }: Person) => mix(story.hash, slot) % 4 === 0;
  return {
    length: viewers.length,
    at(position) {
      const viewer = viewers.at(position);
      return viewer !== undefined && likes(viewer) ? viewer : undefined;
    },
    positionOf: (person) => (likes(person) ? viewers.positionOf(person) : undefined),
  };
}

/** The last moment at which stories appeared, unix milliseconds. */
const latestTurn = (now: number): number => now - (now % TURN);
