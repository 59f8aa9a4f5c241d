/** An item and its place in a list. */
export type Entry<Item> = readonly [place: number, item: Item];

/**
 * A list in the order in which it is shown. Each item keeps its place, a number, as long as it is in
 * the list. Cursors hold places, so they stay valid while other items come and go.
 */
export interface List<Item> {
  /** The items at that place and after it. */
  from(place: number): Iterable<Entry<Item>>;
}

/** The place to read a list from its beginning. */
export const BEGINNING = Number.NEGATIVE_INFINITY;

/** A list that is computed by position and never changes. Its places are positions. */
export interface ComputedList<Item> {
  /** How many positions there are. */
  readonly length: number;
  /** Undefined where a position holds nothing. */
  at(position: number): Item | undefined;
}

function* computedFrom<Item>(list: ComputedList<Item>, place: number): Iterable<Entry<Item>> {
  for (let position = Math.max(0, place); position < list.length; position++) {
    const item = list.at(position);
    if (item !== undefined) yield [position, item];
  }
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** The place where the next page starts; undefined on the last one. */
  readonly next: number | undefined;
}

/** A page of a list from a place on, with only the items that `isShown` accepts. */
export function pageOf<Item>(
  list: List<Item> | ComputedList<Item>,
  start: number,
  size: number,
  isShown: (item: Item) => boolean = () => true,
): Page<Item> {
  const items: Item[] = [];
  const entries = "from" in list ? list.from(start) : computedFrom(list, start);
  for (const [place, item] of entries) {
    if (!isShown(item)) continue;
    // There is a next page only if there is an item for it.
    if (items.length === size) return { items, next: place };
    items.push(item);
  }
  return { items, next: undefined };
}
