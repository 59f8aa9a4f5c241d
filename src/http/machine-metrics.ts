import type { Registry } from "prom-client";
import { LabelCounter } from "./label-counter.ts";
import { Counter, Gauge } from "./prometheus.ts";

/** How a machine stands among others. */
export interface MachineStanding {
  /** Whether it may use its sessions. */
  isValid: boolean;
  /** Whether it goes on without the database. */
  isAlone: boolean;
}

/** Counts what happens between machines; all of it stays empty where there is one only. */
export class MachineMetrics {
  readonly #sent: LabelCounter<"target">;
  readonly #received: InstanceType<typeof Counter>;
  readonly #failed: LabelCounter<"reason">;
  readonly #takeovers: LabelCounter<"kind">;

  constructor(registry: Registry, standing: () => MachineStanding | null) {
    this.#sent = new LabelCounter(
      "gramway_replays_sent_total",
      "Requests that Fly's proxy was told to send on: to the machine that uses the session (instance), to its home region, or away from a machine that ends (elsewhere).",
      ["target"],
      registry,
    );
    this.#received = new Counter({
      name: "gramway_replays_received_total",
      help: "Requests that another machine has had sent here.",
      registers: [registry],
    });
    this.#failed = new LabelCounter(
      "gramway_replays_failed_total",
      "Requests that came back as the other machine could not be reached, by Fly's reason.",
      ["reason"],
      registry,
    );
    this.#takeovers = new LabelCounter(
      "gramway_lease_takeovers_total",
      "Sessions that this machine has taken: free ones, those that another machine has handed over, and those of one that was lost (expired).",
      ["kind"],
      registry,
    );
    const gauge = (name: string, help: string, of: (now: MachineStanding) => boolean): void => {
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          const now = standing();
          if (now !== null) this.set(Number(of(now)));
        },
      });
    };
    gauge(
      "gramway_lease_held",
      "1 while this machine may use its sessions, 0 when its lease has run out.",
      ({ isValid }) => isValid,
    );
    gauge(
      "gramway_machine_alone",
      "1 while this machine goes on without the database, as no other was there for a day.",
      ({ isAlone }) => isAlone,
    );
  }

  /** `target` is what the proxy was told, such as `instance=00bb33ff`. */
  replaySent(target: string): void {
    this.#sent.add(target.split("=", 1)[0] ?? "");
  }

  replayReceived(): void {
    this.#received.inc();
  }

  replayFailed(reason: string): void {
    this.#failed.add(reason);
  }

  readonly leaseTaken = (kind: string): void => {
    this.#takeovers.add(kind);
  };
}
