/** A value that the caller gave is not acceptable; the message says why, in words for the caller. */
export class InvalidInput extends Error {
  override readonly name = "InvalidInput";

  constructor(
    /** Name of the field as in the HTTP API, for example `expires_at`. */
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

/** No such tenant (any more). */
export class TenantNotFound extends Error {
  override readonly name = "TenantNotFound";

  constructor(readonly tenantId: string) {
    super("no such tenant");
  }
}

/** The API key was revoked or has expired, so it cannot be rotated. */
export class ApiKeyNotActive extends Error {
  override readonly name = "ApiKeyNotActive";

  constructor(readonly keyId: string) {
    super("the API key is revoked or expired: create a new one");
  }
}

/** The tenant has as many keys in force as it may. */
export class ApiKeyLimitReached extends Error {
  override readonly name = "ApiKeyLimitReached";

  constructor(readonly limit: number) {
    super(`This tenant may have ${limit} API keys in force`);
  }
}

/** A key was to get, replace or end what the key that asks for it has not itself. */
export class GrantExceeded extends Error {
  override readonly name = "GrantExceeded";
}
