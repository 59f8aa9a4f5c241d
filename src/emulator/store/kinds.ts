/** Identifies an item in a list, or the owner of a list. */
export type Key = number | string | bigint;

/** The items of a list before anybody changes it. They are computed by position. */
export interface SeedList<Item> {
  /** How many positions there are. */
  readonly length: number;
  /** Undefined where a position holds nothing. */
  at(position: number): Item | undefined;
  /** Undefined where the list does not hold the item. */
  positionOf(item: Item): number | undefined;
  /** How many items the list counts, which may be more than it holds; `length` where it is left out. */
  readonly count?: number;
  /**
   * The place of a position, for lists that grow by themselves as time passes: an item keeps its place
   * while its position changes. Places are whole numbers and rise with the position. Where this is left
   * out, a place is the position.
   */
  placeAt?(position: number): number;
}

/** A list without seeded items. */
export const EMPTY_SEED: SeedList<never> = {
  length: 0,
  at: () => undefined,
  positionOf: () => undefined,
};

/** The seeded list of items that are known already. */
export function seedOf<Item>(items: readonly Item[], keyOf: (item: Item) => Key): SeedList<Item> {
  return {
    length: items.length,
    at: (position) => items[position],
    positionOf(item) {
      const key = keyOf(item);
      const position = items.findIndex((one) => keyOf(one) === key);
      return position < 0 ? undefined : position;
    },
  };
}

/** What lists of one kind have in common; each owner has one list of the kind. */
export interface ListKind<Owner, Item> {
  readonly ownerKey: (owner: Owner) => Key;
  readonly keyOf: (item: Item) => Key;
  /** The seeded items of an owner's list; none where it is left out. */
  readonly seed?: (owner: Owner) => SeedList<Item>;
  /** Whether added items are shown before or after all others. */
  readonly grows: "head" | "tail";
  /** An item as it is now, where another store keeps it; undefined where it no longer exists. */
  readonly current?: (item: Item) => Item | undefined;
  /** True where `current` may return undefined: items are then counted one by one. */
  readonly mayEnd?: boolean;
  /** Estimated bytes of an item in addition to CHANGE. */
  readonly sizeOf?: (item: Item) => number;
}
