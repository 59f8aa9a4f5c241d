import { refuse } from "../answer.ts";

/** What a change weighs beside its texts, in bytes: map entries, keys and the item. */
export const CHANGE = 160;

/**
 * How much the changes of one world may take. A world that is full refuses further ones and keeps
 * what it has; whatever is undone makes room again.
 */
export class Budget {
  #used = 0;

  constructor(
    /** Bytes, estimated. */
    readonly limit: number,
  ) {}

  get used(): number {
    return this.#used;
  }

  /** Refuses with 400 `feedback_required` where `bytes` more do not fit; takes nothing. */
  check(bytes: number): void {
    if (this.#used + bytes <= this.limit) return;
    throw refuse(400, "feedback_required", undefined, {
      spam: true,
      feedback_title: "Try Again Later",
      feedback_message: "This sandbox is full: undo something, or use another tenant.",
      feedback_action: "report_problem",
    });
  }

  take(bytes: number): void {
    this.check(bytes);
    this.#used += bytes;
  }

  giveBack(bytes: number): void {
    this.#used -= bytes;
  }
}
