import { type LoginInput, login } from "../../instagram/auth/login.ts";
import { challengeHints, type RefusalKind, refusalKinds } from "../../instagram/error-kinds.ts";
import { challengePathIn, type UpstreamRefused } from "../../instagram/errors.ts";
import { normalizeLoginName } from "../../instagram/ids.ts";
import type { SessionState } from "../../instagram/session.ts";
import { deviceOnly, settingsObject } from "../../instagram/settings-format.ts";
import { InvalidInput, Problem } from "../../problems/problem.ts";
import type { Owner } from "../account-sessions.ts";
import type { LiveSession, SessionCaller } from "../live-session.ts";
import { applyOptions, type ClientOptions, cleanCode } from "../login-fields.ts";
import {
  asksForCode,
  isPending,
  LOGGED_IN,
  pendingFields,
  storeChallenge,
} from "../pending-login.ts";
import { AccountHasSession } from "../session-errors.ts";
import { cleanProxy } from "../session-proxy.ts";
import type { StoredSession } from "../session-store.ts";
import type { LoginDependencies } from "./dependencies.ts";

/**
 * A login needs another step: a code or a challenge. Its session is stored, so that the next step
 * comes from the same device.
 */
export class LoginPending extends Problem<RefusalKind> {
  constructor(
    readonly sessionId: string,
    override readonly cause: UpstreamRefused,
  ) {
    const { kind, message, members, context } = cause;
    const isResolvable = kind === "ChallengeRequired" && challengePathIn(context.body) !== null;
    super(kind, refusalKinds[kind], message, {
      members: { session_id: sessionId, ...members },
      hint: isResolvable ? challengeHints.beforeLogin(sessionId) : undefined,
    });
  }
}

type Dependencies = Pick<LoginDependencies, "accounts" | "pauses">;

/** The checked request for a login. */
interface LoginRequest {
  owner: Owner;
  account: LoginInput;
  /** Null: the proxy of the account's session, if it has one. */
  proxy: string | null;
  options: ClientOptions;
  caller: SessionCaller;
}

const MAX_ROUNDS = 3;

/**
 * Logs an account in: in its session, or in a new one if it has none or `newSession` is set.
 * Resolves with the session's id when it is durable.
 * Throws InvalidInput, LoginPending (second factor, challenge), SessionCoolingDown,
 * SessionLimitReached, UpstreamRefused.
 */
export async function logIn(
  deps: LoginDependencies,
  owner: Owner,
  input: ClientOptions & {
    username: string;
    password: string;
    verificationCode?: string;
    newSession?: boolean;
  },
  caller: SessionCaller,
): Promise<string> {
  const { newSession = false, password } = input;
  const username = normalizeLoginName(input.username);
  if (password === "") throw new InvalidInput("password", "must not be empty");
  const verificationCode = cleanCode(input.verificationCode, "verification_code");
  const account = { username, password, verificationCode };
  const proxy = await cleanProxy(deps.guard, owner.mode, input.proxy);
  await deps.probeWrite();
  const request = { owner, account, proxy, options: input, caller };
  for (let round = 1; ; round++) {
    const known = await deps.accounts.newest(owner, account);
    const stored = known === "unreadable" ? null : known;
    const live = stored && !newSession ? await deps.accounts.open(owner, stored) : null;
    try {
      if (live) return await logInKnownSession(deps, live, request);
      return await logInNewSession(deps, stored, !newSession && known !== "unreadable", request);
    } catch (error) {
      // Another login of the account was faster: use the session that it has made.
      if (!(error instanceof AccountHasSession) || round >= MAX_ROUNDS) throw error;
    }
  }
}

/**
 * Logs in with a new session, on the phone of `known` if there is one. With `isFirst` it throws
 * AccountHasSession, before anything is sent, when the account has a session by now.
 */
function logInNewSession(
  { accounts, pauses }: Dependencies,
  known: StoredSession | null,
  isFirst: boolean,
  request: LoginRequest,
): Promise<string> {
  const { owner, account, caller } = request;
  const { username } = account;
  const options = { by: caller.actor, firstOfAccount: isFirst };
  return pauses.attempt({ ...owner, username }, async () => {
    if (isFirst && (await accounts.newest(owner, account)) !== null) throw new AccountHasSession();
    // An account that logs in from a new phone each time is soon asked to prove itself, or locked.
    const saved = known ? deviceOnly(settingsObject(known.settings)) : {};
    const client = accounts.draft(owner, saved, request.proxy, caller);
    applyOptions(client.state, request.options);
    const toStore = {
      login: client.state,
      username,
      ...(client.proxy === null ? {} : { proxy: client.proxy }),
    };
    try {
      await login(client, account);
    } catch (error) {
      if (!asksForCode(error)) throw error;
      const id = await accounts.store(owner, { ...toStore, ...pendingFields(error) }, options);
      throw new LoginPending(id, error);
    }
    const credentials = credentialsOf(request);
    return accounts.store(owner, { ...toStore, ...LOGGED_IN, credentials }, options);
  });
}

/** The username belongs to another account than the session by now. */
class OtherAccount extends Error {
  constructor(
    readonly state: SessionState,
    readonly proxy: string | null,
  ) {
    super("the session is another account's");
  }
}

/**
 * Logs in with the account's session, on its phone. A working login stays until the new one
 * succeeds.
 */
async function logInKnownSession(
  { accounts, pauses }: Dependencies,
  session: LiveSession,
  request: LoginRequest,
): Promise<string> {
  const { owner, account, proxy, options, caller } = request;
  const { username } = account;
  const credentials = credentialsOf(request);
  try {
    const step = await session.transform(caller, async (given) => {
      const before = session.stored;
      const client = proxy === null ? given : { ...given, proxy };
      const { state } = client;
      // A pending login is continued, unless its last step has already brought a login.
      if (!isPending(before) || state.userId !== null) state.clearLogin();
      applyOptions(state, options);
      const changes = { username, proxy: client.proxy };
      try {
        await pauses.attempt({ ...owner, username }, () => login(client, account));
      } catch (error) {
        if (!asksForCode(error) || before.state === "active") throw error;
        return { result: error, changes: { ...changes, ...pendingFields(error) } };
      }
      const { userId } = state;
      if (before.userPk !== null && userId !== before.userPk)
        throw new OtherAccount(state, client.proxy);
      return {
        result: null,
        changes: { ...changes, ...LOGGED_IN, userPk: userId, credentials },
      };
    });
    if (step) throw new LoginPending(session.id, step);
    return session.id;
  } catch (error) {
    if (error instanceof OtherAccount) {
      const { state: login, proxy } = error;
      const toStore = { login, username, proxy, ...LOGGED_IN, credentials };
      return accounts.store(owner, toStore, { by: caller.actor });
    }
    if (!asksForCode(error)) throw error;
    if (error.kind === "ChallengeRequired") await storeChallenge(session, error, caller.actor);
    throw new LoginPending(session.id, error);
  }
}

const credentialsOf = ({ owner, account }: LoginRequest): StoredSession["credentials"] =>
  owner.storeCredentials ? { username: account.username, password: account.password } : null;
