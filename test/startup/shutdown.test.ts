import { afterAll, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { temporaryDirectory } from "../support/directory.ts";
import { startGateway } from "../support/gateway.ts";
import { LONG_MS, SECRETS } from "../support/process.ts";

const directory = temporaryDirectory();
afterAll(() => directory.remove());

/** A client that asks again as soon as it is answered, until its connection ends. */
interface BusyClient {
  /** Status and Connection header of each answer. */
  answers: Array<{ status: number; connection: string }>;
  ended: Promise<{ error: string | null; halfAnswer: boolean }>;
}

function busyClient(url: string, head: string): BusyClient {
  const { promise: ended, resolve } = Promise.withResolvers<Awaited<BusyClient["ended"]>>();
  const answers: BusyClient["answers"] = [];
  const { hostname, port } = new URL(url);
  let error: string | null = null;
  let received = "";
  const ask = (socket: Socket): void => void socket.write(head);
  const socket = connect(Number(port), hostname, () => ask(socket));
  socket.on("error", (failure) => {
    error = failure.message;
  });
  socket.on("close", () => resolve({ error, halfAnswer: received !== "" }));
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    const end = received.indexOf("\r\n\r\n");
    const length = Number(/^content-length: (\d+)/im.exec(received)?.[1] ?? 0);
    if (end < 0 || Buffer.byteLength(received, "latin1") < end + 4 + length) return;
    const connection = /^connection: (\S+)/im.exec(received.slice(0, end))?.[1] ?? "";
    answers.push({ status: Number(received.slice(9, 12)), connection });
    received = "";
    if (connection !== "close") ask(socket);
  });
  return { answers, ended };
}

test(
  "SIGTERM among busy clients: not ready at once, each connection ends with an answer that says so",
  async () => {
    const gateway = await startGateway({
      ...SECRETS,
      DATABASE_URL: ":memory:",
      KEY_REQUESTS_PER_SECOND: "1000000",
    });
    const key = await gateway.createKey("test");
    const { body: session } = await gateway.login(key);
    const headOf = (path: string): string =>
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${key}\r\nX-Session-ID: ${session}\r\n\r\n`;
    const pages = "/user/followers?user_id=instagram&amount=200";
    const clients = Array.from({ length: 24 }, (_, n) =>
      busyClient(gateway.url, headOf(n % 2 === 0 ? pages : "/user?username=instagram")),
    );
    const probe = busyClient(gateway.url, headOf("/ready"));
    while ([...clients, probe].some(({ answers }) => answers.length < 3)) await Bun.sleep(10);
    gateway.kill("SIGTERM");

    for (const client of [...clients, probe]) {
      expect(await client.ended).toEqual({ error: null, halfAnswer: false });
      const connections = client.answers.map(({ connection }) => connection);
      expect(connections.indexOf("close")).toBe(connections.length - 1);
    }
    for (const { answers } of clients) for (const { status } of answers) expect(status).toBe(200);
    expect(probe.answers.at(-1)).toEqual({ status: 503, connection: "close" });
    expect(probe.answers.slice(0, -1).every(({ status }) => status === 200)).toBe(true);
    expect(await gateway.ended()).toBe(0);
    expect(gateway.err()).toBe("");
  },
  LONG_MS,
);
