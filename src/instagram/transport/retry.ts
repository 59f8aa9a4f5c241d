import { UpstreamUnreachable } from "../errors.ts";
import type { Sender, UpstreamRequest } from "./request.ts";

const DELAY_MS = 250;

/** Sends a read a second time if the connection broke or a 5xx came. A write is sent once. */
export const withRetry =
  (next: Sender): Sender =>
  async (client, request, reading) => {
    try {
      return await next(client, request, reading);
    } catch (error) {
      if (!isRepeatable(request) || !isTransient(error)) throw error;
    }
    await client.sleep(DELAY_MS * (1 + Math.random()));
    return next(client, request, reading);
  };

// A stream can be read only once.
const isRepeatable = ({ effect, body }: UpstreamRequest): boolean =>
  effect === "read" && body?.kind !== "stream";

// Not after a timeout: the caller has waited long enough, and the second attempt would take as
// long. After a proxy's failure only if the connection dropped: wrong credentials, sent again, may
// be locked.
function isTransient(error: unknown): boolean {
  if (!(error instanceof UpstreamUnreachable)) return false;
  const { dropped, status } = error.context;
  return dropped === true || (error.kind === "UpstreamError" && (status ?? 500) >= 500);
}
