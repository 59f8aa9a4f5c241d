import { type Actor, type Announcements, INSTAGRAM } from "../announcements.ts";
import type { ChangeWatch } from "../db/change-watch.ts";
import type { AppProfiles } from "../instagram/app-profiles.ts";
import type { Caller, Client, UpstreamFetch, Wanted } from "../instagram/client.ts";
import { isRefusal, UpstreamRefused } from "../instagram/errors.ts";
import { isJsonObject, parseJson, stringifyJson } from "../instagram/json.ts";
import type { DriftReporter } from "../instagram/models/drift.ts";
import { type Login, SessionState } from "../instagram/session.ts";
import { readPending } from "./pending-login.ts";
import { SessionGone, SessionVersionConflict } from "./session-errors.ts";
import { type Effect, SessionQueue } from "./session-queue.ts";
import type { SessionRecord, SessionStore, StoredSession } from "./session-store.ts";

/** What all live sessions share. */
export interface LiveSessionDependencies {
  store: SessionStore;
  /** Whether saving takes this process's own time, as it does for a file. */
  isLocal: boolean;
  /** Where it is told what has happened to tenants and their sessions. */
  announcements: Announcements;
  /** Tells when another process may have saved a session. */
  changes: ChangeWatch;
  profiles: AppProfiles;
  /** The way out for a tenant's sessions of a mode. */
  fetchFor: (mode: StoredSession["mode"], tenantId: string) => UpstreamFetch;
  timeoutMs: number;
  /** Unix milliseconds, for what is stored and sent. */
  now: () => number;
  /** Milliseconds of a clock that is never set, for how long something takes or is kept. */
  monotonicNow: () => number;
  sleep: (milliseconds: number) => Promise<void>;
  drift: DriftReporter;
  /** Told when requests begin (+1) or end (-1) to wait in some session's queue. */
  onQueueDepth: (change: number, tenantId: string) => void;
  /** Told that a session was used, at most once in ten minutes; `time` in unix milliseconds. */
  noteUse: (id: string, time: number) => void;
}

/** A client of a tenant's mode, with this state and through this proxy. */
export function clientFor(
  deps: Pick<LiveSessionDependencies, "fetchFor" | "timeoutMs" | "now" | "sleep" | "drift">,
  { mode, tenantId }: Pick<StoredSession, "mode" | "tenantId">,
  state: SessionState,
  proxy: string | null,
  caller: Caller,
  wanted: Wanted | null = null,
): Client {
  const { fetchFor, timeoutMs, now, sleep, drift } = deps;
  const fetch = fetchFor(mode, tenantId);
  const { operation } = caller;
  return { caller, operation, state, fetch, proxy, timeoutMs, now, sleep, wanted, drift };
}

/** A caller whose work may change what is stored. */
export interface SessionCaller extends Caller {
  readonly actor: Actor;
}

/** What transform() is to save beside the client's state. */
export interface Transformed<T> {
  result: T;
  /** A state that takes the place of the client's. */
  replacement?: SessionState;
  changes: Partial<SessionRecord>;
}

/**
 * A change of a session, made from what is stored now: `state` is a copy to change, the result are
 * the record's fields to change, or null when there is nothing to do any more. When another process
 * has saved meanwhile, it is called again with what that has saved.
 */
export type Change = (
  record: SessionRecord,
  state: SessionState,
) => Partial<SessionRecord> | { replacement: SessionState; changes: Partial<SessionRecord> } | null;

/** Saves one session: the store's way, or one that saves many together. */
export type Save = (session: StoredSession) => Promise<StoredSession>;

const MAX_SAVE_ATTEMPTS = 5;
/** Uses are noted this often, in milliseconds: a million sessions are not written each minute. */
const USE_NOTED_MS = 600_000;
/** Of a session in memory, what its texts do not tell, in bytes (measured). */
const BASE_BYTES = 3_000;

/** Who keeps a session in memory. */
export interface LiveSessionOwner {
  /** It has got something unsaved. */
  onDirty(session: LiveSession): void;
  /** What it costs in memory is another by now. */
  onResized(session: LiveSession): void;
}

/** A stored session, opened: its state in memory, its queue, and the saving of what changes. */
export class LiveSession {
  #record: SessionRecord;
  #state: SessionState;
  #saving: Promise<void> = Promise.resolve();
  #dirtySince = Number.POSITIVE_INFINITY;
  readonly #queue: SessionQueue;
  /** The change watch's number when the record was last known to be the newest. */
  #epoch: number;
  #bytes: number;

  constructor(
    stored: StoredSession,
    epoch: number,
    private readonly deps: LiveSessionDependencies,
    private readonly owner: LiveSessionOwner,
  ) {
    this.#record = recordOf(stored);
    this.#state = this.#stateOf(stored);
    this.#epoch = epoch;
    // No more of the record is held on to than the tenant's id.
    const { tenantId } = stored;
    this.#queue = new SessionQueue(undefined, (change) => deps.onQueueDepth(change, tenantId));
    this.#bytes = bytesOf(stored);
  }

  get stored(): SessionRecord {
    return this.#record;
  }
  get state(): SessionState {
    return this.#state;
  }
  get id(): string {
    return this.#record.id;
  }
  get dirty(): boolean {
    return this.#state.isDirty;
  }
  /** On the monotonic clock, since when something is unsaved; infinite when nothing is. */
  get dirtySince(): number {
    return this.#dirtySince;
  }
  /** What the session costs in memory, about. */
  get bytes(): number {
    return this.#bytes;
  }
  get idle(): boolean {
    return this.#queue.idle;
  }

  /**
   * Sees to it that the record is the newest: at once (true) while no other process has written,
   * otherwise after a look. Resolves with false when the session was deleted.
   */
  refresh(): true | Promise<boolean> {
    const epoch = this.deps.changes.epoch();
    if (typeof epoch !== "number") return epoch.then((current) => this.#refreshAt(current));
    return epoch === this.#epoch ? true : this.#refreshAt(epoch);
  }

  /** Makes the next use look at the stored record first. */
  distrust(): void {
    this.#epoch = Number.NaN;
  }

  /**
   * Runs a read of the client: a few at a time. It ends when nobody waits for it any more.
   * Throws SessionBusy, CallerGone and what `operation` throws.
   */
  read<T>(caller: Caller, operation: (client: Client) => Promise<T>): Promise<T> {
    return this.#run("read", caller, operation);
  }

  /**
   * Runs a write of the client: one at a time. A caller may leave while it waits for its turn; once
   * begun it goes on to its end, since half of it may have taken place.
   */
  write<T>(caller: Caller, operation: (client: Client) => Promise<T>): Promise<T> {
    return this.#run("write", caller, operation);
  }

  /**
   * Runs work that may replace the login, alone among the writes and also for a session that is not
   * logged in. `work` gets a client with a copy of the state; only when it succeeds are its changes,
   * or the replacement that it returns, made in the session as it is then. Reads go on meanwhile: a
   * login that their answers have renewed stays, unless the work has brought one itself.
   */
  transform<T>(
    caller: SessionCaller,
    work: (client: Client) => Promise<Transformed<T>>,
  ): Promise<T> {
    const run = async (): Promise<T> => {
      await this.#look();
      const copy = this.#state.copy();
      // Of the copy, what the work changes is to be told from what was unsaved before.
      copy.markSaved(copy.snapshot());
      const { result, replacement, changes } = await work(this.client(caller, copy));
      await this.change((_record, state) => {
        if (replacement) return { replacement, changes };
        state.takeOver(copy, "new");
        return changes;
      }, caller.actor);
      return result;
    };
    return this.#queue.run("write", run, caller.wanted);
  }

  /**
   * Makes a change of the session and announces it. Resolves when it is durable, and seen in every
   * process on the same file.
   */
  change(change: Change, by: Actor): Promise<void> {
    return this.#enqueue(() => this.#save(change, by));
  }

  /** A client of this session for one piece of work. */
  client(caller: Caller, state: SessionState = this.#state, wanted: Wanted | null = null): Client {
    return clientFor(this.deps, this.#record, state, this.#record.proxy, caller, wanted);
  }

  /** Takes over what another process has saved; what is unsaved here is added to it. */
  adopt(stored: StoredSession): void {
    if (stored.version <= this.#record.version) return;
    this.#record = recordOf(stored);
    this.#replaceState(this.#stateOf(stored));
    this.#measure(stored);
  }

  /** Saves what response headers have changed since. For the background and for shutdown. */
  flush(save?: Save): Promise<void> {
    return this.dirty ? this.#enqueue(() => this.#save(null, INSTAGRAM, save)) : Promise.resolve();
  }

  async #run<T>(
    effect: Effect,
    caller: Caller,
    operation: (client: Client) => Promise<T>,
  ): Promise<T> {
    this.#checkLogin(caller);
    const { wanted } = caller;
    const run = async (): Promise<T> => {
      // It may have waited: what was changed meanwhile, such as its proxy, holds for it too.
      const fresh = this.refresh();
      if (fresh !== true && !(await fresh)) throw new SessionGone();
      this.#checkLogin(caller);
      const state = this.#state;
      const { login } = state;
      try {
        const client = this.client(caller, state, effect === "read" ? wanted : null);
        const result = await operation(client);
        await this.#markState("active", state, login);
        return result;
      } catch (error) {
        if (isRefusal(error, "LoginRequired")) await this.#markState("logged_out", state, login);
        if (isRefusal(error, "AccountDisabled")) await this.#markState("disabled", state, login);
        throw error;
      } finally {
        await this.#afterUse(state);
      }
    };
    return this.#queue.run(effect, run, wanted);
  }

  /** Instagram is not asked for a session that it has logged out: each such request costs trust. */
  #checkLogin({ operation }: Caller): void {
    if (!this.#state.userId || this.#record.state === "logged_out")
      throw this.#notLoggedIn(operation);
  }

  /** `used` is the state that the work had: the session may have got another one meanwhile. */
  async #afterUse(used: SessionState): Promise<void> {
    this.#noteUse();
    if (used !== this.#state && used.isDirty) {
      this.#state.takeOver(used);
      used.markSaved(used.snapshot());
    }
    if (this.#state.isLoginDirty) await this.#enqueue(() => this.#save(null, INSTAGRAM));
    else if (this.dirty) this.#noteDirty();
  }

  #noteUse(): void {
    const time = this.deps.now();
    if (Math.abs(time - (this.#record.lastUsedAt ?? 0)) < USE_NOTED_MS) return;
    this.#record = { ...this.#record, lastUsedAt: time };
    this.deps.noteUse(this.id, time);
  }

  #noteDirty(): void {
    if (this.#dirtySince === Number.POSITIVE_INFINITY) this.#dirtySince = this.deps.monotonicNow();
    this.owner.onDirty(this);
  }

  /**
   * Notes how the login that work began with stands; it says nothing of one that has come since.
   * Bookkeeping: a failure to save it must not hide the answer, and the next use notes it again.
   */
  async #markState(state: SessionRecord["state"], used: SessionState, begun: Login): Promise<void> {
    if (this.#record.state === state) return;
    try {
      await this.change((record, now) => {
        const isCurrent = now.hasLogin(begun) || now.hasLogin(used.login);
        return record.state !== state && isCurrent ? { state } : null;
      }, INSTAGRAM);
    } catch {}
  }

  #measure(stored: StoredSession): void {
    const bytes = bytesOf(stored);
    if (bytes === this.#bytes) return;
    this.#bytes = bytes;
    this.owner.onResized(this);
  }

  #notLoggedIn(operation: string): UpstreamRefused {
    const { state, challenge } = this.#record;
    const context = {
      operation,
      status: 0,
      body: readPending(challenge).lastJson,
    };
    switch (state) {
      case "challenge":
        return challenge
          ? new UpstreamRefused("ChallengeRequired", "challenge_required", context)
          : new UpstreamRefused("LoginRequired", "The login is not complete", context);
      case "two_factor":
        return new UpstreamRefused("TwoFactorRequired", "Two-factor code required", context);
      case "logged_out":
        return new UpstreamRefused(
          "LoginRequired",
          "Instagram has logged this session out",
          context,
        );
      default:
        return new UpstreamRefused("LoginRequired", "The session is not logged in", context);
    }
  }

  #stateOf(stored: StoredSession): SessionState {
    const settings = parseJson(stored.settings);
    return new SessionState(isJsonObject(settings) ? settings : {}, this.deps.profiles);
  }

  #replaceState(next: SessionState): void {
    next.takeOver(this.#state);
    this.#state = next;
    if (!next.isDirty) this.#dirtySince = Number.POSITIVE_INFINITY;
  }

  async #refreshAt(epoch: number): Promise<boolean> {
    if (epoch === this.#epoch) return true;
    const { tenantId, mode, id, version } = this.#record;
    const current = await this.deps.store.version(tenantId, mode, id);
    if (current === null) return false;
    // A version that moved on under our own hand in the meantime needs no second look.
    if (current > version && this.#record.version === version) {
      const stored = await this.deps.store.find(tenantId, mode, id);
      if (stored === null) return false;
      this.adopt(stored);
    }
    this.#epoch = epoch;
    return true;
  }

  /** Looks at the stored record, whatever was seen last. Throws SessionGone. */
  async #look(): Promise<void> {
    const { latest } = this.deps.changes;
    this.distrust();
    if (!(await this.#refreshAt(latest))) throw new SessionGone();
  }

  /** One save after the other. */
  #enqueue(save: () => Promise<void>): Promise<void> {
    const run = this.#saving.then(save);
    this.#saving = run.catch(() => {});
    return run;
  }

  async #save(change: Change | null, by: Actor, save: Save = this.deps.store.save): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const before = this.#state;
      const { login } = before;
      const record = this.#record;
      if (change === null && !before.isDirty) return;
      // What response headers have changed is nothing that anybody has been told.
      const isTold = change !== null || before.isLoginDirty;
      const taken = before.snapshot();
      const next = change === null ? before : before.copy();
      const changed = change === null ? {} : change(record, next);
      if (changed === null) return;
      const { state, fields } = resultOf(next, changed);
      const snapshot = state.snapshot();
      const isNewLogin = before.isLoginDirty || !state.hasLogin(login);
      try {
        const settings = stringifyJson(state.toSettings());
        const wanted = { ...record, ...fields, settings };
        const stored = await (attempt === 1 ? save(wanted) : this.deps.store.save(wanted));
        this.#record = recordOf(stored);
        this.#measure(stored);
        before.markSaved(taken);
        state.markSaved(snapshot);
        if (state !== before) this.#replaceState(state);
        this.#dirtySince = this.dirty ? this.deps.monotonicNow() : Number.POSITIVE_INFINITY;
      } catch (error) {
        if (!(error instanceof SessionVersionConflict) || attempt >= MAX_SAVE_ATTEMPTS) throw error;
        await this.#look();
        continue;
      }
      if (isTold) await this.deps.store.announceChange(record, this.#record, { by, isNewLogin });
      return;
    }
  }
}

function bytesOf({ settings, challenge, proxy }: StoredSession): number {
  const length = settings.length + (challenge?.length ?? 0) + (proxy?.length ?? 0);
  // One character beyond Latin-1 doubles a whole text.
  return BASE_BYTES + (BEYOND_LATIN.test(settings + challenge) ? 2 * length : length);
}

const BEYOND_LATIN = /[^\0-\xff]/;

function recordOf({ settings: _inState, ...record }: StoredSession): SessionRecord {
  return record;
}

function resultOf(
  state: SessionState,
  changed: Exclude<ReturnType<Change>, null>,
): { state: SessionState; fields: Partial<SessionRecord> } {
  if (!("replacement" in changed)) return { state, fields: changed };
  return { state: changed.replacement, fields: changed.changes };
}
