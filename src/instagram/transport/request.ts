import type { Client } from "../client.ts";
import type { Headers } from "../headers.ts";
import type { FormPairs, RequestBody } from "../signing.ts";

/** One request of an operation. */
export interface UpstreamRequest {
  /**
   * What it does at Instagram. A read, by GET or by POST, is repeated once when the connection broke
   * or a 5xx came; a write never is, nor is any step of a login or a challenge.
   */
  effect: "read" | "write";
  method: "GET" | "POST";
  /** From the root of the host, e.g. `/api/v1/users/25025320/info/`. */
  path: string;
  host?: string;
  query?: FormPairs;
  body?: RequestBody;
  /** Added to the headers of who speaks. */
  headers?: Headers;
  /** Who speaks: the logged-in app, unless said. */
  as?: Speaker;
}

/**
 * Who a request speaks as: `account`, the app with the session's login, without which nothing is sent;
 * `device`, the same app before or during a login; or a browser with exactly these headers (a new
 * object each time), whose answers change nothing in the session.
 */
export type Speaker = "account" | "device" | { readonly browser: Headers };

/** The headers of the browser that a request speaks as, null where it speaks as the app. */
export const browserOf = ({ as }: UpstreamRequest): Headers | null =>
  typeof as === "object" ? as.browser : null;

/** What came back. */
export interface UpstreamAnswer {
  status: number;
  headers: globalThis.Headers;
  /** As received: passes through without losing a digit. Empty where the body is a stream. */
  text: string;
  /** The body as it comes, where the reading takes it so. */
  stream: ReadableStream<Uint8Array> | null;
}

/** What an answer is read with. */
export interface Reading<T> {
  /** Takes the body of a good answer as it comes; it is read whole unless said, 32 MB at most. */
  readonly streams?: true;
  /** Takes a redirect as an answer too: its Location is in the headers. */
  readonly redirects?: true;
  /** Throws UpstreamRefused for an answer that says no, UpstreamUnreachable for an unusable one. */
  readonly read: (answer: UpstreamAnswer) => T;
}

/**
 * Sends a request and resolves with its answer. The exchange itself is one, and so is each wrapper
 * around it, which knows one thing more.
 */
export type Sender = (
  client: Client,
  request: UpstreamRequest,
  reading: Reading<unknown>,
) => Promise<UpstreamAnswer>;
