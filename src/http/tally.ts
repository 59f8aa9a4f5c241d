import type { Registry } from "prom-client";
import { Counter } from "./prometheus.ts";

/**
 * A counter for the hot path: an addition to a map. The library's counter, which hashes its labels
 * each time, gets the sums when somebody reads the metrics.
 */
export class Tally<Label extends string> {
  readonly #counts = new Map<string, number>();

  constructor(
    name: string,
    help: string,
    readonly labelNames: readonly Label[],
    registry: Registry,
  ) {
    const counts = this.#counts;
    new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect() {
        this.reset();
        for (const [key, count] of counts) {
          const values = key.split("\n");
          const labels = Object.fromEntries(
            labelNames.map((label, index) => [label, values[index] ?? ""]),
          );
          this.inc(labels as Record<Label, string>, count);
        }
      },
    });
  }

  /** Adds one for the labels' values, in the order of their names. None may hold a line break. */
  add(...values: ReadonlyArray<string | number>): void {
    const key = values.join("\n");
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }
}
