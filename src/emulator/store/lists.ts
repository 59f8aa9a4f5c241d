import { type Budget, CHANGE } from "./budget.ts";
import { BEGINNING, type ComputedList, type Entry, type List } from "./list.ts";

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
   * place while its position changes. Rises with the position, which it is where this is left out.
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

/**
 * The lists of one kind in one world: what is seeded, and what was added, changed and removed. Only
 * changes are stored.
 */
export class Lists<Owner, Item> {
  readonly #changes = new Map<Key, Changes<Item>>();
  #isTouched = false;

  constructor(
    readonly kind: ListKind<Owner, Item>,
    readonly budget: Budget,
  ) {}

  of(owner: Owner): StoredList<Item> {
    return this.#list(owner, this.#changes.get(this.kind.ownerKey(owner)));
  }

  /** True while nobody has changed the list of an owner. */
  isAsSeeded(owner: Owner): boolean {
    return this.#changes.size === 0 || !this.#changes.has(this.kind.ownerKey(owner));
  }

  /** True while nobody has ever changed any of the lists. */
  get isUntouched(): boolean {
    return !this.#isTouched;
  }

  /** True for an item that is in a list because it was added. */
  isAdded(owner: Owner, item: Item): boolean {
    const changes = this.#changes.get(this.kind.ownerKey(owner));
    return changes?.added.has(this.kind.keyOf(item)) ?? false;
  }

  /** Items of the seed that were changed. */
  changedIn(owner: Owner): Iterable<Item> {
    return this.#changes.get(this.kind.ownerKey(owner))?.changed.values() ?? [];
  }

  /**
   * Adds an item at the end where its list grows; false where the list holds it already. `place` is
   * for lists that grow by themselves: where the item belongs among those that come of themselves.
   */
  add(owner: Owner, item: Item, place?: number): boolean {
    const key = this.kind.ownerKey(owner);
    const changes = this.#changes.get(key) ?? new Changes<Item>();
    const list = this.#list(owner, changes);
    if (list.has(item)) return false;
    this.budget.take(this.#weight(item));
    changes.edge = list.newPlace(place);
    changes.added.set(this.kind.keyOf(item), { place: changes.edge, item });
    this.#keep(key, changes);
    return true;
  }

  /** Puts an item in the place of the one with the same key; false where there is none. */
  change(owner: Owner, item: Item): boolean {
    const ownerKey = this.kind.ownerKey(owner);
    const changes = this.#changes.get(ownerKey) ?? new Changes<Item>();
    if (!this.#list(owner, changes).has(item)) return false;
    const key = this.kind.keyOf(item);
    const added = changes.added.get(key);
    const old = added?.item ?? changes.changed.get(key);
    const grown = this.#weight(item) - (old === undefined ? 0 : this.#weight(old));
    if (grown > 0) this.budget.take(grown);
    else this.budget.giveBack(-grown);
    if (added === undefined) changes.changed.set(key, item);
    else added.item = item;
    this.#keep(ownerKey, changes);
    return true;
  }

  /** Takes the item with that key out; false where there is none. */
  remove(owner: Owner, item: Item): boolean {
    const ownerKey = this.kind.ownerKey(owner);
    const changes = this.#changes.get(ownerKey) ?? new Changes<Item>();
    if (!this.#list(owner, changes).has(item)) return false;
    const key = this.kind.keyOf(item);
    const added = changes.added.get(key);
    if (added === undefined) {
      const changed = changes.changed.get(key);
      if (changed === undefined) this.budget.take(CHANGE);
      else this.budget.giveBack(this.#weight(changed) - CHANGE);
      changes.changed.delete(key);
      changes.removed.add(key);
    } else {
      this.budget.giveBack(this.#weight(added.item));
      changes.added.delete(key);
    }
    this.#keep(ownerKey, changes);
    return true;
  }

  #keep(key: Key, changes: Changes<Item>): void {
    this.#isTouched = true;
    if (changes.isEmpty) this.#changes.delete(key);
    else this.#changes.set(key, changes);
  }

  #list(owner: Owner, changes: Changes<Item> | undefined): StoredList<Item> {
    return new StoredList(this.kind, this.kind.seed?.(owner) ?? EMPTY_SEED, changes);
  }

  #weight(item: Item): number {
    return CHANGE + (this.kind.sizeOf?.(item) ?? 0);
  }
}

/** What was done to one list. */
class Changes<Item> {
  /** In the order in which they came; an item of the seed that was removed can be among them again. */
  readonly added = new Map<Key, { readonly place: number; item: Item }>();
  /** Items of the seed as they are now. */
  readonly changed = new Map<Key, Item>();
  /** Items of the seed that are no more, or not where the seed has them. */
  readonly removed = new Set<Key>();
  /** The place given last. */
  edge: number | undefined;

  get isEmpty(): boolean {
    return this.added.size + this.changed.size + this.removed.size === 0;
  }
}

/** One list as it is now. It is made for one look at it: changes made later may not show. */
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

  /** How many items there are. */
  get count(): number {
    if (this.#kind.mayEnd) return [...this].length;
    const seeded = this.seed.count ?? this.seed.length;
    const changes = this.#changes;
    return changes === undefined ? seeded : seeded + changes.added.size - changes.removed.size;
  }

  has(item: Item): boolean {
    const key = this.#kind.keyOf(item);
    const changes = this.#changes;
    if (changes?.added.has(key)) return true;
    return !changes?.removed.has(key) && this.seed.positionOf(item) !== undefined;
  }

  /** The item with the same key as it is now, undefined where there is none. */
  get(item: Item): Item | undefined {
    if (!this.has(item)) return undefined;
    const key = this.#kind.keyOf(item);
    return this.#current(
      this.#changes?.added.get(key)?.item ?? this.#changes?.changed.get(key) ?? item,
    );
  }

  /** `mostSeeded`: how many positions of the seed are looked at. */
  *from(place: number, mostSeeded = Number.POSITIVE_INFINITY): Generator<Entry<Item>> {
    const added = this.#addedFrom(place);
    const length = Math.min(this.seed.length, mostSeeded);
    let next = 0;
    for (let position = this.#positionFrom(place); position < length; position++) {
      const at = this.#placeAt(position);
      for (let one = added[next]; one !== undefined && one[0] < at; one = added[++next])
        yield* this.#shown(one);
      const item = this.#seeded(position);
      if (item !== undefined) yield* this.#shown([at, item]);
    }
    for (const one of added.slice(next)) yield* this.#shown(one);
  }

  /**
   * The list by place, nothing where an item left: for what is made of a list that grows at its tail,
   * and must not move when something leaves.
   */
  get byPlace(): ComputedList<Item> {
    const added = new Map(this.#addedFrom(BEGINNING));
    return {
      length: Math.max(this.seed.length, (this.#changes?.edge ?? -1) + 1),
      at: (place) => {
        const item = added.get(place) ?? this.#seeded(place);
        return item && this.#current(item);
      },
    };
  }

  /** The items from the first to the last. */
  *[Symbol.iterator](): Generator<Item> {
    for (const [, item] of this.from(BEGINNING)) yield item;
  }

  /** The place that an item gets which is added now. */
  newPlace(wanted: number | undefined): number {
    const last = this.#changes?.edge;
    const towards = this.#kind.grows === "head" ? -1 : 1;
    const seedEdge = towards < 0 ? 0 : this.seed.length - 1;
    let place = wanted ?? (last ?? seedEdge) + towards;
    if (wanted !== undefined && last !== undefined && (place - last) * towards <= 0)
      place = last + towards;
    // A seed that grows by itself may have something at that very place.
    while (wanted !== undefined && this.#isSeeded(place)) place += towards;
    return place;
  }

  /** The item of the seed at a position as it is now, without what other stores know. */
  #seeded(position: number): Item | undefined {
    const item = position < this.seed.length ? this.seed.at(position) : undefined;
    if (item === undefined || this.#changes === undefined) return item;
    const key = this.#kind.keyOf(item);
    return this.#changes.removed.has(key) ? undefined : (this.#changes.changed.get(key) ?? item);
  }

  *#shown([place, item]: Entry<Item>): Generator<Entry<Item>> {
    const current = this.#current(item);
    if (current !== undefined) yield [place, current];
  }

  #current(item: Item): Item | undefined {
    return this.#kind.current === undefined ? item : this.#kind.current(item);
  }

  #addedFrom(place: number): Entry<Item>[] {
    if (this.#changes === undefined || this.#changes.added.size === 0) return [];
    const entries: Entry<Item>[] = [];
    for (const { place: at, item } of this.#changes.added.values())
      if (at >= place) entries.push([at, item]);
    return this.#kind.grows === "head" ? entries.reverse() : entries;
  }

  #isSeeded(place: number): boolean {
    const position = this.#positionFrom(place);
    return position < this.seed.length && this.#placeAt(position) === place;
  }

  #placeAt(position: number): number {
    return this.seed.placeAt?.(position) ?? position;
  }

  /** The first position of the seed at that place or after it. */
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
