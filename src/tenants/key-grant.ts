import { type Actor, OPERATOR } from "../announcements.ts";
import type { Mode } from "../db/schema.ts";
import { grantExceeded } from "./errors.ts";
import { defaultScopes, type Scope } from "./scopes.ts";

/** What a key is allowed, as far as it can be handed on. */
export interface KeyGrant {
  mode: Mode;
  scopes: Iterable<Scope>;
  /** Unix milliseconds, null when it never ends. */
  expiresAt: number | null;
}

/** Who makes, replaces or ends keys: another key of the tenant, or null, the operator. */
export type KeyMaker = (KeyGrant & { keyId: string }) | null;

export const actorOf = (maker: KeyMaker): Actor =>
  maker === null ? OPERATOR : { kind: "key", keyId: maker.keyId };

/** The scopes of a key for which none were said: the usual ones, of those that its maker has. */
export function scopesFrom(maker: KeyMaker): readonly Scope[] {
  if (maker === null) return defaultScopes;
  const own = new Set(maker.scopes);
  const shared = defaultScopes.filter((scope) => own.has(scope));
  return shared.length > 0 ? shared : [...own];
}

/** A key hands on what it has and nothing more. Throws GrantExceeded. */
export function checkGrant(maker: KeyMaker, wanted: KeyGrant): void {
  if (maker === null) return;
  checkMode(maker, wanted.mode);
  const own = new Set(maker.scopes);
  const lacking = [...wanted.scopes].filter((scope) => !own.has(scope));
  if (lacking.length > 0) {
    throw grantExceeded(`this key lacks the scope ${lacking.join(", ")} and cannot give it`);
  }
  const { expiresAt } = maker;
  if (expiresAt !== null && (wanted.expiresAt === null || wanted.expiresAt > expiresAt)) {
    const end = new Date(expiresAt).toISOString();
    throw grantExceeded(`this key expires at ${end}, and no key from it can last longer`);
  }
}

/** The sandbox's keys have no say over what reaches Instagram. Throws GrantExceeded. */
export function checkMode(maker: KeyMaker, mode: Mode): void {
  if (maker?.mode === "test" && mode === "live") {
    throw grantExceeded(
      "a test key cannot make, replace or revoke live keys, nor change policies, which hold for them",
    );
  }
}
