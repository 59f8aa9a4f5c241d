import type { Registry } from "prom-client";
import { Counter } from "./prometheus.ts";

/**
 * A tree with a level for each label: the next label's values, and the count of the values so far.
 */
interface Counted {
  count: number;
  next: Map<string | number, Counted>;
}

/**
 * A counter for the hot path: it finds its count by one look-up for each label. prom-client's counter
 * hashes the labels each time, so it gets the counts only when the metrics are read.
 */
export class LabelCounter<Label extends string> {
  readonly #counted: Counted = { count: 0, next: new Map() };

  constructor(
    name: string,
    help: string,
    private readonly labelNames: readonly Label[],
    registry: Registry,
  ) {
    const sums = (): Iterable<readonly [Record<Label, string>, number]> => this.#sums();
    new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect() {
        this.reset();
        for (const [labels, count] of sums()) this.inc(labels, count);
      },
    });
  }

  /** Adds one. The values are in the order of the label names. */
  add(...values: ReadonlyArray<string | number>): void {
    let counted = this.#counted;
    for (const value of values) {
      let next = counted.next.get(value);
      if (next === undefined) {
        next = { count: 0, next: new Map() };
        counted.next.set(value, next);
      }
      counted = next;
    }
    counted.count++;
  }

  *#sums(
    { count, next }: Counted = this.#counted,
    labels: Partial<Record<Label, string>> = {},
    depth = 0,
  ): Generator<readonly [Record<Label, string>, number]> {
    if (count > 0) yield [labels as Record<Label, string>, count];
    const name = this.labelNames[depth];
    if (name !== undefined)
      for (const [value, below] of next)
        yield* this.#sums(below, { ...labels, [name]: String(value) }, depth + 1);
  }
}
