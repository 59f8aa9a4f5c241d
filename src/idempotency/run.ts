/**
 * How a request under a key ends: with an answer (JSON text) that retries get too; with one that a
 * retry need not get, since nothing can have happened; or with nobody knowing what happened.
 */
export type Ending = { readonly answer: string } | "not_acted" | "unknown";

/** One use of a key. */
export interface KeyUse {
  /** What the tokens of its writes, and the id of its upload, follow from. */
  readonly tokenSecret: Uint8Array;
  /** When the key was first used, in unix milliseconds. */
  readonly startedAt: number;
}

interface Started extends KeyUse {
  readonly keyHash: string;
  readonly requestHash: string;
  readonly isResumed: boolean;
}

/** A request under an Idempotency-Key that this process runs. */
export class Run implements KeyUse {
  readonly keyHash: string;
  readonly requestHash: string;
  readonly tokenSecret: Uint8Array;
  readonly startedAt: number;
  /** Whether an earlier try may have acted already. */
  readonly isResumed: boolean;
  #ending: Ending | null = null;
  #storing: Promise<void> | null = null;
  #isStored = false;

  constructor(
    { keyHash, requestHash, tokenSecret, startedAt, isResumed }: Started,
    private readonly store: (ending: Ending) => Promise<void>,
  ) {
    this.keyHash = keyHash;
    this.requestHash = requestHash;
    this.tokenSecret = tokenSecret;
    this.startedAt = startedAt;
    this.isResumed = isResumed;
  }

  /** Whether it has ended. Once that is stored, the process forgets the request. */
  get hasEnded(): boolean {
    return this.#ending !== null;
  }

  /** Notes how it ended, and resolves when that is durable. Throws StorageUnavailable. */
  end(ending: Ending): Promise<void> {
    this.#ending ??= ending;
    return this.settle();
  }

  /** Stores how it ended, if it has and that is not stored. Throws StorageUnavailable. */
  async settle(): Promise<void> {
    const ending = this.#ending;
    if (ending === null || this.#isStored) return;
    this.#storing ??= this.store(ending)
      .then(() => {
        this.#isStored = true;
      })
      .finally(() => {
        this.#storing = null;
      });
    await this.#storing;
  }
}
