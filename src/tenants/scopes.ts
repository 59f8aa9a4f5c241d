import { InvalidInput } from "../problems/problem.ts";

/**
 * read: look-ups; write: actions; auth: logins and sessions; admin: the tenant's keys and policies.
 */
export type Scope = "read" | "write" | "auth" | "admin";

export const allScopes: readonly Scope[] = ["read", "write", "auth", "admin"];

export const defaultScopes: readonly Scope[] = ["read", "write", "auth"];

/** The scopes without duplicates, in the order of allScopes. Throws InvalidInput for `scopes`. */
export function cleanScopes(scopes: readonly string[]): Scope[] {
  const unknown = scopes.find((scope) => !allScopes.some((known) => known === scope));
  if (unknown !== undefined) {
    throw new InvalidInput("scopes", `may be ${allScopes.join(", ")}`);
  }
  if (scopes.length === 0) throw new InvalidInput("scopes", "must not be empty");
  return allScopes.filter((scope) => scopes.includes(scope));
}

/** Reads the stored form; a scope of a newer version is ignored. */
export function parseScopes(stored: string): Scope[] {
  const words = stored.split(" ");
  return allScopes.filter((scope) => words.includes(scope));
}

/** The stored form: space-separated. */
export function formatScopes(scopes: readonly Scope[]): string {
  return scopes.join(" ");
}
