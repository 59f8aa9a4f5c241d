import { createHash, timingSafeEqual } from "node:crypto";
import { GatewayProblem } from "../../problems/gateway.ts";
import type { RequestContext } from "../context.ts";
import { type GuessingDependencies, noteFailure, refuseGuesser } from "./guessing.ts";

/** The token of `Authorization: Bearer …`, null if there is none. */
export function bearerToken(request: Request): string | null {
  const header = request.headers.get("authorization")?.trim() ?? "";
  return /^bearer\s/i.test(header) ? header.slice("bearer".length).trim() || null : null;
}

const REFUSALS = {
  AdminTokenRequired: "Admin token required",
  MetricsTokenRequired: "Metrics token required",
} as const;

/** Admits only requests with this bearer token. Throws GatewayProblem of the given kind. */
export function requireToken(
  deps: GuessingDependencies,
  request: Request,
  context: RequestContext,
  expected: string,
  kind: keyof typeof REFUSALS,
): void {
  const token = bearerToken(request);
  if (token === null) throw new GatewayProblem(kind, REFUSALS[kind]);
  // Refused before the comparison, so that the answer does not show whether the guess was right.
  refuseGuesser(deps, context, "token");
  if (isSameSecret(token, expected)) return;
  noteFailure(deps, context, "token");
  throw new GatewayProblem(kind, REFUSALS[kind]);
}

/** Compares in constant time, also for different lengths. */
function isSameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
