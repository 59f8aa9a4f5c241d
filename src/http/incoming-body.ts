import { GatewayProblem } from "../problems/gateway.ts";
import { noteArrived } from "./context.ts";
import { declaredLength } from "./declared-length.ts";

/** How long the bytes of a body may take. */
export interface BodyPace {
  /** How long the whole body may take, in milliseconds. */
  wholeMs: number;
  /** In each such time, in milliseconds, MIN_BYTES_PER_SECOND must arrive; null if any pace will do. */
  stallMs: number | null;
}

/** Slower callers are sent away: each holds a place among the tenant's requests. */
const MIN_BYTES_PER_SECOND = 16 * 1024;

/** A refused caller may go on sending so much, for so long, until it must stop. */
const MAX_SKIPPED_BYTES = 64 * 1024 * 1024;
const MAX_SKIPPING_MS = 3_000;
const MAX_SKIPPING_SILENCE_MS = 200;

type Piece = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>["read"]>>;

/** The body of a request while it arrives. */
export class IncomingBody {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | null;
  /** The next piece, from when it is asked for until it is there. */
  #coming: Promise<Piece> | null = null;
  /** Ends the waiting for the next piece. */
  #interrupt: ((error: unknown) => void) | null = null;
  #failure: { error: unknown } | null = null;
  #isLate = false;
  /** Bytes that have arrived. */
  #size = 0;

  constructor(
    private readonly request: Request,
    private readonly maxBytes: number,
  ) {
    this.#reader = request.body?.getReader() ?? null;
  }

  /**
   * The pieces as they arrive; none is asked for before the one before it is dealt with. Throws
   * PayloadTooLarge, RequestTimeout, and what is given to fail().
   */
  async *pieces({ wholeMs, stallMs }: BodyPace): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const timers = [setTimeout(() => this.#end(bodyLate()), wholeMs)];
    if (stallMs !== null) timers.push(this.#watch(stallMs));
    try {
      while (true) {
        const piece = await this.#next();
        if (piece.done) return;
        this.#count(piece.value.byteLength);
        if (this.#size > this.maxBytes) throw bodyTooLarge(this.maxBytes);
        yield piece.value;
      }
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  }

  #count(bytes: number): void {
    this.#size += bytes;
    noteArrived(this.request, bytes);
  }

  /** Reads no more: pieces() throws this error, at once if it waits for a piece. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#interrupt?.(this.#failure.error);
  }

  /**
   * Many clients read no answer before they have sent everything, and fail if they cannot. So the
   * rest is read and thrown away, as long as that is quick. Resolves with whether it was: else the
   * connection must be closed.
   */
  async skipRest(): Promise<boolean> {
    if (this.#isLate) return false;
    const ends = performance.now() + MAX_SKIPPING_MS;
    const most = this.#size + MAX_SKIPPED_BYTES;
    this.#failure = null;
    try {
      while (this.#size <= most && performance.now() < ends) {
        const timer = setTimeout(() => this.fail(SILENT), MAX_SKIPPING_SILENCE_MS);
        const piece = await this.#next().finally(() => clearTimeout(timer));
        if (piece.done) return true;
        this.#count(piece.value.byteLength);
      }
    } catch {
      // It was silent, or hung up.
    }
    this.leave();
    return false;
  }

  /** Reads no more. */
  leave(): void {
    // Not awaited: it does not settle while the caller goes on sending.
    this.#reader?.cancel().catch(() => {});
  }

  /** Gives up on a caller who is too slow. */
  #end(error: Error): void {
    this.#isLate = true;
    this.fail(error);
    this.leave();
  }

  #next(): Promise<Piece> {
    const reader = this.#reader;
    if (reader === null) return Promise.resolve({ done: true, value: undefined });
    if (this.#failure) return Promise.reject(this.#failure.error);
    this.#coming ??= reader.read().finally(() => {
      this.#coming = null;
    });
    const { promise, resolve, reject } = Promise.withResolvers<Piece>();
    this.#interrupt = reject;
    this.#coming.then(resolve, reject);
    return promise.finally(() => {
      this.#interrupt = null;
    });
  }

  /** Fails when too little has arrived in a while, unless it is we who are slow. */
  #watch(stallMs: number): ReturnType<typeof setInterval> {
    const least = (MIN_BYTES_PER_SECOND * stallMs) / 1000;
    let before = 0;
    return setInterval(() => {
      if (this.#size - before < least && this.#interrupt !== null)
        this.#end(bodyLate("The body comes too slowly"));
      before = this.#size;
    }, stallMs);
  }
}

/**
 * Whether nobody has read the body of a refused request, and it is so large or endless that its
 * caller must stop sending. The server skips a smaller one.
 */
export function isMuchUnread({ headers, body, bodyUsed }: Request): boolean {
  if (bodyUsed || body === null) return false;
  const length = declaredLength(headers);
  return length === null ? headers.has("transfer-encoding") : length > MAX_SKIPPED_BYTES;
}

const SILENT = new Error("nothing has come for a while");

/** The body did not arrive in time. */
export const bodyLate = (message = "The body did not come in time"): GatewayProblem =>
  new GatewayProblem("RequestTimeout", message, { headers: { Connection: "close" } });

/** A body that is larger than its route allows. */
export const bodyTooLarge = (maxBytes: number): GatewayProblem =>
  new GatewayProblem("PayloadTooLarge", `The body may have ${sizeOf(maxBytes)} at the most`);

/** A size for people. */
export const sizeOf = (bytes: number): string =>
  bytes < 1024 * 1024
    ? `${Math.floor(bytes / 1024)} KB`
    : `${Math.floor((10 * bytes) / 1024 / 1024) / 10} MB`;
