import { GatewayProblem } from "../problems/gateway.ts";

/** The tenant has as many active API keys as it may have. */
export const tooManyKeys = (limit: number): GatewayProblem =>
  new GatewayProblem("ApiKeyLimitReached", `This tenant may have ${limit} API keys in force`);

/** The key was revoked or has expired, so it cannot be rotated. */
export const keyNotActive = (): GatewayProblem =>
  new GatewayProblem("ApiKeyNotActive", "the API key is revoked or expired: create a new one");

/** An API key was used to create, rotate or revoke a key that may do more than itself. */
export const grantExceeded = (message: string): GatewayProblem =>
  new GatewayProblem("GrantExceeded", message);
