import {
  type Cover,
  type Highlight,
  highlightByPk,
  highlightsOf,
  keptSeed,
} from "../seed/highlights.ts";
import type { Person } from "../seed/people.ts";
import { sizeOfStickers } from "../seed/placed-stickers.ts";
import { isMediaId } from "../seed/posts.ts";
import type { Seed } from "../seed/seed.ts";
import {
  DAY,
  type MadeStory,
  type Story,
  storyLikersSeed,
  storyViewersSeed,
} from "../seed/stories.ts";
import { type Budget, CHANGE } from "../store/budget.ts";
import { Entities } from "../store/entities.ts";
import { type SeedList, seedOf } from "../store/kinds.ts";
import { Lists } from "../store/lists.ts";
import type { Clock } from "./clock.ts";
import type { People } from "./people.ts";

/** Stories of one world, who has seen them, and the highlights that keep them. */
export class Stories {
  /** All stories that an owner has ever made, oldest first. */
  readonly all: Entities<Person, Story>;
  readonly viewers: Lists<Story, Person>;
  /** Who likes a story; all of them are viewers, too. */
  readonly likers: Lists<Story, Person>;
  readonly highlights: Entities<Person, Highlight>;
  /** The stories in a highlight, oldest first. */
  readonly kept: Lists<Highlight, Story>;
  readonly #seed: Seed["stories"];
  #made = 0n;
  /** Unix milliseconds. */
  #lastMadeAt = 0;

  constructor(
    seed: Seed,
    readonly people: People,
    readonly clock: Clock,
    readonly budget: Budget,
  ) {
    const { stories } = seed;
    this.#seed = stories;
    this.all = new Entities(
      new Lists(
        {
          ownerKey: ({ pk }) => pk,
          keyOf: ({ pk }) => pk,
          seed: (owner) => stories.seedOf(owner, clock.now),
          grows: "tail",
          sizeOf: sizeOfStory,
        },
        budget,
      ),
      ({ owner }) => owner,
      (pk) => (typeof pk === "bigint" ? stories.byPk(pk, clock.now) : undefined),
    );
    const peopleOf = (seedOf: (story: Story) => SeedList<Person>): Lists<Story, Person> =>
      new Lists(
        {
          ownerKey: ({ pk }) => pk,
          keyOf: ({ pk }) => pk,
          seed: seedOf,
          grows: "head",
          current: (person) => people.current(person),
        },
        budget,
      );
    this.viewers = peopleOf((story) => storyViewersSeed(seed.relations, story));
    this.likers = peopleOf((story) => storyLikersSeed(seed.relations, story));
    this.highlights = new Entities(
      new Lists(
        {
          ownerKey: ({ pk }) => pk,
          keyOf: ({ pk }) => pk,
          seed: (owner) => seedOf(highlightsOf(stories, owner), ({ pk }) => pk),
          grows: "head",
          sizeOf: sizeOfHighlight,
        },
        budget,
      ),
      ({ owner }) => owner,
      (pk) => (typeof pk === "bigint" ? highlightByPk(stories, pk) : undefined),
    );
    this.kept = new Lists(
      {
        ownerKey: ({ pk }) => pk,
        keyOf: ({ pk }) => pk,
        seed: (highlight) => keptSeed(stories, highlight),
        grows: "tail",
        current: (story) => this.current(story),
        mayEnd: true,
      },
      budget,
    );
  }

  /** A story as it is now, undefined where it was deleted. */
  current(story: Story): Story | undefined {
    const now = this.all.current(story);
    if (now === undefined || this.people.isUntouched) return now;
    const owner = this.people.current(now.owner);
    return now.made === undefined
      ? { ...now, owner }
      : { ...now, owner, made: this.#withProfiles(now.made) };
  }

  /** What is in a story, with the users whom it mentions as they are now. */
  #withProfiles(made: MadeStory): MadeStory {
    const stickers = made.stickers.map(({ spot, content }) =>
      content.kind === "mention"
        ? { spot, content: { ...content, person: this.people.current(content.person) } }
        : { spot, content },
    );
    return { ...made, stickers };
  }

  /** Makes a story. Throws a Refusal when the world is full; then none is made. */
  make(owner: Person, made: MadeStory): Story {
    const story = this.#seed.made(owner, Math.max(this.#lastMadeAt + 1, this.clock.now), made);
    this.budget.check(CHANGE + sizeOfStory(story));
    this.#lastMadeAt = story.takenAt;
    this.all.add(story, story.takenAt);
    return story;
  }

  /** The stories that were made in this world and are shown now. */
  *madeAndShown(): Generator<Story> {
    for (const story of this.all.lists.edited())
      if (story.made !== undefined && this.isShown(story)) yield this.current(story) ?? story;
  }

  /** The story with a media id, `<pk>` or `<pk>_<owner>`; undefined also where the owner is not right. */
  byMediaId(text: string): Story | undefined {
    if (!isMediaId(text)) return undefined;
    const [pk = "", owner] = text.split("_");
    const found = this.all.get(BigInt(pk));
    const story = found && this.current(found);
    return owner === undefined || owner === String(story?.owner.pk) ? story : undefined;
  }

  /** The stories that a user made after one moment and up to another, unix milliseconds; oldest first. */
  between(owner: Person, after: number, until: number): Story[] {
    const made: Story[] = [];
    for (const [place, story] of this.all.of(owner).from(after + 0.5)) {
      if (place >= until + 1) break;
      made.push(this.people.isUntouched ? story : (this.current(story) ?? story));
    }
    return made;
  }

  /** The stories that a user shows now, oldest first. */
  shownBy(owner: Person): Story[] {
    const { now } = this.clock;
    return this.between(owner, now - DAY, now).filter((story) => this.isShown(story));
  }

  isShown(story: Story): boolean {
    const { now } = this.clock;
    return story.number < 0 ? story.takenAt > now - DAY : this.#seed.isShown(story, now);
  }

  /** True for a story that is in a highlight of its owner. */
  isKept(story: Story): boolean {
    for (const highlight of this.highlights.of(story.owner))
      if (this.kept.has(highlight, story)) return true;
    return false;
  }

  /** The highlight with an id `highlight:<pk>`, or undefined. */
  highlightById(id: string): Highlight | undefined {
    const [, pk] = /^highlight:(\d{1,19})$/.exec(id) ?? [];
    return pk === undefined ? undefined : this.highlights.get(BigInt(pk));
  }

  /** A highlight without its chosen cover, if that story was deleted. */
  withCover(highlight: Highlight): Highlight {
    const pk = highlight.cover?.storyPk;
    const isLost = pk !== undefined && this.all.get(pk) === undefined;
    return isLost ? { ...highlight, cover: undefined } : highlight;
  }

  /** The stories in a highlight, oldest first. */
  storiesIn(highlight: Highlight): Story[] {
    const stories = [...this.kept.of(highlight)];
    if (this.kept.isAsSeeded(highlight)) return stories;
    return stories.sort((one, other) => one.takenAt - other.takenAt);
  }

  /** Notes that a user has seen stories of others: all or none. Throws a Refusal when the world is full. */
  see(viewer: Person, stories: readonly Story[]): void {
    const others = stories.filter(({ owner }) => owner.pk !== viewer.pk);
    this.budget.check(others.length * CHANGE);
    for (const story of others) this.viewers.add(story, viewer);
  }

  /** Makes a user like a story, which they have seen then. Throws as see() does. */
  like(viewer: Person, story: Story): void {
    this.budget.check(2 * CHANGE);
    this.see(viewer, [story]);
    this.likers.add(story, viewer);
  }

  /** Deletes a story, and the highlights that held no other one. Throws as see() does. */
  delete(story: Story): void {
    const emptied = [...this.highlights.of(story.owner)].filter(
      (highlight) => this.kept.has(highlight, story) && this.kept.of(highlight).count === 1,
    );
    this.budget.check((1 + emptied.length) * (CHANGE + 400));
    this.all.remove(story);
    for (const highlight of emptied) this.deleteHighlight(highlight);
  }

  /** Makes a highlight of an owner's stories. Throws as see() does. */
  makeHighlight(
    draft: Pick<Highlight, "owner" | "title"> & { cover: Cover },
    stories: Story[],
  ): Highlight {
    const highlight: Highlight = {
      ...draft,
      pk: FIRST_MADE_PK + 2n * this.#made,
      isPinned: false,
      first: 0,
      count: 0,
      // Its cover is a story also when the chosen one was deleted.
      hash: 1,
      createdAt: this.clock.now,
    };
    this.budget.check(CHANGE + sizeOfHighlight(highlight) + stories.length * CHANGE);
    this.#made++;
    this.highlights.add(highlight);
    for (const story of stories) this.kept.add(highlight, story);
    return highlight;
  }

  /**
   * Replaces a highlight, adds stories to it and removes others from it: all or nothing. A highlight
   * without stories is deleted. Throws as see() does.
   */
  editHighlight(highlight: Highlight, added: readonly Story[], removed: readonly Story[]): void {
    this.budget.check(
      CHANGE + sizeOfHighlight(highlight) + (added.length + removed.length) * CHANGE,
    );
    this.highlights.change(highlight);
    for (const story of added) this.kept.add(highlight, story);
    for (const story of removed) this.kept.remove(highlight, story);
    if (this.kept.of(highlight).count === 0) this.deleteHighlight(highlight);
  }

  /** Deletes a highlight; its stories stay in the archive. Throws as see() does. */
  deleteHighlight(highlight: Highlight): void {
    this.highlights.remove(highlight);
    for (const story of [...this.kept.of(highlight)])
      if (this.kept.isAdded(highlight, story)) this.kept.remove(highlight, story);
  }
}

/** Pks of highlights that are made in a world begin here: past 2^53 and odd, as all others. */
const FIRST_MADE_PK = 18_000_000_000_000_001n;

const sizeOfStory = ({ made }: Story): number =>
  made === undefined ? 400 : 800 + 2 * made.caption.length + sizeOfStickers(made.stickers);

const sizeOfHighlight = ({ title }: Highlight): number => 500 + 2 * title.length;
