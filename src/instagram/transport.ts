import type { Client } from "./client.ts";
import { notLoggedIn } from "./errors.ts";
import { withCallReports } from "./transport/call-reports.ts";
import { exchange } from "./transport/exchange.ts";
import { withFailures } from "./transport/failures.ts";
import { withRefusals } from "./transport/refusals.ts";
import type { Reading, Sender, UpstreamRequest } from "./transport/request.ts";
import { withRetry } from "./transport/retry.ts";
import { withSessionUpdates } from "./transport/session-updates.ts";

/** The exchange is innermost. Each wrapper sees the answers and errors of those inside it. */
const answerTo: Sender = withRetry(
  withRefusals(withSessionUpdates(withFailures(withCallReports(exchange)))),
);

/**
 * Sends one request and reads its answer. Changes that the answer's headers ask for are made to the
 * session. Throws UpstreamRefused when Instagram says no, UpstreamUnreachable when there is no
 * usable answer, CallerGone when the caller has hung up.
 */
export async function send<T>(
  client: Client,
  reading: Reading<T>,
  request: UpstreamRequest,
): Promise<T> {
  const { as = "account" } = request;
  if (as === "account" && !client.state.userId) throw notLoggedIn();
  return reading.read(await answerTo(client, request, reading));
}
