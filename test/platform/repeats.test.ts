import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Socket } from "node:net";
import { type Gateway, IN_MEMORY, type LiveSession, startGateway } from "../support/gateway.ts";
import { CERTIFICATE_FILE, listen, startHttpProxy, startSocksProxy } from "../support/servers.ts";

/**
 * An upstream of raw sockets that counts the requests that arrive, while the gateway holds many
 * connections to it that worked before.
 */
const ACCOUNT = JSON.stringify({ user: { pk: 1, username: "me" }, status: "ok" });
const GOOD = `HTTP/1.1 200 OK\r\nContent-Length: ${ACCOUNT.length}\r\n\r\n${ACCOUNT}`;
const WARM = 40;

/** Where an upstream stops, after it has read the request. */
const STOPS: Record<string, (socket: Socket) => void> = {
  "with a reset": (socket) => socket.resetAndDestroy(),
  "before it answers": (socket) => void socket.end(),
  "in its status line": (socket) => void socket.end("HTT"),
  "in its headers": (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Le"),
  "in its body": (socket) => void socket.end(GOOD.slice(0, -5)),
};

for (const secure of [false, true])
  describe(`over ${secure ? "TLS" : "plain HTTP"}`, () => {
    let gateway: Gateway;
    let upstream: Awaited<ReturnType<typeof listen>>;
    let requests: string[] = [];
    let react: (socket: Socket) => void = () => {};
    let held: Socket[] = [];

    beforeAll(async () => {
      upstream = await listen((socket) => {
        socket.on("data", (chunk) => {
          const [line = ""] = chunk.toString("latin1").split("\r\n");
          if (line.includes("/qe/expose/")) return void socket.write(GOOD);
          if (!/^(?:GET|POST) /.test(line)) return;
          requests.push(line);
          react(socket);
        });
      }, secure);
      gateway = await startGateway({
        ...IN_MEMORY,
        UPSTREAM_URL: `${secure ? "https" : "http"}://localhost:${upstream.port}`,
        NODE_EXTRA_CA_CERTS: CERTIFICATE_FILE,
      });
    });
    afterAll(async () => {
      await gateway.stop();
      upstream[Symbol.dispose]();
    });
    beforeEach(() => {
      held = [];
      requests = [];
    });

    /** Makes the gateway open many connections at once, through each session's four reads. */
    async function warm(sessions: readonly LiveSession[]): Promise<void> {
      react = (socket) => {
        held.push(socket);
        if (held.length === WARM) for (const one of held) one.write(GOOD);
      };
      const reads = sessions.flatMap((session) => Array.from({ length: 4 }, () => session));
      await Promise.all(reads.map((session) => session.get("/account")));
      expect(new Set(held).size).toBe(WARM);
      requests = [];
    }
    const sessions = (proxy: string | null): Promise<LiveSession[]> =>
      Promise.all(Array.from({ length: WARM / 4 }, () => gateway.session(proxy)));

    for (const [where, stop] of Object.entries(STOPS))
      test(`a read is repeated once when the upstream stops ${where}, however many connections are kept`, async () => {
        const [session, ...others] = await sessions(null);
        await warm([session!, ...others]);
        react = stop;
        const answer = await session!.get("/account");
        expect([answer.status, answer.type]).toEqual([502, "UpstreamError"]);
        expect([requests.length, answer.upstreamCalls]).toEqual([2, "2"]);
        react = (socket) => void socket.write(GOOD);
        expect((await session!.get("/account")).status).toBe(200);
      });

    test("a read that succeeds the second time tells of both", async () => {
      const [session, ...others] = await sessions(null);
      await warm([session!, ...others]);
      react = (socket) => {
        react = (next) => void next.write(GOOD);
        socket.destroy();
      };
      const answer = await session!.get("/account");
      expect([answer.status, requests.length, answer.upstreamCalls]).toEqual([200, 2, "2"]);
    });

    test("a write is never repeated", async () => {
      const [session, ...others] = await sessions(null);
      await warm([session!, ...others]);
      for (const stop of Object.values(STOPS)) {
        requests = [];
        react = stop;
        const answer = await session!.delete("/auth/totp");
        expect([answer.status, requests.length, answer.upstreamCalls]).toEqual([502, 1, "1"]);
      }
    });

    for (const [scheme, start] of [
      ["http", startHttpProxy],
      ["socks5", startSocksProxy],
    ] as const)
      test(`through a ${scheme} proxy it is the same`, async () => {
        using proxy = await start(null);
        const session = await gateway.session(`${scheme}://127.0.0.1:${proxy.port}`);
        react = (socket) => void socket.write(GOOD);
        await Promise.all(Array.from({ length: 4 }, () => session.get("/account")));
        requests = [];
        react = (socket) => socket.destroy();
        const answer = await session.get("/account");
        expect([answer.status, answer.type]).toEqual([502, "ProxyError"]);
        expect([requests.length, answer.upstreamCalls]).toEqual([2, "2"]);
        requests = [];
        const written = await session.delete("/auth/totp");
        expect([written.status, requests.length, written.upstreamCalls]).toEqual([502, 1, "1"]);
      });

    test("connections that worked are used again", async () => {
      const session = await gateway.session(null);
      const sockets = new Set<Socket>();
      react = (socket) => {
        sockets.add(socket);
        socket.write(GOOD);
      };
      for (let round = 0; round < 10; round++)
        expect((await session.get("/account")).status).toBe(200);
      expect(sockets.size).toBe(1);
    });
  });
