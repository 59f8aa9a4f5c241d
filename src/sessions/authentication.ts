import {
  type ChallengeOutcome,
  challengePathOf,
  parseChallengeProgress,
  resolveChallenge,
} from "../instagram/auth/challenge.ts";
import { expose } from "../instagram/auth/expose.ts";
import { type LoginInput, login, relogin } from "../instagram/auth/login.ts";
import { loginBySessionId } from "../instagram/auth/session-id.ts";
import type { Client } from "../instagram/client.ts";
import { InvalidInput, UpstreamRefused, UpstreamUnreachable } from "../instagram/errors.ts";
import { normalizeLoginName } from "../instagram/ids.ts";
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from "../instagram/json.ts";
import { SessionState, sessionFromSettings } from "../instagram/session.ts";
import { deviceOnly, settingsObject } from "../instagram/settings-format.ts";
import { type HostGuard, HostNotAllowed, HostUnknown } from "../net/host-guard.ts";
import { CiphertextInvalid, EncryptionKeyUnavailable } from "./keyring.ts";
import {
  clientFor,
  type LiveSession,
  type LiveSessionDependencies,
  type OnCall,
} from "./live-session.ts";
import type { LiveSessions } from "./live-sessions.ts";
import {
  applyOptions,
  type ClientOptions,
  cleanCode,
  jsonObjectField,
  readProxy,
} from "./login-fields.ts";
import type { LoginPauses } from "./login-pauses.ts";
import { cleanSessionId } from "./session-id.ts";
import { LegacyIdTaken, type Mode, type NewSession, type StoredSession } from "./session-store.ts";

/** Who logs in: sessions belong to one tenant and one mode. */
export interface Owner {
  tenantId: string;
  mode: Mode;
  /** The tenant's policy: account passwords are kept, encrypted, for a relogin. */
  storeCredentials: boolean;
}

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

/** The tenant's policy keeps no passwords, so a relogin must bring it. */
export class CredentialsMissing extends Error {
  override readonly name = "CredentialsMissing";
}

export interface AuthenticationDependencies extends LiveSessionDependencies {
  sessions: LiveSessions;
  /** Fails when nothing can be written: checked before a login is spent. */
  probeWrite: () => Promise<void>;
  /** Home region for new sessions, null when any machine may serve them. */
  region: string | null;
  /** Where proxies may be. */
  guard: HostGuard;
  pauses: LoginPauses;
}

/** Creating, importing and renewing sessions: the only code that stores them. */
export class Authentication {
  constructor(private readonly deps: AuthenticationDependencies) {}

  /**
   * Logs an account in and stores the session; resolves with its id when it is durable.
   * Throws InvalidInput, LoginPending (second factor, challenge), LoginPaused, UpstreamRefused.
   */
  async login(
    owner: Owner,
    input: ClientOptions & { username: string; password: string; verificationCode?: string },
    onCall: OnCall,
  ): Promise<string> {
    const username = normalizeLoginName(input.username);
    if (input.password === "") throw new InvalidInput("password", "must not be empty");
    const verificationCode = cleanCode(input.verificationCode, "verification_code");
    const proxy = await this.#cleanProxy(owner, input.proxy);
    await this.deps.probeWrite();
    const account = { username, password: input.password, verificationCode };
    return this.#attempt(owner, username, () => this.#logIn(owner, account, proxy, input, onCall));
  }

  async #logIn(
    owner: Owner,
    account: LoginInput,
    proxy: string | null,
    options: ClientOptions,
    onCall: OnCall,
  ): Promise<string> {
    const { username, password } = account;
    // An account that logs in from a new phone each time is soon asked to prove itself, or locked.
    const known = await this.#knownDevice(owner, username);
    const pending = known && PENDING_STATES.has(known.state) ? known : null;
    // A login that waits goes on where it was; a new one begins on the same phone, afresh.
    const saved = pending
      ? settingsObject(pending.settings)
      : known
        ? deviceOnly(settingsObject(known.settings))
        : {};
    const draft = this.#draft(owner, saved, proxy ?? pending?.proxy ?? null, onCall);
    // The end of a challenge may have brought a login already; this one begins without.
    if (draft.state.userId !== null) draft.state.clearLogin();
    applyOptions(draft.state, options);
    const identity = { username, proxy: draft.client.proxy };
    try {
      await login(draft.client, account);
    } catch (error) {
      if (!(error instanceof UpstreamRefused) || !PENDING_REFUSALS.has(error.kind)) throw error;
      const sessionId = await this.#keep(pending?.id ?? null, owner, {
        ...identity,
        settings: stringifyJson(draft.state.toSettings()),
        userPk: draft.state.userId,
        state: error.kind === "ChallengeRequired" ? "challenge" : "two_factor",
        challenge: stringifyJson({ lastJson: error.context.body }),
        credentials: null,
        legacyId: null,
      });
      throw new LoginPending(sessionId, error);
    }
    return this.#keep(pending?.id ?? null, owner, {
      ...identity,
      settings: stringifyJson(draft.state.toSettings()),
      userPk: draft.state.userId,
      state: "active",
      challenge: null,
      credentials: owner.storeCredentials ? { username, password } : null,
      legacyId: null,
    });
  }

  /** Takes over a login from its upstream session id. Throws as login(). */
  async loginBySessionId(
    owner: Owner,
    input: ClientOptions & { sessionId: string },
    onCall: OnCall,
  ): Promise<string> {
    const proxy = await this.#cleanProxy(owner, input.proxy);
    const cookie = cleanSessionId(input.sessionId);
    await this.deps.probeWrite();
    const existing = await this.deps.store.findByLegacyId(owner.tenantId, owner.mode, cookie);
    const saved = existing ? settingsObject(existing.settings) : {};
    const draft = this.#draft(owner, saved, proxy ?? existing?.proxy ?? null, onCall);
    applyOptions(draft.state, input);
    const username = await loginBySessionId(draft.client, cookie);
    return this.#keep(existing?.id ?? null, owner, {
      username: username || (existing?.username ?? null),
      proxy: draft.client.proxy,
      settings: stringifyJson(draft.state.toSettings()),
      userPk: draft.state.userId,
      state: "active",
      challenge: null,
      credentials: existing?.credentials ?? null,
      legacyId: cookie,
    });
  }

  /**
   * Imports saved settings as a new session (or over the one that holds the same upstream session).
   * The session is stored first: what Instagram then says to it decides nothing about that.
   */
  async importSettings(
    owner: Owner,
    input: ClientOptions & { settings: string },
    onCall: OnCall,
  ): Promise<string> {
    const state = sessionFromSettings(input.settings, this.deps.profiles);
    applyOptions(state, input);
    const proxy = await this.#cleanProxy(owner, input.proxy);
    const legacyId = cleanSessionId(state.sessionId ?? "");
    const existing = await this.deps.store.findByLegacyId(owner.tenantId, owner.mode, legacyId);
    const id = await this.#keep(existing?.id ?? null, owner, {
      username: existing?.username ?? null,
      proxy: input.proxy === undefined ? (existing?.proxy ?? null) : proxy,
      settings: stringifyJson(state.toSettings()),
      userPk: state.userId,
      state: "active",
      challenge: null,
      credentials: existing?.credentials ?? null,
      legacyId,
    });
    await this.#show(owner, id, onCall);
    return id;
  }

  /** Changes settings, proxy, locale or time zone of a session; an empty proxy clears it. */
  async patchSettings(
    session: LiveSession,
    input: ClientOptions & { settings?: string },
    onCall: OnCall,
  ): Promise<string> {
    const { settings } = input;
    const proxy =
      input.proxy === undefined ? undefined : await this.#cleanProxy(session.stored, input.proxy);
    const replacement =
      settings === undefined ? null : sessionFromSettings(settings, this.deps.profiles);
    await session.transform(onCall, async (client) => {
      applyOptions(replacement ?? client.state, input);
      return {
        result: undefined,
        ...(replacement ? { replacement } : {}),
        changes: {
          ...(proxy === undefined ? {} : { proxy }),
          ...(replacement
            ? { userPk: replacement.userId, state: "active" as const, challenge: null }
            : {}),
        },
      };
    });
    if (replacement) await this.#showLive(session, onCall);
    return session.id;
  }

  /**
   * Logs a session's account in again on the same device. The old login stays until the new one
   * has succeeded. Throws CredentialsMissing, LoginPending, LoginPaused, UpstreamRefused.
   */
  async relogin(
    owner: Owner,
    session: LiveSession,
    input: { username?: string; password?: string; verificationCode?: string },
    onCall: OnCall,
  ): Promise<void> {
    const kept = owner.storeCredentials ? session.stored.credentials : null;
    const username = input.username || session.stored.username || kept?.username;
    const password = input.password || kept?.password;
    if (!username || !password)
      throw new CredentialsMissing(
        username
          ? "The password of the account is not stored"
          : "Neither the username nor the password of the account is stored",
      );
    const account = { username: normalizeLoginName(username), password };
    const verificationCode = cleanCode(input.verificationCode, "verification_code");
    await this.deps.probeWrite();
    const before = session.stored.userPk;
    try {
      await session.transform(onCall, async (client) => {
        await this.#attempt(owner, account.username, () =>
          relogin(client, { ...account, verificationCode }),
        );
        const { userId } = client.state;
        if (before !== null && userId !== before)
          throw new InvalidInput("username", "is another account than the session's");
        return {
          result: undefined,
          changes: {
            username: account.username,
            userPk: userId,
            state: "active" as const,
            challenge: null,
            credentials: owner.storeCredentials ? account : null,
          },
        };
      });
    } catch (error) {
      if (error instanceof UpstreamRefused && error.kind === "ChallengeRequired")
        await session.change(() => ({
          challenge: stringifyJson({ lastJson: error.context.body }),
        }));
      throw error;
    }
  }

  /**
   * Takes a step in a challenge: without a code it has one sent and throws UpstreamRefused
   * (ChallengeRequired), with the right code it returns. Throws that as well for a wrong code,
   * after which another one may come.
   */
  async resolveChallenge(
    session: LiveSession,
    input: { lastJson: string; securityCode?: string },
    onCall: OnCall,
  ): Promise<void> {
    const lastJson = jsonObjectField(input.lastJson, "last_json");
    challengePathOf(lastJson);
    const securityCode = cleanCode(input.securityCode, "security_code") ?? null;
    const kept = session.stored.challenge ? parseJson(session.stored.challenge) : null;
    const progress = parseChallengeProgress(
      isJsonObject(kept) && isJsonObject(kept.progress) ? stringifyJson(kept.progress) : null,
    );
    const before = session.stored.userPk;
    const outcome = await session.transform<ChallengeOutcome>(onCall, async (client) => {
      const result = await resolveChallenge(client, { lastJson, securityCode, progress });
      const { userId } = client.state;
      if (before !== null && userId !== null && userId !== before)
        throw new InvalidInput("last_json", "is of another account than the session's");
      if (result.status !== "resolved")
        return {
          result,
          changes: {
            challenge:
              result.progress && stringifyJson({ lastJson, progress: { ...result.progress } }),
          },
        };
      // A session whose login met the challenge goes on waiting, with the login that the answer may
      // have brought: its first use ends that, or POST /auth/login from this, now trusted, device.
      return {
        result,
        changes: {
          challenge: null,
          userPk: userId ?? session.stored.userPk,
        },
      };
    });
    if (outcome.status === "refused") throw outcome.refusal;
    if (outcome.status === "code_needed")
      throw new UpstreamRefused(
        "ChallengeRequired",
        `Challenge code required${outcome.contactPoint ? `: sent to ${outcome.contactPoint}` : ""}`,
        { operation: "resolveChallenge", status: 200, body: lastJson },
      );
  }

  /**
   * The proxy in its normal form, null for none. A name that cannot be looked up now is taken: it is
   * checked again whenever it is used. Throws InvalidInput, HostNotAllowed.
   */
  async #cleanProxy(
    { mode }: Pick<Owner, "mode">,
    proxy: string | undefined,
  ): Promise<string | null> {
    const text = proxy?.trim() ?? "";
    if (text === "") return null;
    const { host, href } = readProxy(text);
    const { guard } = this.deps;
    if (guard.refusesAtSight(host)) throw new HostNotAllowed("the host is not public");
    // The sandbox has no network: its proxies are names that nobody looks up.
    if (mode === "live")
      await guard.addressesOf(host).catch((error: unknown) => {
        if (!(error instanceof HostUnknown)) throw error;
      });
    return href;
  }

  /** Makes one login of an account at a time, and none while its logins rest. */
  #attempt<T>({ tenantId, mode }: Owner, username: string, login: () => Promise<T>): Promise<T> {
    return this.deps.pauses.attempt({ tenantId, mode, username }, login);
  }

  /** The account's newest session; its device serves for the next login. */
  async #knownDevice(owner: Owner, username: string): Promise<StoredSession | null> {
    try {
      return await this.deps.store.findNewest(owner.tenantId, owner.mode, { username });
    } catch (error) {
      // One that cannot be read is no reason to refuse a login; it stays as it is.
      if (error instanceof EncryptionKeyUnavailable || error instanceof CiphertextInvalid)
        return null;
      throw error;
    }
  }

  /** A device that is not stored yet, and a client for it. */
  #draft(
    owner: Owner,
    saved: JsonObject,
    proxy: string | null,
    onCall: OnCall,
  ): { state: SessionState; client: Client } {
    const state = new SessionState(saved, this.deps.profiles);
    return { state, client: clientFor(this.deps, owner, state, proxy, onCall) };
  }

  /** Stores a session, new or in place of `id`; resolves with its id when durable. */
  async #keep(
    id: string | null,
    owner: Owner,
    session: Omit<NewSession, "tenantId" | "mode" | "region">,
  ): Promise<string> {
    const { store, sessions } = this.deps;
    const record: NewSession = {
      ...session,
      tenantId: owner.tenantId,
      mode: owner.mode,
      region: this.deps.region,
    };
    if (id !== null) {
      const live = await sessions.resolve(owner.tenantId, owner.mode, id);
      if (live) {
        const { region: _home, legacyId, settings, ...changes } = record;
        const replacement = new SessionState(settingsObject(settings), this.deps.profiles);
        await live.change((current) => ({
          replacement,
          changes: { ...changes, legacyId: legacyId ?? current.legacyId },
        }));
        return live.id;
      }
    }
    try {
      return sessions.adopt(await store.create(record)).id;
    } catch (error) {
      // Two imports of the same session at once: the other one has stored it.
      if (!(error instanceof LegacyIdTaken) || record.legacyId === null) throw error;
      const other = await store.findByLegacyId(owner.tenantId, owner.mode, record.legacyId);
      if (!other) throw error;
      return this.#keep(other.id, owner, session);
    }
  }

  async #show(owner: Owner, id: string, onCall: OnCall): Promise<void> {
    const session = await this.deps.sessions.resolve(owner.tenantId, owner.mode, id);
    if (session) await this.#showLive(session, onCall);
  }

  /** Lets a restored device show itself. What Instagram says is noted in the session's state. */
  async #showLive(session: LiveSession, onCall: OnCall): Promise<void> {
    try {
      await session.write(onCall, expose);
    } catch (error) {
      if (!(error instanceof UpstreamRefused || error instanceof UpstreamUnreachable)) throw error;
    }
  }
}

/** States of a session whose login waits for its next step. */
const PENDING_STATES: ReadonlySet<string> = new Set(["challenge", "two_factor"]);
/** Refusals after which a login goes on with a code. */
const PENDING_REFUSALS: ReadonlySet<string> = new Set(["TwoFactorRequired", "ChallengeRequired"]);
