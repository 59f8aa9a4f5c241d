import type { Client } from "./client.ts";
import { notLoggedIn } from "./errors.ts";
import { exchange } from "./transport/exchange.ts";
import { explaining } from "./transport/explaining.ts";
import { refusing } from "./transport/refusing.ts";
import { repeating } from "./transport/repeating.ts";
import { reporting } from "./transport/reporting.ts";
import type { Reading, Sender, UpstreamRequest } from "./transport/request.ts";
import { takingOver } from "./transport/taking-over.ts";

/** The one exchange inside; what is further out sees what the inner ones have made of it. */
const answerTo: Sender = repeating(refusing(takingOver(explaining(reporting(exchange)))));

/**
 * Sends one request and reads its answer. What the answer's headers change in the session is taken
 * over. Throws UpstreamRefused when Instagram says no, UpstreamUnreachable when there is no usable
 * answer, CallerGone when nobody waits for it any more.
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
