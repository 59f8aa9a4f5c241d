import type { ChangeWatch } from "../db/change-watch.ts";
import type { AppProfiles } from "../instagram/app-profiles.ts";
import type { CallReport, Client, UpstreamFetch } from "../instagram/client.ts";
import { UpstreamRefused } from "../instagram/errors.ts";
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from "../instagram/json.ts";
import type { DriftReporter } from "../instagram/models/drift.ts";
import { SessionState } from "../instagram/session.ts";
import { type Access, SessionQueue } from "./session-queue.ts";
import { type SessionStore, SessionVersionConflict, type StoredSession } from "./session-store.ts";

/** What all live sessions share. */
export interface LiveSessionDependencies {
  store: SessionStore;
  /** Tells when another process may have saved a session. */
  changes: ChangeWatch;
  profiles: AppProfiles;
  /** The way out for a tenant's sessions of a mode. */
  fetchFor: (mode: StoredSession["mode"], tenantId: string) => UpstreamFetch;
  timeoutMs: number;
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
  drift: DriftReporter;
  /** Told when requests begin (+1) or end (-1) to wait in some session's queue. */
  onQueueDepth: (change: number) => void;
}

export type OnCall = (report: CallReport) => void;

/** A client of a tenant's mode, with this state and through this proxy. */
export function clientFor(
  deps: Pick<LiveSessionDependencies, "fetchFor" | "timeoutMs" | "now" | "sleep" | "drift">,
  { mode, tenantId }: Pick<StoredSession, "mode" | "tenantId">,
  state: SessionState,
  proxy: string | null,
  onCall: OnCall,
): Client {
  const { fetchFor, timeoutMs, now, sleep, drift } = deps;
  const fetch = fetchFor(mode, tenantId);
  return { state, fetch, proxy, timeoutMs, now, sleep, onCall, drift };
}

/** What transform() is to save beside the client's state. */
export interface Transformed<T> {
  result: T;
  /** A state that takes the place of the client's. */
  replacement?: SessionState;
  changes: Partial<Omit<StoredSession, "settings">>;
}

const MAX_SAVE_ATTEMPTS = 3;
/** Where saved settings hold the login. */
const LOGIN_PARTS = ["authorization_data", "cookies"];

/** The session was deleted while it was in use. */
export class SessionGone extends Error {
  override readonly name = "SessionGone";
}

/** A stored session, opened: its state in memory, its queue, and the saving of what changes. */
export class LiveSession {
  #stored: StoredSession;
  #state: SessionState;
  #savedRevision: number;
  #savedCredentials: number;
  #saving: Promise<void> = Promise.resolve();
  #dirtySince = Number.POSITIVE_INFINITY;
  readonly #queue: SessionQueue;
  /** The change watch's number when the record was last known to be the newest. */
  epoch = 0;

  constructor(
    stored: StoredSession,
    private readonly deps: LiveSessionDependencies,
    private readonly onDirty: (session: LiveSession) => void,
  ) {
    this.#stored = stored;
    this.#state = this.#stateOf(stored);
    this.#savedRevision = this.#state.revision;
    this.#savedCredentials = this.#state.credentialsRevision;
    this.#queue = new SessionQueue(undefined, deps.onQueueDepth);
  }

  get stored(): StoredSession {
    return this.#stored;
  }
  get state(): SessionState {
    return this.#state;
  }
  get id(): string {
    return this.#stored.id;
  }
  get dirty(): boolean {
    return this.#state.revision !== this.#savedRevision;
  }
  /** Unix milliseconds since when something is unsaved; infinite when nothing is. */
  get dirtySince(): number {
    return this.#dirtySince;
  }
  get idle(): boolean {
    return this.#queue.idle;
  }

  /** Runs a read of the client: a few at a time. Throws SessionBusy and what `operation` throws. */
  read<T>(onCall: OnCall, operation: (client: Client) => Promise<T>): Promise<T> {
    return this.#run("read", onCall, operation);
  }

  /** Runs a write of the client: one at a time. */
  write<T>(onCall: OnCall, operation: (client: Client) => Promise<T>): Promise<T> {
    return this.#run("write", onCall, operation);
  }

  /**
   * Runs work that may replace the login, alone among the writes and also for a session that is not
   * logged in. `work` gets a client with a copy of the state; only when it succeeds does the copy,
   * or the replacement that it returns, take over. Reads go on meanwhile: a login that their answers
   * have renewed stays, unless the work has brought one itself.
   */
  transform<T>(onCall: OnCall, work: (client: Client) => Promise<Transformed<T>>): Promise<T> {
    return this.#queue.run("write", async () => {
      const before = this.#state;
      const { credentialsRevision } = before;
      const copy = new SessionState(before.toSettings(), this.deps.profiles);
      const copied = copy.credentialsRevision;
      const { result, replacement, changes } = await work(this.client(onCall, copy));
      const settings = (replacement ?? copy).toSettings();
      const isRenewed =
        this.#state === before && before.credentialsRevision !== credentialsRevision;
      if (isRenewed && !replacement && copy.credentialsRevision === copied)
        for (const part of LOGIN_PARTS) settings[part] = before.toSettings()[part] ?? {};
      await this.#save({ ...changes, settings: stringifyJson(settings) }, true);
      return result;
    });
  }

  /** Saves changes of the record itself. Resolves when durable. */
  update(changes: Partial<StoredSession>): Promise<void> {
    return this.#save(changes, true);
  }

  /** A client of this session for one piece of work. */
  client(onCall: OnCall, state: SessionState = this.#state): Client {
    return clientFor(this.deps, this.#stored, state, this.#stored.proxy, onCall);
  }

  /** Takes over what another process has saved; what was not saved here yet gives way. */
  adopt(stored: StoredSession): void {
    this.#stored = stored;
    this.#state = this.#stateOf(stored);
    this.#noteSaved(this.#state.revision, this.#state.credentialsRevision);
  }

  /** Saves what response headers have changed since. For the background and for shutdown. */
  async flush(): Promise<void> {
    if (this.dirty) await this.#save({}, false);
  }

  async #run<T>(
    access: Access,
    onCall: OnCall,
    operation: (client: Client) => Promise<T>,
  ): Promise<T> {
    if (!this.#state.userId) throw this.#notLoggedIn();
    return this.#queue.run(access, async () => {
      const state = this.#state;
      try {
        const result = await operation(this.client(onCall, state));
        await this.#markState("active");
        return result;
      } catch (error) {
        // One that began with the login before says nothing of the login that there is now.
        const isOfThisLogin = state === this.#state;
        if (isOfThisLogin && error instanceof UpstreamRefused && error.kind === "LoginRequired")
          await this.#markState("logged_out");
        throw error;
      } finally {
        await this.#afterUse();
      }
    });
  }

  async #afterUse(): Promise<void> {
    if (this.#state.credentialsRevision !== this.#savedCredentials) await this.#save({}, true);
    else if (this.dirty) this.#noteDirty();
  }

  #noteSaved(revision: number, credentialsRevision: number): void {
    this.#savedRevision = revision;
    this.#savedCredentials = credentialsRevision;
    this.#dirtySince = this.dirty ? this.deps.now() : Number.POSITIVE_INFINITY;
  }

  #noteDirty(): void {
    if (this.#dirtySince === Number.POSITIVE_INFINITY) this.#dirtySince = this.deps.now();
    this.onDirty(this);
  }

  /** Notes how the login stands. Bookkeeping: a failure to save it must not hide the answer. */
  async #markState(state: StoredSession["state"]): Promise<void> {
    if (this.#stored.state === state) return;
    try {
      await this.#save({ state }, false);
    } catch {
      this.#noteDirty();
    }
  }

  #notLoggedIn(): UpstreamRefused {
    const context = { operation: "restoreSession", status: 0, body: this.#pendingJson() };
    switch (this.#stored.state) {
      case "challenge":
        return this.#stored.challenge
          ? new UpstreamRefused("ChallengeRequired", "challenge_required", context)
          : new UpstreamRefused("LoginRequired", "The login is not complete", context);
      case "two_factor":
        return new UpstreamRefused("TwoFactorRequired", "Two-factor code required", context);
      default:
        return new UpstreamRefused("LoginRequired", "The session is not logged in", context);
    }
  }

  #pendingJson(): JsonObject {
    const pending = this.#stored.challenge ? parseJson(this.#stored.challenge) : null;
    return isJsonObject(pending) && isJsonObject(pending.lastJson) ? pending.lastJson : {};
  }

  #stateOf(stored: StoredSession): SessionState {
    const settings = parseJson(stored.settings);
    return new SessionState(isJsonObject(settings) ? settings : {}, this.deps.profiles);
  }

  /** One save after the other; `insist` means that what was learnt here outranks others' saves. */
  #save(changes: Partial<StoredSession>, insist: boolean): Promise<void> {
    const run = this.#saving.then(() => this.#saveNow(changes, insist));
    this.#saving = run.catch(() => {});
    return run;
  }

  async #saveNow(changes: Partial<StoredSession>, insist: boolean): Promise<void> {
    const { revision, credentialsRevision } = this.#state;
    let replacesState = changes.settings !== undefined;
    const bringsLogin = replacesState || credentialsRevision !== this.#savedCredentials;
    let wanted: StoredSession = {
      ...this.#stored,
      settings: stringifyJson(this.#state.toSettings()),
      ...changes,
    };
    for (let attempt = 1; ; attempt++) {
      try {
        const stored = await this.deps.store.save(wanted);
        if (replacesState) this.adopt(stored);
        else {
          this.#stored = stored;
          this.#noteSaved(revision, credentialsRevision);
        }
        return;
      } catch (error) {
        if (!(error instanceof SessionVersionConflict)) throw error;
        const current = await this.deps.store.find(wanted.tenantId, wanted.mode, wanted.id);
        if (!current) throw new SessionGone("the session was deleted");
        if (!insist) return this.adopt(current);
        if (attempt >= MAX_SAVE_ATTEMPTS) throw error;
        // A login that we bring is the newer one; all else that the record says is theirs.
        const settings = bringsLogin ? wanted.settings : current.settings;
        wanted = { ...current, settings, ...changes, version: current.version };
        replacesState ||= !bringsLogin;
      }
    }
  }
}
