import type { Actor } from "../announcements.ts";
import { CiphertextInvalid, EncryptionKeyUnavailable } from "../db/keyring.ts";
import type { AppProfiles } from "../instagram/app-profiles.ts";
import type { Caller, Client } from "../instagram/client.ts";
import { type ExactJsonObject, stringifyJson } from "../instagram/json.ts";
import { SessionState } from "../instagram/session.ts";
import { clientFor, type LiveSession, type LiveSessionDependencies } from "./live-session.ts";
import type { LiveSessions } from "./live-sessions.ts";
import { AccountHasSession, LegacyIdTaken } from "./session-errors.ts";
import type { Mode, NewSession, StoredSession } from "./session-store.ts";

/** The tenant and mode that sessions belong to. */
export interface Owner {
  tenantId: string;
  mode: Mode;
  /** The tenant's policy: whether account passwords are kept, encrypted, for a relogin. */
  storeCredentials: boolean;
}

/** A login to be stored. Fields that are left out stay as they are in the session. */
export interface LoginToStore
  extends Pick<StoredSession, "username" | "state" | "challenge">,
    Partial<Pick<StoredSession, "proxy" | "credentials" | "reason" | "refusals">> {
  login: SessionState;
  legacyId?: string;
}

export interface AccountSessionsDependencies extends LiveSessionDependencies {
  sessions: LiveSessions;
  /** Home region for new sessions, null when any machine may serve them. */
  region: string | null;
}

/**
 * The sessions of accounts: an account has one per tenant and mode, unless the caller wants
 * another.
 */
export class AccountSessions {
  constructor(private readonly deps: AccountSessionsDependencies) {}

  /** The releases of the app that sessions may pin. */
  get profiles(): AppProfiles {
    return this.deps.profiles;
  }

  /** The account's newest session. One that cannot be decrypted must not prevent a login. */
  async newest(
    { tenantId, mode }: Owner,
    account: { username: string } | { userPk: string },
  ): Promise<StoredSession | null | "unreadable"> {
    try {
      return await this.deps.store.findNewest(tenantId, mode, account);
    } catch (error) {
      if (error instanceof EncryptionKeyUnavailable || error instanceof CiphertextInvalid)
        return "unreadable";
      throw error;
    }
  }

  /** The session of an upstream session id, or else the newest one of its account. */
  async findByUpstreamSession(
    owner: Owner,
    legacyId: string,
    newSession: boolean,
  ): Promise<StoredSession | null> {
    const same = await this.deps.store.findByLegacyId(owner.tenantId, owner.mode, legacyId);
    const userPk = /^\d+/.exec(legacyId)?.[0];
    if (same || newSession || userPk === undefined) return same;
    const known = await this.newest(owner, { userPk });
    return known === "unreadable" ? null : known;
  }

  /** Opens a stored session; null when it was deleted meanwhile. */
  async open(
    { tenantId, mode }: Owner,
    { id }: Pick<StoredSession, "id">,
  ): Promise<LiveSession | null> {
    return this.deps.sessions.resolve(tenantId, mode, id);
  }

  /** A client for a device that is not stored yet; `saved` are its settings. */
  draft(owner: Owner, saved: ExactJsonObject, proxy: string | null, caller: Caller): Client {
    const state = new SessionState(saved, this.deps.profiles);
    return clientFor(this.deps, owner, state, { proxy, proxyId: null }, caller);
  }

  /**
   * Stores a login as a new session, and resolves with its id when it is durable. If a session has
   * the upstream session id already, or with `firstOfAccount` the same account, it is stored there.
   */
  async store(
    owner: Owner,
    kept: LoginToStore,
    options: { by: Actor; firstOfAccount?: boolean },
  ): Promise<string> {
    const { login, ...fields } = kept;
    const record: NewSession = {
      ...fields,
      tenantId: owner.tenantId,
      mode: owner.mode,
      region: this.deps.region,
      userPk: login.userId,
      settings: stringifyJson(login.toSettings()),
    };
    try {
      const stored = await this.deps.store.create(record, options);
      return this.deps.sessions.openStored(stored).id;
    } catch (error) {
      // Another login has stored its session in between.
      const other = await this.#takenBy(owner, kept, error);
      if (other === "unreadable") return this.store(owner, kept, { by: options.by });
      const live = other && (await this.open(owner, other));
      if (!live) throw error;
      return this.storeIn(live, kept, options.by);
    }
  }

  /** Stores a login in an existing session, in place of the old login. */
  async storeIn(session: LiveSession, kept: LoginToStore, by: Actor): Promise<string> {
    const { login, username, ...fields } = kept;
    await session.change(
      (current) =>
        // A working login stays until the new one has succeeded.
        fields.state !== "active" && current.state === "active"
          ? { challenge: fields.challenge }
          : {
              replacement: login.copy(),
              changes: {
                ...fields,
                username: username ?? current.username,
                userPk: login.userId ?? current.userPk,
              },
            },
      by,
    );
    return session.id;
  }

  async #takenBy(
    owner: Owner,
    { username, login: { userId: userPk }, legacyId }: LoginToStore,
    error: unknown,
  ): Promise<StoredSession | null | "unreadable"> {
    if (error instanceof LegacyIdTaken && legacyId !== undefined)
      return this.deps.store.findByLegacyId(owner.tenantId, owner.mode, legacyId);
    if (!(error instanceof AccountHasSession)) throw error;
    const named = username === null ? null : await this.newest(owner, { username });
    return named ?? (userPk === null ? null : this.newest(owner, { userPk }));
  }
}
