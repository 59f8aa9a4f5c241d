import type { Gate, GatePass } from "../gate.ts";
import { LeaseLost } from "./held-elsewhere.ts";

function requireLease(pass: GatePass): void {
  if (!pass.held()) throw new LeaseLost();
}

/** Lets no request of a session out that another machine may be using. */
export const leaseGate: Gate = { before: requireLease, ready: requireLease };
