import type { Answer, RequestOptions, TestService } from "./service.ts";

/** What no answer, log or record may hold: it is in the password of every proxy here. */
export const SECRET = "hush-secret";

let made = 0;

/** The URL of a proxy that no test has used. */
export const newUrl = (): string =>
  `http://user:${SECRET}-${++made}@proxy-${made}.example.com:8080`;

/** A tenant with keys that may do everything, and its calls. */
export interface ProxyTenant {
  tenantId: string;
  /** Test and live key. */
  key: string;
  live: string;
  /** Asks with the test key. */
  ask(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Adds a proxy of the test mode and resolves with the answer's body. */
  add(fields?: Record<string, unknown>): Promise<any>;
}

export async function newProxyTenant(service: TestService): Promise<ProxyTenant> {
  const tenantId = await service.createTenant();
  const scopes = ["read", "write", "auth", "admin"];
  const { key } = await service.createKey(tenantId, { scopes });
  const live = (await service.createKey(tenantId, { scopes, mode: "live" })).key;
  const ask: ProxyTenant["ask"] = (method, path, options) =>
    service.request(method, path, { key, ...options });
  return {
    tenantId,
    key,
    live,
    ask,
    add: async (fields) =>
      (await ask("POST", "/proxy", { json: { url: newUrl(), ...fields } })).body,
  };
}
