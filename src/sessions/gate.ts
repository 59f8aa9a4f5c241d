import type { Caller, Watch } from "../instagram/client.ts";
import type { Mode, SessionRecord } from "./session-store.ts";

/** A request that is about to go to Instagram, or has been there. */
export interface GatePass {
  readonly tenantId: string;
  readonly mode: Mode;
  /** The session as it is now; null for a login that is not stored yet, and for anonymous requests. */
  readonly session: SessionRecord | null;
  readonly caller: Caller;
  /** The proxy that it goes through; null for none, or one without an id. */
  readonly proxyId: string | null;
}

/**
 * Decides about each single request to Instagram, immediately before it is sent, and is told what
 * became of it. What must hold for every request stands here: nothing gets past it.
 */
export interface Gate {
  /** Throws GatewayProblem to prevent the request. Without a promise, whenever that is possible. */
  before?(pass: GatePass): void | Promise<void>;
  /** `error` is what the caller is told; null for a good answer. Must not throw. */
  after?(pass: GatePass, error: unknown, milliseconds: number): void;
}

/** The gates in their order. */
export function composeGates(gates: readonly Gate[]): Gate {
  const befores = gates.flatMap((gate) => gate.before?.bind(gate) ?? []);
  const afters = gates.flatMap((gate) => gate.after?.bind(gate) ?? []);
  return {
    before(pass) {
      for (let at = 0; at < befores.length; at++) {
        const asking = befores[at]?.(pass);
        if (asking) return asking.then(() => rest(befores, at + 1, pass));
      }
    },
    after(pass, error, milliseconds) {
      for (const after of afters) after(pass, error, milliseconds);
    },
  };
}

async function rest(
  befores: readonly NonNullable<Gate["before"]>[],
  from: number,
  pass: GatePass,
): Promise<void> {
  for (const before of befores.slice(from)) await before(pass);
}

/** What watches one client for the gate. */
export const watchFor = (gate: Gate, pass: GatePass): Watch => ({
  before: () => gate.before?.(pass),
  after: (error, milliseconds) => gate.after?.(pass, error, milliseconds),
});
