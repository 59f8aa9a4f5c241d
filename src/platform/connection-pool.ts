import type { Socket } from "node:net";

/** How long an idle connection is kept, in milliseconds. */
export const IDLE_MS = 60_000;
const MAX_IDLE = 256;

/** The exchange that a connection serves. */
export interface ConnectionUser {
  /** Bytes of the answer. */
  onData(chunk: Buffer): void;
  /** The connection has ended. `error` is null if it ended without one. */
  onEnd(error: unknown): void;
}

/** A connection and the exchange that it serves, if any. */
export class Connection {
  #user: ConnectionUser | null = null;
  #error: unknown = null;
  #isPaused = false;
  /** Ends the waiting for a piece that is being written. */
  #onWritten: (() => void) | null = null;
  ended = false;
  /** When it last served an exchange, on the clock of performance.now(). */
  idleSince = 0;

  constructor(
    private readonly socket: Socket,
    readonly key: string,
  ) {
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      if (this.#user) this.#user.onData(chunk);
      // Data without a request.
      else this.destroy();
    });
    socket.on("error", (error) => {
      this.#error = error;
    });
    socket.on("end", this.#onEnd).on("close", () => {
      this.#onWritten?.();
      this.#onEnd();
    });
    // A tunnel is handed over paused.
    socket.resume();
  }

  /** Sends a request, or the head of one, for `user`. */
  send(request: Buffer | string, user: ConnectionUser): void {
    this.#user = user;
    if (this.ended) user.onEnd(this.#error);
    else this.socket.write(request, "latin1");
  }

  /**
   * Sends a piece of the request's body. Resolves when the piece is with the operating system and may
   * be changed, or the connection has closed.
   */
  async write(piece: Uint8Array): Promise<void> {
    if (this.ended) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onWritten = resolve;
    this.socket.write(piece, () => resolve());
    await promise;
    this.#onWritten = null;
  }

  /** Reads no more of the answer until resume(), as its reader is slower. */
  pause(): void {
    this.#isPaused = true;
    this.socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.socket.resume();
  }

  /** Calls back when data arrives or the connection closes. */
  onceHeard(callback: () => void): void {
    this.socket.once("data", callback).once("close", callback);
  }

  /** Goes back to the pool: it serves no exchange now. */
  release(): void {
    this.#user = null;
    if (this.#isPaused) this.resume();
    this.idleSince = performance.now();
  }

  destroy(): void {
    this.#user = null;
    this.ended = true;
    this.socket.destroy();
  }

  readonly #onEnd = (): void => {
    this.ended = true;
    const user = this.#user;
    this.#user = null;
    user?.onEnd(this.#error);
    this.socket.destroy();
  };
}

/** Idle connections, bounded in number and in time. The one used last is taken first. */
export class ConnectionPool {
  readonly #idle = new Map<string, Connection[]>();
  readonly #sweep = setInterval(() => this.#dropOld(), IDLE_MS / 4);
  #count = 0;

  constructor() {
    this.#sweep.unref();
  }

  /** A connection of this key that was used within the last `maxIdleMs`, or null. */
  take(key: string, maxIdleMs: number): Connection | null {
    const list = this.#idle.get(key);
    if (!list) return null;
    const oldest = performance.now() - maxIdleMs;
    for (let latest = list.at(-1); latest; latest = list.at(-1)) {
      // All others are older.
      if (!latest.ended && latest.idleSince < oldest) return null;
      list.pop();
      this.#count--;
      if (list.length === 0) this.#idle.delete(key);
      if (!latest.ended) return latest;
    }
    return null;
  }

  /** Takes a connection back: keeps it if it is reusable, else closes it. */
  give(connection: Connection, reusable: boolean): void {
    if (!reusable || connection.ended || this.#count >= MAX_IDLE) {
      connection.destroy();
      return;
    }
    connection.release();
    const list = this.#idle.get(connection.key);
    if (list) list.push(connection);
    else this.#idle.set(connection.key, [connection]);
    this.#count++;
  }

  /** Closes the idle connections of a key. */
  drop(key: string): void {
    const list = this.#idle.get(key) ?? [];
    this.#idle.delete(key);
    this.#count -= list.length;
    for (const connection of list) connection.destroy();
  }

  close(): void {
    clearInterval(this.#sweep);
    for (const connection of [...this.#idle.values()].flat()) connection.destroy();
    this.#idle.clear();
    this.#count = 0;
  }

  #dropOld(): void {
    const oldest = performance.now() - IDLE_MS;
    for (const [key, list] of this.#idle) {
      const kept = list.filter(({ ended, idleSince }) => !ended && idleSince >= oldest);
      for (const connection of list) if (!kept.includes(connection)) connection.destroy();
      this.#count -= list.length - kept.length;
      if (kept.length > 0) this.#idle.set(key, kept);
      else this.#idle.delete(key);
    }
  }
}
