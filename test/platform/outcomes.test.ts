import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Socket } from "node:net";
import type { UpstreamCall } from "../../src/instagram/client.ts";
import { parseAllowList } from "../../src/net/address-rules.ts";
import { createHostGuard } from "../../src/net/host-guard.ts";
import { createBunPlatform } from "../../src/platform/bun.ts";
import { unblock } from "../support/guard.ts";
import { importSession } from "../support/live.ts";
import { deadPort, listen, startHttpProxy, startSocksProxy } from "../support/servers.ts";
import { createTestService, type TestService } from "../support/service.ts";

/*
 * What a caller is told of an action that failed, at every stage at which it can fail, and how often
 * the action reached the upstream: once at the most.
 */

const ok = (text: string, head = ""): string =>
  `HTTP/1.1 200 OK\r\n${head}Content-Length: ${text.length}\r\n\r\n${text}`;
const answer = (status: string, text: string, head = ""): string =>
  `HTTP/1.1 ${status}\r\n${head}Content-Length: ${text.length}\r\n\r\n${text}`;
const GOOD = ok('{"status":"ok"}');
const refusal = (message: string): string => JSON.stringify({ message, status: "fail" });

/** The status, exc_type and outcome that the caller is told. */
type Told = readonly [status: number, type: string, outcome?: "unknown" | "not_sent"];

/** What an upstream does once it has read the request. */
const STAGES: Record<string, { react: (socket: Socket) => void; told: Told }> = {
  "resets the connection": {
    react: (socket) => socket.resetAndDestroy(),
    told: [502, "OutcomeUnknown", "unknown"],
  },
  "closes before it answers": {
    react: (socket) => void socket.end(),
    told: [502, "OutcomeUnknown", "unknown"],
  },
  "closes in its headers": {
    react: (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Le"),
    told: [502, "OutcomeUnknown", "unknown"],
  },
  "closes in its body": {
    react: (socket) => void socket.end(GOOD.slice(0, -5)),
    told: [502, "OutcomeUnknown", "unknown"],
  },
  "never answers": { react: () => {}, told: [504, "OutcomeUnknown", "unknown"] },
  "stops in its body": {
    react: (socket) => void socket.write(GOOD.slice(0, -5)),
    told: [504, "OutcomeUnknown", "unknown"],
  },
  "answers 500": {
    react: (socket) => void socket.write(answer("500 Internal Server Error", "{}")),
    told: [502, "UpstreamError", "unknown"],
  },
  "answers 503 and asks to wait": {
    react: (socket) =>
      void socket.write(answer("503 Service Unavailable", "", "Retry-After: 5\r\n")),
    told: [502, "UpstreamError", "unknown"],
  },
  "answers a page": {
    react: (socket) => void socket.write(ok("<html></html>")),
    told: [502, "UpstreamError", "unknown"],
  },
  "answers something that is not HTTP": {
    react: (socket) => void socket.end("SSH-2.0-OpenSSH_9.6\r\n\r\n"),
    told: [502, "UpstreamError", "unknown"],
  },
  "answers something that cannot be decompressed": {
    react: (socket) => void socket.write(ok("{}", "Content-Encoding: gzip\r\n")),
    told: [502, "UpstreamError", "unknown"],
  },
  "redirects elsewhere": {
    react: (socket) => void socket.write(answer("302 Found", "", "Location: /elsewhere/\r\n")),
    told: [502, "UpstreamError", "unknown"],
  },
  "refuses with a page": {
    react: (socket) => void socket.write(answer("400 Bad Request", "<html>")),
    told: [502, "UpstreamError", "unknown"],
  },
  "refuses for now": {
    react: (socket) => void socket.write(answer("400 Bad Request", refusal("feedback_required"))),
    told: [429, "FeedbackRequired"],
  },
  "refuses within 200": {
    react: (socket) => void socket.write(ok(refusal("feedback_required"))),
    told: [429, "FeedbackRequired"],
  },
};

/** Actions that each send one request. */
const ACTIONS: ReadonlyArray<readonly [string, string, Record<string, string>]> = [
  ["DELETE", "/auth/totp", {}],
  ["POST", "/media/like", { media_id: "3755350675776297567_25025320" }],
  ["POST", "/media/comment", { media_id: "3755350675776297567_25025320", text: "hello" }],
  ["POST", "/direct/message", { text: "hello", user_ids: "25025320" }],
  ["POST", "/user/follow", { user_id: "25025320" }],
];

const guard = createHostGuard(parseAllowList(["127.0.0.1", "localhost"]));
const platform = createBunPlatform({ guard, connectTimeoutMs: 500 });
let upstream: Awaited<ReturnType<typeof listen>>;
let service: TestService;
let react: (socket: Socket) => void = (socket) => void socket.write(GOOD);
let requests = 0;
const atUpstream = (socket: Socket): void => {
  socket.on("data", (chunk) => {
    const head = chunk.toString("latin1");
    if (head.includes("/qe/expose/")) socket.write(GOOD);
    else if (/^(?:GET|POST) /.test(head)) {
      requests++;
      react(socket);
    }
  });
};

beforeAll(async () => {
  upstream = await listen(atUpstream);
  service = await serviceAt(`http://127.0.0.1:${upstream.port}`);
});
afterAll(async () => {
  await service.close();
  upstream[Symbol.dispose]();
});

const serviceAt = (upstreamUrl: string): Promise<TestService> =>
  createTestService({ platform, guard, config: { upstreamUrl, upstreamTimeoutMs: 400 } });

async function act(
  at: TestService,
  session: string,
  [method, path, form]: (typeof ACTIONS)[number],
): Promise<unknown[]> {
  await unblock(at, session, at.liveKey);
  requests = 0;
  const given = { key: at.liveKey, session, ...(method === "POST" ? { form } : {}) };
  const { status, body, headers } = await at.request(method, path, given);
  const told = [status, body?.exc_type];
  expect(headers.get("retry-after") !== null, path).toBe(status === 429);
  return body?.outcome === undefined ? told : [...told, body.outcome];
}

describe("an action whose upstream", () => {
  for (const [stage, { react: reaction, told }] of Object.entries(STAGES))
    test(`${stage}: ${told[2] ?? "refused"}, and sent once`, async () => {
      const session = await importSession(service);
      for (const action of ACTIONS) {
        react = reaction;
        expect(await act(service, session, action), action[1]).toEqual([...told]);
        expect(requests, action[1]).toBe(1);
      }
    });

  test("fails in a look-up before it: nothing was sent, and only the look-up is repeated", async () => {
    const session = await importSession(service);
    react = (socket) => socket.destroy();
    const action = ["POST", "/user/follow", { user_id: "somebody" }] as const;
    expect(await act(service, session, action)).toEqual([502, "UpstreamError", "not_sent"]);
    expect(requests).toBe(2);
  });

  test("a read that fails says nothing of an outcome", async () => {
    const session = await importSession(service);
    react = (socket) => socket.destroy();
    expect(await act(service, session, ["GET", "/account", {}])).toEqual([502, "UpstreamError"]);
  });
});

describe("an action that does not get as far as the upstream was not sent", () => {
  const refusing: Record<string, () => Promise<{ port: number; [Symbol.dispose](): void }>> = {
    "socks5 that nobody serves": async () => ({ port: await deadPort(), [Symbol.dispose]() {} }),
    "socks5 that refuses the credentials": () => startSocksProxy([]),
    "http that nobody serves": async () => ({ port: await deadPort(), [Symbol.dispose]() {} }),
    "http that refuses the credentials": () => startHttpProxy([]),
    "socks5 that keeps silent": () => listen((socket) => void socket.resume()),
    "socks5 that closes": () => listen((socket) => socket.destroy()),
  };
  for (const [name, start] of Object.entries(refusing))
    test(`through a proxy by ${name}`, async () => {
      using proxy = await start();
      const scheme = name.split(" ")[0];
      const session = await importSession(service, undefined, {
        proxy: `${scheme}://user:secret@127.0.0.1:${proxy.port}`,
      }).catch(() => null);
      // An import tries the proxy where the session's login is checked; it is set then all the same.
      if (session === null) throw new Error("not imported");
      for (const action of ACTIONS) {
        expect(await act(service, session, action)).toEqual([502, "ProxyError", "not_sent"]);
        expect(requests).toBe(0);
      }
    });

  test("when nobody listens, or TLS fails", async () => {
    using untrusted = await listen(atUpstream, true);
    for (const origin of [
      `http://127.0.0.1:${await deadPort()}`,
      `https://localhost:${untrusted.port}`,
    ]) {
      const other = await serviceAt(origin);
      const session = await importSession(other);
      expect(await act(other, session, ACTIONS[1]!)).toEqual([502, "UpstreamError", "not_sent"]);
      expect(requests).toBe(0);
      await other.close();
    }
  });
});

test("a write takes a new connection when the kept one has ended, seen or not", async () => {
  const open = new Set<Socket>();
  let received = 0;
  using server = await listen((socket) => {
    open.add(socket);
    socket.on("data", () => {
      received++;
      socket.write(GOOD);
    });
  });
  const call = (effect: UpstreamCall["effect"]): UpstreamCall => ({
    effect,
    method: "POST",
    url: `http://127.0.0.1:${server.port}/`,
    device: null,
    headers: {},
    body: "a=b",
    streams: false,
    proxy: null,
    firstByteMs: 5_000,
    silenceMs: 5_000,
    wholeMs: 5_000,
    signal: null,
  });
  for (let round = 1; round <= 5; round++) {
    expect((await platform.fetch(call("write"))).status).toBe(200);
    const kept = [...open].at(-1);
    // The end is on its way, and the platform has had no moment to see it.
    kept?.end();
    kept?.destroy();
    expect((await platform.fetch(call("write"))).status).toBe(200);
    expect(received).toBe(round * 2);
  }
});
