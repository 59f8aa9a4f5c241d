import type { LiveSessions } from "../sessions/live-sessions.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import type { LoginDependencies } from "../sessions/verbs/dependencies.ts";
import type { ApiKeyStore } from "../tenants/api-keys.ts";
import type { CorsOrigins } from "../tenants/cors-origins.ts";
import type { TenantStore } from "../tenants/tenants.ts";
import type { AccessLog } from "./access-log.ts";
import type { TrustedProxy } from "./client-address.ts";
import type { FailureLimits } from "./failure-limits.ts";
import type { InFlight } from "./in-flight.ts";
import type { KeyLimits } from "./key-limits.ts";
import type { Logger } from "./logger.ts";
import type { BuildInfo, Metrics } from "./metrics.ts";

/** Result of one readiness check. `detail` is for the operator and holds no secret. */
export interface Check {
  status: "ok" | "error";
  detail?: string;
}

/** How far the shutdown has come. */
export interface Shutdown {
  /**
   * A signal has come. Requests are still answered, but each connection is closed after its answer.
   */
  draining: boolean;
  /** New requests are refused. */
  closed: boolean;
}

/** What the app is composed of. compose.ts makes it, for the service and for tests. */
export interface Dependencies {
  adminToken: string;
  /** Token for the metrics; null when anyone may read them. */
  metricsToken: string | null;
  trustedProxy: TrustedProxy | null;
  tenants: TenantStore;
  apiKeys: ApiKeyStore;
  sessions: LiveSessions;
  sessionStore: SessionStore;
  logins: LoginDependencies;
  corsOrigins: CorsOrigins;
  limits: KeyLimits;
  inFlight: InFlight;
  failures: FailureLimits;
  metrics: Metrics;
  logger: Logger;
  /** Writes one line for each request. */
  accessLog: AccessLog;
  build: BuildInfo;
  /** Versions of the installed packages, by name. */
  dependencyVersions: Record<string, string>;
  /** Time for a whole request, in milliseconds. */
  requestDeadlineMs: number;
  /** Gets a picture or video of the sandbox by the path of its URL. */
  sandboxFile: (path: string) => Promise<Response>;
  shutdown: Shutdown;
  /** Runs the readiness checks; results by the name of the check. */
  checkReadiness: () => Promise<Record<string, Check>>;
}
