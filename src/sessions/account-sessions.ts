import type { Actor } from "../announcements.ts";
import type { AppProfiles } from "../instagram/app-profiles.ts";
import type { Caller, Client } from "../instagram/client.ts";
import { type JsonObject, stringifyJson } from "../instagram/json.ts";
import { SessionState } from "../instagram/session.ts";
import { CiphertextInvalid, EncryptionKeyUnavailable } from "./keyring.ts";
import { clientFor, type LiveSession, type LiveSessionDependencies } from "./live-session.ts";
import type { LiveSessions } from "./live-sessions.ts";
import { AccountHasSession, LegacyIdTaken } from "./session-errors.ts";
import type { Mode, NewSession, StoredSession } from "./session-store.ts";

/** Who logs in: sessions belong to one tenant and one mode. */
export interface Owner {
  tenantId: string;
  mode: Mode;
  /** The tenant's policy: account passwords are kept, encrypted, for a relogin. */
  storeCredentials: boolean;
}

/** A login to be stored. What is left out stays as the session has it. */
export interface LoginToStore
  extends Pick<StoredSession, "username" | "state" | "challenge">,
    Partial<Pick<StoredSession, "proxy" | "credentials">> {
  login: SessionState;
  legacyId?: string;
}

export interface AccountSessionsDependencies extends LiveSessionDependencies {
  sessions: LiveSessions;
  /** Home region for new sessions, null when any machine may serve them. */
  region: string | null;
}

/** The sessions of accounts: one for each account of a tenant and mode, unless more are asked for. */
export class AccountSessions {
  constructor(private readonly deps: AccountSessionsDependencies) {}

  /** The releases of the app that sessions may pin. */
  get profiles(): AppProfiles {
    return this.deps.profiles;
  }

  /** The account's newest session. One that cannot be read is no reason to refuse a login. */
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

  /** The session that holds an upstream session, or else its account's newest one. */
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

  /** The session, opened, of a stored one; null when it was deleted meanwhile. */
  async open(
    { tenantId, mode }: Owner,
    { id }: Pick<StoredSession, "id">,
  ): Promise<LiveSession | null> {
    return this.deps.sessions.resolve(tenantId, mode, id);
  }

  /** A device that is not stored yet, and a client for it. */
  draft(owner: Owner, saved: JsonObject, proxy: string | null, caller: Caller): Client {
    const state = new SessionState(saved, this.deps.profiles);
    return clientFor(this.deps, owner, state, proxy, caller);
  }

  /**
   * Stores a login as a new session; resolves with its id when it is durable. Where the upstream
   * session is here already, or with `firstOfAccount` the account is, in that session.
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
      // Two at once: the other one has stored it.
      const other = await this.#takenBy(owner, kept, error);
      if (other === "unreadable") return this.store(owner, kept, { by: options.by });
      const live = other && (await this.open(owner, other));
      if (!live) throw error;
      return this.storeIn(live, kept, options.by);
    }
  }

  /** Stores a login in place of the one that a session has. */
  async storeIn(session: LiveSession, kept: LoginToStore, by: Actor): Promise<string> {
    const { login, username, ...fields } = kept;
    await session.change(
      (current) =>
        // A login that works stays until the next one has succeeded.
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
