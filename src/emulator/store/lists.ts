import { type Budget, CHANGE } from "./budget.ts";
import { EMPTY_SEED, type Key, type ListKind } from "./kinds.ts";
import { Changes, StoredList } from "./stored-list.ts";

/**
 * The lists of one kind in one world: what is seeded, and what was added, changed and removed. Only
 * changes are stored.
 */
export class Lists<Owner, Item> {
  /** Undefined until something is changed: most of the thousands of worlds never are. */
  #changes: Map<Key, Changes<Item>> | undefined;

  constructor(
    readonly kind: ListKind<Owner, Item>,
    readonly budget: Budget,
  ) {}

  of(owner: Owner): StoredList<Item> {
    return this.#list(owner, this.#changesOf(owner));
  }

  has(owner: Owner, item: Item): boolean {
    const changes = this.#changesOf(owner);
    if (changes !== undefined) return this.#list(owner, changes).has(item);
    return this.kind.seed?.(owner).positionOf(item) !== undefined;
  }

  /** True while nobody has changed the list of an owner. */
  isAsSeeded(owner: Owner): boolean {
    return this.#changesOf(owner) === undefined;
  }

  /** True while nobody has ever changed any of the lists. */
  get isUntouched(): boolean {
    return this.#changes === undefined;
  }

  /** True for an item that is in a list because it was added. */
  isAdded(owner: Owner, item: Item): boolean {
    return this.#changesOf(owner)?.added.has(this.kind.keyOf(item)) ?? false;
  }

  /** Items of the seed that were changed. */
  changedIn(owner: Owner): Iterable<Item> {
    return this.#changesOf(owner)?.changed.values() ?? [];
  }

  /**
   * Adds an item at the end where its list grows; false where the list holds it already. `place` is
   * for lists that grow by themselves: where the item belongs among those that come of themselves.
   */
  add(owner: Owner, item: Item, place?: number): boolean {
    const changes = this.#changesOf(owner) ?? new Changes<Item>();
    const list = this.#list(owner, changes);
    if (list.has(item)) return false;
    this.budget.take(this.#weight(item));
    changes.edge = list.newPlace(place);
    changes.added.set(this.kind.keyOf(item), { place: changes.edge, item });
    this.#keep(owner, changes);
    return true;
  }

  /** Puts an item in the place of the one with the same key; false where there is none. */
  change(owner: Owner, item: Item): boolean {
    const changes = this.#changesOf(owner) ?? new Changes<Item>();
    if (!this.#list(owner, changes).has(item)) return false;
    const key = this.kind.keyOf(item);
    const added = changes.added.get(key);
    const old = added?.item ?? changes.changed.get(key);
    const grown = this.#weight(item) - (old === undefined ? 0 : this.#weight(old));
    if (grown > 0) this.budget.take(grown);
    else this.budget.giveBack(-grown);
    if (added === undefined) changes.changed.set(key, item);
    else added.item = item;
    this.#keep(owner, changes);
    return true;
  }

  /** Takes the item with that key out; false where there is none. */
  remove(owner: Owner, item: Item): boolean {
    const changes = this.#changesOf(owner) ?? new Changes<Item>();
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
    this.#keep(owner, changes);
    return true;
  }

  #keep(owner: Owner, changes: Changes<Item>): void {
    const key = this.kind.ownerKey(owner);
    this.#changes ??= new Map();
    if (changes.isEmpty) this.#changes.delete(key);
    else this.#changes.set(key, changes);
  }

  #changesOf(owner: Owner): Changes<Item> | undefined {
    return this.#changes?.get(this.kind.ownerKey(owner));
  }

  #list(owner: Owner, changes: Changes<Item> | undefined): StoredList<Item> {
    return new StoredList(this.kind, this.kind.seed?.(owner) ?? EMPTY_SEED, changes);
  }

  #weight(item: Item): number {
    return CHANGE + (this.kind.sizeOf?.(item) ?? 0);
  }
}
