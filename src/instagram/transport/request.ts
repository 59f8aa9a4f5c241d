import type { Client } from "../client.ts";
import type { Headers } from "../headers.ts";
import type { FormPairs, RequestBody } from "../signing.ts";

/** One request of an operation. */
export interface UpstreamRequest {
  /**
   * Whether it changes something at Instagram. A read (by GET or by POST) is repeated once if the
   * connection broke or a 5xx came. A write is never repeated, and its outcome is noted. A step is
   * what the app loads in the course of a login or a challenge: it changes nothing, but like a write
   * it is never repeated, as Instagram counts attempts.
   */
  effect: "read" | "step" | "write";
  method: "GET" | "POST";
  /** From the root of the host, e.g. `/api/v1/users/25025320/info/`. */
  path: string;
  host?: string;
  /** Takes the place of `https://` and the host where a caller's URL leads elsewhere. */
  elsewhere?: Elsewhere;
  query?: FormPairs;
  body?: RequestBody;
  /** Added to the headers of the sender. */
  headers?: Headers;
  /** `account` unless given. */
  as?: RequestSender;
}

/** A server that is not Instagram's. What it answers is not read unless it is the file asked for. */
export interface Elsewhere {
  /** Scheme, host and port, such as `https://example.com`. */
  readonly origin: string;
  /** The host's addresses, which have been checked. */
  readonly addresses: readonly string[];
}

/**
 * Whom a request poses as. `account` is the app with the session's login; without a login nothing
 * is sent. `device` is the same app before or during a login. A browser has exactly these headers
 * (a new object each time), and its answers change nothing in the session.
 */
export type RequestSender = "account" | "device" | { readonly browser: Headers };

/** The headers of the browser that a request poses as; null if it poses as the app. */
export const browserOf = ({ as }: UpstreamRequest): Headers | null =>
  typeof as === "object" ? as.browser : null;

/** Instagram's answer to a request. */
export interface UpstreamAnswer {
  status: number;
  headers: globalThis.Headers;
  /** The body as received, so that no digit is lost. Empty if the body is a stream. */
  text: string;
  /** The body, if the reading takes it as a stream. */
  stream: ReadableStream<Uint8Array> | null;
}

/** How an answer is read. */
export interface Reading<T> {
  /** Takes the body of a good answer as a stream. Otherwise it is read whole, up to 32 MB. */
  readonly streams?: true;
  /** Accepts a redirect as an answer; its Location is in the headers. */
  readonly redirects?: true;
  /** Accepts that the part of a file which was asked for does not exist (416). */
  readonly noPart?: true;
  /** Throws UpstreamRefused for an answer that says no, UpstreamUnreachable for an unusable one. */
  readonly read: (answer: UpstreamAnswer) => T;
}

/**
 * Sends a request and resolves with its answer. The exchange itself is a Sender, and so is each
 * wrapper around it, which adds one task.
 */
export type Sender = (
  client: Client,
  request: UpstreamRequest,
  reading: Reading<unknown>,
) => Promise<UpstreamAnswer>;
