import { issueSessionId } from "./token.ts";

/** An account that can log in to the emulator. */
export interface SandboxAccount {
  readonly pk: number;
  readonly username: string;
  readonly password: string;
  /** What happens at its login, for people. */
  readonly behaviour: string;
}

/** The password of every sandbox account. */
export const SANDBOX_PASSWORD = "sandbox";

/** The code that every second factor and every challenge takes. */
export const SANDBOX_CODE = "123456";

/** The accounts that can log in; their ids are the same for every seed. */
export const SANDBOX_ACCOUNTS: readonly SandboxAccount[] = [
  account(61000000001, "sandbox", "logs in"),
  account(61000000002, "sandbox_2fa", `needs the code ${SANDBOX_CODE}`),
  account(61000000003, "sandbox_challenge", `needs a challenge resolved with ${SANDBOX_CODE}`),
  account(61000000004, "sandbox_throttled", "is always throttled"),
  account(61000000005, "sandbox_private", "logs in; private to the others"),
  account(61000000006, "sandbox_suspended", "is suspended: a challenge that no code ends"),
  account(61000000007, "sandbox_disabled", "is disabled for good"),
];

function account(pk: number, username: string, behaviour: string): SandboxAccount {
  return { pk, username, password: SANDBOX_PASSWORD, behaviour };
}

/**
 * A session id of a sandbox account, as a login would give it: for tests of logins by session id
 * and of accounts that no login lets in. Undefined for other usernames.
 */
export function sandboxSessionId(username: string): string | undefined {
  const found = SANDBOX_ACCOUNTS.find((candidate) => candidate.username === username);
  return found && issueSessionId(found.pk);
}
