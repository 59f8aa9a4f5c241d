import { afterAll, describe, expect, test } from "bun:test";
import { parseAllowList } from "../../src/net/address-rules.ts";
import { createHostGuard, type HostGuard } from "../../src/net/host-guard.ts";
import { createBunPlatform } from "../../src/platform/bun.ts";
import { savedSettings } from "../support/live.ts";
import { expectProblem } from "../support/problems.ts";
import { startHttpProxy, startInstagram } from "../support/servers.ts";
import { createTestService } from "../support/service.ts";

const upstream = startInstagram();
const proxy = await startHttpProxy(null);
afterAll(() => {
  upstream[Symbol.dispose]();
  proxy[Symbol.dispose]();
});

/** A service whose DNS is made up; nothing that is not public is allowed. */
function serviceOver(dns: Record<string, string[]>, allowed: string[] = []) {
  const guard = createHostGuard(parseAllowList(allowed), {
    lookUp: async (name) => dns[name] ?? Promise.reject(new Error("ENOTFOUND")),
  });
  const platform = createBunPlatform({ guard });
  return createTestService({ platform, guard, config: { upstreamUrl: upstream.origin } });
}

const settings = JSON.stringify(savedSettings());

describe("a proxy that is not public", () => {
  const refused = [
    "http://127.0.0.1:9200",
    "http://169.254.169.254",
    "socks5://[::1]:1080",
    "https://[::ffff:10.0.0.1]",
    "http://localhost:1",
    "http://db.localhost:5432",
    "http://user:secret-word@10.0.0.1:80",
  ];
  const private_ = { "inside.example": ["10.0.0.7"] };

  test("is refused wherever it is given, without a call to Instagram", async () => {
    const service = await serviceOver(private_);
    const key = service.liveKey;
    upstream.instagram.calls.splice(0);
    const imported = await service.request("PATCH", "/auth/settings", { key, form: { settings } });
    const session = imported.body;
    const before = upstream.instagram.calls.length;
    for (const url of [...refused, "http://inside.example:3128"]) {
      const login = { username: "me", password: "pw", proxy: url };
      for (const answer of [
        await service.request("POST", "/auth/login", { key, form: login }),
        await service.request("POST", "/auth/login/by/sessionid", {
          key,
          form: { sessionid: "1%3Aabcdefghijklmn%3A28%3AAYtail", proxy: url },
        }),
        await service.request("PATCH", "/auth/settings", { key, form: { settings, proxy: url } }),
        await service.request("PATCH", "/auth/settings", { key, session, form: { proxy: url } }),
      ]) {
        expectProblem(answer, "UrlNotAllowed");
        expect(answer.status).toBe(422);
        expect(answer.text).not.toContain("secret-word");
      }
    }
    expect(upstream.instagram.calls).toHaveLength(before);
    await service.close();
  });

  test("is refused for test keys as well, without any look-up", async () => {
    const service = await serviceOver(private_);
    for (const [url, status] of [
      ["http://127.0.0.1:9200", 422],
      ["http://inside.example:3128", 200],
    ] as const) {
      const form = { username: "sandbox", password: "sandbox", proxy: url };
      const answer = await service.request("POST", "/auth/login", { key: service.testKey, form });
      expect([url, answer.status]).toEqual([url, status]);
    }
    await service.close();
  });
});

describe("a proxy's name", () => {
  test("that cannot be looked up now is taken, and fails like any proxy that cannot be reached", async () => {
    const dns: Record<string, string[]> = {};
    const service = await serviceOver(dns);
    const key = service.liveKey;
    const form = { settings, proxy: "http://later.example:3128" };
    const imported = await service.request("PATCH", "/auth/settings", { key, form });
    expect(imported.status).toBe(200);
    const answer = await service.request("GET", "/account", { key, session: imported.body });
    expectProblem(answer, "ProxyError");
    await service.close();
  });

  test("that may not be used any more fails like any other, and nothing goes past it", async () => {
    const dns = { "proxy.example": ["127.0.0.1"] };
    const lookUp = async (name: string) => dns[name as keyof typeof dns];
    const open = createHostGuard(parseAllowList(["127.0.0.1"]), { lookUp });
    const closed = createHostGuard(parseAllowList([]), { lookUp });
    let guard = open;
    const turning: HostGuard = {
      addressesOf: (host) => guard.addressesOf(host),
      refusesWithoutLookUp: (host) => guard.refusesWithoutLookUp(host),
      isListed: (host) => guard.isListed(host),
    };
    const service = await createTestService({
      platform: createBunPlatform({ guard: turning }),
      guard: turning,
      config: { upstreamUrl: upstream.origin },
    });
    const key = service.liveKey;
    const form = { settings, proxy: `http://proxy.example:${proxy.port}` };
    const imported = await service.request("PATCH", "/auth/settings", { key, form });
    guard = closed;
    const before = [upstream.instagram.calls.length, proxy.tunnels.length];
    const answer = await service.request("GET", "/account", { key, session: imported.body });
    expectProblem(answer, "ProxyError");
    expect(answer.body.detail).not.toContain("public");
    expect([upstream.instagram.calls.length, proxy.tunnels.length]).toEqual(before);
    await service.close();
  });

  test("is connected to at the address that was checked, never looked up again", async () => {
    // Whoever asks a second time is led elsewhere.
    const answers = [["127.0.0.1"]];
    const lookUp = async () => answers.shift() ?? ["10.0.0.1"];
    const guard = createHostGuard(parseAllowList(["127.0.0.1"]), { lookUp });
    const platform = createBunPlatform({ guard });
    const config = { upstreamUrl: upstream.origin };
    const service = await createTestService({ platform, guard, config });
    const key = service.liveKey;
    const form = { settings, proxy: `http://proxy.example:${proxy.port}` };
    const imported = await service.request("PATCH", "/auth/settings", { key, form });
    const answer = await service.request("GET", "/account", { key, session: imported.body });
    expect(answer.status).toBe(200);
    expect(proxy.tunnels.length).toBeGreaterThan(0);
    await service.close();
  });
});
