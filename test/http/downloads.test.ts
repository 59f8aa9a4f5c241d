import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { createBunPlatform } from "../../src/platform/bun.ts";
import type { Listener, Platform } from "../../src/platform/platform.ts";
import { until } from "../support/gate.ts";
import { importSession } from "../support/live.ts";
import { listen } from "../support/servers.ts";
import { createTestService, type TestService } from "../support/service.ts";

/* Downloads over real connections: what a slow, hanging or leaving reader does to the source. */

const KB = 1024;
const PIECE = Buffer.alloc(64 * KB, 7);
/** More than all buffers between the source and a reader hold. */
const PIECES = 800;
const LENGTH = PIECES * PIECE.length;

/** Stands in Instagram's place: sends a file as fast as it is taken. */
interface Source {
  origin: string;
  /** Bytes that were taken so far, of all files. */
  sent: number;
  /** Connections that are sending. */
  sending: number;
  /** Breaks off all files that are being sent. */
  breakOff(): void;
  [Symbol.dispose](): void;
}

async function startSource(): Promise<Source> {
  const sockets = new Set<Socket>();
  const server = await listen((socket) => {
    socket.once("data", () => {
      sockets.add(socket);
      source.sending++;
      socket.once("close", () => {
        sockets.delete(socket);
        source.sending--;
      });
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: ${LENGTH}\r\n\r\n`,
      );
      let left = PIECES;
      const more = (): void => {
        while (left > 0 && !socket.destroyed) {
          left--;
          source.sent += PIECE.length;
          if (!socket.write(PIECE)) return void socket.once("drain", more);
        }
      };
      more();
    });
  });
  const source: Source = {
    origin: `http://127.0.0.1:${server.port}`,
    sent: 0,
    sending: 0,
    breakOff: () => {
      for (const socket of sockets) socket.destroy();
    },
    [Symbol.dispose]: server[Symbol.dispose],
  };
  return source;
}

let source: Source;
let platform: Platform;
let service: TestService;
let gateway: Listener;
let session: string;
beforeEach(async () => {
  source = await startSource();
  platform = createBunPlatform();
  service = await createTestService({ platform, config: { upstreamUrl: source.origin } });
  session = await importSession(service);
  gateway = platform.serve({
    host: "127.0.0.1",
    port: 0,
    maxBodyBytes: 1024,
    handle: (request, peer) => service.service.handle(request, peer),
  });
});
afterEach(async () => {
  gateway.kill();
  await service.close();
  source[Symbol.dispose]();
});

const FILE = encodeURIComponent("https://scontent.cdninstagram.com/o1/v/t16/large.mp4");

/** A reader over a socket that may stop, and counts what it gets. */
function reader(path = `/video/download/by/url?url=${FILE}`, method = "GET") {
  const state = { received: 0, head: "", isWhole: false, isClosed: false };
  const socket = connect(gateway.port, "127.0.0.1", () =>
    socket.write(
      `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${service.liveKey}\r\nX-Session-ID: ${session}\r\n\r\n`,
    ),
  );
  socket
    .on("data", (bytes) => {
      if (state.received === 0) state.head = bytes.toString("latin1").split("\r\n\r\n")[0] ?? "";
      state.received += bytes.length;
      state.isWhole = bytes.toString("latin1", bytes.length - 5) === "0\r\n\r\n";
    })
    .on("error", () => {})
    .on("close", () => {
      state.isClosed = true;
    });
  return Object.assign(state, { socket });
}

const lines = (): any[] =>
  service.logLines
    .map((line) => JSON.parse(line))
    .filter(({ operation, msg }) => msg === "request" && operation === "getVideoDownloadByUrl");

/** Waits until nothing more is taken from the source, and tells how much was. */
async function settled(): Promise<number> {
  let before = -1;
  while (before !== source.sent) {
    before = source.sent;
    await Bun.sleep(100);
  }
  return before;
}

describe("a download", () => {
  test("goes no faster than it is read", async () => {
    const slow = reader();
    await until(() => slow.received > 0);
    slow.socket.pause();
    expect(await settled()).toBeLessThan(LENGTH / 2);
    slow.socket.resume();
    await until(() => slow.isWhole);
    expect(slow.received).toBeGreaterThan(LENGTH);
    expect(lines().at(-1)).toMatchObject({ status: 200, bytes: LENGTH, upstream_calls: 1 });
  });

  test("of a reader that leaves ends at its source, and counts as left", async () => {
    const leaving = reader();
    await until(() => leaving.received > 0);
    leaving.socket.pause();
    await settled();
    expect(lines()).toEqual([]);
    leaving.socket.destroy();
    await until(() => source.sending === 0);
    await until(() => lines().length > 0);
    expect(lines()).toMatchObject([{ status: 499, exc_type: "CallerGone" }]);
  });

  test("whose bytes nobody wants leaves its source at once", async () => {
    for (const path of [
      `/video/download/by/url?url=${FILE}`,
      `/album/download/by/urls?urls=${FILE}`,
    ]) {
      const asked = reader(path, "HEAD");
      await until(() => asked.head !== "");
      expect(asked.head, path).toStartWith("HTTP/1.1 200");
      await until(() => source.sending === 0);
      asked.socket.destroy();
    }
  });

  test("whose source breaks off is broken off too, never ended as if it were whole", async () => {
    const cut = reader();
    await until(() => cut.received > 0);
    cut.socket.pause();
    await settled();
    source.breakOff();
    cut.socket.resume();
    await until(() => cut.isClosed);
    expect(cut.isWhole).toBe(false);
    expect(cut.received).toBeLessThan(LENGTH);
    await until(() => lines().length > 0);
    expect(lines()).toMatchObject([{ status: 502, exc_type: "UpstreamError", level: "error" }]);
  });

  test("holds one of its session's places until it has been read, and no place of its reads", async () => {
    const first = Array.from({ length: 4 }, () => reader());
    await until(() => first.every(({ received }) => received > 0));
    for (const one of first) one.socket.pause();
    await settled();
    const fifth = reader();
    const path = `/video/download/by/url?url=${FILE}&returnFile=false`;
    const options = { key: service.liveKey, session };
    // The fifth waits; what needs no file does not.
    expect((await service.request("GET", path, options)).status).toBe(200);
    expect(source.sending).toBe(4);
    expect(fifth.received).toBe(0);
    first[0]?.socket.destroy();
    await until(() => fifth.received > 0);
    for (const { socket } of [...first, fifth]) socket.destroy();
    await until(() => source.sending === 0);
  });

  test("counts among its tenant's requests in flight until it has been read", async () => {
    const tenant = await service.createTenant("Two at once", { max_in_flight: 2 });
    const { key } = await service.createKey(tenant, { mode: "live" });
    const own = await importSession(service, undefined, {}, key);
    const ask = (): Promise<Response> =>
      fetch(`http://127.0.0.1:${gateway.port}/video/download/by/url?url=${FILE}`, {
        headers: { "X-API-Key": key, "X-Session-ID": own },
      });
    const open = await Promise.all([ask(), ask()]);
    expect(open.map(({ status }) => status)).toEqual([200, 200]);
    const third = await ask();
    expect([third.status, (await third.json()).exc_type]).toEqual([429, "GatewayRateLimited"]);
    await Promise.all(open.map(({ body }) => body?.cancel()));
    await until(() => source.sending === 0);
    await until(async () => (await ask()).status === 200);
  });
});
