import type { Announcements } from "../announcements.ts";
import type { Database } from "../db/connection.ts";
import type { Keyring } from "../db/keyring.ts";
import type { Finding, ProxyProbe } from "./check.ts";
import type { ProxyDirectory } from "./directory.ts";
import { HealthChecks } from "./health-checks.ts";
import { HealthLog } from "./health-log.ts";

export interface ProxyHealthDependencies {
  db: Database;
  keyring: Keyring;
  announcements: Announcements;
  proxies: Pick<ProxyDirectory, "known" | "note">;
  probe: ProxyProbe;
  now: () => number;
  monotonicNow: () => number;
  /** How often a proxy without traffic is checked, in milliseconds. */
  intervalMs: number;
  /** Whether live proxies are checked by themselves. */
  areChecked: boolean;
  /** Told of each proxy with `on_failure=move` that is down, each time that this is confirmed. */
  onDown: (proxyId: string) => void;
  onChecked: (finding: Finding) => void;
  onBlocked: () => void;
  /** Gets the error of a failure in the background; it is tried again. */
  onFailed: (error: unknown) => void;
}

/** The health of all proxies: what requests show of it, and the checks. */
export interface ProxyHealth {
  readonly log: HealthLog;
  readonly checks: HealthChecks;
  /** Begins to check in the background. */
  start(): void;
  /** Ends the checks, and stores what is known. Throws StorageUnavailable. */
  close(): Promise<void>;
}

export function createProxyHealth(deps: ProxyHealthDependencies): ProxyHealth {
  const log = new HealthLog(deps);
  const checks = new HealthChecks({ ...deps, health: log });
  return {
    log,
    checks,
    start: () => checks.start(),
    async close() {
      await checks.close();
      await log.close();
    },
  };
}
