import { parseAllowList } from "../../src/net/address-rules.ts";
import { createHostGuard } from "../../src/net/host-guard.ts";
import { createBunPlatform } from "../../src/platform/bun.ts";
import type { ProxyFields } from "../../src/proxies/proxy-store.ts";
import { savedSettings } from "./live.ts";
import { startInstagram } from "./servers.ts";
import { type Answer, createTestService, type TestService } from "./service.ts";

const CHECKED_URL = "https://www.instagram.com/robots.txt";

/** A service whose live sessions reach an upstream on this machine, through proxies on this machine. */
export interface ProxiedService extends TestService {
  /** What the clock of the service is ahead, in milliseconds. */
  clock: { ahead: number };
  upstream: ReturnType<typeof startInstagram>;
  /** Stores a live proxy of the tenant, and resolves with its id. */
  addProxy(url: string, fields?: Partial<ProxyFields>): Promise<string>;
  /** Stores a live session on it, or (null) on none. */
  addSession(proxyId: string | null): Promise<string>;
  read(session: string): Promise<Answer>;
  /** The proxy as it is stored. */
  proxy(
    id: string,
  ): Promise<Awaited<ReturnType<TestService["service"]["stores"]["proxies"]["find"]>>>;
  /** Makes the checks that are due. */
  check(): Promise<void>;
}

export async function startProxiedService({
  secure = false,
  checkUrl = null,
  connectTimeoutMs = 1_500,
}: {
  secure?: boolean;
  checkUrl?: string | null;
  connectTimeoutMs?: number;
} = {}): Promise<ProxiedService> {
  const upstream = startInstagram({ secure });
  const clock = { ahead: 0 };
  const guard = createHostGuard(parseAllowList(["127.0.0.1", "localhost"]));
  const service = await createTestService({
    guard,
    platform: createBunPlatform({ guard, connectTimeoutMs }),
    now: () => Date.now() + clock.ahead,
    config: {
      upstreamUrl: upstream.origin,
      upstreamTimeoutMs: 2 * connectTimeoutMs,
      proxyChecks: { url: checkUrl ?? CHECKED_URL, areOn: checkUrl !== null, intervalMs: 600_000 },
    },
  });
  const { stores, proxyHealth } = service.service;
  const owner = { tenantId: service.tenantId, mode: "live" } as const;
  let sessions = 0;
  const close = async (): Promise<void> => {
    await service.close();
    upstream[Symbol.dispose]();
  };
  return {
    ...service,
    clock,
    upstream,
    async addProxy(url, fields = {}) {
      const none = { label: null, country: null, region: null, maxSessions: null } as const;
      const { proxy } = await stores.proxies.create(owner, {
        url,
        ...none,
        onFailure: "fail",
        ...fields,
      });
      return proxy.id;
    },
    async addSession(proxyId) {
      const userPk = String(49_200_000_000 + ++sessions);
      const login = { ds_user_id: userPk, sessionid: `${userPk}%3AAbCdEfGh%3A12%3AAYd` };
      const stored = await stores.sessions.create({
        ...owner,
        username: `account_${sessions}`,
        userPk,
        state: "active",
        region: null,
        settings: JSON.stringify(savedSettings({ authorization_data: login })),
        proxy: null,
        proxyId,
        credentials: null,
        legacyId: null,
        challenge: null,
      });
      return stored.id;
    },
    read: (session) => service.request("GET", "/account", { key: service.liveKey, session }),
    proxy: (id) => stores.proxies.find(owner, id),
    check: () => proxyHealth.checks.run(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
