import type { Registry } from "prom-client";
import { Histogram } from "./histogram.ts";
import { LabelCounter } from "./label-counter.ts";

/** Upper bounds in seconds: from a database beside the machine to one that is nearly away. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What a remote database is asked. They stay empty where there is none. */
export class RemoteMetrics {
  readonly #seconds = new Histogram(
    "gramway_remote_query_duration_seconds",
    "Time of one request to the remote database, a statement or a batch, by kind.",
    "kind",
    BOUNDS,
  );
  readonly #failures: LabelCounter<"kind" | "fault">;

  constructor(registry: Registry) {
    this.#failures = new LabelCounter(
      "gramway_remote_query_failures_total",
      "Requests to the remote database that have failed, by kind and fault.",
      ["kind", "fault"],
      registry,
    );
  }

  /** Counts a request. `fault` is null when it was answered. */
  note(kind: "read" | "write", milliseconds: number, fault: string | null): void {
    this.#seconds.observe(kind, milliseconds / 1000);
    if (fault !== null) this.#failures.add(kind, fault);
  }

  /** Prometheus text. */
  pieces(): Generator<string> {
    return this.#seconds.pieces();
  }
}
