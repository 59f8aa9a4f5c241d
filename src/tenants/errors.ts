import { GatewayProblem } from "../problems/gateway.ts";

/** The tenant has as many API keys in force as it may. */
export const tooManyKeys = (limit: number): GatewayProblem =>
  new GatewayProblem("ApiKeyLimitReached", `This tenant may have ${limit} API keys in force`);

/** The key was revoked or has expired, so it cannot be rotated. */
export const keyNotActive = (): GatewayProblem =>
  new GatewayProblem("ApiKeyNotActive", "the API key is revoked or expired: create a new one");

/** A key was to get, replace or end what the key that asks for it has not itself. */
export const grantExceeded = (message: string): GatewayProblem =>
  new GatewayProblem("GrantExceeded", message);
