import { afterAll, describe, expect, test } from "bun:test";
import { type ProxiedService, startProxiedService } from "../support/live-proxies.ts";
import { expectProblem } from "../support/problems.ts";
import { deadPort, startSocksProxy, type TestProxy } from "../support/servers.ts";

const started: ProxiedService[] = [];
afterAll(async () => {
  for (const service of started) await service.close();
});

async function start(): Promise<ProxiedService & { moved(): Promise<void> }> {
  const service = await startProxiedService();
  started.push(service);
  const { movesOnDown, proxyHealth } = service.service;
  return {
    ...service,
    async moved() {
      await proxyHealth.log.flush();
      await movesOnDown.idle();
    },
  };
}

const urlOf = (proxy: TestProxy): string => `socks5://127.0.0.1:${proxy.port}`;

/** Three failed checks, a while apart. */
async function takeDown(service: Awaited<ReturnType<typeof start>>, id: string): Promise<void> {
  const row = await service.service.stores.proxies.row({ tenantId: service.tenantId }, id);
  if (row === null) throw new Error("no such proxy");
  for (let time = 1; time <= 3; time++) {
    service.clock.ahead += 100;
    await service.service.proxyHealth.checks.check(row);
  }
  expect((await service.proxy(id))?.state).toBe("down");
  await service.moved();
}

const proxyOf = async (service: ProxiedService, session: string) =>
  (await service.request("GET", "/session", { key: service.liveKey, session })).body;

describe("when a proxy goes down, its sessions", () => {
  test("move to others of the same country that have room, and the rest wait", async () => {
    const service = await start();
    using german = await startSocksProxy(null);
    using french = await startSocksProxy(null);
    const dead = await service.addProxy(`http://127.0.0.1:${await deadPort()}`, {
      country: "DE",
      onFailure: "move",
    });
    const near = await service.addProxy(urlOf(german), { country: "DE", maxSessions: 3 });
    const far = await service.addProxy(urlOf(french), { country: "FR" });
    const sessions: string[] = [];
    for (let count = 0; count < 5; count++) sessions.push(await service.addSession(dead));
    const heard: unknown[] = [];
    service.service.stores.announcements.on(["session.changed"], (one) => void heard.push(one));
    await takeDown(service, dead);
    const at = await Promise.all(sessions.map(async (id) => (await proxyOf(service, id)).proxy_id));
    expect(at.filter((id) => id === near)).toHaveLength(3);
    expect(at.filter((id) => id === dead)).toHaveLength(2);
    expect(await service.proxy(near)).toMatchObject({ sessions: 3 });
    expect(await service.proxy(far)).toMatchObject({ sessions: 0 });
    expect(heard).toHaveLength(3);
    for (const one of heard)
      expect(one).toMatchObject({
        by: { kind: "service" },
        changed: ["proxyId"],
        reason: "the proxy before was down",
      });
    for (const [index, session] of sessions.entries()) {
      const answer = await service.read(session);
      if (at[index] === near) {
        expect(answer.status).toBe(200);
        expect(answer.headers.get("gramway-proxy")).toBe(near);
      } else {
        expectProblem(answer, "ProxyError");
        expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      }
    }
    expect(french.tunnels).toEqual([]);
    const metrics = (await service.request("GET", "/metrics")).text;
    expect(metrics).toMatch(/^gramway_proxy_moves_total 3$/m);
    const line = service.logLines.find((one) => one.includes("from a proxy that is down"));
    expect(JSON.parse(line ?? "{}")).toMatchObject({ proxyId: dead, moved: 3, left: 2 });
  });

  test("that wait move as soon as there is room", async () => {
    const service = await start();
    using other = await startSocksProxy(null);
    const dead = await service.addProxy(`http://127.0.0.1:${await deadPort()}`, {
      country: "DE",
      onFailure: "move",
    });
    const session = await service.addSession(dead);
    await takeDown(service, dead);
    expect((await proxyOf(service, session)).proxy_id).toBe(dead);
    const near = await service.addProxy(urlOf(other), { country: "DE" });
    service.clock.ahead += 60_000;
    const row = await service.service.stores.proxies.row({ tenantId: service.tenantId }, dead);
    if (row) await service.service.proxyHealth.checks.check(row);
    await service.moved();
    expect((await proxyOf(service, session)).proxy_id).toBe(near);
  });

  test("wait for it with on_failure=fail, and go on when it is back", async () => {
    const service = await start();
    using other = await startSocksProxy(null);
    const dead = await service.addProxy(`http://127.0.0.1:${await deadPort()}`, { country: "DE" });
    await service.addProxy(urlOf(other), { country: "DE" });
    const session = await service.addSession(dead);
    await takeDown(service, dead);
    expectProblem(await service.read(session), "ProxyError");
    expect((await proxyOf(service, session)).proxy_id).toBe(dead);
    expect(other.tunnels).toEqual([]);
    const url = urlOf(other).replace("socks5:", "socks5h:");
    const owner = { tenantId: service.tenantId, mode: "live" } as const;
    await service.service.stores.proxies.update(owner, dead, { url });
    expect((await service.read(session)).status).toBe(200);
  });
});
