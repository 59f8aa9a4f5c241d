import type { CheckHost } from "../../proxies/fields.ts";
import type { AccountSessions } from "../account-sessions.ts";
import type { LoginPauses } from "../login-pauses.ts";
import type { SessionProxyDependencies } from "./session-proxy.ts";

/** Dependencies of the verbs of sessions; each verb takes those that it uses. */
export interface LoginDependencies {
  accounts: AccountSessions;
  pauses: LoginPauses;
  /** Checks the hosts of proxies. */
  checkHost: CheckHost;
  /** Finds proxies for them. */
  ways: SessionProxyDependencies;
  /**
   * Fails when the database cannot be written: checked before a login is made that would be lost.
   */
  probeWrite: () => Promise<void>;
}
