import {
  type ChallengeOutcome,
  challengePathOf,
  parseChallengeProgress,
  resolveChallenge,
} from "../instagram/auth/challenge.ts";
import { expose } from "../instagram/auth/expose.ts";
import { relogin } from "../instagram/auth/login.ts";
import { loginBySessionId } from "../instagram/auth/session-id.ts";
import { InvalidInput, UpstreamRefused, UpstreamUnreachable } from "../instagram/errors.ts";
import { normalizeLoginName } from "../instagram/ids.ts";
import { isJsonObject, parseJson, stringifyJson } from "../instagram/json.ts";
import { SessionState, sessionFromSettings } from "../instagram/session.ts";
import { isSameDevice, onDeviceOf, settingsObject } from "../instagram/settings-format.ts";
import { type HostGuard, HostNotAllowed, HostUnknown } from "../net/host-guard.ts";
import {
  AccountSessions,
  type AccountSessionsDependencies,
  type Owner,
} from "./account-sessions.ts";
import type { LiveSession, OnCall, SessionRecord } from "./live-session.ts";
import {
  applyOptions,
  type ClientOptions,
  cleanCode,
  jsonObjectField,
  readProxy,
} from "./login-fields.ts";
import type { Account, LoginPauses } from "./login-pauses.ts";
import { logIn } from "./password-login.ts";
import { cleanSessionId } from "./session-id.ts";
import type { StoredSession } from "./session-store.ts";

/** The tenant's policy keeps no passwords, so a relogin must bring it. */
export class CredentialsMissing extends Error {
  override readonly name = "CredentialsMissing";
}

export interface AuthenticationDependencies extends AccountSessionsDependencies {
  /** Fails when nothing can be written: checked before a login is spent. */
  probeWrite: () => Promise<void>;
  /** Where proxies may be. */
  guard: HostGuard;
  pauses: LoginPauses;
}

/** Creating, importing and renewing sessions: the only code that stores them. */
export class Authentication {
  readonly #accounts: AccountSessions;

  constructor(private readonly deps: AuthenticationDependencies) {
    this.#accounts = new AccountSessions(deps);
  }

  /**
   * Logs an account in and stores the login in the account's session, or in a new one where it has
   * none or `newSession` is set; resolves with the session's id when it is durable.
   * Throws InvalidInput, LoginPending (second factor, challenge), LoginPaused, UpstreamRefused.
   */
  async login(
    owner: Owner,
    input: ClientOptions & {
      username: string;
      password: string;
      verificationCode?: string;
      newSession?: boolean;
    },
    onCall: OnCall,
  ): Promise<string> {
    const username = normalizeLoginName(input.username);
    if (input.password === "") throw new InvalidInput("password", "must not be empty");
    const verificationCode = cleanCode(input.verificationCode, "verification_code");
    const proxy = await this.#cleanProxy(owner, input.proxy);
    await this.deps.probeWrite();
    const account = { username, password: input.password, verificationCode };
    const { newSession = false } = input;
    const request = { owner, account, proxy, options: input, newSession };
    return logIn(this.#accounts, this.deps.pauses, request, onCall);
  }

  /** Takes over a login from its upstream session id. Stores it and throws as login(). */
  async loginBySessionId(
    owner: Owner,
    input: ClientOptions & { sessionId: string; newSession?: boolean },
    onCall: OnCall,
  ): Promise<string> {
    const { newSession = false } = input;
    const proxy = await this.#cleanProxy(owner, input.proxy);
    const cookie = cleanSessionId(input.sessionId);
    await this.deps.probeWrite();
    const existing = await this.#ofUpstreamSession(owner, cookie, newSession);
    const live = existing && (await this.#accounts.open(owner, existing));
    if (live) {
      await live.transform(onCall, async (given) => {
        const client = proxy === null ? given : { ...given, proxy };
        applyOptions(client.state, input);
        const username = await loginBySessionId(client, cookie);
        return {
          result: undefined,
          changes: {
            username: username || live.stored.username,
            proxy: client.proxy,
            userPk: client.state.userId,
            state: "active" as const,
            challenge: null,
            legacyId: cookie,
          },
        };
      });
      return live.id;
    }
    const client = this.#accounts.draft(owner, {}, proxy, onCall);
    applyOptions(client.state, input);
    const username = (await loginBySessionId(client, cookie)) || null;
    return this.#accounts.keep(
      owner,
      {
        login: client.state,
        username,
        state: "active",
        challenge: null,
        legacyId: cookie,
        ...(proxy === null ? {} : { proxy }),
      },
      !newSession,
    );
  }

  /**
   * Imports saved settings: over the session that holds the same upstream session, or that is the
   * account's on the same device, or else as a new one. The session is stored first: what Instagram
   * then says to it decides nothing about that.
   */
  async importSettings(
    owner: Owner,
    input: ClientOptions & { settings: string; newSession?: boolean },
    onCall: OnCall,
  ): Promise<string> {
    const { profiles } = this.deps;
    const imported = sessionFromSettings(input.settings, profiles);
    const proxy =
      input.proxy === undefined ? undefined : await this.#cleanProxy(owner, input.proxy);
    const legacyId = cleanSessionId(imported.sessionId ?? "");
    const existing = await this.#ofUpstreamSession(owner, legacyId, input.newSession ?? false);
    const known = existing && settingsObject(existing.settings);
    const settings = settingsObject(input.settings);
    // A file that names no phone is of the one that is known.
    const state = known ? new SessionState(onDeviceOf(known, settings), profiles) : imported;
    const isSame =
      existing !== null && (existing.legacyId === legacyId || isSameDevice(known ?? {}, settings));
    applyOptions(state, input);
    const kept = {
      login: state,
      username: null,
      state: "active" as const,
      challenge: null,
      legacyId,
      ...(proxy === undefined ? {} : { proxy }),
    };
    const live = isSame ? await this.#accounts.open(owner, existing) : null;
    const id = live
      ? await this.#accounts.keepIn(live, kept)
      : await this.#accounts.keep(owner, kept, false);
    await this.#show(owner, id, onCall);
    return id;
  }

  /** The session that holds an upstream session, or else its account's newest one. */
  async #ofUpstreamSession(
    owner: Owner,
    cookie: string,
    newSession: boolean,
  ): Promise<StoredSession | null> {
    const same = await this.deps.store.findByLegacyId(owner.tenantId, owner.mode, cookie);
    const userPk = /^\d+/.exec(cookie)?.[0];
    if (same || newSession || userPk === undefined) return same;
    const known = await this.#accounts.known(owner, { userPk });
    return known === "unreadable" ? null : known;
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
   * after which another one may come; LoginPaused after some.
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
    const goOn = () =>
      session.transform<ChallengeOutcome>(onCall, async (client) => {
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
    const step = async (): Promise<ChallengeOutcome> => {
      const outcome = await goOn();
      if (outcome.status === "refused") throw outcome.refusal;
      return outcome;
    };
    // Codes can be guessed as passwords can, and count with them.
    const outcome =
      securityCode === null
        ? await step()
        : await this.deps.pauses.attempt(accountOf(session.stored), step, isRefusedCode);
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

/** Whose logins rest when codes of a session's challenge are wrong. */
const accountOf = ({ tenantId, mode, id, username, userPk }: SessionRecord): Account => ({
  tenantId,
  mode,
  username: username ?? userPk ?? id,
});

const isRefusedCode = ({ kind, message }: UpstreamRefused): boolean =>
  kind === "ChallengeRequired" && message.startsWith("The code was refused");
