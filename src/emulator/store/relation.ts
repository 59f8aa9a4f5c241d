import { CHANGE } from "./budget.ts";
import type { Lists } from "./lists.ts";
import type { StoredList } from "./stored-list.ts";

/**
 * Who is related to whom, as two lists that always agree: `to` of each `from`, `from` of each `to`.
 * Their seeds have to agree for all that can be changed.
 */
export class Relation<From, To> {
  constructor(
    readonly forwards: Lists<From, To>,
    readonly backwards: Lists<To, From>,
  ) {}

  /** Those that `from` is related to. */
  of(from: From): StoredList<To> {
    return this.forwards.of(from);
  }

  /** Those that are related to `to`. */
  to(to: To): StoredList<From> {
    return this.backwards.of(to);
  }

  has(from: From, to: To): boolean {
    return this.forwards.has(from, to);
  }

  /** True while nobody has changed what `from` is related to, or what is related to `to`. */
  isAsSeeded(from: From, to: To): boolean {
    return this.forwards.isAsSeeded(from) && this.backwards.isAsSeeded(to);
  }

  /** False where they are related already. */
  add(from: From, to: To): boolean {
    if (this.has(from, to)) return false;
    // Both or neither.
    this.forwards.budget.check(2 * CHANGE);
    this.forwards.add(from, to);
    this.backwards.add(to, from);
    return true;
  }

  /** False where they are not related. */
  remove(from: From, to: To): boolean {
    if (!this.has(from, to)) return false;
    if (!this.forwards.isAdded(from, to)) this.forwards.budget.check(2 * CHANGE);
    this.forwards.remove(from, to);
    this.backwards.remove(to, from);
    return true;
  }
}
