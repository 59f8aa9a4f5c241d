import type { Key } from "./kinds.ts";
import type { Lists } from "./lists.ts";
import type { StoredList } from "./stored-list.ts";

/**
 * Items of one kind that can be looked up by key, such as posts or comments. Each item is in the list
 * of one owner. An item that is removed from this list no longer exists: other lists stop showing it.
 */
export class Entities<Owner, Item> {
  #added: Map<Key, Item> | undefined;

  constructor(
    readonly lists: Lists<Owner, Item>,
    /** Undefined where the owner no longer exists; then neither does the item. */
    readonly ownerOf: (item: Item) => Owner | undefined,
    /** The seeded item with a key. */
    readonly seeded: (key: Key) => Item | undefined,
  ) {}

  /** An owner's items. */
  of(owner: Owner): StoredList<Item> {
    return this.lists.of(owner);
  }

  /** The item with that key, undefined where it does not exist. */
  get(key: Key): Item | undefined {
    const item = this.#added?.get(key) ?? this.seeded(key);
    return item && this.current(item);
  }

  /** The hidden item with that key, undefined where there is none. */
  getHidden(key: Key): Item | undefined {
    const item = this.#added?.get(key) ?? this.seeded(key);
    const owner = item && this.ownerOf(item);
    const list = owner && this.of(owner);
    return item !== undefined && list?.hides(item) ? list.getHidden(item) : undefined;
  }

  /** An item as it is now, undefined where it does not exist or is hidden. */
  current(item: Item): Item | undefined {
    const owner = this.ownerOf(item);
    if (owner === undefined || this.lists.isUntouched) return owner && item;
    return this.of(owner).get(item);
  }

  /** True for an item that was added, false for a seeded one. */
  isAdded(item: Item): boolean {
    return this.#added?.has(this.lists.kind.keyOf(item)) ?? false;
  }

  /** False where the key is taken or the owner does not exist. `place` as for Lists.add(). */
  add(item: Item, place?: number): boolean {
    const owner = this.ownerOf(item);
    if (owner === undefined || !this.lists.add(owner, item, place)) return false;
    this.#added ??= new Map();
    this.#added.set(this.lists.kind.keyOf(item), item);
    return true;
  }

  /** Replaces the item with the same key; false where there is none. */
  change(item: Item): boolean {
    const owner = this.ownerOf(item);
    if (owner === undefined || !this.lists.change(owner, item)) return false;
    if (this.isAdded(item)) this.#added?.set(this.lists.kind.keyOf(item), item);
    return true;
  }

  /** Hides the item with the same key everywhere, until show(); false where there is none. */
  hide(item: Item): boolean {
    const owner = this.ownerOf(item);
    return owner !== undefined && this.lists.hide(owner, item);
  }

  /** Shows a hidden item again, where it was; false where it is not hidden. */
  show(item: Item): boolean {
    const owner = this.ownerOf(item);
    return owner !== undefined && this.lists.show(owner, item);
  }

  /** Removes the item with the same key; false where there is none. */
  remove(item: Item): boolean {
    const owner = this.ownerOf(item);
    if (owner === undefined || !this.lists.remove(owner, item)) return false;
    this.#added?.delete(this.lists.kind.keyOf(item));
    return true;
  }
}
