import type { Key, ListKind, SeedList } from "./kinds.ts";
import { BEGINNING, type ComputedList, type Entry, type List } from "./list.ts";

/** The changes of one list. */
export class Changes<Item> {
  /** In the order in which they were added. A seeded item that was removed can be added again. */
  readonly added = new Map<Key, { readonly place: number; item: Item }>();
  /** Seeded items that were changed, as they are now. */
  readonly changed = new Map<Key, Item>();
  /** Seeded items that were removed; they stay here when they are added again. */
  readonly removed = new Set<Key>();
  /** Items that are hidden for now; they keep their places. */
  readonly hidden = new Set<Key>();
  /** The place of the item added last. */
  edge: number | undefined;

  get isEmpty(): boolean {
    return this.added.size + this.changed.size + this.removed.size + this.hidden.size === 0;
  }
}

/** One list as it is now. Read it at once: it may not show later changes. */
export class StoredList<Item> implements List<Item> {
  readonly #kind: Omit<ListKind<never, Item>, "seed" | "ownerKey">;
  readonly #changes: Changes<Item> | undefined;

  constructor(
    kind: Omit<ListKind<never, Item>, "seed" | "ownerKey">,
    readonly seed: SeedList<Item>,
    changes: Changes<Item> | undefined,
  ) {
    this.#kind = kind;
    this.#changes = changes;
  }

  /** How many items the list counts. */
  get count(): number {
    if (this.#kind.mayEnd) return [...this].length;
    const seeded = this.seed.count ?? this.seed.length;
    const changes = this.#changes;
    return changes === undefined
      ? seeded
      : seeded + changes.added.size - changes.removed.size - changes.hidden.size;
  }

  has(item: Item): boolean {
    return !this.#changes?.hidden.has(this.#kind.keyOf(item)) && this.#holds(item);
  }

  /** True for an item that is in the list, but hidden. */
  hides(item: Item): boolean {
    return this.#changes?.hidden.has(this.#kind.keyOf(item)) ?? false;
  }

  #holds(item: Item): boolean {
    const key = this.#kind.keyOf(item);
    const changes = this.#changes;
    if (changes?.added.has(key)) return true;
    return !changes?.removed.has(key) && this.seed.positionOf(item) !== undefined;
  }

  /** The item with the same key, as it is now; undefined where there is none. */
  get(item: Item): Item | undefined {
    return this.has(item) ? this.getHidden(item) : undefined;
  }

  /** As get(), also where the item is hidden. */
  getHidden(item: Item): Item | undefined {
    if (!this.#holds(item)) return undefined;
    const key = this.#kind.keyOf(item);
    return this.#current(
      this.#changes?.added.get(key)?.item ?? this.#changes?.changed.get(key) ?? item,
    );
  }

  /** The items from a place on. At most `mostSeeded` positions of the seed are read. */
  *from(place: number, mostSeeded = Number.POSITIVE_INFINITY): Generator<Entry<Item>> {
    const added = this.#addedFrom(place);
    const length = Math.min(this.seed.length, mostSeeded);
    let next = 0;
    for (let position = this.#positionFrom(place); position < length; position++) {
      const item = this.#seeded(position);
      const at = this.#placeAt(position);
      for (let one = added[next]; one !== undefined && one[0] < at; one = added[++next]) yield one;
      const current = item && this.#current(item);
      if (current !== undefined) yield [at, current];
    }
    yield* added.slice(next);
  }

  /**
   * The list as a computed one, whose positions are places: positions of removed items are empty. For
   * feeds that are made of a list that grows at its tail, and whose cursors must stay valid.
   */
  get byPlace(): ComputedList<Item> {
    const added = new Map(this.#addedFrom(BEGINNING));
    return {
      length: Math.max(this.seed.length, (this.#changes?.edge ?? -1) + 1),
      at: (place) => {
        const item = this.#seeded(place);
        return added.get(place) ?? (item && this.#current(item));
      },
    };
  }

  /** The items from the first to the last. */
  *[Symbol.iterator](): Generator<Item> {
    for (const [, item] of this.from(BEGINNING)) yield item;
  }

  /** The place of an item that is added now; `wanted` as `place` of Lists.add(). */
  newPlace(wanted: number | undefined): number {
    const last = this.#changes?.edge;
    const towards = this.#kind.grows === "head" ? -1 : 1;
    if (wanted === undefined) return (last ?? (towards < 0 ? 0 : this.seed.length - 1)) + towards;
    // Items that come by themselves have whole places; halves are between them.
    const place = wanted + towards / 2;
    return last === undefined || (place - last) * towards > 0 ? place : last + towards;
  }

  /** The seeded item at a position with this list's changes, but not those of other stores. */
  #seeded(position: number): Item | undefined {
    const item = position < this.seed.length ? this.seed.at(position) : undefined;
    if (item === undefined || this.#changes === undefined) return item;
    const key = this.#kind.keyOf(item);
    const { removed, hidden, changed } = this.#changes;
    return removed.has(key) || hidden.has(key) ? undefined : (changed.get(key) ?? item);
  }

  #current(item: Item): Item | undefined {
    return this.#kind.current === undefined ? item : this.#kind.current(item);
  }

  #addedFrom(place: number): Entry<Item>[] {
    if (this.#changes === undefined || this.#changes.added.size === 0) return [];
    const entries: Entry<Item>[] = [];
    for (const [key, { place: at, item }] of this.#changes.added) {
      if (this.#changes.hidden.has(key)) continue;
      const current = at >= place ? this.#current(item) : undefined;
      if (current !== undefined) entries.push([at, current]);
    }
    return this.#kind.grows === "head" ? entries.reverse() : entries;
  }

  #placeAt(position: number): number {
    return this.seed.placeAt?.(position) ?? position;
  }

  /** The first position of the seed whose place is not before `place`. */
  #positionFrom(place: number): number {
    if (this.seed.placeAt === undefined || place === BEGINNING) return Math.max(0, place);
    let low = 0;
    let high = this.seed.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.seed.placeAt(middle) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
