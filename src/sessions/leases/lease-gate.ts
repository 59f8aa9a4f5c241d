import type { WatchedRequest } from "../../instagram/client.ts";
import { type Gate, type GatePass, isToApi } from "../gate.ts";
import { LeaseLost } from "./held-elsewhere.ts";

/** Files are the same for whoever asks: they may be fetched while another machine uses the session. */
function requireLease(pass: GatePass, request: WatchedRequest): void {
  if (!pass.held() && isToApi(request)) throw new LeaseLost();
}

/** A login that was used and is not stored would be an older one again at the next machine. */
function requireSettled(pass: GatePass, request: WatchedRequest): void | Promise<void> {
  requireLease(pass, request);
  const settling = pass.settled();
  if (settling !== true) return settling.then(() => requireLease(pass, request));
}

/** Lets no request of a session out that another machine may be using. */
export const leaseGate: Gate = { before: requireLease, ready: requireSettled };
