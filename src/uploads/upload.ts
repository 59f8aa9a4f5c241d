import { GatewayProblem } from "../problems/gateway.ts";
import type { UploadNote, UploadRecords, UploadRow } from "./records.ts";

/** How far an upload is. */
export type UploadState = UploadRow["state"];

/** How an upload ended, with the JSON text of what it made or of the problem. */
export interface UploadEnding {
  state: "done" | "failed";
  result: string;
}

/** What is told of an upload. */
export interface UploadStatus {
  id: string;
  kind: UploadRow["kind"];
  state: UploadState;
  sentBytes: number;
  totalBytes: number;
  /** JSON text of what it made, or of the problem; null while it runs. */
  result: string | null;
  /**
   * Its process has ended before it: then nothing was made (`not_sent`), or nobody knows
   * (`unknown`).
   */
  interrupted: "not_sent" | "unknown" | null;
}

/**
 * An upload that this process runs and has a record of. The client tells it how it gets on; that is
 * kept in memory and written down now and then. Two things are written at once: that what it makes
 * may exist, before the request that makes it, and how it ended.
 */
export class Upload {
  #note: UploadNote;
  #written: UploadNote;
  #ending: UploadEnding | null = null;
  #isSettled = false;
  #isGone = false;
  #saving: Promise<unknown> = Promise.resolve();
  readonly #cancelling = new AbortController();
  readonly #settled = Promise.withResolvers<void>();

  constructor(
    /** As it was stored when it began. */
    readonly row: UploadRow,
    /** Whether its caller has got the answer already, and its end is waited for by nobody. */
    readonly isInBackground: boolean,
    private readonly records: UploadRecords,
    private readonly expiresAt: () => number,
  ) {
    this.#note = noteOf(row);
    this.#written = this.#note;
  }

  get id(): string {
    return this.row.id;
  }

  get note(): UploadNote {
    const { sentBytes, totalBytes } = this.#note;
    // What is sent again after a broken connection counts twice.
    return { ...this.#note, sentBytes: Math.min(sentBytes, totalBytes) };
  }

  get status(): UploadStatus {
    const { state, sentBytes, totalBytes } = this.note;
    const result = this.#isSettled ? (this.#ending?.result ?? null) : null;
    return { ...statusOf(this.row), state, sentBytes, totalBytes, result };
  }

  get hasEnded(): boolean {
    return this.#ending !== null;
  }

  /** Whether its record is up to date for good. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Whether its record was deleted with its session, or another process runs it now. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Aborted when it is to end before it acts. */
  get signal(): AbortSignal {
    return this.#cancelling.signal;
  }

  /** Resolves when its record says how it ended, or is gone. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Ends it, unless what it makes may exist already. Then it is finished. */
  cancel(): void {
    this.#cancelling.abort();
  }

  /** Its record is gone: it ends, and nothing is told of it any more. */
  lose(): void {
    this.#isGone = true;
    this.cancel();
  }

  sending(totalBytes: number): void {
    this.#note = { ...this.#note, state: "sending", totalBytes };
  }

  sent(bytes: number): void {
    const { state, sentBytes } = this.#note;
    const now = state === "received" ? "sending" : state;
    this.#note = { ...this.#note, state: now, sentBytes: sentBytes + bytes };
  }

  /** Instagram has answered that it made nothing yet. */
  transcoding(): void {
    const { mayExist } = this.row;
    this.#note = { ...this.#note, state: "transcoding", mayExist };
  }

  /**
   * What it makes may exist from now on; resolves when that is durable. Throws StorageUnavailable,
   * and GatewayProblem when the record is gone: nothing may be made then.
   */
  async publishing(): Promise<void> {
    this.#note = { ...this.#note, mayExist: true };
    // A save under way may be about to write that it cannot exist.
    await this.#saving;
    try {
      if (!this.#written.mayExist) await this.save();
    } catch (error) {
      // Nothing is made then.
      this.#note = { ...this.#note, mayExist: this.row.mayExist };
      throw error;
    }
    if (this.#isGone)
      throw new GatewayProblem(
        "SessionNotFound",
        "The upload's session was deleted meanwhile, or another process has taken the upload over",
      );
  }

  /** Writes how far it is, if that has changed. Throws StorageUnavailable. */
  save(): Promise<void> {
    return this.#inOrder(async () => {
      const { note } = this;
      if (this.#isGone || this.hasEnded || isSame(note, this.#written)) return;
      if (await this.records.note(this.row, note)) this.#written = note;
      else this.lose();
    });
  }

  /** Notes how it ended, and resolves when that is durable. Throws StorageUnavailable. */
  end(ending: UploadEnding): Promise<void> {
    this.#ending ??= ending;
    return this.settle();
  }

  /** Stores how it ended, if it has and that is not stored. Throws StorageUnavailable. */
  settle(): Promise<void> {
    return this.#inOrder(async () => {
      const ending = this.#ending;
      if (ending === null || this.#isSettled) return;
      const { row, records } = this;
      const note = { ...this.note, state: ending.state };
      if (ending.state === "done") note.sentBytes = note.totalBytes;
      const stored =
        this.#isGone || (await records.finish(row, note, ending.result, this.expiresAt()));
      if (!stored) this.lose();
      // Told only from now on: what was told must be true after a crash as well.
      this.#note = note;
      this.#isSettled = true;
      this.#settled.resolve();
    });
  }

  /** One write after the other: an older state never replaces a newer one. */
  #inOrder(write: () => Promise<void>): Promise<void> {
    const writing = this.#saving.then(write);
    this.#saving = writing.catch(() => {});
    return writing;
  }
}

const noteOf = ({ state, mayExist, sentBytes, totalBytes }: UploadRow): UploadNote => ({
  state,
  mayExist,
  sentBytes,
  totalBytes,
});

const isSame = (one: UploadNote, other: UploadNote): boolean =>
  one.state === other.state &&
  one.mayExist === other.mayExist &&
  one.sentBytes === other.sentBytes &&
  one.totalBytes === other.totalBytes;

/** What a record says of its upload. */
export const statusOf = ({ id, kind, state, sentBytes, totalBytes }: UploadRow): UploadStatus => ({
  id,
  kind,
  state,
  sentBytes,
  totalBytes,
  result: null,
  interrupted: null,
});
