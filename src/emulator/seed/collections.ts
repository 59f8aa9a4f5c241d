import { mix } from "./numbers.ts";
import type { Person } from "./people.ts";

/** A collection of saved posts that its owner made. */
export interface Collection {
  readonly id: string;
  readonly name: string;
  /** Position among the owner's, 0 for the one changed last. */
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
export function initialCollections(owner: Person): Collection[] {
  if (owner.followingCount === 0) return [];
  return NAMES.map((name, index) => ({
    // Past 2^53, and text, as upstream.
    id: `${17_850_000_000_000_000n + BigInt(mix(owner.slot, 111, index))}`,
    name,
    index,
  }));
}

/** True where a collection holds what its owner saved as that one, counted from the first. */
export function holds(owner: Person, { index }: Collection, saved: number): boolean {
  const isEmptyOne = index === NAMES.length - 1;
  return !isEmptyOne && ((mix(owner.slot, 112, saved) >>> index) & 3) === 0;
}

/** The collections that hold what was saved as that one: none, or several. */
export function collectionsHolding(owner: Person, saved: number): Collection[] {
  return initialCollections(owner).filter((collection) => holds(owner, collection, saved));
}
