import { Counter, Gauge, type Registry } from "./prometheus.ts";

/** How well the local copy of a remote database follows it, since the start of the process. */
export interface CopyState {
  /** Unix milliseconds at which the last good sync began; null when there was none. */
  syncedAt: number | null;
  /** Whether reads are answered by the copy, and not by the primary. */
  isRead: boolean;
  received: number;
  syncs: number;
  failures: number;
  renewals: number;
}

/** Adds what tells how a local copy follows the remote database. They stay empty where there is none. */
export function addCopyMetrics(
  registers: InstanceType<typeof Registry>[],
  read: () => CopyState | null,
): void {
  new Gauge({
    name: "gramway_replica_lag_seconds",
    help: "Time since the last good sync of the local copy began.",
    registers,
    collect() {
      const syncedAt = read()?.syncedAt;
      if (typeof syncedAt === "number") this.set(Math.max(0, Date.now() - syncedAt) / 1000);
    },
  });
  new Gauge({
    name: "gramway_replica_read",
    help: "1 while reads are answered by the local copy, 0 while the primary answers them.",
    registers,
    collect() {
      const status = read();
      if (status !== null) this.set(Number(status.isRead));
    },
  });
  const count = (name: string, help: string, of: (status: CopyState) => number): void => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        const status = read();
        this.reset();
        if (status !== null) this.inc(of(status));
      },
    });
  };
  count(
    "gramway_replica_received_bytes_total",
    "Bytes that syncs have brought.",
    (s) => s.received,
  );
  count("gramway_replica_syncs_total", "Syncs of the local copy that were good.", (s) => s.syncs);
  count("gramway_replica_sync_failures_total", "Syncs that have failed.", (s) => s.failures);
  count("gramway_replica_renewals_total", "How often the copy was made anew.", (s) => s.renewals);
}
