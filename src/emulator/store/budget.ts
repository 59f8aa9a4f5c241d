import { refuse } from "../answer.ts";

/** Estimated bytes of a change without its texts: map entries, keys and the item, such as a user. */
export const CHANGE = 400;

/**
 * The memory that the changes of one world may take. A full world refuses further changes and keeps
 * what it has; undoing a change makes room again.
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

  /** Throws a Refusal (400 `feedback_required`) where `bytes` more do not fit; takes nothing. */
  check(bytes: number): void {
    if (this.#used + bytes <= this.limit) return;
    throw refuse(400, "feedback_required", undefined, {
      spam: true,
      feedback_title: "Try Again Later",
      feedback_message: "This sandbox is full: undo something, or use another tenant.",
      feedback_action: "report_problem",
    });
  }

  /** Throws as check() does. */
  take(bytes: number): void {
    this.check(bytes);
    this.#used += bytes;
  }

  giveBack(bytes: number): void {
    this.#used -= bytes;
  }
}
