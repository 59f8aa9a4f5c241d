import { afterAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { BodySource } from "../../src/platform/body-source.ts";
import { createBunPlatform } from "../../src/platform/bun.ts";
import { listen } from "../support/servers.ts";
import { testFiles } from "../support/spool.ts";
import { sha256, someBytes } from "../support/upload-bodies.ts";

const platform = createBunPlatform();
afterAll(() => platform.close());

const ANY_SIZE = { maxBytes: Number.POSITIVE_INFINITY, tooLarge: () => new Error("too large") };

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

test("a file is sent as it is, to a reader that takes its time", async () => {
  const files = testFiles();
  const bytes = someBytes(9_000_001);
  const file = await files.save(once(bytes), { name: "", type: "" }, ANY_SIZE);
  for (const start of [0, 1, 4_000_000, 9_000_000]) {
    const length = bytes.length - start;
    const hash = createHash("sha256");
    using server = await listen((socket) => {
      let received = 0;
      let isBody = false;
      socket.on("data", (chunk: Buffer) => {
        const end = isBody ? -4 : chunk.indexOf("\r\n\r\n");
        const body = chunk.subarray(end + 4);
        isBody = true;
        hash.update(body);
        received += body.length;
        if (received === length) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        // Its window fills up, and its sender waits with a piece half sent.
        socket.pause();
        setTimeout(() => socket.resume(), 1);
      });
    });
    const passed: number[] = [];
    const answer = await platform.fetch({
      effect: "write",
      method: "POST",
      url: `http://127.0.0.1:${server.port}/`,
      device: null,
      headers: {},
      body: { bytes: file.stream(start, (upTo) => passed.push(upTo)), length },
      streams: false,
      proxy: null,
      firstByteMs: 20_000,
      silenceMs: 20_000,
      wholeMs: 60_000,
      signal: null,
    });
    expect(await answer.text()).toBe("ok");
    expect(hash.digest("hex"), `from ${start}`).toBe(sha256(bytes.subarray(start)));
    expect(passed.at(-1)).toBe(bytes.length);
  }
  await files.close();
});

test("a body that takes buffers is read with two of them", async () => {
  let fresh = 0;
  let left = 50;
  const source = new BodySource(
    new ReadableStream({
      type: "bytes",
      pull(controller) {
        const request = controller.byobRequest;
        if (!request?.view) throw new Error("the reader brings no buffer");
        const bytes = new Uint8Array(request.view.buffer);
        if (bytes[0] === 0) fresh++;
        bytes[0] = 1;
        if (left-- > 0) return request.respond(request.view.byteLength);
        controller.close();
        request.respond(0);
      },
    }),
  );
  let held: Uint8Array = new Uint8Array();
  for (let piece = await source.next(); piece; piece = await source.next()) {
    expect(piece.buffer).not.toBe(held.buffer);
    source.giveBack(held);
    held = piece;
  }
  expect(left).toBe(-1);
  expect(fresh).toBe(2);
});
