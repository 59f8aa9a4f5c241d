import type { Socket } from "node:net";
import {
  AnswerUnusable,
  type ByteStream,
  type FencedExchange,
  NotSent,
  ProxyFailed,
  RequestBodyFailed,
  type UpstreamCall,
} from "../instagram/client.ts";
import type { ProxyUrl } from "../proxies/proxy-url.ts";
import { BodySource } from "./body-source.ts";
import { Connection, ConnectionPool, type ConnectionUser, IDLE_MS } from "./connection-pool.ts";
import { decompress } from "./decompress.ts";
import { connect, connectionClosed, type Destination, destinationOf } from "./destination.ts";
import { AnswerReader, type BodySink, type WireAnswer } from "./http-answer.ts";
import {
  authorizationLine,
  type ConnectOptions,
  openTunnel,
  ProxySilent,
} from "./proxy-connection.ts";
import { requestText } from "./request-text.ts";

/** Makes exchanges over kept connections. */
export interface HttpClient {
  /** Does what Platform.fetch() does. Sends each request once: only the caller can repeat it. */
  exchange(call: UpstreamCall): Promise<Response>;
  /** Ends all connections. */
  close(): void;
}

/**
 * A write reuses a connection only this long after its last use, in milliseconds. If the other side
 * was just closing it, nobody would know whether the write took place.
 */
const FRESH_MS = 4_000;
/** How much of a streamed answer may wait for its reader. */
const MAX_UNREAD_BYTES = 256 * 1024;
/** A body is sent in pieces of this size. Each piece that goes out shows progress. */
const PIECE_BYTES = 64 * 1024;

/** What all exchanges share. */
interface Shared extends ConnectOptions {
  pool: ConnectionPool;
}

/**
 * An HTTP/1.1 client for the upstream, directly or through a session's proxy. The runtime's fetch
 * silently repeats a GET when a kept connection has died. Here one call is exactly one request.
 */
export function createHttpClient(options: ConnectOptions): HttpClient {
  const pool = new ConnectionPool();
  const shared = { ...options, pool };
  return {
    exchange: (call) => {
      let destination: Destination;
      try {
        destination = destinationOf(call);
      } catch (error) {
        return Promise.reject(new NotSent(error));
      }
      return new Exchange(call, destination, shared).run();
    },
    close: () => pool.close(),
  };
}

/** One request and its answer. */
class Exchange implements ConnectionUser, FencedExchange {
  readonly #reader = new AnswerReader((head) => this.#streamFor(head));
  readonly #result = Promise.withResolvers<Response>();
  #connection: Connection | null = null;
  /** A direct connection's socket while it is opening. */
  #opening: Socket | null = null;
  /** Reads the request's streamed body, until it is read in full. */
  #source: BodySource | null = null;
  /** Takes the answer's body if the call wants it streamed. */
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null;
  /** Whether the first bytes of the request have been handed to the connection. */
  #begun = false;
  /** Whether the whole request has been sent. */
  #sent = false;
  #settled = false;
  /** When the whole exchange must be over, on the clock of performance.now(). */
  #end: number;
  /** When the next step must have happened. Infinity if no step has a time limit now. */
  #deadline = Number.POSITIVE_INFINITY;
  /** When the timer fires. It is set anew only if the deadline is earlier. */
  #timerEnd = Number.POSITIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly call: UpstreamCall,
    private readonly destination: Destination,
    private readonly shared: Shared,
  ) {
    this.#end = performance.now() + call.wholeMs;
    call.signal?.addEventListener("abort", this.#abort);
  }

  run(): Promise<Response> {
    if (this.call.signal?.aborted) this.#abort();
    else this.#start();
    return this.#result.promise;
  }

  onData(chunk: Buffer): void {
    this.#allow(this.call.silenceMs);
    try {
      if (this.#reader.push(chunk)) this.#answered(this.#reader.answer);
    } catch (error) {
      // Instagram speaks proper HTTP, so on a forwarded request this came from the proxy.
      const isOfProxy = this.destination.isForwarded && error instanceof AnswerUnusable;
      this.#fail(isOfProxy ? new ProxyFailed(`answered, but ${error.message}`) : error);
    }
  }

  onEnd(error: unknown): void {
    if (this.#reader.end()) this.#answered(this.#reader.answer);
    else {
      // The kept connections to the same destination were most likely cut off too.
      this.shared.pool.drop(this.destination.key);
      this.#fail(error ?? connectionClosed());
    }
  }

  breakOff(error: Error): void {
    this.#fail(error);
  }

  readonly #abort = (): void => this.#fail(this.call.signal?.reason ?? new Error("aborted"));

  /** Sets the time limit of the next step. */
  #allow(milliseconds: number): void {
    this.#deadline = Math.min(performance.now() + milliseconds, this.#end);
    if (this.#deadline < this.#timerEnd) this.#setTimer();
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    this.#timerEnd = this.#deadline;
    this.#timer = setTimeout(
      this.#onTimer,
      Math.max(1, Math.ceil(this.#deadline - performance.now())),
    );
  }

  readonly #onTimer = (): void => {
    this.#timerEnd = Number.POSITIVE_INFINITY;
    if (this.#deadline <= performance.now())
      this.#fail(new DOMException("no answer in time", "TimeoutError"));
    else if (this.#deadline < Number.POSITIVE_INFINITY) this.#setTimer();
  };

  #start(): void {
    const { pool } = this.shared;
    const isWrite = this.call.effect === "write";
    const kept = this.call.ownConnection
      ? null
      : pool.take(this.destination.key, isWrite ? FRESH_MS : IDLE_MS);
    if (kept && isWrite) {
      // Its end may have arrived and not been looked at: a write waits until it has been.
      afterEvents(() => {
        if (this.#settled || !kept.ended) this.#useFor(kept);
        else this.#start();
      });
      return;
    }
    if (kept) this.#useFor(kept);
    else this.#connect();
  }

  #connect(): void {
    const { key, proxy } = this.destination;
    // Through a proxy each step of connecting has its own timer, which tells which step failed.
    this.#allow(proxy === null ? this.shared.timeoutMs : Number.POSITIVE_INFINITY);
    connect(this.destination, this.shared, (socket) => {
      this.#opening = socket;
      if (this.#settled) socket.destroy();
    }).then(
      (socket) => this.#useFor(new Connection(socket, key)),
      (error: unknown) => this.#fail(error),
    );
  }

  /** Sends the request over this connection, if the caller still lets it. */
  #useFor(connection: Connection): void {
    let asking: void | Promise<void>;
    try {
      asking = this.call.ready?.();
    } catch (error) {
      this.#giveUp(connection, error);
      return;
    }
    if (asking) {
      asking.then(
        () => this.#send(connection),
        (error: unknown) => this.#giveUp(connection, error),
      );
    } else this.#send(connection);
  }

  /** Nothing was sent over the connection, so others may have it. */
  #giveUp(connection: Connection, error: unknown): void {
    this.shared.pool.give(connection, !this.destination.isForwarded);
    this.#fail(error);
  }

  #send(connection: Connection): void {
    if (this.#settled) {
      connection.destroy();
      return;
    }
    try {
      this.call.fence?.enter(this);
    } catch (error) {
      this.#giveUp(connection, error);
      return;
    }
    this.#connection = connection;
    const { address, proxy, isForwarded } = this.destination;
    const { body } = this.call;
    const isStream = typeof body === "object" && body !== null;
    try {
      const target = isForwarded ? `http://${address.authority}${address.path}` : address.path;
      const added = isForwarded && proxy ? authorizationLine(proxy) : "";
      this.#allow(this.call.firstByteMs);
      const request = requestText(this.call, address, target, added);
      this.#sent = !isStream;
      this.#begun = !connection.ended;
      connection.send(request, this);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (isForwarded && proxy) this.#watchProxy(proxy, connection);
    if (isStream) void this.#sendBody(body, connection);
  }

  async #sendBody({ bytes, length }: ByteStream, connection: Connection): Promise<void> {
    const source = new BodySource(bytes);
    this.#source = source;
    let left = length;
    // Each piece is held back until the next has come, so that a body which turns out too long
    // never makes a complete request.
    let held: Uint8Array = new Uint8Array();
    try {
      while (!this.#settled) {
        this.#allow(this.call.silenceMs);
        const piece = await source.next();
        if (piece === null) break;
        left -= piece.byteLength;
        if (left < 0) break;
        await this.#write(held, connection);
        source.giveBack(held);
        held = piece;
      }
    } catch (error) {
      return this.#fail(new RequestBodyFailed("it could not be read", { cause: error }));
    }
    if (this.#settled) return;
    if (left !== 0) {
      const cause = new TypeError(`The body is not ${length} bytes long as it says`);
      return this.#fail(new RequestBodyFailed(cause.message, { cause }));
    }
    this.#source = null;
    await this.#write(held, connection);
    if (this.#settled) return;
    this.#sent = true;
    this.#allow(this.call.firstByteMs);
  }

  async #write(bytes: Uint8Array, connection: Connection): Promise<void> {
    for (let at = 0; at < bytes.byteLength && this.#mayGoOn(); at += PIECE_BYTES) {
      await connection.write(bytes.subarray(at, at + PIECE_BYTES));
      this.#allow(this.call.silenceMs);
    }
  }

  /** Asked before each piece: the process may have stood still since the last one. */
  #mayGoOn(): boolean {
    if (this.#settled) return false;
    try {
      this.call.fence?.check();
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /**
   * For a forwarded request, a silent proxy looks like a slow target. So a proxy that has sent
   * nothing for a while is asked for a tunnel: if it is alive, it answers.
   */
  #watchProxy(proxy: ProxyUrl, connection: Connection): void {
    const { host, port } = this.destination.address;
    const timer = setTimeout(() => {
      openTunnel(proxy, { host, port }, this.shared).then(
        (tunnel) => tunnel.socket.destroy(),
        (error: unknown) => {
          if (error instanceof ProxySilent) this.#fail(error);
        },
      );
    }, this.shared.timeoutMs);
    connection.onceHeard(() => clearTimeout(timer));
  }

  /** If the call wants a stream: resolves with a response whose body is still to come. */
  #streamFor(head: WireAnswer): BodySink | null {
    const isGood = head.status >= 200 && head.status <= 299;
    // The bodies of other servers than Instagram's are never collected here.
    if (!this.call.streams || !(isGood || this.call.addresses)) return null;
    this.#end = Number.POSITIVE_INFINITY;
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#stream = controller;
        },
        pull: () => {
          if (this.#settled) return;
          this.#allow(this.call.silenceMs);
          this.#connection?.resume();
        },
        cancel: (reason) => this.#fail(reason ?? new Error("canceled")),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: MAX_UNREAD_BYTES }),
    );
    this.#result.resolve(toResponse(head, stream));
    return (piece) => {
      if (this.#settled || !this.#stream) return;
      this.#stream.enqueue(piece);
      if ((this.#stream.desiredSize ?? 0) > 0) return;
      // Now the reader is slow, not the upstream: no time limit runs.
      this.#connection?.pause();
      this.#deadline = Number.POSITIVE_INFINITY;
    };
  }

  #answered(answer: WireAnswer): void {
    if (!this.#settle()) return;
    // A forwarding proxy may mix up requests of different sessions on one connection.
    const isOwn = this.destination.isForwarded || this.call.ownConnection === true;
    const isReusable = answer.reusable && this.#sent && !isOwn;
    if (this.#connection) this.shared.pool.give(this.#connection, isReusable);
    if (this.#stream) this.#stream.close();
    else this.#resolve(answer);
  }

  #resolve(answer: WireAnswer): void {
    try {
      const coding = answer.headers.find(([name]) => name === "content-encoding")?.[1] ?? "";
      const body = decompress(answer.body, coding);
      this.#result.resolve(
        body instanceof Promise
          ? body.then((bytes) => toResponse(answer, bytes))
          : toResponse(answer, body),
      );
    } catch (error) {
      this.#result.reject(error);
    }
  }

  #fail(error: unknown): void {
    if (!this.#settle()) return;
    this.#connection?.destroy();
    this.#opening?.destroy();
    this.#stream?.error(error);
    this.#result.reject(this.#begun ? error : new NotSent(error));
  }

  /** Ends the exchange. False if it had ended already. */
  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.call.signal?.removeEventListener("abort", this.#abort);
    this.call.fence?.leave(this);
    this.#source?.cancel();
    return true;
  }
}

/** Calls back when what the sockets had to tell by now has been told: in the turn after the next. */
const afterEvents = (callback: () => void): void => void setImmediate(() => setImmediate(callback));

function toResponse(
  { status, statusText, headers: pairs }: WireAnswer,
  body: Buffer | ReadableStream<Uint8Array>,
): Response {
  // A Response accepts no other statuses, and no API request is answered with them.
  if (status < 200 || status > 599) throw new AnswerUnusable(`it has the status ${status}`);
  const bodiless = status === 204 || status === 205 || status === 304;
  return new Response(bodiless ? null : (body as BodyInit), { status, statusText, headers: pairs });
}
