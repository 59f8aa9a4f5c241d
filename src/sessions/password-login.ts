import { type LoginInput, login } from "../instagram/auth/login.ts";
import type { UpstreamRefused } from "../instagram/errors.ts";
import { stringifyJson } from "../instagram/json.ts";
import type { SessionState } from "../instagram/session.ts";
import { deviceOnly, settingsObject } from "../instagram/settings-format.ts";
import {
  type AccountSessions,
  isPending,
  isStep,
  type Owner,
  pendingFields,
} from "./account-sessions.ts";
import type { LiveSession, OnCall } from "./live-session.ts";
import { applyOptions, type ClientOptions } from "./login-fields.ts";
import type { LoginPauses } from "./login-pauses.ts";
import { AccountHasSession } from "./session-errors.ts";
import type { StoredSession } from "./session-store.ts";

/**
 * A login that Instagram wants continued: by a code or a challenge. The session that waits for it
 * is stored, so that the next step comes from the same device.
 */
export class LoginPending extends Error {
  override readonly name = "LoginPending";
  constructor(
    readonly sessionId: string,
    override readonly cause: UpstreamRefused,
  ) {
    super(cause.message);
  }
}

export interface PasswordLogin {
  owner: Owner;
  account: LoginInput;
  /** Null for the one that the account's session has. */
  proxy: string | null;
  options: ClientOptions;
  /** Beside the session that the account has. */
  newSession: boolean;
}

/** The username is another account's by now than the session's. */
class OtherAccount extends Error {
  constructor(
    readonly state: SessionState,
    readonly proxy: string | null,
  ) {
    super("the session is another account's");
  }
}

const MAX_ROUNDS = 3;

/**
 * Logs an account in: in the session that it has, or else in a new one. Resolves with the session's
 * id when it is durable. Throws LoginPending, LoginPaused, SessionLimitReached, UpstreamRefused.
 */
export async function logIn(
  accounts: AccountSessions,
  pauses: LoginPauses,
  request: PasswordLogin,
  onCall: OnCall,
): Promise<string> {
  const { owner, account, newSession } = request;
  for (let round = 1; ; round++) {
    const known = await accounts.known(owner, account);
    const isReadable = known !== null && known !== "unreadable";
    const live = isReadable && !newSession ? await accounts.open(owner, known) : null;
    try {
      if (live) return await logInAgain(accounts, pauses, live, request, onCall);
      const device = isReadable ? known : null;
      const isFirst = !newSession && known !== "unreadable";
      return await logInAnew(accounts, pauses, { ...request, device, isFirst }, onCall);
    } catch (error) {
      // Another login of the account came first: this one goes on in its session.
      if (!(error instanceof AccountHasSession) || round >= MAX_ROUNDS) throw error;
    }
  }
}

/** Throws AccountHasSession, before anything was sent, when the account has got a session meanwhile. */
function logInAnew(
  accounts: AccountSessions,
  pauses: LoginPauses,
  request: PasswordLogin & { device: StoredSession | null; isFirst: boolean },
  onCall: OnCall,
): Promise<string> {
  const { owner, account, device, isFirst } = request;
  const { username } = account;
  return pauses.attempt({ ...owner, username }, async () => {
    if (isFirst && (await accounts.known(owner, { username })) !== null)
      throw new AccountHasSession();
    // An account that logs in from a new phone each time is soon asked to prove itself, or locked.
    const saved = device ? deviceOnly(settingsObject(device.settings)) : {};
    const client = accounts.draft(owner, saved, request.proxy, onCall);
    applyOptions(client.state, request.options);
    const kept = {
      login: client.state,
      username,
      ...(client.proxy === null ? {} : { proxy: client.proxy }),
    };
    try {
      await login(client, account);
    } catch (error) {
      if (!isStep(error)) throw error;
      const sessionId = await accounts.keep(owner, { ...kept, ...pendingFields(error) }, isFirst);
      throw new LoginPending(sessionId, error);
    }
    const credentials = credentialsOf(request);
    return accounts.keep(
      owner,
      { ...kept, state: "active", challenge: null, credentials },
      isFirst,
    );
  });
}

/** In the account's session, on its device. A login that works stays until the new one succeeds. */
async function logInAgain(
  accounts: AccountSessions,
  pauses: LoginPauses,
  session: LiveSession,
  request: PasswordLogin,
  onCall: OnCall,
): Promise<string> {
  const { owner, account, proxy } = request;
  const { username } = account;
  try {
    const step = await session.transform(onCall, async (given) => {
      const before = session.stored;
      const client = proxy === null ? given : { ...given, proxy };
      const { state } = client;
      // A login that waits goes on where it was; its last step may have brought one already.
      if (!isPending(before) || state.userId !== null) state.clearLogin();
      applyOptions(state, request.options);
      const changes = { username, proxy: client.proxy };
      try {
        await pauses.attempt({ ...owner, username }, () => login(client, account));
      } catch (error) {
        if (!isStep(error) || before.state === "active") throw error;
        return { result: error, changes: { ...changes, ...pendingFields(error) } };
      }
      const { userId } = state;
      if (before.userPk !== null && userId !== before.userPk)
        throw new OtherAccount(state, client.proxy);
      return {
        result: null,
        changes: {
          ...changes,
          userPk: userId,
          state: "active" as const,
          challenge: null,
          credentials: credentialsOf(request),
        },
      };
    });
    if (step) throw new LoginPending(session.id, step);
    return session.id;
  } catch (error) {
    if (error instanceof OtherAccount)
      return accounts.keep(
        owner,
        {
          login: error.state,
          username,
          state: "active",
          challenge: null,
          proxy: error.proxy,
          credentials: credentialsOf(request),
        },
        false,
      );
    if (!isStep(error)) throw error;
    if (error.kind === "ChallengeRequired")
      await session.change(() => ({
        challenge: stringifyJson({ lastJson: error.context.body }),
      }));
    throw new LoginPending(session.id, error);
  }
}

const credentialsOf = ({ owner, account }: PasswordLogin): StoredSession["credentials"] =>
  owner.storeCredentials ? { username: account.username, password: account.password } : null;
