/* Why a session is not stored, found or saved as asked. */

/** Somebody else saved the session since it was read: read it again. */
export class SessionVersionConflict extends Error {
  override readonly name = "SessionVersionConflict";

  constructor(
    readonly sessionId: string,
    readonly expected: number,
    /** Null when the session was deleted. */
    readonly current: number | null,
  ) {
    super(`session ${sessionId} was ${current === null ? "deleted" : "saved by another process"}`);
  }
}

/** Another session of the tenant and mode has this legacy id. */
export class LegacyIdTaken extends Error {
  override readonly name = "LegacyIdTaken";

  constructor() {
    super("another session of this tenant has the same upstream session id");
  }
}

/** Another session of the tenant and mode is of the same account. */
export class AccountHasSession extends Error {
  override readonly name = "AccountHasSession";

  constructor() {
    super("the account has a session already");
  }
}

/** The tenant has as many sessions as its policy allows. */
export class SessionLimitReached extends Error {
  override readonly name = "SessionLimitReached";

  constructor(readonly limit: number) {
    super(`the tenant may keep ${limit} sessions and has them`);
  }
}

/** The tenant was deleted meanwhile. */
export class SessionTenantMissing extends Error {
  override readonly name = "SessionTenantMissing";

  constructor(readonly tenantId: string) {
    super("the session's tenant does not exist");
  }
}
