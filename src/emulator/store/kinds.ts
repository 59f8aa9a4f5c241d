/** Tells the items of a list, or the owners of lists, apart. */
export type Key = number | string | bigint;

/** What a list holds before anybody changes it. It is computed by position and never stored. */
export interface SeedList<Item> {
  /** How many positions there are. */
  readonly length: number;
  /** Undefined where a position holds nothing. */
  at(position: number): Item | undefined;
  positionOf(item: Item): number | undefined;
  /** How many items are counted; `length` where it is left out. A list may count more than it shows. */
  readonly count?: number;
  /**
   * The place at a position, for lists that grow by themselves as time goes on: an item keeps its
   * place, a whole number, while its position changes. Rises with the position, which it is where this
   * is left out.
   */
  placeAt?(position: number): number;
}

/** A seed that holds nothing. */
export const EMPTY_SEED: SeedList<never> = {
  length: 0,
  at: () => undefined,
  positionOf: () => undefined,
};

/** A seed of items that are at hand. */
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

/** One kind of lists: a list for each owner. */
export interface ListKind<Owner, Item> {
  readonly ownerKey: (owner: Owner) => Key;
  readonly keyOf: (item: Item) => Key;
  /** Nothing where it is left out. */
  readonly seed?: (owner: Owner) => SeedList<Item>;
  /** Where what is added is shown: before or after all that is there. */
  readonly grows: "head" | "tail";
  /** An item as it is now, where another store keeps it; undefined where it is no more. */
  readonly current?: (item: Item) => Item | undefined;
  /** True where items may be no more: they are then counted one by one. */
  readonly mayEnd?: boolean;
  /** Bytes that an item takes beside the CHANGE of each. */
  readonly sizeOf?: (item: Item) => number;
}
