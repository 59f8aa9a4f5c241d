import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { createResilientClient, type StatementClient } from "../client.ts";
import type { StorageFault } from "../errors.ts";
import { CopyFiles, urlOf } from "./copy-files.ts";
import { type PrimaryGreeting, PrimaryLink } from "./primary-link.ts";
import { Syncer } from "./syncer.ts";

export interface LocalCopyOptions {
  /** Path of the local file. */
  path: string;
  /** URL and token of the primary. */
  syncUrl: string;
  authToken?: string;
  /** Called when a sync has failed. */
  onSyncFailed?: () => void;
  onEvent?: (event: CopyEvent) => void;
  /** How often the primary is asked for what is new, in milliseconds. */
  intervalMs?: number;
  /** The longest that a read waits for a sync before it goes to the primary, in milliseconds. */
  longestWaitMs?: number;
  /** For so long the primary may send nothing during a sync, in milliseconds. */
  stallMs?: number;
}

/** What the operator should know: one line, without secrets. */
export interface CopyEvent {
  isFault: boolean;
  message: string;
}

/** How well the copy follows. */
export interface CopyStatus {
  /** Unix milliseconds at which the last good sync began; null when there was none. */
  syncedAt: number | null;
  /** Unix milliseconds of the first of the syncs in a row that have failed; null when all is well. */
  failingSince: number | null;
  /** Why they fail, in a few words. */
  problem: string | null;
  /** Whether reads are answered by the copy, and not by the primary. */
  isRead: boolean;
  /** Bytes that have come, syncs that were good and that failed, and copies begun anew. */
  received: number;
  syncs: number;
  failures: number;
  renewals: number;
}

const SYNC_EVERY_MS = 1_000;
const LONGEST_WAIT_MS = 2_000;
/** Longer than a sync with a slow primary takes. */
const ASLEEP_MS = 10_000;
/** The thread is given up when nothing has come for so long: the link itself ends a sync earlier. */
const LONGEST_SILENCE_MS = 15_000;
const LOOK_MS = 1_000;
/** A copy is not made anew more often than this. */
const RENEWAL_PAUSE_MS = 15_000;
const LEAST_FREE_BYTES = 8 * 1024 * 1024;
/** Reads are short, and a sync holds the lock for the commit only. */
const BUSY_WAIT_MS = 500;

const CANNOT_WRITE = "it cannot be written";

/** The copy is in use by another process, which alone may write to it. */
class CopyTaken extends Error {
  override readonly message = "another process follows into the same file";
}

/**
 * A local copy of the primary, and the process that keeps it up to date. It is only a copy: whatever
 * is wrong with its files, it is made anew.
 *
 * It is read only while it holds everything that this process has heard from the primary: each answer
 * of the primary is noted, and the copy is current again after a sync that has begun later.
 */
export class LocalCopy {
  readonly #files: CopyFiles;
  readonly #link: PrimaryLink;
  readonly #syncer = new Syncer();
  #reader: StatementClient | null = null;
  #readerFile: string | null = null;
  #isFollowing = false;
  /** Numbers of the last answer of the primary, and of the last one that the copy has for certain. */
  #heard = 1;
  #held = 0;
  #running: { covers: number; done: Promise<boolean> } | null = null;
  #next: Promise<boolean> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #outdated: string | null = null;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #notBefore = Number.NEGATIVE_INFINITY;
  #isClosed = false;
  #syncedAt: number | null = null;
  #failingSince: number | null = null;
  #problem: string | null = null;
  #syncs = 0;
  #failures = 0;
  #renewals = 0;

  constructor(private readonly options: LocalCopyOptions) {
    this.#files = new CopyFiles(options.path, options.syncUrl);
    this.#link = new PrimaryLink({
      syncUrl: options.syncUrl,
      ...(options.authToken === undefined ? {} : { authToken: options.authToken }),
      ...(options.stallMs === undefined ? {} : { stallMs: options.stallMs }),
      onGreeting: (greeting) => {
        const difference = this.#differenceTo(greeting);
        this.#outdated ??= difference;
        return difference;
      },
    });
  }

  get status(): CopyStatus {
    return {
      syncedAt: this.#syncedAt,
      failingSince: this.#failingSince,
      problem: this.#problem,
      isRead: this.#current() !== null,
      received: this.#link.received,
      syncs: this.#syncs,
      failures: this.#failures,
      renewals: this.#renewals,
    };
  }

  /** The primary has answered: only a sync from now on is sure to bring what it has told. */
  noteAnswer(): void {
    this.#heard++;
  }

  /**
   * Whom to read from: the copy, at once or after a sync that is due, or null for the primary, where
   * the copy would be too old.
   */
  reader(): StatementClient | null | Promise<StatementClient | null> {
    const current = this.#current();
    if (current !== null || this.#isClosed) return current;
    // While syncs fail, waiting for the next one helps nobody.
    if (this.#failingSince !== null) return null;
    return this.#whenCurrent();
  }

  /** The copy after a sync that begins now, or null for the primary. */
  async freshReader(): Promise<StatementClient | null> {
    if (this.#isClosed || this.#failingSince !== null) return null;
    return (await this.#inTime(this.sync())) ? this.#reader : null;
  }

  /** A read of the copy has failed. Damage is mended by a new copy. */
  noteReadFault(fault: StorageFault): void {
    if (fault === "busy" || fault === "closed") return;
    this.#outdated = `reading it has failed (${fault})`;
    // Until then the primary is read.
    this.noteAnswer();
    void this.sync();
  }

  /** Syncs; resolves with whether the copy then holds what the primary had at this moment. */
  sync(): Promise<boolean> {
    if (this.#isClosed || performance.now() < this.#notBefore) return Promise.resolve(false);
    if (this.#running === null) return this.#run();
    // The one under way may have asked the primary before.
    this.#next ??= this.#running.done.then(() => {
      this.#next = null;
      return this.#run();
    });
    return this.#next;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#link.refuseAll();
    await this.#running?.done;
    this.#link.close();
    if (this.#reader !== null) await this.#closeReader(this.#reader).catch(() => {});
    this.#reader = null;
    await this.#watched(this.#syncer.close()).catch(() => {});
    this.#files.unlock();
  }

  async #closeReader(reader: StatementClient): Promise<void> {
    // In the newer protocol the log's own numbers count, so that nobody else may empty it.
    if (this.#isFollowing && !this.#files.isNewer) {
      await reader.checkpoint();
      this.#files.noteComplete();
    }
    await reader.close();
  }

  #current(): StatementClient | null {
    return this.#held >= this.#heard && !this.#wasAsleep() ? this.#reader : null;
  }

  /** Whether this process has not run for a while, as on a machine that was suspended. */
  #wasAsleep(): boolean {
    if (this.#failingSince !== null) return false;
    return Math.abs(Date.now() - (this.#syncedAt ?? 0)) > ASLEEP_MS;
  }

  async #whenCurrent(): Promise<StatementClient | null> {
    const heard = this.#heard;
    const running = this.#running;
    const isCovered = running !== null && running.covers >= heard;
    const isGood = await this.#inTime(isCovered ? running.done : this.sync());
    if (!isGood && this.#failingSince === null) return null;
    // What was heard meanwhile came after the question.
    return this.#held >= heard ? this.#reader : null;
  }

  /** Whether a sync was good, soon enough for a read to wait for it. */
  async #inTime(synced: Promise<boolean>): Promise<boolean> {
    const tooLate = Promise.withResolvers<boolean>();
    const { longestWaitMs = LONGEST_WAIT_MS } = this.options;
    const timer = setTimeout(() => tooLate.resolve(false), longestWaitMs);
    const isGood = await Promise.race([synced, tooLate.promise]);
    clearTimeout(timer);
    return isGood;
  }

  #run(): Promise<boolean> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const covers = this.#heard;
    const done = this.#syncOnce(covers).finally(() => {
      this.#running = null;
      this.#plan();
    });
    this.#running = { covers, done };
    return done;
  }

  #plan(): void {
    if (this.#isClosed || this.#next !== null) return;
    const { intervalMs = SYNC_EVERY_MS } = this.options;
    const pauseMs = Math.max(intervalMs, this.#notBefore - performance.now());
    this.#timer = setTimeout(() => {
      if (this.#running === null) void this.#run();
    }, pauseMs);
    this.#timer.unref();
  }

  async #syncOnce(covers: number): Promise<boolean> {
    const began = Date.now();
    try {
      if (this.#outdated !== null) await this.#renew(this.#outdated);
      if (!this.#isFollowing) await this.#follow();
      this.#link.takeProblem();
      await this.#watched(this.#syncer.sync());
      this.#checkIdentity();
      this.#openReader();
      this.#syncs++;
      this.#syncedAt = began;
      this.#held = Math.max(this.#held, covers);
      if (this.#failingSince !== null)
        this.#tell("the local copy follows the primary again", false);
      this.#failingSince = null;
      this.#problem = null;
      return true;
    } catch (error) {
      if (!this.#isClosed) this.#failed(error, began);
    }
    // A copy that cannot be gone on with is replaced at once, if it is not the second one so soon.
    return this.#outdated !== null && this.#mayRenew() && !this.#isClosed
      ? await this.#syncOnce(this.#heard)
      : false;
  }

  #failed(error: unknown, began: number): void {
    const problem = this.#reasonOf(error);
    this.#failures++;
    const isNew = this.#problem !== problem;
    this.#problem = problem;
    this.#failingSince ??= began;
    // Of another history than the primary's, it must not be read any more.
    if (this.#outdated !== null) this.#heard++;
    // Of an earlier start, it is better than nothing while the primary is away.
    else if (this.#held === 0 && this.#reader !== null) this.#held = this.#heard;
    if (isNew) this.#tell(`the local copy does not follow the primary: ${problem}`);
    this.options.onSyncFailed?.();
  }

  /** The same work, given up when nothing of it moves any more: nobody may wait for it for ever. */
  async #watched(work: Promise<void>): Promise<void> {
    let received = this.#link.received;
    let movedAt = performance.now();
    const timer = setInterval(() => {
      if (this.#link.received !== received) movedAt = performance.now();
      received = this.#link.received;
      if (performance.now() - movedAt > LONGEST_SILENCE_MS) this.#syncer.abandon();
    }, LOOK_MS);
    try {
      await work;
    } finally {
      clearInterval(timer);
    }
  }

  /** What is wrong. What can only be wrong with the files lets the copy be made anew. */
  #reasonOf(error: unknown): string {
    const problem = this.#link.takeProblem();
    if (problem !== null) return `the primary ${problem}`;
    if (this.#outdated !== null) return this.#outdated;
    if (error instanceof CopyTaken) return error.message;
    this.#isFollowing = false;
    if (freeBytesAt(this.options.path) < LEAST_FREE_BYTES) {
      // Each attempt fetches again what finds no room.
      this.#notBefore = performance.now() + RENEWAL_PAUSE_MS;
      return "its disk is full";
    }
    // The second time opening it again has not helped.
    if (this.#problem === CANNOT_WRITE) this.#outdated = CANNOT_WRITE;
    return CANNOT_WRITE;
  }

  async #follow(): Promise<void> {
    if (!(await this.#files.lock())) throw new CopyTaken();
    await this.#examine();
    const syncUrl = await this.#link.open();
    this.#files.noteOrigin();
    const { authToken } = this.#link;
    await this.#watched(this.#syncer.open(this.options.path, { syncUrl, authToken }));
    this.#isFollowing = true;
  }

  /** Sees to it that the files are a sound copy, or none. Opens a sound one for reading. */
  async #examine(): Promise<void> {
    if (this.#reader !== null) return;
    const files = this.#files;
    if (files.bytes > 0 && !files.isCopy) {
      const aside = files.setAside(Date.now());
      this.#tell(`a file that was no copy stood in the place of the local copy: now ${aside}`);
    }
    const fault = files.fault ?? (await this.#damage());
    if (fault === null) return;
    this.#tell(`the local copy is made anew: ${fault}`);
    this.#renewals++;
    await this.#dropReader();
    files.remove();
  }

  async #damage(): Promise<string | null> {
    if (!this.#files.hasPages) return null;
    try {
      // First, since the last connection that is closed would move the log into the file.
      this.#openReader();
      await this.#syncer.check(this.options.path);
      this.#syncedAt ??= this.#files.changedAt;
      return null;
    } catch {
      return "it is damaged";
    }
  }

  /** Removes the copy; the next steps begin a new one, and until it is complete the primary is read. */
  async #renew(reason: string): Promise<void> {
    if (!this.#mayRenew()) throw new Error(reason);
    this.#renewedAt = performance.now();
    this.#tell(`the local copy is made anew: ${reason}`);
    this.#renewals++;
    this.#held = 0;
    await this.#dropReader();
    this.#isFollowing = false;
    await this.#syncer.close().catch(() => {});
    this.#files.remove();
    this.#outdated = null;
  }

  #mayRenew(): boolean {
    return performance.now() - this.#renewedAt >= RENEWAL_PAUSE_MS;
  }

  /** Why the copy does not go with the primary's history; null when it does. */
  #differenceTo({ logId, lastFrame }: PrimaryGreeting): string | null {
    const own = this.#files.position();
    if (own === null) return null;
    if (own.logId !== logId) return "the primary has another history than before";
    const isBehind = own.lastFrame !== null && (lastFrame ?? -1n) < own.lastFrame;
    return isBehind ? "the primary is older than the copy: it was restored" : null;
  }

  #checkIdentity(): void {
    if (this.#reader === null || this.#files.identity === this.#readerFile) return;
    this.#outdated = "its file was deleted or replaced";
    throw new Error(this.#outdated);
  }

  #openReader(): void {
    if (this.#reader !== null) return;
    const url = urlOf(this.options.path);
    this.#reader = createResilientClient({ kind: "file", url, busyWaitMs: BUSY_WAIT_MS });
    this.#readerFile = this.#files.identity;
  }

  async #dropReader(): Promise<void> {
    const reader = this.#reader;
    this.#reader = null;
    await reader?.close();
  }

  #tell(message: string, isFault = true): void {
    this.options.onEvent?.({ isFault, message });
  }
}

function freeBytesAt(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
