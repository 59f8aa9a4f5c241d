import type { Key } from "./kinds.ts";
import type { Lists } from "./lists.ts";
import type { StoredList } from "./stored-list.ts";

/**
 * Things of one kind that are known by their keys, such as posts or comments. Each is in the list of
 * one owner; a thing that is removed from there is no more, wherever else it was listed.
 */
export class Entities<Owner, Item> {
  #added: Map<Key, Item> | undefined;

  constructor(
    readonly lists: Lists<Owner, Item>,
    /** Undefined where the owner is no more, and the item with it. */
    readonly ownerOf: (item: Item) => Owner | undefined,
    /** The item of the seed with a key. */
    readonly seeded: (key: Key) => Item | undefined,
  ) {}

  /** An owner's items. */
  of(owner: Owner): StoredList<Item> {
    return this.lists.of(owner);
  }

  /** The item with that key, undefined where there is none (any more). */
  get(key: Key): Item | undefined {
    const item = this.#added?.get(key) ?? this.seeded(key);
    return item && this.current(item);
  }

  /** An item as it is now, undefined where it is no more. */
  current(item: Item): Item | undefined {
    const owner = this.ownerOf(item);
    if (owner === undefined || this.lists.isUntouched) return owner && item;
    return this.of(owner).get(item);
  }

  /** True for an item that is there because it was added. */
  isAdded(item: Item): boolean {
    return this.#added?.has(this.lists.kind.keyOf(item)) ?? false;
  }

  /** False where there is one with that key already, or no owner. `place` as for Lists.add(). */
  add(item: Item, place?: number): boolean {
    const owner = this.ownerOf(item);
    if (owner === undefined || !this.lists.add(owner, item, place)) return false;
    this.#added ??= new Map();
    this.#added.set(this.lists.kind.keyOf(item), item);
    return true;
  }

  /** Puts an item in the place of the one with its key; false where there is none. */
  change(item: Item): boolean {
    const owner = this.ownerOf(item);
    if (owner === undefined || !this.lists.change(owner, item)) return false;
    if (this.isAdded(item)) this.#added?.set(this.lists.kind.keyOf(item), item);
    return true;
  }

  /** False where there is none with its key. */
  remove(item: Item): boolean {
    const owner = this.ownerOf(item);
    if (owner === undefined || !this.lists.remove(owner, item)) return false;
    this.#added?.delete(this.lists.kind.keyOf(item));
    return true;
  }
}
