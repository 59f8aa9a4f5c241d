import { declaredLength } from "./declared-length.ts";
import type { FailedReplay } from "./fly-headers.ts";

/** Fly's proxy keeps no longer bodies, so it cannot send them again. */
export const MAX_REPLAYED_BYTES = 1_000_000;
/** A request is sent on so often: to a region, and there to the machine that has the session. */
const MAX_HOPS = 2;

/** What Fly's proxy says of a request that was sent on before. */
export interface Arrival {
  /** The machine that had it sent here; null where that is not known for sure. */
  readonly sender: string | null;
  /** How often it was sent on. */
  readonly hops: number;
  /** Its name in the logs of the machines before. */
  readonly requestId: string | null;
  /** Its target was not reached, so it has come back. */
  readonly failed: FailedReplay | null;
}

/** Whether Fly's proxy does not send the request on again. */
export const isLastTry = ({ failed, hops }: Arrival): boolean =>
  failed !== null || hops >= MAX_HOPS;

/** Whether a request must be answered here; `maxBodyBytes` is the most that its route takes. */
export const isForHere = (
  headers: Headers,
  arrival: Arrival | null,
  maxBodyBytes: number,
): boolean => (arrival !== null && isLastTry(arrival)) || !fitsReplay(headers, maxBodyBytes);

function fitsReplay(headers: Headers, maxBodyBytes: number): boolean {
  const length = declaredLength(headers);
  if (length !== null) return length <= MAX_REPLAYED_BYTES;
  return !headers.has("transfer-encoding") || maxBodyBytes <= MAX_REPLAYED_BYTES;
}
