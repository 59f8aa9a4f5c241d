import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Socket } from "node:net";
import { createBunPlatform } from "../../src/platform/bun.ts";
import type { Platform } from "../../src/platform/platform.ts";
import { reply } from "../support/fake-instagram.ts";
import { importSession } from "../support/live.ts";
import { type InstagramServer, listen, startInstagram } from "../support/servers.ts";
import { createTestService, type TestService } from "../support/service.ts";

let platform: Platform;
let service: TestService;
beforeEach(() => {
  platform = createBunPlatform();
});
afterEach(async () => service.close());

/** A service whose live sessions go to `origin`, and one such session. */
async function serviceAt(origin: string, upstreamTimeoutMs = 5000): Promise<string> {
  service = await createTestService({
    platform,
    config: { upstreamUrl: origin, upstreamTimeoutMs },
  });
  return importSession(service);
}

const ask = (session: string, method = "GET", path = "/account") =>
  service.request(method, path, { key: service.liveKey, session });

describe("UPSTREAM_URL", () => {
  test("takes the place of every upstream host; others than the app's go along in a header", async () => {
    using upstream: InstagramServer = startInstagram();
    const session = await serviceAt(upstream.origin);
    await ask(session);
    const location = "https://www.instagram.com/p/C_5DDHCoJ-1/";
    upstream.instagram.on("/share/p/BAabcdef12/", reply(302, "", { Location: location }));
    const link = encodeURIComponent("https://www.instagram.com/share/p/BAabcdef12/");
    const resolved = await ask(session, "GET", `/media/pk/from/url?url=${link}`);
    expect(resolved.body).toBe("3456807596841803701");
    const shown = upstream.instagram.calls.map(({ url, headers }) => [
      url.slice(upstream.origin.length),
      headers["x-forwarded-host"] ?? null,
      headers.host,
    ]);
    const host = new URL(upstream.origin).host;
    expect(shown).toEqual([
      ["/api/v1/qe/expose/", null, host],
      ["/api/v1/accounts/current_user/?edit=true", null, host],
      ["/share/p/BAabcdef12/", "www.instagram.com", host],
    ]);
  });

  test("changes nothing else: headers, query and body arrive as they were written", async () => {
    using upstream: InstagramServer = startInstagram();
    const session = await serviceAt(upstream.origin);
    await ask(
      session,
      "GET",
      `/user/followers?user_id=25025320&cursor=${encodeURIComponent('{"a+b":"c d&e=="}')}&amount=1`,
    );
    const { url, headers } = upstream.instagram.calls.at(-1)!;
    expect(url).toContain("&max_id=%7B%22a%2Bb%22%3A%22c+d%26e%3D%3D%22%7D");
    expect(headers["user-agent"]).toStartWith("Instagram 428.0.0.47.67 Android (34/14; ");
    expect(headers["accept-encoding"]).toBe("zstd, gzip, deflate");
    expect(headers.priority).toBe("u=3");
    expect(headers).not.toHaveProperty("content-type");
  });
});

describe("an answer over the network", () => {
  const text = JSON.stringify({ user: { pk: 49123456789, username: "me" }, status: "ok" });
  const compressed: [encoding: string, body: Uint8Array<ArrayBuffer>][] = [
    ["gzip", Bun.gzipSync(text)],
    ["deflate", Bun.deflateSync(text)],
    ["zstd", new Uint8Array(Bun.zstdCompressSync(text))],
  ];
  for (const [encoding, body] of compressed)
    test(`is read when it is compressed with ${encoding}`, async () => {
      using upstream: InstagramServer = startInstagram();
      const session = await serviceAt(upstream.origin);
      const headers = { "Content-Encoding": encoding };
      upstream.instagram.on("accounts/current_user/", new Response(body, { headers }));
      expect((await ask(session)).body.username).toBe("me");
    });

  test("that redirects is not followed", async () => {
    using upstream: InstagramServer = startInstagram();
    const session = await serviceAt(upstream.origin);
    const location = `${upstream.origin}/api/v1/elsewhere/`;
    upstream.instagram.on("accounts/current_user/", reply(302, "", { Location: location }));
    expect((await ask(session)).status).toBe(502);
    expect(upstream.instagram.callsOf("elsewhere/")).toEqual([]);
  });

  test("that does not come in time is UpstreamTimeout, whole or in part, and not asked for again", async () => {
    using upstream: InstagramServer = startInstagram();
    const session = await serviceAt(upstream.origin, 120);
    const never = new Promise<Response>(() => {});
    const half = new ReadableStream({ start: (controller) => controller.enqueue("{") });
    for (const script of [() => never, () => new Response(half)]) {
      upstream.instagram.takePaths();
      upstream.instagram.on("accounts/current_user/", script);
      const answer = await ask(session);
      expect([answer.status, answer.body.exc_type]).toEqual([504, "UpstreamTimeout"]);
      expect(upstream.instagram.calls).toHaveLength(1);
    }
  });
});

describe("a broken connection", () => {
  const ANSWER = JSON.stringify({ user: { pk: 1, username: "me" }, status: "ok" });
  const answerOn = (socket: Socket, connection = "keep-alive"): void =>
    void socket.write(
      `HTTP/1.1 200 OK\r\nContent-Length: ${ANSWER.length}\r\nConnection: ${connection}\r\n\r\n${ANSWER}`,
    );

  /** An upstream of raw sockets: `react` decides for each request head. */
  const rawUpstream = (react: (head: string, socket: Socket) => void) =>
    listen((socket) => {
      socket.on("data", (chunk) => {
        const head = chunk.toString("latin1");
        if (head.includes("/qe/expose/")) answerOn(socket, "close");
        else if (/^(?:GET|POST) /.test(head)) react(head, socket);
      });
    });

  for (const [method, path] of [
    ["GET", "/account"],
    ["POST", "/track?id=18160000000000001"],
  ] as const)
    test(`is met by asking once more in a read by ${method}`, async () => {
      const asked: string[] = [];
      using raw = await rawUpstream((head, socket) => {
        asked.push(head.slice(0, head.indexOf(" ")));
        if (asked.length % 2 === 1) socket.destroy();
        else answerOn(socket, "close");
      });
      const session = await serviceAt(`http://127.0.0.1:${raw.port}`);
      for (let round = 1; round <= 2; round++) {
        const answer = await ask(session, "GET", path);
        expect([answer.status, asked]).toEqual([200, Array(round * 2).fill(method)]);
        expect(answer.headers.get("gramway-upstream-calls")).toBe("2");
      }
    });

  test("that was kept from before hides itself: the runtime asks again on a new one", async () => {
    const connections = new Set<Socket>();
    using raw = await rawUpstream((_head, socket) => {
      // The second request on a connection finds it dead.
      if (connections.has(socket)) return socket.destroy();
      connections.add(socket);
      answerOn(socket);
    });
    const session = await serviceAt(`http://127.0.0.1:${raw.port}`);
    for (let round = 1; round <= 3; round++) {
      const answer = await ask(session);
      expect([answer.status, connections.size]).toEqual([200, round]);
    }
  });

  test("ends a read with UpstreamError the second time", async () => {
    let asked = 0;
    using raw = await rawUpstream((_head, socket) => {
      asked++;
      socket.destroy();
    });
    const session = await serviceAt(`http://127.0.0.1:${raw.port}`);
    const answer = await ask(session);
    expect([answer.status, answer.body.exc_type, asked]).toEqual([502, "UpstreamError", 2]);
  });

  test("is not met by asking once more what counts as seen when it was asked", async () => {
    let asked = 0;
    using raw = await rawUpstream((_head, socket) => {
      asked++;
      socket.destroy();
    });
    const session = await serviceAt(`http://127.0.0.1:${raw.port}`);
    for (const [seen, times] of [
      ["true", 1],
      ["false", 2],
    ] as const) {
      asked = 0;
      const answer = await ask(session, "GET", `/notifications?mark_as_seen=${seen}`);
      expect([answer.status, asked]).toEqual([502, times]);
    }
  });

  test("is never met by repeating a step of a login, whether it is a GET or a POST", async () => {
    const asked: string[] = [];
    using raw = await rawUpstream((head, socket) => {
      const path = head.split(" ")[1] ?? "";
      asked.push(path);
      if (path.includes("/launcher/sync/")) answerOn(socket, "close");
      else socket.destroy();
    });
    await serviceAt(`http://127.0.0.1:${raw.port}`);
    const login = await service.request("POST", "/auth/login", {
      key: service.liveKey,
      form: { username: "me", password: "secret" },
    });
    expect(login.status).toBe(502);
    expect(asked).toEqual(["/api/v1/launcher/sync/", "/api/v1/qe/sync/"]);
  });

  test("is never met by repeating a write, on a new connection or an old one", async () => {
    let posts = 0;
    using raw = await rawUpstream((head, socket) => {
      if (head.startsWith("GET ")) return answerOn(socket);
      posts++;
      socket.destroy();
    });
    const session = await serviceAt(`http://127.0.0.1:${raw.port}`);
    for (let round = 1; round <= 3; round++) {
      await ask(session);
      const answer = await ask(session, "DELETE", "/auth/totp");
      expect([answer.status, answer.body.exc_type, posts]).toEqual([502, "OutcomeUnknown", round]);
    }
  });

  test("in the middle of an answer is no answer", async () => {
    using raw = await rawUpstream((_head, socket) => {
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Length: ${ANSWER.length}\r\n\r\n${ANSWER.slice(0, 9)}`,
      );
      socket.end();
    });
    const session = await serviceAt(`http://127.0.0.1:${raw.port}`);
    const answer = await ask(session);
    expect([answer.status, answer.body.exc_type]).toEqual([502, "UpstreamError"]);
  });
});
