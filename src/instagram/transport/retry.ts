import { UpstreamUnreachable } from "../errors.ts";
import type { Sender, UpstreamRequest } from "./request.ts";

const DELAY_MS = 250;

/** Sends a read once more when the connection broke or a 5xx came; a write is sent once. */
export const withRetry =
  (next: Sender): Sender =>
  async (client, request, reading) => {
    try {
      return await next(client, request, reading);
    } catch (error) {
      if (!isRepeatable(request) || !isWorthRepeating(error)) throw error;
    }
    await client.sleep(DELAY_MS * (1 + Math.random()));
    return next(client, request, reading);
  };

// A stream has been read when it has been sent.
const isRepeatable = ({ effect, body }: UpstreamRequest): boolean =>
  effect === "read" && body?.kind !== "stream";

// A timeout is not repeated: the caller has waited long enough, and the next would take as long. Of a
// proxy's failures only a dropped connection is: one that refuses its credentials may lock them.
function isWorthRepeating(error: unknown): boolean {
  if (!(error instanceof UpstreamUnreachable)) return false;
  const { dropped, status } = error.context;
  return dropped === true || (error.kind === "UpstreamError" && (status ?? 500) >= 500);
}
