import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createBunPlatform } from "../../src/platform/bun.ts";
import { reply } from "../support/fake-instagram.ts";
import { Gate, until } from "../support/gate.ts";
import { importSession, savedSettings } from "../support/live.ts";
import { type InstagramServer, listen, startInstagram } from "../support/servers.ts";
import {
  createTestService,
  type TestService,
  type TestServiceOptions,
} from "../support/service.ts";

let upstream: InstagramServer;
let service: TestService;
let liveKey: string;
beforeEach(() => {
  upstream = startInstagram();
});
afterEach(async () => {
  await service.close();
  upstream[Symbol.dispose]();
});

async function start(config: TestServiceOptions["config"] = {}): Promise<void> {
  service = await createTestService({
    platform: createBunPlatform(),
    config: { upstreamUrl: upstream.origin, ...config },
  });
  // Tenants are held to fewer requests at once, which is not what these tests are about.
  const tenant = await service.createTenant("Many at once", { max_in_flight: 1000 });
  liveKey = (await service.createKey(tenant, { mode: "live" })).key;
}

async function newSession(n = 1): Promise<string> {
  const pk = String(49_000_000_000 + n);
  const login = { ds_user_id: pk, sessionid: `${pk}%3AAbCdEfGhIjKlMnOp%3A12%3AAYd` };
  const settings = savedSettings({ authorization_data: login });
  const session = await importSession(service, settings, {}, liveKey);
  upstream.instagram.takePaths();
  return session;
}

/** A request whose caller can hang up. */
function ask(session: string, path = "/account", method = "GET") {
  const caller = new AbortController();
  const headers = { "X-API-Key": liveKey, "X-Session-ID": session };
  const request = new Request(`http://localhost${path}`, {
    method,
    headers,
    signal: caller.signal,
  });
  return { answer: service.service.handle(request), hangUp: () => caller.abort() };
}

/** Holds the upstream's answers back; tells of what arrives and of what was cancelled. */
function hold(): { arrived: () => number; cancelled: () => number; letGo: () => void } {
  const gate = new Gate();
  let cancelled = 0;
  upstream.instagram.on(/./, ({ signal }) => {
    signal?.addEventListener("abort", () => cancelled++);
    return gate.pass(reply(200, { user: { pk: 1, username: "me" }, status: "ok" }));
  });
  return { arrived: () => gate.arrived, cancelled: () => cancelled, letGo: () => gate.letGo() };
}

const seen = (part: string): number =>
  upstream.instagram.calls.filter(({ url }) => url.includes(part)).length;
const lines = (): Record<string, unknown>[] => service.logLines.map((line) => JSON.parse(line));

describe("a caller who hangs up", () => {
  test("ends his upstream call, and is no error of ours", async () => {
    await start();
    const session = await newSession();
    const held = hold();
    const { answer, hangUp } = ask(session);
    await until(() => held.arrived() === 1);
    hangUp();
    expect((await answer).status).toBe(499);
    await until(() => held.cancelled() === 1);
    const line = lines().findLast(({ msg }) => msg === "request");
    expect(line).toMatchObject({ level: "info", status: 499, exc_type: "CallerGone" });
    expect(lines().filter(({ level }) => level === "error")).toEqual([]);
    const metrics = await service.request("GET", "/metrics");
    expect(metrics.text).toMatch(/gramway_http_requests_total\{[^}]*status="499"[^}]*\} 1\n/);
    expect(metrics.text).toMatch(/gramway_http_requests_in_flight 1\n/);
  });

  test("gives back his place among the reads that run, and in the queue", async () => {
    await start();
    const session = await newSession();
    const held = hold();
    // Four run, the others wait.
    const left = Array.from({ length: 60 }, () => ask(session));
    await until(() => held.arrived() === 4);
    for (const { hangUp } of left) hangUp();
    for (const { answer } of left) expect((await answer).status).toBe(499);
    expect(seen("current_user")).toBe(4);
    held.letGo();
    const stays = Array.from({ length: 68 }, () => ask(session));
    for (const { answer } of stays) expect((await answer).status).toBe(200);
    const metrics = await service.request("GET", "/metrics");
    expect(metrics.text).toMatch(/gramway_session_queue_depth 0\n/);
  });

  test("of whom one retries after another succeeds once the upstream answers", async () => {
    await start();
    const session = await newSession();
    const held = hold();
    for (let round = 0; round < 40; round++) {
      const storm = Array.from({ length: 10 }, () => ask(session));
      await until(() => held.arrived() > round * 4);
      for (const { hangUp } of storm) hangUp();
      await Promise.all(storm.map(({ answer }) => answer));
    }
    held.letGo();
    expect((await ask(session).answer).status).toBe(200);
  });

  test("stops the pages that were still to be read", async () => {
    await start();
    const session = await newSession();
    let pages = 0;
    const asked = Promise.withResolvers<() => void>();
    upstream.instagram.on(/followers/, async () => {
      pages++;
      if (pages === 3) await new Promise<void>((resolve) => asked.resolve(resolve));
      const users = [{ pk: pages, username: `user${pages}` }];
      return reply(200, { users, next_max_id: String(pages), status: "ok" });
    });
    const { answer, hangUp } = ask(session, "/user/followers?user_id=25025320&amount=100");
    const release = await asked.promise;
    hangUp();
    release();
    expect((await answer).status).toBe(499);
    // A read behind it shows that the queue has gone on without another page.
    expect((await ask(session).answer).status).toBe(200);
    expect(pages).toBe(3);
  });

  test("leaves a write that was sent to its end, and one that waits unsent", async () => {
    await start();
    const session = await newSession();
    const held = hold();
    const sent = ask(session, "/auth/totp", "DELETE");
    await until(() => held.arrived() === 1);
    const waiting = ask(session, "/auth/totp", "DELETE");
    sent.hangUp();
    waiting.hangUp();
    expect((await waiting.answer).status).toBe(499);
    expect(held.cancelled()).toBe(0);
    held.letGo();
    expect((await sent.answer).status).toBe(200);
    expect(seen("disable_totp")).toBe(1);
    // What counts is that nobody got it.
    const statuses = lines().flatMap(({ route, status }) =>
      route === "/auth/totp" ? [status] : [],
    );
    expect(statuses).toEqual([499, 499]);
  });

  test("in the middle of his body is no error of ours either", async () => {
    await start();
    const platform = createBunPlatform();
    const server = platform.serve({
      host: "127.0.0.1",
      port: 0,
      maxBodyBytes: 1 << 20,
      handle: service.service.handle,
    });
    try {
      for (const coding of ["Content-Length: 1000", "Transfer-Encoding: chunked"]) {
        service.logLines.splice(0);
        const socket = await Bun.connect({
          hostname: "127.0.0.1",
          port: server.port,
          socket: { data() {} },
        });
        socket.write(
          `POST /auth/login HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${service.testKey}\r\nContent-Type: application/x-www-form-urlencoded\r\n${coding}\r\n\r\n5\r\nusern`,
        );
        await Bun.sleep(50);
        socket.terminate();
        await until(() => lines().some(({ msg }) => msg === "request"));
        expect(lines()).toEqual([expect.objectContaining({ level: "info", status: 499 })]);
      }
    } finally {
      server.kill();
      platform.close();
    }
  });
});

describe("REQUEST_DEADLINE_MS", () => {
  test("ends a request whose pages take too long together", async () => {
    await start({ requestDeadlineMs: 400 });
    const session = await newSession();
    let pages = 0;
    upstream.instagram.on(/followers/, async () => {
      await Bun.sleep(50);
      pages++;
      const users = [{ pk: pages, username: `user${pages}` }];
      return reply(200, { users, next_max_id: String(pages), status: "ok" });
    });
    const path = "/user/followers?user_id=25025320&amount=200";
    const answer = await ask(session, path).answer;
    const problem = await answer.json();
    expect([answer.status, problem.exc_type]).toEqual([504, "UpstreamTimeout"]);
    expect(problem.detail).toContain("0.4 s");
    expect(pages).toBeLessThan(20);
  });

  test("ends the waiting for a turn, and lets what was sent end", async () => {
    await start({ requestDeadlineMs: 300 });
    const session = await newSession();
    const held = hold();
    const writes = Array.from({ length: 3 }, () => ask(session, "/auth/totp", "DELETE"));
    const waited = await Promise.all(writes.slice(1).map(({ answer }) => answer));
    for (const answer of waited) {
      const problem = await answer.json();
      expect([answer.status, problem.exc_type]).toEqual([504, "UpstreamTimeout"]);
      expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
    }
    held.letGo();
    expect((await writes[0]!.answer).status).toBe(200);
    expect(seen("disable_totp")).toBe(1);
  });
});

test("hundreds of reads that hang hold up nobody else's", async () => {
  const SESSIONS = 80;
  let hanging = 0;
  const counts = { media_count: 0, follower_count: 0, following_count: 0 };
  const text = JSON.stringify({ user: { pk: 1, username: "me", ...counts }, status: "ok" });
  using silent = await listen((socket) => {
    socket.on("data", (chunk) => {
      if (chunk.includes("/current_user/")) hanging++;
      else if (/^(?:GET|POST) /.test(chunk.toString("latin1")))
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
    });
  });
  await start({ upstreamUrl: `http://127.0.0.1:${silent.port}`, upstreamTimeoutMs: 60_000 });
  const sessions: string[] = [];
  for (let n = 0; n < SESSIONS; n++) sessions.push(await newSession(n));
  const reads = sessions.flatMap((session) => Array.from({ length: 4 }, () => ask(session)));
  await until(() => hanging === SESSIONS * 4);
  const other = await newSession(SESSIONS);
  expect((await ask(other, "/user?username=me").answer).status).toBe(200);
  for (const { hangUp } of reads) hangUp();
  await Promise.all(reads.map(({ answer }) => answer));
});
