import type { Socket } from "node:net";
import { AnswerUnusable, ProxyFailed, type UpstreamCall } from "../instagram/client.ts";
import type { ProxyUrl } from "../proxies/proxy-url.ts";
import { AnswerReader, type WireAnswer } from "./http-answer.ts";
import {
  authorizationLine,
  type ConnectOptions,
  openTunnel,
  ProxySilent,
} from "./proxy-connection.ts";
import { requestText } from "./request-text.ts";
import { unpack } from "./unpack.ts";
import { connect, dropped, type Way, wayOf } from "./way.ts";

/** Makes exchanges over connections that it keeps. */
export interface HttpClient {
  /** As Platform.fetch(). Sends a request once: repeating it is for who knows what it does. */
  exchange(call: UpstreamCall): Promise<Response>;
  /** Ends all connections. */
  close(): void;
}

/** How long a connection without work is kept, in milliseconds. */
const IDLE_MS = 60_000;
/**
 * A write takes a connection only this long after its last use, in milliseconds: one that the other
 * side is just closing would leave its outcome unknown.
 */
const FRESH_MS = 4_000;
const MAX_IDLE = 256;

/**
 * HTTP/1.1 to the upstream, directly or through a session's proxy, on connections of its own. The
 * runtime's fetch repeats a GET by itself on every connection that it has kept, and says nothing of
 * it; here one call is one request.
 */
export function createHttpClient(options: ConnectOptions): HttpClient {
  const pool = new Pool();
  return {
    exchange: (call) => new Exchange(call, wayOf(call), pool, options).run(),
    close: () => pool.close(),
  };
}

/** One request and its answer. */
class Exchange {
  readonly #reader = new AnswerReader();
  readonly #result = Promise.withResolvers<Response>();
  readonly #timer: ReturnType<typeof setTimeout>;
  #connection: Connection | null = null;
  /** On its way to become the connection. */
  #opening: Socket | null = null;
  #settled = false;

  constructor(
    private readonly call: UpstreamCall,
    private readonly way: Way,
    private readonly pool: Pool,
    private readonly options: ConnectOptions,
  ) {
    this.#timer = setTimeout(() => this.fail(timedOut()), call.timeoutMs);
    call.signal?.addEventListener("abort", this.#abort);
  }

  run(): Promise<Response> {
    if (this.call.signal?.aborted) this.#abort();
    else this.#start();
    return this.#result.promise;
  }

  /** Bytes of the answer. */
  onData(chunk: Buffer): void {
    try {
      if (this.#reader.push(chunk)) this.#answered(this.#reader.answer);
    } catch (error) {
      // Instagram speaks HTTP.
      const isOfProxy = this.way.inTheOpen && error instanceof AnswerUnusable;
      this.fail(isOfProxy ? new ProxyFailed(`answered, but ${error.message}`) : error);
    }
  }

  /** The connection has ended. */
  onEnd(error: unknown): void {
    if (this.#reader.end()) this.#answered(this.#reader.answer);
    else {
      // What has cut this one off has cut off those as well that were kept with it.
      this.pool.drop(this.way.key);
      this.fail(error ?? dropped());
    }
  }

  fail(error: unknown): void {
    if (!this.#settle()) return;
    this.#connection?.destroy();
    this.#opening?.destroy();
    this.#result.reject(error);
  }

  readonly #abort = (): void => this.fail(this.call.signal?.reason ?? new Error("aborted"));

  #start(): void {
    const kept = this.pool.take(this.way.key, this.call.effect === "read" ? IDLE_MS : FRESH_MS);
    if (kept) this.#send(kept);
    else
      connect(this.way, this.options, (socket) => {
        this.#opening = socket;
      }).then(
        (socket) => this.#send(new Connection(socket, this.way.key)),
        (error: unknown) => this.fail(error),
      );
  }

  #send(connection: Connection): void {
    if (this.#settled) {
      connection.destroy();
      return;
    }
    this.#connection = connection;
    const { address, proxy, inTheOpen } = this.way;
    try {
      const target = inTheOpen ? `http://${address.authority}${address.path}` : address.path;
      const added = inTheOpen && proxy ? authorizationLine(proxy) : "";
      connection.send(requestText(this.call, address, target, added), this);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (inTheOpen && proxy) this.#watchProxy(proxy, connection.socket);
  }

  /**
   * Nobody can tell a silent proxy from a slow target when a request is handed on in the open, so a
   * proxy that has sent nothing for a while is asked for a tunnel: one that is alive answers.
   */
  #watchProxy(proxy: ProxyUrl, socket: Socket): void {
    const { host, port } = this.way.address;
    const timer = setTimeout(() => {
      openTunnel(proxy, { host, port }, this.options).then(
        (tunnel) => tunnel.socket.destroy(),
        (error: unknown) => {
          if (error instanceof ProxySilent) this.fail(error);
        },
      );
    }, this.options.timeoutMs);
    const stop = (): void => clearTimeout(timer);
    socket.once("data", stop).once("close", stop);
  }

  #answered(answer: WireAnswer): void {
    if (!this.#settle()) return;
    // What a proxy hands on in the open may be the next time another session's.
    if (this.#connection) this.pool.give(this.#connection, answer.reusable && !this.way.inTheOpen);
    try {
      const { headers } = answer;
      const coding = headers.find(([name]) => name === "content-encoding")?.[1] ?? "";
      const body = unpack(answer.body, coding);
      this.#result.resolve(
        body instanceof Promise
          ? body.then((text) => toResponse(answer, text))
          : toResponse(answer, body),
      );
    } catch (error) {
      this.#result.reject(error);
    }
  }

  /** Whether this is the end; there is one only. */
  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.call.signal?.removeEventListener("abort", this.#abort);
    return true;
  }
}

function toResponse({ status, statusText, headers }: WireAnswer, body: Buffer): Response {
  // A Response takes no other statuses; no answer to an API request has them.
  if (status < 200 || status > 599) throw new AnswerUnusable(`it has the status ${status}`);
  const bodiless = status === 204 || status === 205 || status === 304;
  return new Response(bodiless ? null : (body as Uint8Array<ArrayBuffer>), {
    status,
    statusText,
    headers,
  });
}

/** A kept connection and the exchange that it serves. */
class Connection {
  #exchange: Exchange | null = null;
  #error: unknown = null;
  ended = false;
  /** Of performance.now(): when it served last. */
  idleSince = 0;

  constructor(
    readonly socket: Socket,
    readonly key: string,
  ) {
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      if (this.#exchange) this.#exchange.onData(chunk);
      // Nobody has asked for it.
      else this.destroy();
    });
    socket.on("error", (error) => {
      this.#error = error;
    });
    socket.on("end", this.#onEnd).on("close", this.#onEnd);
  }

  send(request: Buffer | string, exchange: Exchange): void {
    this.#exchange = exchange;
    if (this.ended) exchange.onEnd(this.#error);
    else this.socket.write(request, "latin1");
  }

  /** Waits for its next use. */
  rest(): void {
    this.#exchange = null;
    this.idleSince = performance.now();
  }

  destroy(): void {
    this.#exchange = null;
    this.ended = true;
    this.socket.destroy();
  }

  readonly #onEnd = (): void => {
    this.ended = true;
    const exchange = this.#exchange;
    this.#exchange = null;
    exchange?.onEnd(this.#error);
    this.socket.destroy();
  };
}

/** Connections without work, the one used last in front; bounded in number and in time. */
class Pool {
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

  /** Ends the connections of a way. */
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

const timedOut = (): DOMException => new DOMException("no answer in time", "TimeoutError");
