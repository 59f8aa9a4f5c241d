import { GatewayProblem } from "../problems/gateway.ts";
import type { Gate } from "./gate.ts";

/** Why nothing goes out for a tenant that requires proxies. */
export const proxyRequired = (): GatewayProblem =>
  new GatewayProblem("ProxyRequired", "The tenant's proxy_policy lets nothing out without a proxy");

/** Lets nothing out without a proxy where the tenant requires one. */
export const requiredProxyGate: Gate = {
  before({ caller, hasProxy }) {
    if (!hasProxy && caller.proxyPolicy === "required") throw proxyRequired();
  },
};
