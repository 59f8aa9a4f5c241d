import { Problem } from "../../problems/problem.ts";
import {
  AnswerUnusable,
  type Client,
  faultOfCode,
  NotSent,
  ProxyFailed,
  type ProxyFault,
  RequestBodyFailed,
} from "../client.ts";
import { answerUnusable, CallerGone, outOfTime, UpstreamUnreachable } from "../errors.ts";
import type { Sender, UpstreamAnswer } from "./request.ts";
import { Prevented } from "./watch.ts";

/**
 * Turns the failure of an exchange into an error that says what failed: the caller, the time, the
 * proxy or the network. Sends nothing if the caller has hung up or its time is over. Notes that a
 * write begins, and if nothing of it was sent. Throws CallerGone, UpstreamUnreachable.
 */
export const withFailures =
  (next: Sender): Sender =>
  async (client, request, reading) => {
    const ended = endOf(client);
    if (ended) throw ended;
    const writes = request.effect === "write" ? client.caller.writes : null;
    writes?.begin();
    let answer: UpstreamAnswer;
    try {
      answer = await next(client, request, reading);
    } catch (error) {
      if (!(error instanceof NotSent)) throw failureOf(client, error);
      writes?.notSent();
      throw failureOf(client, error.cause, faultOfCode);
    }
    if (answer.status === 407 && client.proxy) {
      // It came from the proxy, which has kept the request.
      writes?.notSent();
      throw proxyError(new ProxyFailed("refuses its credentials (407)", "credentials"));
    }
    const { stream } = answer;
    if (stream === null) return answer;
    return { ...answer, stream: withMappedErrors(stream, (error) => failureOf(client, error)) };
  };

/** Why the caller no longer waits for an answer; null while it does. */
function endOf({ cancellation }: Client): CallerGone | UpstreamUnreachable | null {
  if (!cancellation) return null;
  if (cancellation.signal.aborted) return new CallerGone();
  return cancellation.endsAt <= performance.now() ? outOfTime(cancellation) : null;
}

/**
 * `faultOf` says what a network error means for the proxy: something only before the request was sent,
 * since afterwards it may be Instagram that ends a connection.
 */
function failureOf(
  client: Client,
  error: unknown,
  faultOf: (code: string) => ProxyFault | null = () => null,
): unknown {
  const ended = endOf(client);
  if (ended instanceof CallerGone) return ended;
  // A fence ends exchanges with an error that says why.
  if (error instanceof Prevented || error instanceof Problem) return error;
  const name = error instanceof Error ? error.name : "";
  if (name === "TimeoutError" || name === "AbortError")
    return (
      ended ??
      new UpstreamUnreachable(
        "UpstreamTimeout",
        `No answer from Instagram within ${client.timeoutMs / 1000} s`,
        { unanswered: true },
      )
    );
  if (error instanceof AnswerUnusable) return answerUnusable(error.message);
  // This error comes from whoever made the stream, who understands it.
  if (error instanceof RequestBodyFailed) return error.cause;
  if (error instanceof ProxyFailed) return proxyError(error);
  // The platform's message may quote the proxy's URL, so only its code is used.
  const code = codeOf(error);
  const dropped = code === "ECONNRESET";
  return client.proxy
    ? proxyError(new ProxyFailed(code, faultOf(code)), { dropped, unanswered: true })
    : new UpstreamUnreachable("UpstreamError", `Instagram could not be reached (${code})`, {
        dropped,
        unanswered: true,
      });
}

/**
 * The message is the same whatever the proxy did. A tenant chooses the proxy's URL, and a tenant
 * that could tell open ports from closed ones could scan networks. The cause goes into the
 * operator's log.
 */
export const proxyError = (
  cause: ProxyFailed,
  context: UpstreamUnreachable["context"] = { unanswered: true },
): UpstreamUnreachable =>
  new UpstreamUnreachable(
    "ProxyError",
    "The session's proxy could not be reached, or did not let the request through",
    context,
    { cause },
  );

function codeOf(error: unknown): string {
  const code: unknown =
    typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z_]+$/.test(code) ? code : "connection failed";
}

/** The same stream, but it fails with what `mapError` makes of its error. */
function withMappedErrors(
  stream: ReadableStream<Uint8Array>,
  mapError: (error: unknown) => unknown,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          controller.error(mapError(error));
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
