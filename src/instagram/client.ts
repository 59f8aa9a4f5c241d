import type { Action } from "./action-kinds.ts";
import type { DeviceHeaders } from "./headers.ts";
import type { DriftReporter } from "./models/drift.ts";
import type { SessionState } from "./session.ts";
import type { UpstreamRequest } from "./transport/request.ts";
import type { UploadProgress } from "./upload/progress.ts";
import type { WriteLog } from "./write-log.ts";
import type { WriteTokens } from "./write-tokens.ts";

/** One HTTP exchange that the platform makes with an upstream host. The platform may change it. */
export interface UpstreamCall {
  /** A read may reach Instagram twice if a connection breaks; a write must not. */
  effect: "read" | "write";
  method: "GET" | "POST";
  /** Absolute, `https://` with the real upstream host, which becomes the Host header. */
  url: string;
  /** Headers of the session's device, null for a browser's request. `headers` override them. */
  device: DeviceHeaders | null;
  headers: Record<string, string>;
  /** A stream is sent as it is read. */
  body: string | ByteStream | null;
  /**
   * Whether the body of a good answer (2xx) is handed over as a stream, still compressed if the
   * upstream compressed it; with `addresses`, of any answer. Every other body is complete,
   * decompressed, and at most 32 MB.
   */
  streams: boolean;
  /** URL of the session's proxy. The platform must fail rather than bypass it. */
  proxy: string | null;
  /**
   * Where the URL's host may be connected to: addresses that have been checked, at least one. Its name
   * is then resolved nowhere, neither here nor by the proxy. Left out, it is resolved as usual.
   */
  addresses?: readonly string[];
  /** Whether a new connection is made for it, and closed after it. */
  ownConnection?: boolean;
  /** Time limit from the request's last byte to the answer's first, in milliseconds. */
  firstByteMs: number;
  /** Time limit without a byte in the middle of a body, in milliseconds. */
  silenceMs: number;
  /** Time limit of the whole exchange, in milliseconds. For a streamed answer: until it begins. */
  wholeMs: number;
  /** Ends the exchange when aborted, even in the middle of a streamed answer. */
  signal: AbortSignal | null;
  /** May end it as well, from its first byte on; left out or null where nothing does. */
  fence?: Fence | null;
  /**
   * Called when a connection is ready, immediately before the first byte of the request. What it throws
   * ends the exchange: nothing is sent.
   */
  ready?: () => void | Promise<void>;
}

/** An exchange that has sent something and is not over. */
export interface FencedExchange {
  /** Ends it at once, with this error. Nothing more is sent. */
  breakOff(error: Error): void;
}

/**
 * What all exchanges have to do with that may go on only as long as something holds: it breaks those
 * off that are under way when that ends.
 */
export interface Fence {
  /** Called immediately before the first byte. Throws where nothing may be sent any more. */
  enter(exchange: FencedExchange): void;
  /** Called before each further piece of a body. Throws the same. */
  check(): void;
  /** The exchange is over. */
  leave(exchange: FencedExchange): void;
}

/** A stream of bytes whose length is known. */
export interface ByteStream {
  readonly bytes: ReadableStream<Uint8Array>;
  readonly length: number;
}

/**
 * What is wrong with a proxy: refused: nothing listens there; timeout: it keeps silent; credentials:
 * it does not take them; dns: its name leads to no address that is allowed; tls: its certificate, or
 * one that comes through it, is not valid; closed: it ends connections; answer: it says something else
 * than that it lets the request through.
 */
export const PROXY_FAULTS = [
  "refused",
  "timeout",
  "credentials",
  "dns",
  "tls",
  "closed",
  "answer",
] as const;
export type ProxyFault = (typeof PROXY_FAULTS)[number];

/**
 * The session's proxy could not be reached, refused, or answered in the upstream's place. The
 * message is only for the operator's log, as it may tell open ports from closed ones.
 */
export class ProxyFailed extends Error {
  override readonly name: string = "ProxyFailed";

  constructor(
    message: string,
    /** Null when it is not the proxy's fault. */
    readonly fault: ProxyFault | null = "answer",
  ) {
    super(message);
  }
}

/** Lacks of this machine: of ports, of open files, of memory. */
const OWN_LACKS = new Set(["EADDRNOTAVAIL", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** The fault behind the code of a network error on the way to a proxy or through it. */
export function faultOfCode(code: string): ProxyFault | null {
  if (OWN_LACKS.has(code)) return null;
  if (code === "ETIMEDOUT") return "timeout";
  if (/^E(?:CONNREFUSED|HOSTUNREACH|NETUNREACH|HOSTDOWN)$/.test(code)) return "refused";
  return /CERT|SSL|TLS|SIGNATURE|VERIFY|HOSTNAME/.test(code) ? "tls" : "closed";
}

/** The answer is not HTTP, cannot be decompressed, or is too large. */
export class AnswerUnusable extends Error {
  override readonly name = "AnswerUnusable";
}

/** The stream of a request's body failed (`cause`), or was not as long as announced. */
export class RequestBodyFailed extends Error {
  override readonly name = "RequestBodyFailed";
}

/**
 * The exchange failed (`cause`) before the first byte of its request was handed to a connection that
 * leads to the upstream. So the upstream knows nothing of it.
 */
export class NotSent extends Error {
  override readonly name = "NotSent";

  constructor(cause: unknown) {
    super("nothing was sent", { cause });
  }
}

/** When work for a caller ends early: the caller hangs up, or its time is over. */
export interface Cancellation {
  /** Aborted when the caller hangs up. */
  readonly signal: AbortSignal;
  /** When the caller's time is over, on the clock of performance.now(). */
  readonly endsAt: number;
  /** The whole time that the caller had, in milliseconds. */
  readonly limitMs: number;
}

/**
 * Makes one exchange: sends the request once and follows no redirect. Rejects with ProxyFailed,
 * with AnswerUnusable, with RequestBodyFailed, with a DOMException named TimeoutError when a time
 * limit passed, with the signal's reason when that was aborted, and with any other error when the
 * network failed. An answer's stream fails with the same errors. Where the request has provably not
 * been sent, the error is the cause of a NotSent; otherwise Instagram may have got it.
 */
export type UpstreamFetch = (call: UpstreamCall) => Promise<Response>;

/** One exchange, as logs and metrics see it. Holds no secrets. */
export interface CallReport {
  operation: string;
  /** The id of the proxy that it went through; null if it has none. */
  proxyId: string | null;
  host: string;
  /** 0 when there was no answer. */
  status: number;
  milliseconds: number;
}

/** On whose behalf Instagram is called: a request to the service, or one of its own jobs. */
export interface Caller {
  /** The contract's operation id, for errors, logs and metrics. */
  readonly operation: string;
  /** What it does at Instagram, if it changes anything there. */
  readonly action: Action;
  /** Null for a job, which nobody waits for. */
  readonly cancellation: Cancellation | null;
  /** The tokens of its writes. */
  readonly tokens: WriteTokens;
  /** What became of its writes. */
  readonly writes: WriteLog;
  /** Whether an earlier try of the same work may have acted already. */
  readonly isResumed: boolean;
  /** Is told how its upload gets on. */
  readonly progress: UploadProgress;
  /** Called after every exchange, retries included. */
  onCall(report: CallReport): void;
}

/** What a request changes, whom it poses as, and where it goes. */
export type WatchedRequest = Pick<UpstreamRequest, "effect" | "as" | "host" | "elsewhere">;

/** Watches the requests of a client, and may prevent each of them. */
export interface Watch {
  /** Called immediately before a request is sent, and again before it is repeated. Throws Problem. */
  before(request: WatchedRequest): void | Promise<void>;
  /**
   * Called when a connection is ready, which may be long afterwards: immediately before the first byte.
   * Throws Problem.
   */
  ready(request: WatchedRequest): void | Promise<void>;
  /**
   * Called when a request is answered or has failed, but not when it was prevented. `error` is what
   * the operation is told when this has resolved; null for a good answer.
   */
  after(error: unknown, milliseconds: number, request: WatchedRequest): void | Promise<void>;
}

/**
 * What an operation needs: the session's state and the way to Instagram. Made anew for each use.
 */
export interface Client {
  readonly caller: Caller;
  /** The caller's operation id. */
  readonly operation: string;
  readonly state: SessionState;
  readonly fetch: UpstreamFetch;
  readonly proxy: string | null;
  /** Its id, if it has one. */
  readonly proxyId: string | null;
  readonly watch: Watch;
  /** Of the requests to Instagram's API and website. */
  readonly fence: Fence | null;
  /** How long Instagram may keep silent, before its answer and in the middle of it. */
  readonly timeoutMs: number;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Waits before a retry. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** For a read, which may end early; null for work that must not end halfway. */
  readonly cancellation: Cancellation | null;
  /**
   * Runs what acts within an upload, alone among the session's writes. Elsewhere the whole work has
   * its turn already, and it runs at once.
   */
  readonly turn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Called for fields that are not what the models expect. */
  readonly drift: DriftReporter;
}

/** All headers of a call, in the runtime's type. */
export function headersOf(call: UpstreamCall): Headers {
  const headers = new Headers(call.device?.native);
  for (const name in call.headers) headers.set(name, call.headers[name] ?? "");
  return headers;
}
