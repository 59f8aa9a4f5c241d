import type { Socket } from "node:net";

/** How long a connection without work is kept, in milliseconds. */
export const IDLE_MS = 60_000;
const MAX_IDLE = 256;

/** The exchange that a connection serves. */
export interface ConnectionUser {
  /** Bytes of the answer. */
  onData(chunk: Buffer): void;
  /** The connection has ended, and with which error if with one. */
  onEnd(error: unknown): void;
}

/** A kept connection and the exchange that it serves. */
export class Connection {
  #user: ConnectionUser | null = null;
  #error: unknown = null;
  #isPaused = false;
  ended = false;
  /** Of performance.now(): when it served last. */
  idleSince = 0;

  constructor(
    private readonly socket: Socket,
    readonly key: string,
  ) {
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      if (this.#user) this.#user.onData(chunk);
      // Nobody has asked for it.
      else this.destroy();
    });
    socket.on("error", (error) => {
      this.#error = error;
    });
    socket.on("end", this.#onEnd).on("close", this.#onEnd);
  }

  /** Sends a request, or its head, for `user`. */
  send(request: Buffer | string, user: ConnectionUser): void {
    this.#user = user;
    if (this.ended) user.onEnd(this.#error);
    else this.socket.write(request, "latin1");
  }

  /** Sends a piece of the request's body; resolves when more can be taken, or never will be. */
  async write(piece: Uint8Array): Promise<void> {
    if (this.ended || this.socket.write(piece)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = (): void => {
      this.socket.off("drain", done).off("close", done);
      resolve();
    };
    this.socket.on("drain", done).on("close", done);
    await promise;
  }

  /** Takes no more of the answer until resume(): who reads it is slower. */
  pause(): void {
    this.#isPaused = true;
    this.socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.socket.resume();
  }

  /** Calls back once, when something has come or nothing will. */
  onceHeard(callback: () => void): void {
    this.socket.once("data", callback).once("close", callback);
  }

  /** Waits for its next use. */
  rest(): void {
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

/** Connections without work, the one used last in front; bounded in number and in time. */
export class ConnectionPool {
  readonly #idle = new Map<string, Connection[]>();
  readonly #sweep = setInterval(() => this.#dropOld(), IDLE_MS / 4);
  #count = 0;

  constructor() {
    this.#sweep.unref();
  }

  take(key: string, maxIdleMs: number): Connection | null {
    const list = this.#idle.get(key);
    if (!list) return null;
    const oldest = performance.now() - maxIdleMs;
    for (let found = list.at(-1); found; found = list.at(-1)) {
      // The others are older still.
      if (!found.ended && found.idleSince < oldest) return null;
      list.pop();
      this.#count--;
      if (list.length === 0) this.#idle.delete(key);
      if (!found.ended) return found;
    }
    return null;
  }

  give(connection: Connection, reusable: boolean): void {
    if (!reusable || connection.ended || this.#count >= MAX_IDLE) {
      connection.destroy();
      return;
    }
    connection.rest();
    const list = this.#idle.get(connection.key);
    if (list) list.push(connection);
    else this.#idle.set(connection.key, [connection]);
    this.#count++;
  }

  /** Ends the connections of a key. */
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
