import { type Actor, OPERATOR } from "../announcements.ts";
import type { Mode } from "../db/schema.ts";
import { grantExceeded } from "./errors.ts";
import { defaultScopes, type Scope } from "./scopes.ts";

/** The rights of a key that it can give to others. */
export interface KeyGrant {
  mode: Mode;
  scopes: Iterable<Scope>;
  /** Unix milliseconds, null when it never expires. */
  expiresAt: number | null;
}

/** Creates, rotates or revokes keys: another key of the tenant, or null for the operator. */
export type KeyMaker = (KeyGrant & { keyId: string }) | null;

export const actorOf = (maker: KeyMaker): Actor =>
  maker === null ? OPERATOR : { kind: "key", keyId: maker.keyId };

/** The scopes of a key for which none were given: the default ones that its maker has. */
export function scopesFrom(maker: KeyMaker): readonly Scope[] {
  if (maker === null) return defaultScopes;
  const own = new Set(maker.scopes);
  const shared = defaultScopes.filter((scope) => own.has(scope));
  return shared.length > 0 ? shared : [...own];
}

/** Checks that a key gives no more rights than it has. Throws GrantExceeded. */
export function checkGrant(maker: KeyMaker, grant: KeyGrant): void {
  if (maker === null) return;
  checkMode(maker, grant.mode);
  const own = new Set(maker.scopes);
  const lacking = [...grant.scopes].filter((scope) => !own.has(scope));
  if (lacking.length > 0) {
    throw grantExceeded(`this key lacks the scope ${lacking.join(", ")} and cannot give it`);
  }
  const { expiresAt } = maker;
  if (expiresAt !== null && (grant.expiresAt === null || grant.expiresAt > expiresAt)) {
    const end = new Date(expiresAt).toISOString();
    throw grantExceeded(`this key expires at ${end}, and no key from it can last longer`);
  }
}

/** Checks that a test key does nothing that concerns live keys. Throws GrantExceeded. */
export function checkMode(maker: KeyMaker, mode: Mode): void {
  if (maker?.mode === "test" && mode === "live") {
    throw grantExceeded(
      "a test key cannot make, replace or revoke live keys, nor change policies, which hold for them",
    );
  }
}
