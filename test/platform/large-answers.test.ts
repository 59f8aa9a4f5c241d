import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Socket } from "node:net";
import * as zlib from "node:zlib";
import { createBunPlatform } from "../../src/platform/bun.ts";
import { importSession } from "../support/live.ts";
import { listen } from "../support/servers.ts";
import { createTestService, type TestService } from "../support/service.ts";

let service: TestService;
let session: string;
/** Writes the answer to a read. */
let answer: (socket: Socket) => void;
let upstream: Awaited<ReturnType<typeof listen>>;
let asked = 0;
let ended = Promise.withResolvers<number>();

beforeEach(async () => {
  asked = 0;
  ended = Promise.withResolvers<number>();
  upstream = await listen((socket) => {
    socket.on("data", (chunk) => {
      if (!/^(?:GET|POST) /.test(chunk.toString("latin1"))) return;
      if (chunk.includes("/qe/expose/"))
        return void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
      asked++;
      socket.on("close", () => ended.resolve(socket.bytesWritten));
      answer(socket);
    });
  });
  service = await createTestService({
    platform: createBunPlatform(),
    config: { upstreamUrl: `http://127.0.0.1:${upstream.port}`, upstreamTimeoutMs: 60_000 },
  });
  session = await importSession(service);
});
afterEach(async () => {
  await service.close();
  upstream[Symbol.dispose]();
});

const read = () => service.request("GET", "/account", { key: service.liveKey, session });

const MB = 1024 * 1024;
const zeros = Buffer.alloc(256 * MB);
const bombs: [name: string, body: Buffer][] = [
  ["gzip", zlib.gzipSync(zeros)],
  ["deflate", zlib.deflateSync(zeros)],
  ["zstd", zlib.zstdCompressSync(zeros)],
];

describe("an answer that is too large", () => {
  for (const [coding, body] of bombs)
    test(`when it is decompressed from ${coding} is an UpstreamError and not asked for again`, async () => {
      answer = (socket) => {
        socket.write(
          `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`,
        );
        socket.write(body);
      };
      const before = process.memoryUsage.rss();
      const { status, body: problem } = await read();
      expect([status, problem.exc_type, asked]).toEqual([502, "UpstreamError", 1]);
      expect(problem.detail).toContain("too large");
      expect(process.memoryUsage.rss() - before).toBeLessThan(200 * MB);
    });

  for (const coding of ["", "Transfer-Encoding: chunked\r\n"])
    test(`because it does not end is read no further, and its connection ended (${coding.trim() || "plain"})`, async () => {
      const piece = Buffer.alloc(MB, "a");
      answer = (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${coding}\r\n`);
        const write = (): void => {
          for (let flows = true; flows && !socket.destroyed && socket.bytesWritten < 1024 * MB; ) {
            if (coding) socket.write("100000\r\n");
            flows = socket.write(piece);
            if (coding) socket.write("\r\n");
          }
          if (!socket.destroyed) socket.once("drain", write);
        };
        write();
      };
      const { status, body: problem } = await read();
      expect([status, problem.exc_type, asked]).toEqual([502, "UpstreamError", 1]);
      expect(await ended.promise).toBeLessThan(128 * MB);
    });

  test("in its head is an UpstreamError too", async () => {
    answer = (socket) => void socket.write(`HTTP/1.1 200 OK\r\nX-Long: ${"a".repeat(100_000)}`);
    const { status, body: problem } = await read();
    expect([status, problem.exc_type, asked]).toEqual([502, "UpstreamError", 1]);
  });

  test("does no harm to the next one", async () => {
    answer = (socket) => void socket.write(`HTTP/1.1 200 OK\r\nX-Long: ${"a".repeat(100_000)}`);
    await read();
    const text = JSON.stringify({ user: { pk: 1, username: "me" }, status: "ok" });
    answer = (socket) =>
      void socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
    expect((await read()).body.username).toBe("me");
  });
});
