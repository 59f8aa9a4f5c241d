import { type Actor, INSTAGRAM } from "../announcements.ts";
import type { ChangeWatch } from "../db/change-watch.ts";
import type { SessionError } from "../db/schema.ts";
import type { AppProfiles } from "../instagram/app-profiles.ts";
import { isJsonObject, parseExact, stringifyJson } from "../instagram/json.ts";
import { SessionState } from "../instagram/session.ts";
import type { Hold } from "../proxies/hold.ts";
import { SessionGone, SessionVersionConflict } from "./session-errors.ts";
import type { Signs } from "./session-signs.ts";
import type { SessionRecord, SessionStore, StoredSession } from "./session-store.ts";

export interface SessionCopyDependencies {
  store: SessionStore;
  /** Tells when another process may have saved a session. */
  changes: Pick<ChangeWatch, "epoch" | "latest" | "on">;
  profiles: AppProfiles;
  /** Milliseconds of a clock that is never set. */
  monotonicNow: () => number;
  /** Unix milliseconds. */
  now: () => number;
}

/**
 * A change of a session, made from its record and a copy of its state: it changes that copy and
 * returns the record's fields to change, or null when nothing is left to do. It is called again,
 * with the newer record and state, when another process has saved the session in between.
 */
export type Change = (
  record: SessionRecord,
  state: SessionState,
) => Partial<SessionRecord> | { replacement: SessionState; changes: Partial<SessionRecord> } | null;

export interface ChangeDetails {
  /** The place that the session takes on its new proxy. */
  hold?: Hold | null;
  /** Why it is changed, for the announcement; the reason of its state where none is given. */
  reason?: string;
  /**
   * Gets the announcement, which then is not waited for: who changes many sessions waits once for all.
   */
  announcing?: (announced: Promise<void>) => void;
}

/** The session that a copy is of. */
export interface SessionOfCopy {
  /** Called when it takes more or less memory than before. */
  onResized(): void;
  /** Whether no other machine can be using it at this instant. */
  isOurs(): boolean;
}

/** Saves one session: SessionStore.save(), or a function that saves many together. */
export type Save = (session: StoredSession) => Promise<StoredSession>;

const MAX_SAVE_ATTEMPTS = 5;
/** How often a use is noted, in milliseconds: a million sessions are not written each minute. */
const USE_NOTED_MS = 600_000;
/** How often the same error is written again, in milliseconds. */
const ERROR_WRITTEN_MS = 60_000;
/** Memory of a session beside its texts, in bytes (measured). */
const BASE_BYTES = 3_000;

/**
 * A stored session in this process's memory: its record, its client's state, and the saving of what
 * changes in them. Saves come one after the other; what another process has saved is read again.
 */
export class SessionCopy {
  #record: SessionRecord;
  #state: SessionState;
  #saving: Promise<void> = Promise.resolve();
  #dirtySince = Number.POSITIVE_INFINITY;
  /** The change watch's number when the record was last known to be the newest. */
  #epoch: number;
  #invalidations = 0;
  #bytes: number;
  /** The last good answer that is written, and when an error was. */
  #okWritten: number | null;
  #errorWritten = 0;

  constructor(
    stored: StoredSession,
    epoch: number,
    private readonly deps: SessionCopyDependencies,
    private readonly session: SessionOfCopy,
  ) {
    this.#record = recordOf(stored);
    this.#okWritten = stored.lastOkAt;
    this.#state = this.#stateOf(stored);
    this.#epoch = epoch;
    this.#bytes = bytesOf(stored);
  }

  get record(): SessionRecord {
    return this.#record;
  }
  get state(): SessionState {
    return this.#state;
  }
  /** Whether the state has something that is not saved yet. */
  get dirty(): boolean {
    return this.#state.isDirty;
  }
  /** Since when something is unsaved, on the monotonic clock; infinite when nothing is. */
  get dirtySince(): number {
    return this.#dirtySince;
  }
  /** Memory that the session takes, in bytes, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Makes sure that the record is the newest: at once (true) while no other process has written,
   * otherwise after a look into the database. Resolves with false when the session was deleted.
   */
  refresh(): true | Promise<boolean> {
    const epoch = this.deps.changes.epoch();
    if (typeof epoch !== "number") return epoch.then((current) => this.#refreshAt(current));
    return epoch === this.#epoch ? true : this.#refreshAt(epoch);
  }

  /** Makes the next use look at the stored record first. */
  invalidate(): void {
    this.#epoch = Number.NaN;
    this.#invalidations++;
  }

  /** A version is stored; null: which one is not known. If it is newer, the next use looks at it. */
  hear(version: number | null): void {
    if (version === null || version > this.#record.version) this.invalidate();
  }

  /** How often it was said to be out of date. */
  get invalidations(): number {
    return this.#invalidations;
  }

  /**
   * Takes in the version of the record that is known to be stored, as seen at `epoch`. Resolves with
   * false when the session was deleted meanwhile. Throws SessionVersionConflict.
   */
  async refreshTo(version: number, epoch: number): Promise<boolean> {
    if (version <= this.#record.version) {
      this.#epoch = epoch;
      return true;
    }
    this.invalidate();
    if (!(await this.#refreshAt(epoch))) return false;
    const { id, version: seen } = this.#record;
    // What is read here may be a copy of the database that is behind.
    if (seen < version) throw new SessionVersionConflict(id, seen, version);
    return true;
  }

  /** Looks at the stored record, whenever it was last looked at. Throws SessionGone. */
  async reload(): Promise<void> {
    const { latest } = this.deps.changes;
    this.invalidate();
    if (!(await this.#refreshAt(latest))) throw new SessionGone();
  }

  /** Replaces the copy by a newer version that was stored; what is unsaved here stays. */
  update(stored: StoredSession): void {
    if (stored.version <= this.#record.version) return;
    this.#take(stored);
    this.#replaceState(this.#stateOf(stored));
    this.#measure(stored);
  }

  /**
   * Makes a change and announces it. Resolves when it is durable, and seen in every process on the
   * same file.
   */
  change(change: Change, by: Actor, details: ChangeDetails = {}): Promise<void> {
    return this.#enqueue(() => this.#save(change, { by, ...details }));
  }

  /** Saves what answers have changed in the state, if anything. */
  flush(save?: Save): Promise<void> {
    return this.dirty
      ? this.#enqueue(() => this.#save(null, { by: INSTAGRAM }, save))
      : Promise.resolve();
  }

  /**
   * Notes how the session lives: that it is used now, whether Instagram has answered well, and what went
   * wrong. Returns what is to be written of it, null for nothing: uses and good answers once in ten
   * minutes, an error when it is another one than before, or a minute after it.
   */
  noteSigns(time: number, isGood: boolean, error: Omit<SessionError, "at"> | null): Signs | null {
    const record = this.#record;
    const isDue = Math.abs(time - (record.lastUsedAt ?? 0)) >= USE_NOTED_MS;
    // In place, as this happens with each request: nobody compares these fields.
    if (isDue) record.lastUsedAt = time;
    if (isGood) record.lastOkAt = time;
    if (isDue) this.#okWritten = record.lastOkAt;
    const { lastOkAt, lastError: before } = record;
    const signs = isDue ? { usedAt: time, ...(lastOkAt !== null && { okAt: lastOkAt }) } : null;
    if (error === null) return signs;
    record.lastError = { ...error, at: time };
    const isKnown = before?.kind === error.kind && before.message === error.message;
    const isWritten = isKnown && time - this.#errorWritten < ERROR_WRITTEN_MS;
    if (isWritten) return signs;
    this.#errorWritten = time;
    return { ...signs, error: record.lastError };
  }

  /** What is known of its life and not written yet; null for nothing. */
  takeSigns(): Signs | null {
    const { lastOkAt } = this.#record;
    if (lastOkAt === null || lastOkAt === this.#okWritten) return null;
    this.#okWritten = lastOkAt;
    return { okAt: lastOkAt };
  }

  /** Notes since when something is unsaved. */
  noteDirty(): void {
    if (this.#dirtySince === Number.POSITIVE_INFINITY) this.#dirtySince = this.deps.monotonicNow();
  }

  /** Merges in what work has changed in `used`, its state, if that was replaced in the meantime. */
  mergeUnsaved(used: SessionState): void {
    if (used === this.#state || !used.isDirty) return;
    this.#state.mergeUnsaved(used);
    used.markSaved(used.snapshot());
  }

  /** What this process knows of the session's life may be newer than what is stored. */
  #take(stored: StoredSession): void {
    const { lastUsedAt, lastOkAt, lastError } = this.#record;
    const next = recordOf(stored);
    next.lastUsedAt = later(next.lastUsedAt, lastUsedAt);
    next.lastOkAt = later(next.lastOkAt, lastOkAt);
    if ((lastError?.at ?? 0) > (next.lastError?.at ?? 0)) next.lastError = lastError;
    this.#record = next;
  }

  #measure(stored: StoredSession): void {
    const bytes = bytesOf(stored);
    if (bytes === this.#bytes) return;
    this.#bytes = bytes;
    this.session.onResized();
  }

  #stateOf(stored: StoredSession): SessionState {
    const settings = parseExact(stored.settings);
    return new SessionState(isJsonObject(settings) ? settings : {}, this.deps.profiles);
  }

  #replaceState(next: SessionState): void {
    next.mergeUnsaved(this.#state);
    this.#state = next;
    if (!next.isDirty) this.#dirtySince = Number.POSITIVE_INFINITY;
  }

  async #refreshAt(epoch: number): Promise<boolean> {
    if (epoch === this.#epoch) return true;
    const { tenantId, mode, id, version } = this.#record;
    const invalidations = this.#invalidations;
    const current = await this.deps.store.version(tenantId, mode, id);
    if (current === null) return false;
    // When this process has saved during the look, its copy is the newest.
    if (current > version && this.#record.version === version) {
      const stored = await this.deps.store.find(tenantId, mode, id);
      if (stored === null) return false;
      this.update(stored);
    }
    // What was read may be older than a change that was heard of meanwhile.
    if (this.#invalidations === invalidations) this.#epoch = epoch;
    return true;
  }

  /** One save after the other. */
  #enqueue(save: () => Promise<void>): Promise<void> {
    const run = this.#saving.then(save);
    this.#saving = run.catch(() => {});
    return run;
  }

  async #save(
    change: Change | null,
    { by, hold = null, reason, announcing }: ChangeDetails & { by: Actor },
    saveFirst?: Save,
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const before = this.#state;
      const { login } = before;
      const record = this.#record;
      if (change === null && !before.isDirty) return;
      // Values of response headers are not announced; a login that an answer has renewed is.
      const isAnnounced = change !== null || before.isLoginDirty;
      const taken = before.snapshot();
      const next = change === null ? before : before.copy();
      const changed = change === null ? {} : change(record, next);
      if (changed === null) return;
      const { state, fields } = resultOf(next, changed);
      const snapshot = state.snapshot();
      const about = {
        by,
        isNewLogin: before.isLoginDirty || !state.hasLogin(login),
        ...(reason === undefined ? {} : { reason }),
      };
      try {
        const session = {
          ...record,
          ...withTime(fields, record, this.deps.now()),
          settings: stringifyJson(state.toSettings()),
        };
        const cause = isAnnounced ? { before: record, ...about } : null;
        // What is announced is recorded with it, by a save of its own.
        const stored = await (attempt === 1 && cause === null && saveFirst
          ? saveFirst(session)
          : this.deps.store.save(session, cause, hold));
        this.#take(stored);
        this.#measure(stored);
        before.markSaved(taken);
        state.markSaved(snapshot);
        if (state !== before) this.#replaceState(state);
        this.#dirtySince = this.dirty ? this.deps.monotonicNow() : Number.POSITIVE_INFINITY;
      } catch (error) {
        if (!(error instanceof SessionVersionConflict) || attempt >= MAX_SAVE_ATTEMPTS) throw error;
        // The machine that uses it now has saved newer values.
        if (!this.session.isOurs()) this.#state.dropAnswers();
        await this.reload();
        continue;
      }
      if (!isAnnounced) return;
      const announced = this.deps.store.announceChange(record, this.#record, about);
      if (announcing === undefined) await announced;
      else announcing(announced);
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

const later = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.max(one, other);

/** A new state has a time and a reason of its own, and refusals count from it on; else they stay. */
function withTime(
  { reason, ...fields }: Partial<SessionRecord>,
  { state }: SessionRecord,
  now: number,
): Partial<SessionRecord> {
  if (fields.state === undefined || fields.state === state) return fields;
  const why = reason ?? (fields.state === "active" ? "logged in" : null);
  return { refusals: 0, ...fields, reason: why, stateSince: now };
}

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
