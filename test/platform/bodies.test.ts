import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { createBunPlatform } from "../../src/platform/bun.ts";
import type { Listener } from "../../src/platform/platform.ts";
import { createTestService, type TestService } from "../support/service.ts";

const platform = createBunPlatform();
let service: TestService;
let listener: Listener;
/** Gives a request this long in all, in milliseconds. */
const SHORT_DEADLINE_MS = 300;
let hasty: TestService;
let hastyListener: Listener;
beforeAll(async () => {
  service = await createTestService();
  listener = serve(service);
  hasty = await createTestService({ config: { requestDeadlineMs: SHORT_DEADLINE_MS } });
  hastyListener = serve(hasty);
});
afterAll(async () => {
  listener.kill();
  hastyListener.kill();
  platform.close();
  await service.close();
  await hasty.close();
});

const serve = ({ service: { handle } }: TestService): Listener =>
  platform.serve({ host: "127.0.0.1", port: 0, maxBodyBytes: 256 * 1024 * 1024, handle });

const HEAD = (key: string, host: string, framing = "Transfer-Encoding: chunked"): string =>
  [
    "POST /auth/login HTTP/1.1",
    `Host: ${host}`,
    `X-API-Key: ${key}`,
    "Content-Type: application/x-www-form-urlencoded",
    framing,
    "",
    "",
  ].join("\r\n");

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

/** Sends the head and as much as `body` writes, and never ends the request. */
async function statusOf(host: string, body: (socket: Socket) => void): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect({ host: "127.0.0.1", port: listener.port });
  let answer = "";
  socket.on("data", (data) => {
    answer += data;
    if (answer.includes("\r\n")) resolve(answer.slice(0, answer.indexOf("\r\n")));
  });
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("closed without an answer")));
  socket.write(HEAD(service.testKey, host));
  body(socket);
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

async function inFlight(of = service): Promise<string | undefined> {
  const { text } = await of.request("GET", "/metrics");
  return /^gramway_http_requests_in_flight (\d+)$/m.exec(text)?.[1];
}

// A request under a short host is answered as another one, with the body handed on.
describe.each(["localhost", "a"])("a chunked body to the host %s", (host) => {
  test("over the limit is answered with 413 while its sender goes on", async () => {
    const before = await inFlight();
    expect(before).toBeDefined();
    for (let turn = 0; turn < 5; turn++) {
      const status = await statusOf(host, (socket) => {
        for (let part = 0; part < 40; part++) socket.write(chunk("x".repeat(64 * 1024)));
      });
      expect(status).toStartWith("HTTP/1.1 413");
    }
    expect(await inFlight()).toBe(before);
  });

  test("below the limit is taken", async () => {
    const status = await statusOf(host, (socket) => {
      socket.write(chunk("username=sandbox&pass"));
      socket.write(`${chunk("word=sandbox")}0\r\n\r\n`);
    });
    expect(status).toBe("HTTP/1.1 200 OK");
  });
});

test.each(["Transfer-Encoding: chunked", "Content-Length: 200"])(
  "a body that does not come in time gives its place up (%s)",
  async (framing) => {
    const before = await inFlight(hasty);
    const socket = connect({ host: "127.0.0.1", port: hastyListener.port });
    let answer = "";
    socket.on("data", (data) => {
      answer += data;
    });
    // A byte now and then keeps the connection from being idle.
    const sending = setInterval(() => socket.write("1\r\na\r\n"), SHORT_DEADLINE_MS / 10);
    socket.write(HEAD(hasty.testKey, "localhost", framing));
    await new Promise((resolve) => socket.on("error", resolve).on("close", resolve));
    clearInterval(sending);
    expect(answer).toStartWith("HTTP/1.1 408");
    expect(answer).toContain('"exc_type":"RequestTimeout"');
    expect(await inFlight(hasty)).toBe(before);
  },
);
