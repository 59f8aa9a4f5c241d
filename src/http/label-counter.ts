import type { Registry } from "prom-client";
import { Counter } from "./prometheus.ts";

/** Values of labels that begin alike, and how often those that end here were counted. */
interface Counted {
  count: number;
  next: Map<string | number, Counted>;
}

/**
 * A counter for the hot path: an addition, found by the values of the labels one after the other. The
 * library's counter, which hashes its labels each time, gets the sums when somebody reads the metrics.
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

  /** Adds one for the labels' values, in the order of their names. */
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
