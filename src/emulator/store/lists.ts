import { type Budget, CHANGE } from "./budget.ts";
import { EMPTY_SEED, type Key, type ListKind } from "./kinds.ts";
import { Changes, StoredList } from "./stored-list.ts";

/**
 * The lists of one kind in one world. Only changes to the seeded lists are stored: items that were
 * added, changed or removed.
 */
export class Lists<Owner, Item> {
  /** Undefined until the first change: there are thousands of worlds, and most are never changed. */
  #changes: Map<Key, Changes<Item>> | undefined;
  #revision = 0;
  /** Told of each item that was added. */
  onAdd: ((owner: Owner, item: Item) => void) | undefined;

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

  /** True while the list of an owner is unchanged. */
  isAsSeeded(owner: Owner): boolean {
    return this.#changesOf(owner) === undefined;
  }

  /** True until the first change of any list. */
  get isUntouched(): boolean {
    return this.#changes === undefined;
  }

  /** Counts the changes of all lists: what is computed of them stays valid while it is the same. */
  get revision(): number {
    return this.#revision;
  }

  /** The items that were added to any list or changed in it, as they are now, without hidden ones. */
  *edited(): Generator<Item> {
    for (const { added, changed, hidden } of this.#changes?.values() ?? []) {
      for (const [key, { item }] of added) if (!hidden.has(key)) yield item;
      for (const [key, item] of changed) if (!hidden.has(key)) yield item;
    }
  }

  /** True for an item that was added to the list, false for a seeded one. */
  isAdded(owner: Owner, item: Item): boolean {
    return this.#changesOf(owner)?.added.has(this.kind.keyOf(item)) ?? false;
  }

  /** The seeded items of a list that were changed, as they are now. */
  changedIn(owner: Owner): Iterable<Item> {
    return this.#changesOf(owner)?.changed.values() ?? [];
  }

  /**
   * Adds an item at the end at which the list grows; false where the list holds it already. `place` is
   * for lists that grow by themselves: the item is put next to the seeded item with that place. Throws
   * a Refusal when the world is full.
   */
  add(owner: Owner, item: Item, place?: number): boolean {
    const changes = this.#changesOf(owner) ?? new Changes<Item>();
    const list = this.#list(owner, changes);
    if (list.has(item)) return false;
    this.budget.take(this.#weight(item));
    changes.edge = list.newPlace(place);
    changes.added.set(this.kind.keyOf(item), { place: changes.edge, item });
    this.#keep(owner, changes);
    this.onAdd?.(owner, item);
    return true;
  }

  /** Replaces the item with the same key; false where there is none. Throws as add() does. */
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

  /** Removes the item with the same key; false where there is none. Throws as add() does. */
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

  /**
   * Hides an item, as if it were not in the list, until show(); false where there is none. Throws as
   * add() does.
   */
  hide(owner: Owner, item: Item): boolean {
    const changes = this.#changesOf(owner) ?? new Changes<Item>();
    if (!this.#list(owner, changes).has(item)) return false;
    this.budget.take(CHANGE);
    changes.hidden.add(this.kind.keyOf(item));
    this.#keep(owner, changes);
    return true;
  }

  /** Shows a hidden item again, where it was; false where it is not hidden. */
  show(owner: Owner, item: Item): boolean {
    const changes = this.#changesOf(owner);
    if (!changes?.hidden.delete(this.kind.keyOf(item))) return false;
    this.budget.giveBack(CHANGE);
    this.#keep(owner, changes);
    return true;
  }

  #keep(owner: Owner, changes: Changes<Item>): void {
    const key = this.kind.ownerKey(owner);
    this.#revision++;
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
