import type { DeviceHeaders } from "./headers.ts";
import type { DriftReporter } from "./models/drift.ts";
import type { SessionState } from "./session.ts";

/** One HTTP exchange with an upstream host, as the platform is asked to make it; its to change. */
export interface UpstreamCall {
  /** Whether Instagram may get it twice where it is not known whether it came. */
  effect: "read" | "write";
  method: "GET" | "POST";
  /** Absolute, `https://` and the real upstream host; it gives the Host header. */
  url: string;
  /** Of the session's device, where the request carries one; `headers` add to and outrank them. */
  device: DeviceHeaders | null;
  headers: Record<string, string>;
  /** A stream goes out as it comes. */
  body: string | ByteStream | null;
  /**
   * Whether the body of a good answer (2xx) is wanted as it comes, packed if it is. The body of any
   * other is complete, unpacked, and 32 MB at most.
   */
  streams: boolean;
  /** URL of the session's proxy; the platform must fail rather than go out without it. */
  proxy: string | null;
  /** From the request's last byte to the answer's first, in milliseconds. */
  firstByteMs: number;
  /** Without a byte in the middle of a body, in milliseconds. */
  silenceMs: number;
  /** For all of it, in milliseconds; for an answer that is a stream, until that begins. */
  wholeMs: number;
  /** Ends the exchange when its answer is not wanted any more, also one that is a stream. */
  signal: AbortSignal | null;
}

/** Bytes of a known number, which go out as they come. */
export interface ByteStream {
  readonly bytes: ReadableStream<Uint8Array>;
  readonly length: number;
}

/**
 * The session's proxy was not reached, refused, or answered in the upstream's place. The message is
 * for the operator's log: it may tell ports apart.
 */
export class ProxyFailed extends Error {
  override readonly name: string = "ProxyFailed";
}

/** What came in place of an answer: no HTTP, not to be unpacked, or larger than any answer is. */
export class AnswerUnusable extends Error {
  override readonly name = "AnswerUnusable";
}

/** The stream that a request's body comes from has failed (`cause`), or was not as long as it said. */
export class RequestBodyFailed extends Error {
  override readonly name = "RequestBodyFailed";
}

/** How long somebody waits for the answer to a request. */
export interface Wanted {
  /** Aborted when the caller has hung up. */
  readonly signal: AbortSignal;
  /** Until when, of performance.now(). */
  readonly until: number;
  /** The time that there was for it in all, in milliseconds. */
  readonly deadlineMs: number;
}

/**
 * Makes one exchange: sends the request once, follows no redirect. Rejects with ProxyFailed when the
 * proxy failed, with a DOMException named TimeoutError when time ran out, with the signal's reason
 * when that ended it, with AnswerUnusable, with RequestBodyFailed, with any other error when the
 * network failed. A stream that has begun fails with the same errors.
 */
export type UpstreamFetch = (call: UpstreamCall) => Promise<Response>;

/** What is told of each exchange: for logs and metrics, never with secrets. */
export interface CallReport {
  operation: string;
  host: string;
  /** 0 when there was no answer. */
  status: number;
  milliseconds: number;
}

/** On whose behalf Instagram is asked: a request to the service, or a job of its own. */
export interface Caller {
  /** The contract's operation id, for errors, logs and metrics. */
  readonly operation: string;
  /** How long the answer is waited for; null where nobody hangs up. */
  readonly wanted: Wanted | null;
  /** Told of every exchange, repetitions included. */
  onCall(report: CallReport): void;
}

/** What an operation needs: the session's state and the way out. Made anew for each use. */
export interface Client {
  readonly caller: Caller;
  /** The caller's. */
  readonly operation: string;
  readonly state: SessionState;
  readonly fetch: UpstreamFetch;
  readonly proxy: string | null;
  /** How long Instagram may keep silent, before its answer and in the middle of it. */
  readonly timeoutMs: number;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Waits before a repetition, in milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Of a read that may end when nobody waits for it; null for what must not end halfway. */
  readonly wanted: Wanted | null;
  /** Told of fields that are not what the models expect. */
  readonly drift: DriftReporter;
}

/** All headers of a call, as the runtime takes them. */
export function headersOf(call: UpstreamCall): Headers {
  const headers = new Headers(call.device?.native);
  for (const name in call.headers) headers.set(name, call.headers[name] ?? "");
  return headers;
}
