import { type Highlight, highlightByPk, highlightsOf, keptSeed } from "../seed/highlights.ts";
import type { Person } from "../seed/people.ts";
import { isMediaId } from "../seed/posts.ts";
import type { Seed } from "../seed/seed.ts";
import { DAY, type Story, storyViewersSeed } from "../seed/stories.ts";
import type { Budget } from "../store/budget.ts";
import { Entities } from "../store/entities.ts";
import { seedOf } from "../store/kinds.ts";
import { Lists } from "../store/lists.ts";
import type { Clock } from "./clock.ts";
import type { People } from "./people.ts";

/** Stories of one world, who has seen them, and the highlights that keep them. */
export class Stories {
  /** All stories that an owner has ever made, oldest first. */
  readonly all: Entities<Person, Story>;
  readonly viewers: Lists<Story, Person>;
  readonly highlights: Entities<Person, Highlight>;
  /** The stories in a highlight, oldest first. */
  readonly kept: Lists<Highlight, Story>;
  readonly #seed: Seed["stories"];

  constructor(
    seed: Seed,
    readonly people: People,
    readonly clock: Clock,
    budget: Budget,
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
          sizeOf: () => 400,
        },
        budget,
      ),
      ({ owner }) => owner,
      (pk) => (typeof pk === "bigint" ? stories.byPk(pk, clock.now) : undefined),
    );
    this.viewers = new Lists(
      {
        ownerKey: ({ pk }) => pk,
        keyOf: ({ pk }) => pk,
        seed: (story) => storyViewersSeed(seed.relations, story),
        grows: "head",
        current: (person) => people.current(person),
      },
      budget,
    );
    this.highlights = new Entities(
      new Lists(
        {
          ownerKey: ({ pk }) => pk,
          keyOf: ({ pk }) => pk,
          seed: (owner) => seedOf(highlightsOf(stories, owner), ({ pk }) => pk),
          grows: "head",
          sizeOf: ({ title }) => 300 + 2 * title.length,
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
    return { ...now, owner: this.people.current(now.owner) };
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
}
