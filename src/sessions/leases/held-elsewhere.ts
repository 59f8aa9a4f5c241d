import { GatewayProblem } from "../../problems/gateway.ts";

/** Where a session can be used instead. */
export interface Elsewhere {
  /** The machine that uses it, by its name for Fly's proxy; null where none does. */
  readonly machine: string | null;
  /** The region of that machine, or the session's home region with a machine that may take it. */
  readonly region: string | null;
}

/** Another machine uses the session, or its home region has one that is to. */
export class HeldElsewhere extends GatewayProblem {
  constructor(
    readonly elsewhere: Elsewhere,
    /** Seconds until it can be asked for again. */
    retryAfter = 1,
  ) {
    const { machine, region } = elsewhere;
    super("SessionElsewhere", `used by machine ${machine ?? "none"} in ${region ?? "no region"}`, {
      detail: "The session is used by another machine of this gateway",
      retryAfter,
    });
  }
}

/** This machine has lost the session to another while it was about to use it. */
export class LeaseLost extends GatewayProblem {
  constructor() {
    super("SessionElsewhere", "the lease of the session ran out", {
      detail: "This machine of the gateway may not use the session any more",
    });
  }
}
