import type { Actor } from "../announcements.ts";
import { CiphertextInvalid, EncryptionKeyUnavailable } from "../db/keyring.ts";
import type { ProxyPolicy } from "../db/schema.ts";
import type { AppProfiles } from "../instagram/app-profiles.ts";
import type { Caller, Client } from "../instagram/client.ts";
import { stringifyJson } from "../instagram/json.ts";
import type { SessionState } from "../instagram/session.ts";
import type { Hold, ProxyAssignment } from "../proxies/assignment.ts";
import { homeCountryOf } from "./home-country.ts";
import { HERE, type LeaseWish } from "./leases/session-leases.ts";
import type { LiveSession, LiveSessionDependencies } from "./live-session.ts";
import type { LiveSessions } from "./live-sessions.ts";
import { type ClientProxy, clientFor } from "./session-client.ts";
import { AccountHasSession, LegacyIdTaken, ProxyPlaceLost } from "./session-errors.ts";
import type { Mode, NewSession, StoredSession } from "./session-store.ts";

/** The tenant and mode that sessions belong to. */
export interface Owner {
  tenantId: string;
  mode: Mode;
  /** The tenant's policy: whether account passwords are kept, encrypted, for a relogin. */
  storeCredentials: boolean;
  /** The tenant's policy: whether sessions need a proxy, and get one. */
  proxyPolicy: ProxyPolicy;
}

/** A login to be stored. Fields that are left out stay as they are in the session. */
export interface LoginToStore
  extends Pick<StoredSession, "username" | "state" | "challenge">,
    Partial<Pick<StoredSession, "proxy" | "proxyId" | "credentials" | "reason" | "refusals">> {
  login: SessionState;
  legacyId?: string;
  /** The place that it takes on its proxy, if that is new. */
  hold?: Hold | null;
}

export interface AccountSessionsDependencies extends LiveSessionDependencies {
  sessions: LiveSessions;
  assignment: ProxyAssignment;
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

  /** Opens a stored session for this machine; null when it was deleted meanwhile. Throws HeldElsewhere. */
  async open(
    { tenantId, mode }: Owner,
    { id }: Pick<StoredSession, "id">,
    wish: LeaseWish,
  ): Promise<LiveSession | null> {
    return this.deps.sessions.resolve(tenantId, mode, id, wish);
  }

  /** A client for a device that is not stored yet. */
  draft(owner: Owner, state: SessionState, way: ClientProxy, caller: Caller): Client {
    return clientFor(this.deps, owner, state, way, caller);
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
    const { login, hold = null, ...fields } = kept;
    const record: NewSession = {
      ...fields,
      tenantId: owner.tenantId,
      mode: owner.mode,
      region: this.deps.region,
      userPk: login.userId,
      settings: stringifyJson(login.toSettings()),
    };
    try {
      const stored = await this.deps.store.create(record, { ...options, hold });
      return this.deps.sessions.openStored(stored).id;
    } catch (error) {
      if (error instanceof ProxyPlaceLost) return this.#storeElsewhere(owner, kept, options, error);
      // Another login has stored its session in between.
      const other = await this.#takenBy(owner, kept, error);
      if (other === "unreadable") return this.store(owner, kept, { by: options.by });
      const live = other && (await this.open(owner, other, HERE));
      if (!live) throw error;
      return this.storeIn(live, kept, options.by);
    }
  }

  /** Stores a login in an existing session, in place of the old login. */
  async storeIn(session: LiveSession, kept: LoginToStore, by: Actor): Promise<string> {
    const { login, username, hold = null, ...fields } = kept;
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
      { hold },
    );
    return session.id;
  }

  /**
   * Stores a login that has lost its place on its proxy: the database has taken this process for dead.
   * The login is made and must not be lost, so it gets a place on another proxy.
   */
  async #storeElsewhere(
    owner: Owner,
    kept: LoginToStore,
    options: { by: Actor; firstOfAccount?: boolean },
    lost: ProxyPlaceLost,
  ): Promise<string> {
    const { assignment, region } = this.deps;
    const { tenantId, mode } = owner;
    const place = { tenantId, mode, region, country: homeCountryOf(kept.login) };
    const hold = await assignment.claim(kept.hold?.wish ?? place);
    if (hold === null) throw lost;
    try {
      return await this.store(
        owner,
        { ...kept, proxy: null, proxyId: hold.proxyId, hold },
        options,
      );
    } finally {
      await assignment.release(hold);
    }
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
