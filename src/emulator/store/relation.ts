import { CHANGE } from "./budget.ts";
import type { Lists } from "./lists.ts";
import type { StoredList } from "./stored-list.ts";

/**
 * A relation such as "follows" or "likes", as two kinds of lists that always agree: what each `from` is
 * related to, and what is related to each `to`. The seeds of the two must agree, too, about everything
 * that accounts can change.
 */
export class Relation<From, To> {
  constructor(
    readonly forwards: Lists<From, To>,
    readonly backwards: Lists<To, From>,
  ) {}

  /** What `from` is related to. */
  of(from: From): StoredList<To> {
    return this.forwards.of(from);
  }

  /** What is related to `to`. */
  to(to: To): StoredList<From> {
    return this.backwards.of(to);
  }

  has(from: From, to: To): boolean {
    return this.forwards.has(from, to);
  }

  /** True while both lists, of `from` and of `to`, are unchanged. */
  isAsSeeded(from: From, to: To): boolean {
    return this.forwards.isAsSeeded(from) && this.backwards.isAsSeeded(to);
  }

  /** False where they are related already. Throws a Refusal when the world is full. */
  add(from: From, to: To): boolean {
    if (this.has(from, to)) return false;
    // Checked first, so that both lists change or neither.
    this.forwards.budget.check(2 * CHANGE);
    this.forwards.add(from, to);
    this.backwards.add(to, from);
    return true;
  }

  /** False where they are not related. Throws as add() does. */
  remove(from: From, to: To): boolean {
    if (!this.has(from, to)) return false;
    if (!this.forwards.isAdded(from, to)) this.forwards.budget.check(2 * CHANGE);
    this.forwards.remove(from, to);
    this.backwards.remove(to, from);
    return true;
  }
}
