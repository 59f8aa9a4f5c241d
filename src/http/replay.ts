import type { HeldElsewhere } from "../sessions/leases/held-elsewhere.ts";

/*
 * Fly's proxy sends a request again to another machine when an answer has the header `fly-replay`:
 * https://fly.io/docs/networking/dynamic-request-routing/
 */

/** Fly's proxy keeps no longer bodies, so it cannot send them again. */
const MAX_BODY_BYTES = 1_000_000;
/** A request is sent on so often: to a region, and there to the machine that has the session. */
const MAX_HOPS = 2;
/** How long the proxy tries to reach the other machine. */
const TIMEOUT = "2s";

/** Whether a request must be answered by the machine that has got it. */
export function isForHere({ headers }: Pick<Request, "headers">): boolean {
  // It has been tried, and Fly's proxy would not try it again.
  if (headers.has("fly-replay-failed")) return true;
  if (hopsOf(headers) >= MAX_HOPS) return true;
  const length = headers.get("content-length");
  return length === null ? headers.has("transfer-encoding") : Number(length) > MAX_BODY_BYTES;
}

/** How often a request was sent on. */
function hopsOf(headers: Headers): number {
  const source = headers.get("fly-replay-src");
  return source === null ? 0 : Number(/(?:^|;)\s*state=h(\d)/.exec(source)?.[1] ?? 1);
}

/** The machine that has sent a request here; null when it has come by itself. */
export function sentOnBy(headers: Headers): string | null {
  const source = headers.get("fly-replay-src");
  return source === null ? null : (/(?:^|;)\s*instance=([\w-]{1,64})/.exec(source)?.[1] ?? null);
}

const NAME = /^[\w-]{1,64}$/;

/** The value of `fly-replay` that sends a request to where its session is used; null if nowhere. */
export function replayTo({ elsewhere }: HeldElsewhere, headers: Headers): string | null {
  const { machine, region } = elsewhere;
  const target = machine !== null ? `instance=${machine}` : `region=${region}`;
  if (!NAME.test(machine ?? region ?? "")) return null;
  return `${target};state=h${hopsOf(headers) + 1};timeout=${TIMEOUT};fallback=prefer_self`;
}
