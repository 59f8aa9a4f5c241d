import { NAMED_ACCOUNTS, SANDBOX_PASSWORD } from "./seed/fixtures.ts";
import { issueSessionId } from "./token.ts";

/** An account that can log in to the emulator. */
export interface SandboxAccount {
  readonly pk: number;
  readonly username: string;
  readonly password: string;
  /** What happens at its login, as a text for people. */
  readonly behaviour: string;
}

/** The accounts that can log in. They are the same for every seed. */
export const SANDBOX_ACCOUNTS: readonly SandboxAccount[] = NAMED_ACCOUNTS.flatMap(
  ({ pk, username, behaviour }) =>
    behaviour === undefined ? [] : [{ pk, username, password: SANDBOX_PASSWORD, behaviour }],
);

/**
 * A session id of a sandbox account, as a login gives it. For tests of logins by session id, and of
 * accounts that cannot log in. Undefined for other usernames.
 */
export function sandboxSessionId(username: string): string | undefined {
  const found = SANDBOX_ACCOUNTS.find((candidate) => candidate.username === username);
  return found && issueSessionId(found.pk);
}
