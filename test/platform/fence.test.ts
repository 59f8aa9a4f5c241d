import { afterAll, expect, test } from "bun:test";
import type { Socket } from "node:net";
import {
  type Fence,
  type FencedExchange,
  NotSent,
  type UpstreamCall,
} from "../../src/instagram/client.ts";
import { parseAllowList } from "../../src/net/address-rules.ts";
import { createHostGuard } from "../../src/net/host-guard.ts";
import { createBunPlatform } from "../../src/platform/bun.ts";
import { listen } from "../support/servers.ts";

/*
 * What is under way may be broken off when what it depends on ends: not a byte is sent afterwards.
 */

const guard = createHostGuard(parseAllowList(["127.0.0.1"]));
const platform = createBunPlatform({ guard });
afterAll(() => platform.close());

const CLOSED = new Error("closed");
const GOOD = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

class TestFence implements Fence {
  readonly underWay = new Set<FencedExchange>();
  isOpen = true;

  enter(exchange: FencedExchange): void {
    this.check();
    this.underWay.add(exchange);
  }
  check(): void {
    if (!this.isOpen) throw CLOSED;
  }
  leave(exchange: FencedExchange): void {
    this.underWay.delete(exchange);
  }
  close(): void {
    this.isOpen = false;
    for (const exchange of this.underWay) exchange.breakOff(CLOSED);
  }
}

const callTo = (port: number, fence: Fence, body: UpstreamCall["body"] = "a=b"): UpstreamCall => ({
  effect: "write",
  method: "POST",
  url: `http://127.0.0.1:${port}/`,
  device: null,
  headers: {},
  body,
  streams: false,
  proxy: null,
  firstByteMs: 5_000,
  silenceMs: 5_000,
  wholeMs: 5_000,
  signal: null,
  fence,
});

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

test("an exchange that waits for its answer is broken off, and its connection closed", async () => {
  const fence = new TestFence();
  const ended = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  using server = await listen((socket) => {
    socket.on("data", () => asked.resolve());
    socket.on("close", () => ended.resolve());
  });
  const answer = failure(platform.fetch(callTo(server.port, fence)));
  await asked.promise;
  fence.close();
  // Instagram may have got it: it is no NotSent.
  expect(await answer).toBe(CLOSED);
  await ended.promise;
  expect(fence.underWay.size).toBe(0);
});

test("nothing is sent through a closed fence, and the kept connection stays good", async () => {
  const fence = new TestFence();
  const sockets: Socket[] = [];
  let requests = 0;
  using server = await listen((socket) => {
    sockets.push(socket);
    socket.on("data", () => {
      requests++;
      socket.write(GOOD);
    });
  });
  expect((await platform.fetch(callTo(server.port, fence))).status).toBe(200);
  fence.close();
  const error = await failure(platform.fetch(callTo(server.port, fence)));
  expect(error).toBeInstanceOf(NotSent);
  expect((error as NotSent).cause).toBe(CLOSED);
  expect(requests).toBe(1);
  fence.isOpen = true;
  expect((await platform.fetch(callTo(server.port, fence))).status).toBe(200);
  expect(sockets.length).toBe(1);
  expect(fence.underWay.size).toBe(0);
});

test("no further piece of a body is sent once the fence is closed, even if nobody has noticed", async () => {
  const fence = new TestFence();
  let received = 0;
  using server = await listen((socket) => {
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1").split("x").length - 1;
    });
  });
  const piece = (): Uint8Array => new Uint8Array(10).fill("x".charCodeAt(0));
  let pulled = 0;
  const bytes = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (++pulled === 3) {
          // The first piece is out, the second is held back. The process stands still here.
          while (received < 10) await Bun.sleep(1);
          fence.isOpen = false;
        }
        controller.enqueue(piece());
      },
    },
    { highWaterMark: 0 },
  );
  const error = await failure(platform.fetch(callTo(server.port, fence, { bytes, length: 1_000 })));
  expect(error).toBe(CLOSED);
  expect(received).toBe(10);
  expect(fence.underWay.size).toBe(0);
});
