import type { Client } from "./client.ts";
import { notLoggedIn, UpstreamRefused } from "./errors.ts";
import { withCallReports } from "./transport/call-reports.ts";
import { exchange } from "./transport/exchange.ts";
import { withFailures } from "./transport/failures.ts";
import { withRefusals } from "./transport/refusals.ts";
import type { Reading, Sender, UpstreamRequest } from "./transport/request.ts";
import { withRetry } from "./transport/retry.ts";
import { withSessionUpdates } from "./transport/session-updates.ts";
import { watched, withWatch } from "./transport/watch.ts";

/** The exchange is innermost. Each wrapper sees the answers and errors of those inside it. */
const answerTo: Sender = withRetry(
  withWatch(withRefusals(withSessionUpdates(withFailures(withCallReports(exchange))))),
);

/**
 * Sends one request and reads its answer. Changes that the answer's headers ask for are made to the
 * session. What became of a write is noted in the caller's `writes`. Throws UpstreamRefused when
 * Instagram says no, UpstreamUnreachable when there is no usable answer, CallerGone when the caller has
 * hung up, and what the client's watch prevents it with.
 */
export async function send<T>(
  client: Client,
  reading: Reading<T>,
  request: UpstreamRequest,
): Promise<T> {
  const { as = "account" } = request;
  if (as === "account" && !client.state.userId) throw notLoggedIn();
  const exchanged = (): Promise<T> =>
    watched(client, request, async () => reading.read(await answerTo(client, request, reading)));
  if (request.effect !== "write") return exchanged();
  const { writes } = client.caller;
  try {
    const value = await exchanged();
    writes.acted();
    return value;
  } catch (error) {
    // After any other error nobody knows, unless the transport has noted that nothing was sent.
    if (error instanceof UpstreamRefused) writes.refused();
    throw error;
  }
}
