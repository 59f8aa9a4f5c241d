import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { startProxiedService } from "../support/live-proxies.ts";
import { expectProblem } from "../support/problems.ts";
import { deadPort, listen, startHttpProxy, startSocksProxy } from "../support/servers.ts";
import { createTestService } from "../support/service.ts";

const service = await startProxiedService();
const { instagram } = service.upstream;
afterAll(() => service.close());
beforeEach(() => instagram.reset());

const keyWith = async (mode: "live" | "test", scopes: string[], tenant = service.tenantId) =>
  (await service.createKey(tenant, { mode, scopes })).key;
const live = await keyWith("live", ["read", "admin"]);
const sandbox = await keyWith("test", ["read", "admin"]);

const add = async (key: string, url: string): Promise<string> => {
  const answer = await service.request("POST", "/proxy", { key, form: { url } });
  expect(answer.status, answer.text).toBe(201);
  return answer.body.proxy_id;
};
const check = (key: string | null, proxyId: string) =>
  service.request("POST", "/proxy/check", { key, form: { proxy_id: proxyId } });

describe("a check on demand", () => {
  test("says what is wrong with a live proxy, in one word", async () => {
    using works = await startSocksProxy(null);
    using wrong = await startHttpProxy(["user:right"]);
    using silent = await listen((socket) => void socket.resume());
    for (const [url, state, error] of [
      [`socks5://127.0.0.1:${works.port}`, "healthy", null],
      [`http://user:hush-hush@127.0.0.1:${wrong.port}`, "failing", "credentials"],
      [`http://127.0.0.1:${await deadPort()}`, "failing", "refused"],
      [`socks5://127.0.0.1:${silent.port}`, "failing", "timeout"],
      ["http://no-such-name.invalid:8080", "failing", "dns"],
    ] as const) {
      const id = await add(live, url);
      const answer = await check(live, ` ${id} `);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body).toMatchObject({ proxy_id: id, state, last_error: error });
      expect(answer.body.latency_ms === null).toBe(state === "failing");
      expect(answer.body.checked_at).toBeString();
      expect(answer.text).not.toContain("hush");
      const read = await service.request("GET", "/proxy", { key: live, query: { proxy_id: id } });
      expect(read.body).toEqual(answer.body);
    }
  });

  test("tells of a blocked address, and counts it", async () => {
    using proxy = await startSocksProxy(null);
    const id = await add(live, `socks5://127.0.0.1:${proxy.port}`);
    instagram.on(
      /./,
      reply(429, "<html>Too many requests</html>", { "Content-Type": "text/html" }),
    );
    expect((await check(live, id)).body).toMatchObject({
      state: "failing",
      last_error: "blocked",
      blocked: 1,
    });
  });

  test("brings a proxy back that is down", async () => {
    let isBroken = true;
    using works = await startSocksProxy(null);
    using proxy = await listen((socket) => {
      if (isBroken) return void socket.destroy();
      void Bun.connect({
        hostname: "127.0.0.1",
        port: works.port,
        socket: {
          open: (behind) => void socket.on("data", (data) => behind.write(data)),
          data: (_behind, data) => void socket.write(data),
          close: () => void socket.end(),
        },
      });
    });
    const id = await add(live, `socks5://127.0.0.1:${proxy.port}`);
    const session = await service.addSession(id);
    for (let time = 1; time <= 3; time++) {
      await check(live, id);
      await Bun.sleep(3);
    }
    const refused = await service.read(session);
    expectProblem(refused, "ProxyError");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    isBroken = false;
    expect((await check(live, id)).body.state).toBe("healthy");
    expect((await service.read(session)).status).toBe(200);
  });

  test("of a test key's proxy is answered by the sandbox", async () => {
    for (const [host, state, error] of [
      ["alive.sandbox", "healthy", null],
      ["dead.sandbox", "failing", "refused"],
      ["wrong-auth.sandbox", "failing", "credentials"],
      ["slow.sandbox", "failing", "timeout"],
      ["blocked.sandbox", "failing", "blocked"],
      ["throttled.sandbox", "healthy", null],
    ] as const) {
      const id = await add(sandbox, `http://${host}:8080`);
      const { body } = await check(sandbox, id);
      expect([body.state, body.last_error], host).toEqual([state, error]);
    }
    expect(instagram.calls).toEqual([]);
  });

  test("made by several at the same time is one", async () => {
    let connections = 0;
    using proxy = await listen((socket) => {
      connections++;
      setTimeout(() => socket.destroy(), 50);
    });
    const id = await add(live, `socks5://127.0.0.1:${proxy.port}`);
    const answers = await Promise.all(Array.from({ length: 10 }, () => check(live, id)));
    for (const { body } of answers)
      expect(body).toMatchObject({ state: "failing", last_error: "closed" });
    expect(connections).toBe(1);
  });
});

test("a check counts as ten requests of the key", async () => {
  await using still = await createTestService({ monotonicNow: () => 1_000 });
  const key = (await still.createKey(still.tenantId, { scopes: ["read", "admin"] })).key;
  const ask = (method: string, path: string, given: object) =>
    still.request(method, path, { key, ...given });
  const added = await ask("POST", "/proxy", { form: { url: "http://counted.sandbox:8080" } });
  const { proxy_id } = added.body;
  const left = async () =>
    Number(
      (await ask("GET", "/proxy", { query: { proxy_id } })).headers.get("ratelimit-remaining"),
    );
  const before = await left();
  expect((await ask("POST", "/proxy/check", { form: { proxy_id } })).status).toBe(200);
  expect(before - (await left())).toBe(11);
});

describe("a check is refused", () => {
  test("without a key, without the scope, and for proxies of others", async () => {
    const id = await add(live, "http://8.8.8.8:3128");
    expectProblem(await check(null, id), "ApiKeyRequired");
    expectProblem(
      await check(await keyWith("live", ["read", "write", "auth"]), id),
      "ScopeRequired",
    );
    const other = await service.createTenant("Other");
    for (const key of [
      await keyWith("live", ["admin"], other),
      await keyWith("test", ["admin"], other),
      sandbox,
    ])
      expectProblem(await check(key, id), "ProxyNotFound");
    expectProblem(await check(live, "01K9ZJ5M0T6R3F4C2B1A0XYZWV"), "ProxyNotFound");
    expectProblem(await check(live, "not an id"), "ProxyNotFound");
    expectProblem(await check(live, ""), "ValidationError");
    const offered = await service.admin("POST", "/admin/proxies", { url: "http://8.8.4.4:3128" });
    expectProblem(await check(live, offered.body.proxy_id), "ProxyNotFound");
  });
});

test("the operator checks what is offered to all", async () => {
  using proxy = await startSocksProxy(null);
  const { body } = await service.admin("POST", "/admin/proxies", {
    url: `socks5://127.0.0.1:${proxy.port}`,
  });
  const path = `/admin/proxies/${body.proxy_id}/check`;
  expect((await service.admin("POST", path)).body).toMatchObject({ state: "healthy" });
  expectProblem(await service.request("POST", path, { key: live }), "ScopeRequired");
});
