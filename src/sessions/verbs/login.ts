import { type LoginInput, login } from "../../instagram/auth/login.ts";
import { challengeHints, type RefusalKind, refusalKinds } from "../../instagram/error-kinds.ts";
import { challengePathIn, type UpstreamRefused } from "../../instagram/errors.ts";
import { normalizeLoginName } from "../../instagram/ids.ts";
import { SessionState } from "../../instagram/session.ts";
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
import { type NamedProxy, readProxyChoice } from "../session-proxy.ts";
import type { StoredSession } from "../session-store.ts";
import type { LoginDependencies } from "./dependencies.ts";
import {
  AS_IT_IS,
  changesBy,
  columnsOf,
  type FindWay,
  type SessionWay,
  withWays,
} from "./session-proxy.ts";

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

type Dependencies = Pick<LoginDependencies, "accounts" | "pauses"> & { findWay: FindWay };

/** The checked request for a login. */
interface LoginRequest {
  owner: Owner;
  account: LoginInput;
  named: NamedProxy;
  options: ClientOptions;
  caller: SessionCaller;
}

const MAX_ROUNDS = 3;

/**
 * Logs an account in: in its session, or in a new one if it has none or `newSession` is set.
 * Resolves with the session's id when it is durable.
 * Throws InvalidInput, LoginPending (second factor, challenge), SessionCoolingDown,
 * SessionLimitReached, UpstreamRefused, and what finding a proxy throws.
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
  const named = await readProxyChoice(deps.checkHost, owner.mode, input);
  await deps.probeWrite();
  const request = { owner, account, named, options: input, caller };
  const { accounts, pauses } = deps;
  return withWays(deps.ways, async (findWay) => {
    for (let round = 1; ; round++) {
      const known = await accounts.newest(owner, account);
      const stored = known === "unreadable" ? null : known;
      const live = stored && !newSession ? await accounts.open(owner, stored, caller) : null;
      const using = { accounts, pauses, findWay };
      try {
        if (live) return await logInKnownSession(using, live, request);
        return await logInNewSession(using, stored, !newSession && known !== "unreadable", request);
      } catch (error) {
        // Another login of the account was faster: use the session that it has made.
        if (!(error instanceof AccountHasSession) || round >= MAX_ROUNDS) throw error;
      }
    }
  });
}

/**
 * Logs in with a new session, on the phone of `known` if there is one. With `isFirst` it throws
 * AccountHasSession, before anything is sent, when the account has a session by now.
 */
function logInNewSession(
  { accounts, pauses, findWay }: Dependencies,
  known: StoredSession | null,
  isFirst: boolean,
  request: LoginRequest,
): Promise<string> {
  const { owner, account, named, caller } = request;
  const { username } = account;
  const options = { by: caller.actor, firstOfAccount: isFirst };
  return pauses.attempt({ ...owner, username }, async () => {
    if (isFirst && (await accounts.newest(owner, account)) !== null) throw new AccountHasSession();
    // An account that logs in from a new phone each time is soon asked to prove itself, or locked.
    const saved = known ? deviceOnly(settingsObject(known.settings)) : {};
    const state = new SessionState(saved, accounts.profiles);
    applyOptions(state, request.options);
    const way = await findWay({ owner, named, current: null, state });
    const client = accounts.draft(owner, state, way, caller);
    const toStore = { login: state, username, ...columnsOf(way), hold: way.hold };
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
    readonly way: SessionWay,
  ) {
    super("the session is another account's");
  }
}

/**
 * Logs in with the account's session, on its phone. A working login stays until the new one
 * succeeds.
 */
async function logInKnownSession(
  { accounts, pauses, findWay }: Dependencies,
  session: LiveSession,
  request: LoginRequest,
): Promise<string> {
  const { owner, account, named, options, caller } = request;
  const { username } = account;
  const credentials = credentialsOf(request);
  try {
    const step = await session.transformThrough(caller, async (state, through) => {
      const before = session.stored;
      // A pending login is continued, unless its last step has already brought a login.
      if (!isPending(before) || state.userId !== null) state.clearLogin();
      applyOptions(state, options);
      let way = AS_IT_IS;
      const changes = () => ({ username, ...changesBy(way) });
      try {
        await pauses.attempt({ ...owner, username }, async () => {
          way = await findWay({ owner, named, current: before, state });
          await login(through(way), account);
        });
      } catch (error) {
        if (!asksForCode(error) || before.state === "active") throw error;
        const { hold } = way;
        return { result: error, changes: { ...changes(), ...pendingFields(error) }, hold };
      }
      const { userId } = state;
      if (before.userPk !== null && userId !== before.userPk) throw new OtherAccount(state, way);
      return {
        result: null,
        changes: { ...changes(), ...LOGGED_IN, userPk: userId, credentials },
        hold: way.hold,
      };
    });
    if (step) throw new LoginPending(session.id, step);
    return session.id;
  } catch (error) {
    if (error instanceof OtherAccount) {
      const { state: login, way } = error;
      const place = { ...columnsOf(way), hold: way.hold };
      const toStore = { login, username, ...place, ...LOGGED_IN, credentials };
      return accounts.store(owner, toStore, { by: caller.actor });
    }
    if (!asksForCode(error)) throw error;
    if (error.kind === "ChallengeRequired") await storeChallenge(session, error, caller.actor);
    throw new LoginPending(session.id, error);
  }
}

const credentialsOf = ({ owner, account }: LoginRequest): StoredSession["credentials"] =>
  owner.storeCredentials ? { username: account.username, password: account.password } : null;
