import type { Config } from "./config.ts";
import type { ChangeWatch } from "./db/change-watch.ts";
import type { Database } from "./db/connection.ts";
import type { Keyring } from "./db/keyring.ts";
import type { Logger } from "./http/logger.ts";
import type { Metrics } from "./http/metrics.ts";
import { Replays } from "./http/replay.ts";
import { Machine } from "./sessions/leases/machine.ts";
import { SessionLeases, type TakeoverKind } from "./sessions/leases/session-leases.ts";
import type { Clock } from "./stores.ts";

export interface LeasesDependencies {
  db: Database;
  clock: Clock;
  logger: Logger;
  /** Told of each session that this machine has taken. */
  onTaken: (kind: TakeoverKind) => void;
  changes: ChangeWatch;
}

/** The leases of this machine's sessions; null where it does not share them with others. */
export function createLeases(
  { machineId, region }: Pick<Config, "machineId" | "region">,
  { db, clock, logger, onTaken, changes }: LeasesDependencies,
): SessionLeases | null {
  if (machineId === null) return null;
  const machine = new Machine({
    ...clock,
    db,
    machine: machineId,
    region,
    seen: () => changes.seen,
    onFailed: (error) =>
      logger.warn({ err: error }, "the lease of this machine could not be renewed; trying again"),
    onLost: () =>
      logger.error("the lease of this machine ran out: others may have taken its sessions"),
  });
  changes.join(machine);
  return new SessionLeases({ ...clock, db, machine, onTaken });
}

/** How requests get to other machines; null where there are none. */
export const createReplays = (
  leases: SessionLeases | null,
  { keyring, metrics, monotonicNow }: ReplaysParts,
): Replays | null =>
  leases &&
  new Replays({
    machine: leases.machine,
    replayHashes: keyring.replayHashes,
    metrics: metrics.machines,
    monotonicNow,
  });

interface ReplaysParts extends Pick<Clock, "monotonicNow"> {
  keyring: Keyring;
  metrics: Metrics;
}
