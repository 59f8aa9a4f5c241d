import type { Cancellation } from "../instagram/client.ts";
import { CallerGone, outOfTime } from "../instagram/errors.ts";
import { GatewayProblem } from "../problems/gateway.ts";

/** The lane that work runs in. */
export type Effect = "read" | "write" | "upload" | "download";

export interface QueueLimits {
  /** Reads of one session that run at the same time. */
  reads: number;
  /** Uploads of one session that run at the same time. */
  uploads: number;
  /** Files that are fetched for one session at the same time. */
  downloads: number;
  /** Reads and writes that may wait before further ones are refused. */
  waiting: number;
  /** The same for uploads, and for downloads: they wait long and may keep files meanwhile. */
  waitingFiles: number;
}

const DEFAULT_LIMITS: QueueLimits = {
  reads: 4,
  uploads: 2,
  downloads: 4,
  waiting: 64,
  waitingFiles: 16,
};

/**
 * The order of work on one session: writes one at a time, reads, uploads and downloads a few at a time
 * beside them. An account that acts faster than a person draws attention, and answers to writes must
 * not cross. Uploads and downloads that wait keep no read or write from waiting.
 */
export class SessionQueue {
  readonly #running: Record<Effect, number> = { read: 0, write: 0, upload: 0, download: 0 };
  readonly #waiting: Record<Effect, Array<() => void>> = {
    read: [],
    write: [],
    upload: [],
    download: [],
  };

  readonly #limits: QueueLimits;
  /** Called when the queue is quiet. */
  #onQuiet: (() => void)[] = [];
  #begun = 0;

  /** The usual limits hold where none are given. */
  constructor(
    limits: Partial<QueueLimits> = {},
    private readonly onDepth: (change: number) => void = () => {},
  ) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** Whether any work runs or waits. */
  get idle(): boolean {
    const { read, write, upload, download } = this.#running;
    const waiting = Object.values(this.#waiting).reduce((sum, list) => sum + list.length, 0);
    return read + write + upload + download + waiting === 0;
  }

  /** The same of what may ask Instagram's API: downloads are of files. */
  get isQuiet(): boolean {
    const { read, write } = this.#running;
    return (
      read + write + this.#waiting.read.length + this.#waiting.write.length === 0 && !this.hasUpload
    );
  }

  get hasUpload(): boolean {
    return this.#running.upload + this.#waiting.upload.length > 0;
  }

  /** How much work has been given to it so far. */
  get begun(): number {
    return this.#begun;
  }

  /** Resolves when it is quiet. */
  whenQuiet(): Promise<void> {
    if (this.isQuiet) return Promise.resolve();
    return new Promise((resolve) => this.#onQuiet.push(resolve));
  }

  /** How much waits that counts against more work of that lane. */
  #depthBefore(effect: Effect): number {
    const { read, write } = this.#waiting;
    return effect === "upload" || effect === "download"
      ? this.#waiting[effect].length
      : read.length + write.length;
  }

  /**
   * Runs `work` in its turn. Throws SessionBusy when the queue is full, CallerGone when the caller
   * has hung up before its turn, UpstreamUnreachable (UpstreamTimeout) when its time ran out
   * before.
   */
  async run<T>(
    effect: Effect,
    work: () => Promise<T>,
    cancellation: Cancellation | null = null,
  ): Promise<T> {
    this.#begun++;
    if (!this.#enter(effect)) await this.#wait(effect, cancellation);
    try {
      return await work();
    } finally {
      this.#leave(effect);
    }
  }

  #enter(effect: Effect): boolean {
    if (this.#running[effect] >= this.#mostOf(effect)) return false;
    this.#running[effect]++;
    return true;
  }

  #mostOf(effect: Effect): number {
    switch (effect) {
      case "write":
        return 1;
      case "read":
        return this.#limits.reads;
      case "upload":
        return this.#limits.uploads;
      case "download":
        return this.#limits.downloads;
    }
  }

  #wait(effect: Effect, cancellation: Cancellation | null): Promise<void> {
    if (cancellation?.signal.aborted) throw new CallerGone();
    const waiting = this.#depthBefore(effect);
    const { waiting: most, waitingFiles } = this.#limits;
    if (waiting >= (effect === "upload" || effect === "download" ? waitingFiles : most))
      throw new GatewayProblem("SessionBusy", `${waiting} requests wait for this session already`);
    this.onDepth(1);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const list = this.#waiting[effect];
    if (!cancellation) {
      list.push(resolve);
      return promise;
    }
    const begin = (): void => {
      stopWatching();
      resolve();
    };
    const giveUp = (reason: Error): void => {
      stopWatching();
      list.splice(list.indexOf(begin), 1);
      this.onDepth(-1);
      reject(reason);
    };
    const onAbort = (): void => giveUp(new CallerGone());
    const timer = setTimeout(
      () => giveUp(outOfTime(cancellation)),
      cancellation.endsAt - performance.now(),
    );
    cancellation.signal.addEventListener("abort", onAbort);
    const stopWatching = (): void => {
      clearTimeout(timer);
      cancellation.signal.removeEventListener("abort", onAbort);
    };
    list.push(begin);
    return promise;
  }

  #leave(effect: Effect): void {
    const next = this.#waiting[effect].shift();
    // The place passes directly to the next, so that no other work takes it in between.
    if (next) {
      this.onDepth(-1);
      next();
    } else this.#running[effect]--;
    if (this.#onQuiet.length > 0 && this.isQuiet)
      for (const tell of this.#onQuiet.splice(0)) tell();
  }
}
