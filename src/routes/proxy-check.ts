import type { RequestContext } from "../http/context.ts";
import { type Operation, operations, withAdministrator, withKey } from "../http/route.ts";
import type { HealthChecks } from "../proxies/health-checks.ts";
import { proxyJson } from "../proxies/json.ts";
import type { ProxyStore } from "../proxies/proxy-store.ts";
import type { ProxyOwner } from "../proxies/store/conditions.ts";
import { operatorOnly } from "./administration.ts";
import { notBlank } from "./parameters.ts";
import { proxyNotFound } from "./proxy.ts";
import { ProxyId, ProxySchema } from "./proxy-fields.ts";

export interface ProxyCheckDependencies {
  store: Pick<ProxyStore, "row" | "find">;
  checks: Pick<HealthChecks, "check">;
}

const { post } = operations("Proxy");
const { post: postForOperator } = operations("Admin");

/** As how many requests a check counts: it makes connections, and may hold them for 10 s. */
const COST_OF_CHECK = 10;

const WHAT_IT_DOES =
  "Fetches a small page through the proxy, and answers with the proxy as it is then: state, latency_ms, and in last_error what is wrong, if anything: refused, timeout, credentials, dns, tls, closed, answer (it does not let requests through) or blocked (Instagram blocks its address). Takes up to 10 s.";

/** Checks of proxies on demand. */
export const proxyCheckRoutes = ({ store, checks }: ProxyCheckDependencies): Operation[] => {
  /** Throws GatewayProblem (ProxyNotFound, EncryptionKeyUnavailable), StorageUnavailable. */
  async function check(owner: ProxyOwner, proxyId: string, context: RequestContext) {
    const row = await store.row(owner, notBlank(proxyId, "proxy_id").trim());
    if (row === null) throw proxyNotFound();
    context.surcharge = COST_OF_CHECK - 1;
    await checks.check(row);
    const proxy = await store.find({ owner }, row.id);
    if (proxy === null) throw proxyNotFound();
    return proxyJson(proxy);
  }

  return [
    post(
      "/proxy/check",
      {
        operationId: "postProxyCheck",
        summary: "Check a proxy now",
        description: `${WHAT_IT_DOES} Counts as ${COST_OF_CHECK} requests of the key. A test key's proxies are judged by the sandbox.`,
        access: withKey("admin"),
        body: { proxy_id: ProxyId },
        returns: ProxySchema,
        errors: ["ProxyNotFound", "EncryptionKeyUnavailable"],
      },
      ({ key: { tenantId, mode }, body, context }) =>
        check({ tenantId, mode }, body.proxy_id, context),
    ),
    postForOperator(
      "/admin/proxies/:proxy_id/check",
      {
        operationId: "postAdminProxyCheck",
        summary: "Check a proxy that is offered to all tenants",
        description: `Only for the operator. ${WHAT_IT_DOES}`,
        access: withAdministrator,
        returns: ProxySchema,
        errors: ["ProxyNotFound", "EncryptionKeyUnavailable"],
      },
      ({ params, administrator, context }) => {
        operatorOnly(administrator);
        return check({ tenantId: null }, params.proxy_id, context);
      },
    ),
  ];
};
