import { AnswerUnusable, type Client, ProxyFailed, RequestBodyFailed } from "../client.ts";
import { answerUnusable, CallerGone, outOfTime, UpstreamUnreachable } from "../errors.ts";
import type { Sender, UpstreamAnswer } from "./request.ts";

/**
 * Sends nothing for a caller who has hung up or whose time is over, and says why there was no answer:
 * the caller, the time, the proxy or the network. Throws CallerGone, UpstreamUnreachable.
 */
export const withFailures =
  (next: Sender): Sender =>
  async (client, request, reading) => {
    const ended = endOf(client);
    if (ended) throw ended;
    let answer: UpstreamAnswer;
    try {
      answer = await next(client, request, reading);
    } catch (error) {
      throw failureOf(client, error);
    }
    if (answer.status === 407 && client.proxy)
      throw proxyError(new ProxyFailed("refuses its credentials (407)"));
    const { stream } = answer;
    if (stream === null) return answer;
    return { ...answer, stream: explained(stream, (error) => failureOf(client, error)) };
  };

/** Why nobody waits for an answer any more, null while somebody does. */
function endOf({ cancellation }: Client): CallerGone | UpstreamUnreachable | null {
  if (!cancellation) return null;
  if (cancellation.signal.aborted) return new CallerGone();
  return cancellation.endsAt <= performance.now() ? outOfTime(cancellation) : null;
}

function failureOf(client: Client, error: unknown): unknown {
  const ended = endOf(client);
  if (ended instanceof CallerGone) return ended;
  const name = error instanceof Error ? error.name : "";
  if (name === "TimeoutError" || name === "AbortError")
    return (
      ended ??
      new UpstreamUnreachable(
        "UpstreamTimeout",
        `No answer from Instagram within ${client.timeoutMs / 1000} s`,
      )
    );
  if (error instanceof AnswerUnusable) return answerUnusable(error.message);
  // Who made the body knows what this means.
  if (error instanceof RequestBodyFailed) return error.cause;
  if (error instanceof ProxyFailed) return proxyError(error);
  // What the platform says may quote the proxy's URL, so only its code goes on.
  const code = codeOf(error);
  const dropped = code === "ECONNRESET";
  return client.proxy
    ? proxyError(new ProxyFailed(code), dropped)
    : new UpstreamUnreachable("UpstreamError", `Instagram could not be reached (${code})`, {
        dropped,
      });
}

/**
 * Says the same whatever the proxy did: a proxy is a tenant's URL, and who could tell a closed port
 * from an open one by the answers would scan with it. The cause is for the operator's log.
 */
const proxyError = (cause: ProxyFailed, dropped = false): UpstreamUnreachable =>
  new UpstreamUnreachable(
    "ProxyError",
    "The session's proxy could not be reached, or did not let the request through",
    { dropped },
    { cause },
  );

function codeOf(error: unknown): string {
  const code: unknown =
    typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z_]+$/.test(code) ? code : "connection failed";
}

/** A stream that fails with what its failure means. */
function explained(
  stream: ReadableStream<Uint8Array>,
  explain: (error: unknown) => unknown,
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
          controller.error(explain(error));
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
