import type { HostGuard } from "../../net/host-guard.ts";
import type { AccountSessions } from "../account-sessions.ts";
import type { LoginPauses } from "../login-pauses.ts";

/** What the verbs of sessions work with; each takes of it what it uses. */
export interface LoginDependencies {
  accounts: AccountSessions;
  pauses: LoginPauses;
  /** Where proxies may be. */
  guard: HostGuard;
  /** Fails when nothing can be written: checked before a login is spent. */
  probeWrite: () => Promise<void>;
}
