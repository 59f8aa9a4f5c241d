import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { EDGE, type FlyProxy, PROXY_ERROR, startFlyProxy, VISITED } from "../support/fly-proxy.ts";
import { importSession, savedSettings, USER_PK } from "../support/live.ts";
import { listenAs, startMachines } from "../support/machines.ts";
import { echoRoutes, MULTIPART, multipart, rawCaller } from "../support/upload-bodies.ts";

/* Two machines over the network, behind what stands for Fly's proxy: whole requests, with their bodies. */

const machines = await startMachines({ m1: "fra", m2: "iad" }, { routes: echoRoutes() });
const { instagram } = machines;
const { m1, m2 } = machines.on;
const servers = { m1: listenAs(m1), m2: listenAs(m2) };
const fly: FlyProxy = startFlyProxy({ reachMs: 300 });
fly.machines.set("m1", "fra", servers.m1.port);
fly.machines.set("m2", "iad", servers.m2.port);
await fly.machines.allHealthy();

const account = { user: { pk: USER_PK, username: "me.account" }, status: "ok" };
let key: string;
let session: string;
let imported = 0;

afterAll(async () => {
  await fly[Symbol.asyncDispose]();
  for (const server of Object.values(servers)) server.close();
  await machines[Symbol.asyncDispose]();
});

/** A session that m1 uses. */
beforeEach(async () => {
  instagram.reset();
  instagram.on("accounts/current_user/", reply(200, account));
  const tenant = await m1.createTenant();
  ({ key } = await m1.createKey(tenant, { mode: "live" }));
  session = await newSession();
});

async function newSession(): Promise<string> {
  const sessionid = `${USER_PK}%3AAbCdEfGhIjKlMnOp${++imported}%3A12%3AAYdSessionIdTail`;
  const settings = savedSettings({ authorization_data: { ds_user_id: USER_PK, sessionid } });
  return importSession(m1, settings, { new_session: "true" }, key);
}

interface Asked {
  status: number;
  body: any;
  /** The machines that had the request, in their order. */
  visited: string;
  headers: Headers;
}

/** Asks at the edge in iad, where m2 is. */
async function ask(method: string, path: string, init: RequestInit = {}): Promise<Asked> {
  const headers = new Headers(init.headers);
  headers.set(EDGE, "iad");
  headers.set("X-API-Key", key);
  if (!headers.has("X-Session-ID")) headers.set("X-Session-ID", session);
  const answer = await fetch(`${fly.url}${path}`, { ...init, method, headers });
  expect(answer.headers.get(PROXY_ERROR)).toBeNull();
  const text = await answer.text();
  return {
    status: answer.status,
    body: text === "" ? null : JSON.parse(text),
    visited: answer.headers.get(VISITED) ?? "",
    headers: answer.headers,
  };
}

/** A multipart body of exactly so many bytes, with one file. */
function multipartOf(size: number): Uint8Array<ArrayBuffer> {
  const withFile = (length: number) =>
    multipart([{ field: "file", name: "a.bin", bytes: Buffer.alloc(length, "x") }]);
  return withFile(size - withFile(0).length);
}

/** The body without a length: in pieces, chunked. */
const chunked = (body: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (let at = 0; at < body.length; at += 50_000)
        controller.enqueue(body.subarray(at, at + 50_000));
      controller.close();
    },
  });

describe("a request gets to the machine that uses its session", () => {
  test("without a body", async () => {
    const { status, visited, body } = await ask("GET", "/account");
    expect([status, visited, body.pk]).toEqual([200, "m2 m1", USER_PK]);
  });

  test("with as large a body as Fly's proxy sends on", async () => {
    const body = multipartOf(1_000_000);
    const answer = await ask("POST", "/echo", { headers: MULTIPART, body });
    expect([answer.status, answer.visited]).toEqual([200, "m2 m1"]);
    expect(answer.body.file.length).toBeGreaterThan(999_000);
  });

  test("with a small body of unknown length", async () => {
    const answer = await fetch(`http://127.0.0.1:${servers.m2.port}/media/like`, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-API-Key": key,
        "X-Session-ID": session,
      },
      body: chunked(Buffer.from("media_id=3755350675776297567_1")),
    });
    expect([answer.status, answer.headers.get("fly-replay")]).toEqual([
      503,
      expect.stringContaining("instance=m1;"),
    ]);
  });

  test("with an empty body", async () => {
    const answer = await ask("POST", "/media/like", { body: "" });
    expect([answer.status, answer.visited]).toEqual([422, "m2 m1"]);
  });

  test("under one name in the logs", async () => {
    const { headers, visited } = await ask("GET", "/account");
    expect(visited).toBe("m2 m1");
    const id = headers.get("x-request-id");
    for (const { logLines } of [m1, m2])
      expect(logLines.filter((line) => line.includes(`"request_id":"${id}"`))).toHaveLength(1);
  });
});

describe("a request is answered where it lands, by the session that is handed over", () => {
  test("with a larger body than Fly's proxy sends on", async () => {
    const body = multipartOf(1_000_001);
    const answer = await ask("POST", "/echo", { headers: MULTIPART, body });
    expect([answer.status, answer.visited]).toEqual([200, "m2"]);
  });

  test("with files of unknown length", async () => {
    const body = multipartOf(200_000);
    // Fly's stand-in says how long a body is, when all of it is there.
    const answer = await fetch(`http://127.0.0.1:${servers.m2.port}/echo`, {
      method: "POST",
      headers: { ...MULTIPART, "X-API-Key": key, "X-Session-ID": session },
      body: chunked(body),
    });
    expect(answer.status, await answer.text()).toBe(200);
  });

  test("when the machine that has it is not reached; then others go there no more", async () => {
    const others = [await newSession(), await newSession()];
    servers.m1.close();
    try {
      const first = await ask("GET", "/account");
      expect([first.status, first.visited]).toEqual([200, "m2 m2"]);
      const replays = fly.counts.fallbacks;
      const before = Object.values(replays).reduce((sum, count) => sum + count, 0);
      for (const other of others) {
        session = other;
        const next = await ask("GET", "/account");
        expect([next.status, next.visited]).toEqual([200, "m2"]);
      }
      expect(Object.values(replays).reduce((sum, count) => sum + count, 0)).toBe(before);
    } finally {
      servers.m1 = listenAs(m1);
      fly.machines.set("m1", "fra", servers.m1.port);
      await fly.machines.allHealthy();
    }
  });
});

describe("the connection of a request that is sent on", () => {
  const body = multipartOf(900_000);
  const head = (): string =>
    `POST /echo HTTP/1.1\r\nHost: gramway.example\r\nX-API-Key: ${key}\r\nX-Session-ID: ${session}\r\nContent-Type: ${MULTIPART["Content-Type"]}\r\nContent-Length: ${body.length}\r\n\r\n`;

  test("takes the next one, though nobody has used the body", async () => {
    const caller = await rawCaller(servers.m2.port);
    await caller.send(head());
    await caller.send(body);
    expect(await caller.answered()).toMatch(/^HTTP\/1.1 503 .*\r\nfly-replay: instance=m1;/is);
    await caller.send("GET /health HTTP/1.1\r\nHost: gramway.example\r\n\r\n");
    while (!caller.answer().endsWith('{"status":"ok"}')) await Bun.sleep(10);
    caller.hangUp();
  });

  test("is closed if the body does not come", async () => {
    const caller = await rawCaller(servers.m2.port);
    await caller.send(`${head()}--a`);
    const answer = await caller.answered();
    expect(answer).toMatch(/^HTTP\/1.1 503 .*\r\nfly-replay: instance=m1;/is);
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    caller.hangUp();
  });
});
