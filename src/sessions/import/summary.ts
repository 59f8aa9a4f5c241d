import { Problem } from "../../problems/problem.ts";
import type { Outcome } from "./outcome.ts";

/** How many entries came to what. */
export type Counts = Record<Outcome["outcome"], number>;

/** How many entries a summary tells of one by one. */
const MAX_TOLD = 1_000;

/** Gathers what became of the entries of an import: a bounded part of them, those that failed first. */
export class ImportSummary {
  readonly counts: Counts = { created: 0, updated: 0, unchanged: 0, failed: 0 };
  readonly #noted: Outcome[] = [];
  readonly #others: Outcome[] = [];

  add(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      this.counts[outcome.outcome]++;
      const list = outcome.outcome === "failed" ? this.#noted : this.#others;
      if (list.length < MAX_TOLD) list.push(outcome);
    }
  }

  /** The entries that are told of, in their order. */
  get told(): Outcome[] {
    const others = this.#others.slice(0, MAX_TOLD - this.#noted.length);
    return [...this.#noted, ...others].sort((one, other) => one.line - other.line);
  }

  /** How many more there were. */
  get untold(): number {
    const { created, updated, unchanged, failed } = this.counts;
    return created + updated + unchanged + failed - this.told.length;
  }
}

/** An import ended early. What it had done by then stays, and is counted in the answer. */
export class ImportStopped extends Problem {
  constructor(problem: Problem, counts: Counts) {
    const { kind, status, title, message, detail, hint, retryAfter, headers } = problem;
    super(kind, { status, title }, message, {
      detail: `${detail}. The import has ended early; what it counts here is stored`,
      hint,
      retryAfter,
      headers,
      members: { ...problem.members, imported: { ...counts } },
      cause: problem,
    });
  }
}
