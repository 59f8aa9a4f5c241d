import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Socket } from "node:net";
import type { Client } from "../../src/instagram/client.ts";
import { UpstreamRefused, UpstreamUnreachable } from "../../src/instagram/errors.ts";
import { bytes, json } from "../../src/instagram/readings.ts";
import { SessionState } from "../../src/instagram/session.ts";
import { streamed } from "../../src/instagram/signing.ts";
import { send } from "../../src/instagram/transport.ts";
import { parseAllowList } from "../../src/net/address-rules.ts";
import { createHostGuard } from "../../src/net/host-guard.ts";
import { createBunPlatform } from "../../src/platform/bun.ts";
import type { Platform } from "../../src/platform/platform.ts";
import { createUpstream } from "../../src/upstream.ts";
import { nobody, UNWATCHED } from "../support/callers.ts";
import { listen, startHttpProxy, startSocksProxy } from "../support/servers.ts";

const MB = 1024 * 1024;
const HEAD_END = "\r\n\r\n";

let platform: Platform;
beforeEach(() => {
  platform = createBunPlatform({ connectTimeoutMs: 300 });
});
afterEach(() => platform.close());

/** A client that asks an origin in Instagram's place. */
function clientAt(origin: string, fields: Partial<Client> = {}): Client {
  const noEmulator = { handle: () => Promise.reject(new Error("no emulator in this test")) };
  return {
    state: new SessionState({}),
    fetch: createUpstream(platform, noEmulator, origin)("live", "tenant"),
    proxy: null,
    timeoutMs: 10_000,
    cancellation: null,
    now: Date.now,
    sleep: async () => {},
    turn: (work) => work(),
    caller: nobody,
    operation: nobody.operation,
    drift: () => {},
    ...UNWATCHED,
    ...fields,
  };
}

/** Waits for an error. */
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

/** A stream of equal pieces, which counts those that were taken. */
function source(pieces: number, pieceBytes: number, pauseMs = 0) {
  const taken = { pieces: 0, cancelled: false };
  const piece = new Uint8Array(pieceBytes).fill(7);
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        if (taken.pieces === pieces) return controller.close();
        if (pauseMs > 0) await Bun.sleep(pauseMs);
        taken.pieces++;
        controller.enqueue(piece);
      },
      cancel: () => {
        taken.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, taken };
}

describe("a body that is a stream", () => {
  const upload = (
    client: Client,
    stream: ReadableStream<Uint8Array>,
    length: number,
    effect: "read" | "write" = "write",
  ) =>
    send(client, json, {
      effect,
      method: "POST",
      host: "rupload.facebook.com",
      path: "/rupload_igvideo/name",
      headers: { "X-Entity-Length": String(length) },
      body: streamed(stream, length),
      as: "device",
    });

  /** An upstream that reads whole bodies. */
  function startReader() {
    const seen: { type: string | null; length: string | null; bytes: number }[] = [];
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      maxRequestBodySize: 64 * MB,
      fetch: async (request) => {
        const { headers } = request;
        const body = await request.arrayBuffer().catch(() => new ArrayBuffer(0));
        const isWhole = new Uint8Array(body).every((byte) => byte === 7);
        seen.push({
          type: headers.get("content-type"),
          length: headers.get("content-length"),
          bytes: isWhole ? body.byteLength : -1,
        });
        return Response.json({ status: "ok" });
      },
    });
    return {
      origin: `http://127.0.0.1:${server.port}`,
      seen,
      [Symbol.dispose]: () => void server.stop(true),
    };
  }

  const whole = { type: "application/octet-stream", length: String(8 * MB), bytes: 8 * MB };

  test("arrives as it is, under its length", async () => {
    using upstream = startReader();
    const { stream } = source(8, MB);
    expect(await upload(clientAt(upstream.origin), stream, 8 * MB)).toEqual({ status: "ok" });
    expect(upstream.seen).toEqual([whole]);
  });

  for (const [scheme, start] of [
    ["http", startHttpProxy],
    ["socks5", startSocksProxy],
  ] as const)
    test(`arrives through a ${scheme} proxy, too`, async () => {
      using upstream = startReader();
      using proxy = await start(null);
      // Proxies of tests are on this machine.
      platform.close();
      platform = createBunPlatform({ guard: createHostGuard(parseAllowList(["127.0.0.1"])) });
      const client = clientAt(upstream.origin, { proxy: `${scheme}://127.0.0.1:${proxy.port}` });
      await upload(client, source(8, MB).stream, 8 * MB);
      expect(upstream.seen).toEqual([whole]);
    });

  for (const [what, length] of [
    ["shorter", 3 * MB],
    ["longer", MB],
  ] as const)
    test(`that is ${what} than its length is never a whole request, and spoils no other`, async () => {
      using upstream = startReader();
      const client = clientAt(upstream.origin);
      const error = await failureOf(upload(client, source(2, MB).stream, length));
      expect(error).toBeInstanceOf(TypeError);
      await upload(client, source(8, MB).stream, 8 * MB);
      expect(upstream.seen.filter(({ bytes }) => bytes > 0)).toEqual([whole]);
    });

  test("whose source fails ends with the source's error", async () => {
    using upstream = startReader();
    const gone = new Error("the file is gone");
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(gone),
    });
    expect(await failureOf(upload(clientAt(upstream.origin), stream, 10))).toBe(gone);
  });

  test("is read no further when the answer comes before it is out", async () => {
    using upstream = await listen((socket) => {
      socket.once("data", () => {
        socket.pause();
        const text = '{"message":"too big","status":"fail"}';
        socket.write(`HTTP/1.1 413 Too Large\r\nContent-Length: ${text.length}${HEAD_END}${text}`);
      });
    });
    const { stream, taken } = source(64, MB);
    const client = clientAt(`http://127.0.0.1:${upstream.port}`);
    expect(await failureOf(upload(client, stream, 64 * MB))).toBeInstanceOf(UpstreamRefused);
    expect(taken.cancelled).toBe(true);
    expect(taken.pieces).toBeLessThan(32);
  });

  test("that keeps moving is no timeout, however long it takes", async () => {
    using upstream = startReader();
    const client = clientAt(upstream.origin, { timeoutMs: 400 });
    const { stream } = source(20, 10_000, 100);
    expect(await upload(client, stream, 200_000)).toEqual({ status: "ok" });
  });

  test("that is not taken is a timeout, and is read no further than the buffers hold", async () => {
    using upstream = await listen((socket) => void socket.pause());
    const { stream, taken } = source(256, MB);
    const client = clientAt(`http://127.0.0.1:${upstream.port}`, { timeoutMs: 400 });
    expect(await failureOf(upload(client, stream, 256 * MB))).toMatchObject({
      kind: "UpstreamTimeout",
    });
    expect(taken.cancelled).toBe(true);
    expect(taken.pieces).toBeLessThan(64);
  });

  test("is sent once, also in a read", async () => {
    let requests = 0;
    using upstream = await listen((socket) => {
      socket.once("data", () => {
        requests++;
        socket.destroy();
      });
    });
    const client = clientAt(`http://127.0.0.1:${upstream.port}`);
    const error = await failureOf(upload(client, source(2, MB).stream, 2 * MB, "read"));
    expect(error).toMatchObject({ kind: "UpstreamError", context: { dropped: true } });
    expect(requests).toBe(1);
  });
});

describe("an answer that is taken as a stream", () => {
  /** An upstream of raw sockets: `answer` writes what comes back, `requests` counts what came. */
  async function startWriter(answer: (socket: Socket) => void) {
    const state = {
      requests: 0,
      connections: 0,
      closed: Promise.withResolvers<void>(),
    };
    const server = await listen((socket) => {
      state.connections++;
      socket.on("close", () => state.closed.resolve());
      socket.on("data", (chunk) => {
        if (!chunk.includes(HEAD_END)) return;
        state.requests++;
        answer(socket);
      });
    });
    return Object.assign(state, {
      origin: `http://127.0.0.1:${server.port}`,
      [Symbol.dispose]: server[Symbol.dispose],
    });
  }
  const head = (...lines: string[]): string =>
    `${["HTTP/1.1 200 OK", ...lines].join("\r\n")}${HEAD_END}`;
  const download = (client: Client, maxBytes = 64 * MB) =>
    send(client, bytes(maxBytes), {
      effect: "read",
      method: "GET",
      host: "scontent.cdninstagram.com",
      path: "/v/video.mp4",
      as: "device",
    });
  const sizeOf = async (stream: ReadableStream<Uint8Array>): Promise<number> => {
    let size = 0;
    for await (const piece of stream) size += piece.byteLength;
    return size;
  };

  const body = Buffer.alloc(MB, 7);
  const framings: Record<string, (socket: Socket) => void> = {
    "of a known length": (socket) => {
      socket.write(head(`Content-Length: ${48 * MB}`));
      for (let part = 0; part < 48; part++) socket.write(body);
    },
    "in chunks": (socket) => {
      socket.write(head("Transfer-Encoding: chunked"));
      for (let part = 0; part < 48; part++) {
        socket.write("100000\r\n");
        socket.write(body);
        socket.write("\r\n");
      }
      socket.write("0\r\n\r\n");
    },
    "until the connection ends": (socket) => {
      socket.write(head());
      for (let part = 0; part < 48; part++) socket.write(body);
      socket.end();
    },
  };
  for (const [how, answer] of Object.entries(framings))
    test(`comes whole ${how}, though it is larger than what is read whole`, async () => {
      using upstream = await startWriter(answer);
      expect(await sizeOf(await download(clientAt(upstream.origin)))).toBe(48 * MB);
    });

  test("leaves its connection for the next request", async () => {
    using upstream = await startWriter(framings["of a known length"]!);
    const client = clientAt(upstream.origin);
    for (let turn = 0; turn < 2; turn++) await sizeOf(await download(client));
    expect([upstream.requests, upstream.connections]).toEqual([2, 1]);
  });

  test("is refused at once when it announces more than its bound", async () => {
    using upstream = await startWriter(framings["of a known length"]!);
    const error = await failureOf(download(clientAt(upstream.origin), MB));
    expect(error).toBeInstanceOf(UpstreamUnreachable);
    expect(error).toHaveProperty("message", expect.stringContaining("too large"));
    await upstream.closed.promise;
    expect(upstream.requests).toBe(1);
  });

  test("is refused when it is compressed", async () => {
    using upstream = await startWriter(
      (socket) => void socket.write(`${head("Content-Encoding: gzip", "Content-Length: 2")}ab`),
    );
    const error = await failureOf(download(clientAt(upstream.origin)));
    expect(error).toHaveProperty("message", expect.stringContaining("compressed"));
  });

  test("ends at its bound, and its connection too", async () => {
    using upstream = await startWriter(framings["in chunks"]!);
    const stream = await download(clientAt(upstream.origin), 2 * MB);
    const error = await failureOf(sizeOf(stream));
    expect(error).toMatchObject({ kind: "UpstreamError" });
    await upstream.closed.promise;
  });

  test("is taken no faster than it is read", async () => {
    let taken = 0;
    using upstream = await startWriter((socket) => {
      socket.write(head(`Content-Length: ${1024 * MB}`));
      const write = (): void => {
        while (!socket.destroyed && socket.write(body)) taken++;
        socket.once("drain", write);
      };
      write();
    });
    const client = clientAt(upstream.origin, { timeoutMs: 300 });
    const reader = (await download(client, 1024 * MB)).getReader();
    await reader.read();
    // Longer than the upstream may keep silent: it is the reader who waits.
    await Bun.sleep(900);
    expect(taken).toBeLessThan(64);
    expect((await reader.read()).value?.byteLength).toBeGreaterThan(0);
    await reader.cancel();
    await upstream.closed.promise;
  });

  test("that keeps moving is no timeout, however long it takes", async () => {
    using upstream = await startWriter(async (socket) => {
      socket.write(head("Content-Length: 200"));
      for (let part = 0; part < 20; part++) {
        await Bun.sleep(100);
        socket.write("0123456789");
      }
    });
    const stream = await download(clientAt(upstream.origin, { timeoutMs: 400 }));
    expect(await sizeOf(stream)).toBe(200);
  });

  const breaks: Record<string, [kind: string, react: (socket: Socket) => void]> = {
    "falls silent": ["UpstreamTimeout", () => {}],
    breaks: ["UpstreamError", (socket) => void socket.destroy()],
    ends: ["UpstreamError", (socket) => void socket.end()],
  };
  for (const [how, [kind, react]] of Object.entries(breaks))
    test(`that ${how} in the middle is a failure, and not asked for again`, async () => {
      using upstream = await startWriter((socket) => {
        socket.write(`${head("Content-Length: 1000")}some`, () => setTimeout(react, 50, socket));
      });
      const stream = await download(clientAt(upstream.origin, { timeoutMs: 400 }));
      expect(await failureOf(sizeOf(stream))).toMatchObject({ kind });
      expect(upstream.requests).toBe(1);
    });

  test("ends when its caller hangs up", async () => {
    using upstream = await startWriter(
      (socket) => void socket.write(`${head("Content-Length: 1000")}some`),
    );
    const hangUp = new AbortController();
    const endsAt = performance.now() + 60_000;
    const cancellation = { signal: hangUp.signal, endsAt, limitMs: 60_000 };
    const stream = await download(clientAt(upstream.origin, { cancellation }));
    const failed = failureOf(sizeOf(stream));
    hangUp.abort();
    expect(await failed).toMatchObject({ kind: "CallerGone" });
    await upstream.closed.promise;
  });

  test("ends when it is not wanted any more", async () => {
    using upstream = await startWriter(framings["of a known length"]!);
    const stream = await download(clientAt(upstream.origin));
    await stream.cancel();
    await upstream.closed.promise;
  });

  test("is a refusal where Instagram refuses, and a 5xx is asked again", async () => {
    let status = "404 Not Found";
    using upstream = await startWriter(
      (socket) =>
        void socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 17\r\n\r\n{"status":"fail"}`),
    );
    const client = clientAt(upstream.origin);
    expect(await failureOf(download(client))).toMatchObject({ kind: "ClientNotFoundError" });
    expect(upstream.requests).toBe(1);
    status = "503 Unavailable";
    expect(await failureOf(download(client))).toMatchObject({ kind: "UpstreamError" });
    expect(upstream.requests).toBe(3);
  });
});

describe("time", () => {
  const ask = (client: Client) =>
    send(client, json, { effect: "read", method: "GET", path: "/api/v1/x/", as: "device" });
  const OK = `HTTP/1.1 200 OK\r\nContent-Length: 15${HEAD_END}`;

  test("for connecting has a limit of its own", async () => {
    // It accepts, and never says a word of TLS.
    using upstream = await listen(() => {});
    const client = clientAt(`https://127.0.0.1:${upstream.port}`, { timeoutMs: 3_600_000 });
    expect(await failureOf(ask(client))).toMatchObject({ kind: "UpstreamTimeout" });
  });

  test("for a whole answer is longer while it moves, but not for ever", async () => {
    let text = '{"status":"ok"}';
    using upstream = await listen((socket) => {
      socket.once("data", async () => {
        socket.write(OK);
        for (const character of text) {
          await Bun.sleep(50);
          if (!socket.writable) return;
          socket.write(character);
        }
      });
    });
    const client = clientAt(`http://127.0.0.1:${upstream.port}`, { timeoutMs: 400 });
    expect(await ask(client)).toEqual({ status: "ok" });
    text = " ".repeat(14);
    const dripping = failureOf(ask({ ...client, timeoutMs: 100 }));
    expect(await dripping).toMatchObject({ kind: "UpstreamTimeout" });
  });
});
