import { GatewayProblem } from "../problems/gateway.ts";

/* Reasons why a session is not stored, found or saved. */

/**
 * The answer when two callers change a session, or the sessions of an account, at the same time.
 */
const BEING_CHANGED = { detail: "The session is being changed elsewhere; try again" };

/** The place that a login held on its proxy was given to another session, or the proxy is gone. */
export class ProxyPlaceLost extends GatewayProblem {
  constructor() {
    super("NoProxyAvailable", "The session's place on its proxy was lost meanwhile");
  }
}

/** The session was saved or deleted since it was read: read it again. */
export class SessionVersionConflict extends GatewayProblem {
  constructor(
    readonly sessionId: string,
    readonly expected: number,
    /** Null when the session was deleted. */
    readonly current: number | null,
  ) {
    const what = current === null ? "deleted" : "saved by another process";
    super("SessionBusy", `session ${sessionId} was ${what}`, BEING_CHANGED);
  }
}

/** Another session of the tenant in this mode has the legacy id. */
export class LegacyIdTaken extends GatewayProblem {
  constructor() {
    super(
      "SessionBusy",
      "another session of this tenant has the same upstream session id",
      BEING_CHANGED,
    );
  }
}

/** The tenant has a session of the account in this mode already. */
export class AccountHasSession extends GatewayProblem {
  constructor() {
    super("SessionBusy", "the account has a session already", BEING_CHANGED);
  }
}

/** The tenant has as many sessions as its policy allows. */
export class SessionLimitReached extends GatewayProblem {
  constructor(limit: number) {
    super("SessionLimitReached", `the tenant may keep ${limit} sessions and has them`, {
      detail: `This tenant may keep ${limit} sessions`,
    });
  }
}

/** The session was deleted while it was in use. */
export class SessionGone extends GatewayProblem {
  constructor() {
    super("SessionNotFound", "the session was deleted", { detail: "Session not found" });
  }
}
