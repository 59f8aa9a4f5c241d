import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Gateway, IN_MEMORY, startGateway } from "../support/gateway.ts";
import { savedSettings } from "../support/live.ts";
import { LONG_MS } from "../support/process.ts";
import {
  CERTIFICATE_FILE,
  type ProxyFault,
  startHttpProxy,
  startSocksProxy,
  type TestProxy,
  tls,
} from "../support/servers.ts";

/*
 * Many sessions, each with a proxy of its own credentials, ask through HTTP and SOCKS5 proxies that
 * fail in every way at random. Everything that reaches the upstream must have come through the proxy
 * of the session that it is for: reads, actions, downloads, and what their redirects lead to.
 */

const SESSIONS = Number(process.env.PROXY_PROOF_SESSIONS ?? 60);
const CALLS = Number(process.env.PROXY_PROOF_CALLS ?? 1_200);
const AT_ONCE = 24;
const FAULTS: readonly ProxyFault[] = ["closed", "credentials", "unknown", "reset", "cut", "slow"];

/** What reached the upstream: for which account, and from which port. */
interface Arrival {
  pk: string;
  port: number;
  path: string;
}

let arrivals: Arrival[];
let upstream: ReturnType<typeof Bun.serve>;
let proxies: TestProxy[];
let gateway: Gateway;
/** Whether the proxies fail: not while the sessions are set up. */
let failing = false;
let random: () => number;

const credentialsOf = (at: number): string => `user${at}:pass${at}`;
const pkOf = (at: number): string => String(49_123_000_000 + at);

beforeAll(async () => {
  random = seeded(20_271);
  arrivals = [];
  upstream = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls,
    fetch(request, server) {
      const url = new URL(request.url);
      const pk =
        url.searchParams.get("for") ?? request.headers.get("ig-u-ds-user-id") ?? "of nobody";
      arrivals.push({ pk, port: server.requestIP(request)?.port ?? 0, path: url.pathname });
      if (url.pathname === "/moved.jpg")
        return new Response(null, { status: 302, headers: { Location: `/file.jpg?for=${pk}` } });
      if (url.pathname === "/file.jpg")
        return new Response("x".repeat(5_000), { headers: { "Content-Type": "image/jpeg" } });
      // Connections end now and then, or the proxies would soon have no more to do.
      return Response.json(
        {
          user: { pk, username: `me.${pk}`, full_name: "Me", biography: "b".repeat(1_500) },
          status: "ok",
        },
        { headers: random() < 0.4 ? { Connection: "close" } : {} },
      );
    },
  });
  const accepted = Array.from({ length: SESSIONS }, (_, at) => credentialsOf(at));
  const fault = (): ProxyFault | null =>
    failing && random() < 0.3 ? (FAULTS[Math.floor(random() * FAULTS.length)] ?? null) : null;
  proxies = [
    await startHttpProxy(accepted, false, fault),
    await startSocksProxy(accepted, fault),
    await startHttpProxy(accepted, true, fault),
  ];
  gateway = await startGateway({
    ...IN_MEMORY,
    URL_ALLOW_HOSTS: "127.0.0.1,localhost",
    UPSTREAM_URL: `https://localhost:${upstream.port}`,
    NODE_EXTRA_CA_CERTS: CERTIFICATE_FILE,
    PROXY_CHECK_URL: "off",
    UPSTREAM_BREAKER_FAILURES: "0",
    KEY_REQUESTS_PER_SECOND: "100000",
    KEY_BURST: "100000",
    LOG_LEVEL: "silent",
  });
}, LONG_MS);
afterAll(async () => {
  await gateway.stop();
  await upstream.stop(true);
  for (const proxy of proxies) proxy[Symbol.dispose]();
});

test(
  "no request goes past its session's proxy, whatever fails",
  async () => {
    const key = await gateway.createKey("live", ["read", "write", "auth", "admin"]);
    const schemes = ["http", "socks5", "https"] as const;
    const sessions: { id: string; proxyId: string; pk: string; kind: number }[] = [];
    for (let at = 0; at < SESSIONS; at++) {
      const kind = at % schemes.length;
      const url = `${schemes[kind]}://${credentialsOf(at)}@127.0.0.1:${proxies[kind]?.port}`;
      const added = await gateway.request("POST", "/proxy", { key, form: { url } });
      expect(added.status, added.text).toBeLessThan(300);
      const proxyId: string = added.body.proxy_id;
      const login = { ds_user_id: pkOf(at), sessionid: `${pkOf(at)}%3AAbCdEfGhIjKl%3A12%3AAYd` };
      const settings = JSON.stringify(savedSettings({ authorization_data: login }));
      const form = { settings, proxy_id: proxyId };
      const imported = await gateway.request("PATCH", "/auth/settings", { key, form });
      expect(imported.status, imported.text).toBe(200);
      sessions.push({ id: imported.body, proxyId, pk: pkOf(at), kind });
    }
    expect(new Set(arrivals.map(({ path }) => path))).toEqual(new Set(["/api/v1/qe/expose/"]));

    failing = true;
    const statuses = new Map<number, number>();
    const headers = new Set<boolean>();
    let next = 0;
    const work = async (): Promise<void> => {
      for (let call = next++; call < CALLS; call = next++) {
        const session = sessions[Math.floor(random() * sessions.length)];
        if (!session) return;
        const answer = await ask(key, session, call);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        if (answer.headers.get("gramway-upstream-calls") !== "0")
          headers.add(answer.headers.get("gramway-proxy") === session.proxyId);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    failing = false;

    // Ports are taken again and again, so each is compared with the tunnels that had it.
    const tunnels = proxies.flatMap((proxy, kind) =>
      proxy.tunnels.map(({ port, credentials }) => [port, `${kind} ${credentials}`] as const),
    );
    const byPort = Map.groupBy(tunnels, ([port]) => port);
    const wayOf = new Map(sessions.map(({ pk, kind }, at) => [pk, `${kind} ${credentialsOf(at)}`]));
    const past = arrivals.filter(
      ({ pk, port }) => !byPort.get(port)?.some(([, way]) => way === wayOf.get(pk)),
    );
    expect(past).toEqual([]);
    // Each answer says which proxy it took.
    expect([...headers]).toEqual([true]);
    // It was no empty proof: all kinds of requests arrived, and many failed.
    expect(new Set(arrivals.map(({ path }) => path))).toEqual(
      new Set([
        // What an import shows.
        "/api/v1/qe/expose/",
        "/api/v1/accounts/current_user/",
        "/api/v1/media/3755350675776297567/like/",
        "/moved.jpg",
        "/file.jpg",
      ]),
    );
    expect(statuses.get(200)).toBeGreaterThan(CALLS / 2);
    expect(statuses.get(502) ?? 0).toBeGreaterThan(CALLS / 50);
    expect([...statuses.keys()].filter((status) => ![200, 409, 502, 504].includes(status))).toEqual(
      [],
    );
  },
  LONG_MS * 5,
);

/** A read, an action, or a download that is redirected. */
function ask(key: string, { id, pk }: { id: string; pk: string }, call: number) {
  const options = { key, session: id };
  switch (call % 4) {
    case 0:
      return gateway.request("POST", "/media/like", {
        ...options,
        form: { media_id: "3755350675776297567_25025320" },
      });
    case 1: {
      const url = `https://localhost:${upstream.port}/moved.jpg?for=${pk}`;
      return gateway.request(
        "GET",
        `/photo/download/by/url?url=${encodeURIComponent(url)}`,
        options,
      );
    }
    default:
      return gateway.request("GET", "/account", options);
  }
}

/** Numbers from 0 to 1, the same in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
