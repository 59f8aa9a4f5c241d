import { ProxyFailed } from "../instagram/client.ts";
import { UpstreamRefused, UpstreamUnreachable } from "../instagram/errors.ts";
import { proxyError } from "../instagram/transport/failures.ts";
import type { HealthLog } from "../proxies/health-log.ts";
import { type Gate, isToApi } from "./gate.ts";

/**
 * Lets no request through a proxy that is down, which answers at once then, and notes what each request
 * to Instagram's API shows of its proxy: with URLs of its own, a tenant could take down a proxy that
 * others use.
 */
export const createProxyGate = (
  health: Pick<HealthLog, "waitFor" | "notTried" | "succeeded" | "failed" | "wasBlocked">,
  now: () => number,
): Gate => ({
  before({ proxyId, mode }, request) {
    if (proxyId === null) return;
    const wait = health.waitFor(proxyId, mode, { mayTry: isToApi(request) });
    // It reads the same as a try that fails: the cause is for the operator.
    if (wait !== null)
      throw proxyError(new ProxyFailed("is down", null), { retryAfterSeconds: wait });
  },
  prevented({ proxyId }, request) {
    if (proxyId !== null && isToApi(request)) health.notTried(proxyId);
  },
  after({ proxyId, mode }, error, milliseconds, request) {
    if (proxyId === null || !isToApi(request)) return;
    const startedAt = now() - milliseconds;
    if (error === null) return health.succeeded(proxyId, mode, startedAt);
    if (error instanceof UpstreamRefused) {
      if (error.context.isAddressBlocked) health.wasBlocked(proxyId, mode, startedAt);
      else health.succeeded(proxyId, mode, startedAt);
    } else if (error instanceof UpstreamUnreachable) {
      const { cause, context } = error;
      if (cause instanceof ProxyFailed) {
        if (cause.fault !== null) health.failed(proxyId, mode, startedAt, cause.fault);
      } else if (context.status !== undefined) health.succeeded(proxyId, mode, startedAt);
    }
  },
});
