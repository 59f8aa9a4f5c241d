import { type SeedList, seedOf } from "../store/kinds.ts";
import { Memo, mix } from "./numbers.ts";
import type { Person } from "./people.ts";
import type { Post, Posts } from "./posts.ts";

/** A collection of saved posts that its owner made. */
export interface Collection {
  readonly id: string;
  readonly name: string;
  readonly owner: Person;
  /** Position among the owner's seeded collections, 0 the one changed last; -1 for one made in a world. */
  readonly index: number;
}

/** The last one is empty. */
const NAMES = [
  "Trips",
  "Recipes 🍝",
  "Wohnzimmer & Küche",
  "東京 2026",
  'Ideas "for later"',
  "Läufe",
  "Подарки",
  "Books",
  "Typography",
  "Ceramics",
  "Trails",
  "Nothing yet",
] as const;

/** The collections that accounts have at the start of every world. */
export class Collections {
  readonly #byOwner = new Memo<SeedList<Collection>>(500);

  constructor(readonly posts: Posts) {}

  /** An account's collections, changed last first; none where the account follows nobody. */
  of(owner: Person): SeedList<Collection> {
    return this.#byOwner.get(owner.slot, () => seedOf(initialCollections(owner), ({ id }) => id));
  }

  /** The posts in a collection, saved last first: a part of what its owner saved. */
  postsIn({ owner, index }: Collection): SeedList<Post> {
    const saved = this.posts.savedBy(owner);
    const isEmpty = index < 0 || index === NAMES.length - 1;
    const holds = (position: number): boolean =>
      !isEmpty && ((mix(owner.slot, 112, saved.length - 1 - position) >>> index) & 3) === 0;
    return {
      length: saved.length,
      at: (position) => (holds(position) ? saved.at(position) : undefined),
      positionOf(post) {
        const position = saved.positionOf(post);
        return position !== undefined && holds(position) ? position : undefined;
      },
    };
  }
}

function initialCollections(owner: Person): Collection[] {
  if (owner.followingCount === 0) return [];
  return NAMES.map((name, index) => ({
    // A text past 2^53, as upstream.
    id: `${17_850_000_000_000_000n + BigInt(mix(owner.slot, 111, index))}`,
    name,
    owner,
    index,
  }));
}
