import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { reply } from "../support/fake-instagram.ts";
import { startProxiedService } from "../support/live-proxies.ts";
import { expectProblem } from "../support/problems.ts";
import {
  deadPort,
  listen,
  startHttpProxy,
  startHttpsProxy,
  startSocksProxy,
} from "../support/servers.ts";

/* Live sessions on proxies that are stored, with proxies and an upstream on this machine. */

const service = await startProxiedService({ checkUrl: "https://www.instagram.com/robots.txt" });
const { upstream, read, addProxy, addSession } = service;
const { instagram } = upstream;
afterAll(() => service.close());
beforeEach(() => instagram.reset());

/** Requests of sessions; new proxies are checked meanwhile. */
const BUT_CHECKS = /^(?!\/robots)/;
const PAGE = "<!DOCTYPE html><html><title>Forbidden</title></html>";
const HTML = { "Content-Type": "text/html; charset=utf-8" };
const JSON_TYPE = { "Content-Type": "application/json" };
const settled = async (): Promise<void> => {
  await service.service.proxyHealth.log.flush();
};
/** The moment of a failure, and the next request's start, are told apart by milliseconds. */
const pause = () => Bun.sleep(3);

async function onProxy(url: string): Promise<{ id: string; session: string }> {
  const id = await addProxy(url);
  return { id, session: await addSession(id) };
}

/** A SOCKS5 proxy that ends all of its connections while it is broken. */
async function startBreakingProxy() {
  const socks = await startSocksProxy(null);
  const open = new Set<Socket>();
  let isBroken = false;
  const front = await listen((socket) => {
    if (isBroken) return void socket.destroy();
    open.add(socket);
    const behind = connect(socks.port, "127.0.0.1");
    socket.pipe(behind).pipe(socket);
    socket.on("close", () => behind.destroy());
    behind.on("error", () => socket.destroy()).on("close", () => socket.destroy());
  });
  return {
    port: front.port,
    tunnels: socks.tunnels,
    break() {
      isBroken = true;
      for (const socket of open) socket.destroy();
      open.clear();
    },
    mend() {
      isBroken = false;
    },
    [Symbol.dispose]() {
      front[Symbol.dispose]();
      socks[Symbol.dispose]();
    },
  };
}

/** Asks until the proxy is down. */
async function failUntilDown(id: string, session: string): Promise<void> {
  for (let time = 1; (await service.proxy(id))?.state !== "down"; time++) {
    expect(time).toBeLessThan(20);
    expectProblem(await read(session), "ProxyError");
    await settled();
    if (time === 1) expect((await service.proxy(id))?.state).toBe("failing");
    await pause();
  }
}

describe("a proxy that fails", () => {
  test("goes down, and then answers without being tried", async () => {
    let attempts = 0;
    using ending = await listen((socket) => {
      attempts++;
      socket.destroy();
    });
    const { id, session } = await onProxy(`socks5://127.0.0.1:${ending.port}`);
    await failUntilDown(id, session);
    expect(await service.proxy(id)).toMatchObject({ state: "down", lastError: "closed" });
    const tried = attempts;
    const answers = await Promise.all(Array.from({ length: 50 }, () => read(session)));
    for (const answer of answers) {
      expectProblem(answer, "ProxyError");
      const wait = Number(answer.headers.get("retry-after"));
      expect(wait).toBeGreaterThanOrEqual(1);
      expect(wait).toBeLessThanOrEqual(10);
      expect(answer.headers.get("gramway-upstream-calls") ?? "0").toBe("0");
    }
    // It reads the same as a failure, so that nothing is told of the proxy.
    expect(new Set(answers.map(({ body }) => body.detail)).size).toBe(1);
    expect(attempts).toBe(tried);
    const action = await service.request("DELETE", "/auth/totp", {
      key: service.liveKey,
      session,
    });
    expect(expectProblem(action, "ProxyError").outcome).toBe("not_sent");
    expect(attempts).toBe(tried);
    expect(instagram.calls).toEqual([]);
  });

  test("is told by what is wrong with it", async () => {
    using wrong = await startHttpProxy(["user:right"]);
    using secure = await startHttpsProxy(null);
    using socks = await startSocksProxy(["user:right"]);
    using silent = await listen((socket) => void socket.resume());
    using refusing = await listen((socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n")),
    );
    using talking = await listen((socket) =>
      socket.once("data", () => socket.end("SSH-2.0-OpenSSH_9.6\r\n\r\n")),
    );
    for (const [url, fault] of [
      [`http://127.0.0.1:${await deadPort()}`, "refused"],
      [`socks5://127.0.0.1:${await deadPort()}`, "refused"],
      [`http://user:wrong@127.0.0.1:${wrong.port}`, "credentials"],
      [`socks5://user:wrong@127.0.0.1:${socks.port}`, "credentials"],
      [`socks5://127.0.0.1:${silent.port}`, "timeout"],
      [`http://127.0.0.1:${refusing.port}`, "answer"],
      [`http://127.0.0.1:${talking.port}`, "answer"],
      [`http://no-such-name.invalid:8080`, "dns"],
      // A name in the operator's network reads like one that does not exist.
      [`http://10.0.0.1:8080`, "dns"],
      [`https://127.0.0.1:${secure.port}`, "tls"],
    ] as const) {
      const { id, session } = await onProxy(url);
      expectProblem(await read(session), "ProxyError", url);
      await settled();
      const { state, lastError } = (await service.proxy(id)) ?? {};
      expect([state, lastError], url).toEqual(["failing", fault]);
    }
  });

  test("comes back by a check, which is made through it", async () => {
    using proxy = await startBreakingProxy();
    const { id, session } = await onProxy(`socks5://127.0.0.1:${proxy.port}`);
    proxy.break();
    await failUntilDown(id, session);
    service.clock.ahead += 30_000;
    await service.check();
    expect((await service.proxy(id))?.state).toBe("down");
    expect(instagram.calls).toEqual([]);
    proxy.mend();
    service.clock.ahead += 60_000;
    await service.check();
    expect(await service.proxy(id)).toMatchObject({
      state: "healthy",
      lastError: null,
      latencyMs: expect.any(Number),
    });
    const { host } = new URL(upstream.origin);
    expect(new Set(proxy.tunnels.map(({ target }) => target))).toEqual(new Set([host]));
    expect(instagram.callsOf(/robots/).length).toBeGreaterThan(0);
    expect((await read(session)).status).toBe(200);
  });

  test("is healthy again after a single failure and a success", async () => {
    using proxy = await startBreakingProxy();
    const { id, session } = await onProxy(`socks5://127.0.0.1:${proxy.port}`);
    for (let time = 1; time <= 4; time++) {
      proxy.break();
      expectProblem(await read(session), "ProxyError");
      await settled();
      expect((await service.proxy(id))?.state).toBe("failing");
      await pause();
      proxy.mend();
      expect((await read(session)).status).toBe(200);
      await settled();
      expect((await service.proxy(id))?.state).toBe("healthy");
      await pause();
    }
  });
});

test("what fails together is one failure", async () => {
  await using unchecked = await startProxiedService({ connectTimeoutMs: 20_000 });
  const together: Socket[] = [];
  using ending = await listen((socket) => {
    together.push(socket);
    if (together.length === 20) for (const one of together) one.destroy();
  });
  const id = await unchecked.addProxy(`socks5://127.0.0.1:${ending.port}`);
  const sessions = await Promise.all(Array.from({ length: 20 }, () => unchecked.addSession(id)));
  for (const answer of await Promise.all(sessions.map(unchecked.read)))
    expectProblem(answer, "ProxyError");
  await unchecked.service.proxyHealth.log.flush();
  expect(await unchecked.proxy(id)).toMatchObject({ state: "failing", failures: 1 });
});

describe("what Instagram answers", () => {
  test("says that the proxy works, whatever it is", async () => {
    using proxy = await startSocksProxy(null);
    const { id, session } = await onProxy(`socks5://127.0.0.1:${proxy.port}`);
    expect((await read(session)).status).toBe(200);
    for (const [status, body] of [
      [404, { message: "not found", status: "fail" }],
      [429, { message: "Please wait a few minutes before you try again.", status: "fail" }],
      [500, "oops"],
    ] as const) {
      instagram.on(BUT_CHECKS, reply(status, body, JSON_TYPE));
      for (let time = 1; time <= 4; time++) await read(session);
    }
    await settled();
    expect(await service.proxy(id)).toMatchObject({ state: "healthy", failures: 0, blocked: 0 });
  });

  test("does not say so when it comes too late, or breaks off", async () => {
    using proxy = await startSocksProxy(null);
    const { id, session } = await onProxy(`socks5://127.0.0.1:${proxy.port}`);
    instagram.on(/./, () => new Promise<Response>(() => {}));
    for (let time = 1; time <= 3; time++) expectProblem(await read(session), "UpstreamTimeout");
    await settled();
    expect(await service.proxy(id)).toMatchObject({ state: "unknown", failures: 0 });
  });

  test("means a blocked address by a page, and no bad login", async () => {
    using proxy = await startSocksProxy(null);
    const { id, session } = await onProxy(`socks5://127.0.0.1:${proxy.port}`);
    let count = 0;
    for (const [status, body, headers, kind] of [
      [403, PAGE, HTML, "ClientForbiddenError"],
      [429, PAGE, HTML, "RateLimitError"],
      [429, "", {}, "RateLimitError"],
      [
        400,
        { message: "x", error_type: "ip_block", status: "fail" },
        JSON_TYPE,
        "ProxyAddressIsBlocked",
      ],
      [400, { message: "x", error_type: "sentry_block", status: "fail" }, JSON_TYPE, "SentryBlock"],
    ] as const) {
      instagram.on(BUT_CHECKS, reply(status, body, headers));
      const problem = expectProblem(await read(session), kind);
      expect(problem.hint).toContain("another proxy");
      await settled();
      count++;
      expect((await service.proxy(id))?.blocked).toBe(count);
      if (count === 2) expect((await service.proxy(id))?.state).toBe("unknown");
    }
    expect(await service.proxy(id)).toMatchObject({ state: "failing", lastError: "blocked" });
    instagram.reset();
    await pause();
    // The session has lost nothing, and the proxy is not kept from it.
    expect((await read(session)).status).toBe(200);
    await settled();
    expect(await service.proxy(id)).toMatchObject({ state: "healthy", blocked: count });
    const metrics = await service.request("GET", "/metrics");
    expect(metrics.text).toMatch(/^gramway_proxy_blocked_answers_total \d+$/m);
    expect(metrics.text).toMatch(/^gramway_proxies\{state="down"\} \d+$/m);
    expect(metrics.text).toMatch(/^gramway_proxy_checks_total\{result="\w+"\} \d+$/m);
  });
});

test("a check through a proxy whose address is blocked says so", async () => {
  using proxy = await startSocksProxy(null);
  const id = await addProxy(`socks5://127.0.0.1:${proxy.port}`);
  instagram.on(/robots/, reply(429, PAGE, HTML));
  await service.check();
  expect(await service.proxy(id)).toMatchObject({
    state: "failing",
    lastError: "blocked",
    blocked: 1,
    latencyMs: expect.any(Number),
  });
  expect(instagram.callsOf(/robots/)).toHaveLength(1);
  instagram.reset();
  service.clock.ahead += 750_000;
  await service.check();
  expect((await service.proxy(id))?.state).toBe("healthy");
});

test("over TLS, a tunnel that breaks before a request has gone through it is the proxy's fault", async () => {
  await using tls = await startProxiedService({ secure: true });
  using proxy = await listen((socket) =>
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      setTimeout(() => socket.destroy(), 5);
    }),
  );
  const id = await tls.addProxy(`http://127.0.0.1:${proxy.port}`);
  expectProblem(await tls.read(await tls.addSession(id)), "ProxyError");
  await tls.service.proxyHealth.log.flush();
  expect(await tls.proxy(id)).toMatchObject({ state: "failing", lastError: "closed" });
});

test("a proxy is not blamed for files that cannot be had through it: callers choose their URLs", async () => {
  let isFailing = false;
  using socks = await startSocksProxy(null, () => (isFailing ? "unknown" : null));
  const { id, session } = await onProxy(`socks5://127.0.0.1:${socks.port}`);
  expect((await read(session)).status).toBe(200);
  await settled();
  expect(await service.proxy(id)).toMatchObject({ state: "healthy" });
  isFailing = true;
  const query = { url: `http://127.0.0.1:${await deadPort()}/a.jpg` };
  for (let time = 0; time < 4; time++) {
    const options = { key: service.liveKey, session, query };
    const answer = await service.request("GET", "/photo/download/by/url", options);
    expect(answer.status, answer.text).toBe(502);
    await settled();
    await pause();
  }
  expect(await service.proxy(id)).toMatchObject({ state: "healthy", lastError: null });
  isFailing = false;
  expect((await read(session)).status).toBe(200);
});
