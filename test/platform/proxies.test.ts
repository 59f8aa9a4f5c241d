import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Gateway, IN_MEMORY, startGateway } from "../support/gateway.ts";
import {
  CERTIFICATE_FILE,
  deadPort,
  type InstagramServer,
  startHttpProxy,
  startHttpsProxy,
  startInstagram,
  startSocksProxy,
  type TestProxy,
} from "../support/servers.ts";

/**
 * The gateway as a process of its own, an upstream with TLS, and proxies between them, all on
 * loopback. The process is told by NO_PROXY to use none for anything: its sessions must not care.
 */
let upstream: InstagramServer;
let gateway: Gateway;
beforeAll(async () => {
  upstream = startInstagram({ secure: true });
  gateway = await startGateway({
    ...IN_MEMORY,
    UPSTREAM_URL: upstream.origin,
    NODE_EXTRA_CA_CERTS: CERTIFICATE_FILE,
    NO_PROXY: "*",
    no_proxy: "*",
  });
});
afterAll(async () => {
  await gateway.stop();
  upstream[Symbol.dispose]();
});
beforeEach(() => upstream.instagram.reset());

const KINDS = [
  ["http", startHttpProxy],
  ["https", startHttpsProxy],
  ["socks5", startSocksProxy],
  ["socks5h", startSocksProxy],
] as const;

test("without a proxy the session goes straight to the upstream, over TLS", async () => {
  const session = await gateway.session(null);
  expect((await session.get("/account")).status).toBe(200);
  expect(upstream.instagram.callsOf("accounts/current_user/")).toHaveLength(1);
});

for (const [scheme, start] of KINDS)
  describe(`a session with a ${scheme} proxy`, () => {
    test("goes through it, with credentials and without", async () => {
      for (const credentials of ["", "user:p%40ss:w%2Frd"]) {
        using proxy = await start(credentials === "" ? null : [decodeURIComponent(credentials)]);
        const at = credentials === "" ? "" : `${credentials}@`;
        const session = await gateway.session(`${scheme}://${at}127.0.0.1:${proxy.port}`);
        expect((await session.get("/account")).status).toBe(200);
        expect(new Set(proxy.tunnels.map(({ target }) => target))).toEqual(
          new Set([new URL(upstream.origin).host]),
        );
        expectAllThrough(proxy);
      }
    });

    test("ends with ProxyError when the credentials are wrong, and nothing goes past it", async () => {
      using proxy = await start(["user:right"]);
      for (const credentials of ["user:wrong@", ""]) {
        const session = await gateway.session(`${scheme}://${credentials}127.0.0.1:${proxy.port}`);
        for (const answer of [await session.get("/account"), await session.delete("/auth/totp")]) {
          expect([answer.status, answer.type]).toEqual([502, "ProxyError"]);
          expect(answer.text).not.toContain("wrong");
        }
      }
      expect(proxy.refused).toBeGreaterThan(0);
      expect(upstream.instagram.calls).toEqual([]);
    });

    test("ends with ProxyError when nobody listens there, and nothing goes past it", async () => {
      const session = await gateway.session(`${scheme}://user:pw@127.0.0.1:${await deadPort()}`);
      for (const answer of [await session.get("/account"), await session.delete("/auth/totp")])
        expect([answer.status, answer.type]).toEqual([502, "ProxyError"]);
      expect(upstream.instagram.calls).toEqual([]);
    });

    test("shares no tunnel with a session that has other credentials", async () => {
      using proxy = await start(["alice:1", "bob:2"]);
      const alice = await gateway.session(`${scheme}://alice:1@127.0.0.1:${proxy.port}`);
      const bob = await gateway.session(`${scheme}://bob:2@127.0.0.1:${proxy.port}`);
      for (let round = 0; round < 3; round++)
        for (const [session, owner] of [
          [alice, "alice:1"],
          [bob, "bob:2"],
        ] as const) {
          upstream.instagram.takePaths();
          expect((await session.get("/account")).status).toBe(200);
          const { fromPort } = upstream.instagram.calls[0]!;
          const tunnel = proxy.tunnels.find(({ port }) => port === fromPort);
          expect([round, tunnel?.credentials]).toEqual([round, owner]);
        }
    });
  });

test("sessions with a proxy keep to it while others go straight", async () => {
  using proxy = await startHttpProxy(["alice:1"]);
  const through = await gateway.session(`http://alice:1@127.0.0.1:${proxy.port}`);
  const straight = await gateway.session(null);
  upstream.instagram.takePaths();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? through : straight).get("/account")),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  const ports = new Set(proxy.tunnels.map(({ port }) => port));
  const tunnelled = upstream.instagram.calls.filter(({ fromPort = 0 }) => ports.has(fromPort));
  expect(tunnelled).toHaveLength(10);
});

test("an upstream whose certificate nobody vouches for is no upstream", async () => {
  const strict = await startGateway({ ...IN_MEMORY, UPSTREAM_URL: upstream.origin });
  try {
    using proxy = await startHttpProxy(null);
    for (const url of [null, `http://127.0.0.1:${proxy.port}`]) {
      const session = await strict.session(url);
      expect((await session.get("/account")).status).toBe(502);
    }
    expect(upstream.instagram.calls).toEqual([]);
  } finally {
    await strict.stop();
  }
});

test("UPSTREAM_TIMEOUT_MS ends what takes longer, and nothing is asked again", async () => {
  using slow = startInstagram();
  const hasty = await startGateway({
    ...IN_MEMORY,
    UPSTREAM_URL: slow.origin,
    UPSTREAM_TIMEOUT_MS: "150",
  });
  try {
    const session = await hasty.session(null);
    slow.instagram.takePaths();
    slow.instagram.on(/./, () => new Promise<Response>(() => {}));
    const answer = await session.get("/account");
    expect([answer.status, answer.type]).toEqual([504, "UpstreamTimeout"]);
    expect(slow.instagram.calls).toHaveLength(1);
  } finally {
    await hasty.stop();
  }
});

/** Every request of the upstream came over a connection of the proxy. */
function expectAllThrough(proxy: TestProxy): void {
  const ports = new Set(proxy.tunnels.map(({ port }) => port));
  const seen = upstream.instagram.calls.splice(0);
  expect(seen.length).toBeGreaterThan(0);
  for (const { fromPort = 0 } of seen) expect(ports).toContain(fromPort);
}
