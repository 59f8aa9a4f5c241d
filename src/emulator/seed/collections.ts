import { type SeedList, seedOf } from "../store/kinds.ts";
import { initialPosts } from "./mixed-posts.ts";
import { mix } from "./numbers.ts";
import type { Person } from "./people.ts";
import type { Post, Posts } from "./posts.ts";

/** A collection of saved posts that its owner made. */
export interface Collection {
  readonly id: string;
  readonly name: string;
  readonly owner: Person;
  /** Position among the owner's at the start of every world, 0 for the one changed last; -1 for later ones. */
  readonly index: number;
}

/** The last one has nothing in it. */
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

/** The collections an account has at the start of every world; none where it follows nobody. */
function initialCollections(owner: Person): Collection[] {
  if (owner.followingCount === 0) return [];
  return NAMES.map((name, index) => ({
    // Past 2^53, and text, as upstream.
    id: `${17_850_000_000_000_000n + BigInt(mix(owner.slot, 111, index))}`,
    name,
    owner,
    index,
  }));
}

/** The collections of an account at the start of every world. */
export const collectionsSeed = (owner: Person): SeedList<Collection> =>
  seedOf(initialCollections(owner), ({ id }) => id);

/** What a collection holds at the start of every world: some of what its owner saved, saved last first. */
export function collectedSeed(posts: Posts, { owner, index }: Collection): SeedList<Post> {
  const saved = initialPosts(posts, "saved", owner);
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
