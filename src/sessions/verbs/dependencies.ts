import type { HostGuard } from "../../net/host-guard.ts";
import type { AccountSessions } from "../account-sessions.ts";
import type { LoginPauses } from "../login-pauses.ts";

/** Dependencies of the verbs of sessions; each verb takes those that it uses. */
export interface LoginDependencies {
  accounts: AccountSessions;
  pauses: LoginPauses;
  /** Checks the hosts of proxies. */
  guard: HostGuard;
  /**
   * Fails when the database cannot be written: checked before a login is made that would be lost.
   */
  probeWrite: () => Promise<void>;
}
