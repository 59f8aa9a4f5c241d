import { afterEach, describe, expect, test } from "bun:test";
import { readdirSync, rmSync } from "node:fs";
import { Spool } from "../../src/files/spool.ts";
import { createBunPlatform } from "../../src/platform/bun.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/directory.ts";
import { Gate, until } from "../support/gate.ts";
import { expectProblem } from "../support/problems.ts";
import { type Answer, createTestService, type TestService } from "../support/service.ts";
import { testSpoolConfig } from "../support/spool.ts";
import {
  BOUNDARY,
  echoRoutes,
  FILE_BYTES,
  MB,
  MULTIPART,
  multipart,
  openFilesIn,
  type RawCaller,
  rawCaller,
  sha256,
  someBytes,
} from "../support/upload-bodies.ts";

let directory: TemporaryDirectory;
let service: TestService;
let session: string;
let port: number;
let stop: () => void = () => {};
/** Answers wait here. */
let gate: Gate;

afterEach(async () => {
  stop();
  stop = () => {};
  gate.letGo();
  await service.close();
  directory.remove();
});

async function start(spool: Partial<typeof testSpoolConfig> = {}): Promise<void> {
  directory = temporaryDirectory();
  gate = new Gate();
  gate.letGo();
  service = await createTestService({
    routes: echoRoutes(() => gate.pass(undefined)),
    config: { spool: { ...testSpoolConfig, directory: `${directory.path}/spool`, ...spool } },
  });
  session = await service.login();
}

/** Opens a port, too. */
async function listening(spool: Partial<typeof testSpoolConfig> = {}): Promise<void> {
  await start(spool);
  const platform = createBunPlatform();
  const server = platform.serve({
    host: "127.0.0.1",
    port: 0,
    maxBodyBytes: 1024 * MB,
    handle: service.service.handle,
  });
  port = server.port;
  stop = () => {
    server.kill();
    platform.close();
  };
}

const HEAD = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`;

/** A caller who has sent the head of a request. */
async function caller(
  length: number | "chunked",
  headers: Record<string, string> = {},
): Promise<RawCaller> {
  const raw = await rawCaller(port);
  const all = {
    Host: "localhost",
    "X-API-Key": service.testKey,
    "X-Session-ID": session,
    ...MULTIPART,
    ...(length === "chunked"
      ? { "Transfer-Encoding": "chunked" }
      : { "Content-Length": `${length}` }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  await raw.send(`POST /echo HTTP/1.1\r\n${lines.join("")}\r\n`);
  return raw;
}

const chunk = (bytes: string | Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    Buffer.from(bytes as Uint8Array),
    Buffer.from("\r\n"),
  ]);

const send = (
  bytes: Uint8Array,
  body?: BodyInit,
  key = service.testKey,
  id = session,
): Promise<Answer> =>
  service.request("POST", "/echo", {
    key,
    session: id,
    body: body ?? multipart([{ field: "file", name: "a", bytes }]),
    headers: MULTIPART,
  });

const openFiles = (): number => openFilesIn(directory.path);
const names = (): string[] => readdirSync(`${directory.path}/spool`);

/** A body that arrives up to its middle, and goes on when it is told. */
function held(bytes: Uint8Array) {
  const whole = multipart([{ field: "file", name: "a", bytes }]);
  const { promise, resolve } = Promise.withResolvers<void>();
  let asked = 0;
  const body = new ReadableStream(
    {
      async pull(controller) {
        if (asked++ === 0) return controller.enqueue(whole.subarray(0, whole.length / 2));
        await promise;
        controller.enqueue(whole.subarray(whole.length / 2));
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return { body, isHalfRead: () => asked > 1, goOn: resolve };
}

describe("a body that is too large", () => {
  test("is refused before a byte of it is read, if it says so", async () => {
    await listening();
    for (const length of [FILE_BYTES * 2 + 1, 900 * MB, 12_345_678_901]) {
      const raw = await caller(length);
      if (length > 1024 * MB) {
        // The server itself refuses it.
        expect(await raw.answered(), `${length}`).toStartWith("HTTP/1.1 413");
        continue;
      }
      const answer = await raw.answered();
      expect(answer, `${length}`).toStartWith("HTTP/1.1 413");
      expect(answer).toContain("PayloadTooLarge");
      // Nobody takes hundreds of megabytes for nothing.
      expect(/^connection: close/im.test(answer)).toBe(length > 64 * MB);
    }
    expect(openFiles()).toBe(0);
  });

  test("is refused while it arrives, if it says nothing, and by no more than a piece", async () => {
    await listening();
    const raw = await caller("chunked");
    await raw.send(chunk(HEAD));
    const piece = chunk(new Uint8Array(MB));
    for (let sent = 0; sent < 20; sent++) await raw.send(piece);
    const answer = await raw.answered();
    expect(answer).toStartWith("HTTP/1.1 413");
    expect(answer).toMatch(/^connection: close/im);
    expect(answer).toContain("may have 8 MB at the most");
    await until(() => openFiles() === 0);
  });

  test("gets its answer through to clients that send everything first", async () => {
    await listening();
    const form = new FormData();
    form.append("file", new Blob([new Uint8Array(FILE_BYTES + 1)]), "a");
    const headers = { "X-API-Key": service.testKey, "X-Session-ID": session };
    const answer = await fetch(`http://127.0.0.1:${port}/echo`, {
      method: "POST",
      body: form,
      headers,
    });
    expect(answer.status).toBe(413);
    expect((await answer.json()).exc_type).toBe("PayloadTooLarge");
  });
});

describe("room for uploads", () => {
  test("is limited for a tenant, and others have theirs", async () => {
    await start({ tenantBytes: 3 * MB });
    const other = await service.createTenant("Other");
    const { key: otherKey } = await service.createKey(other);
    const otherSession = await service.login("sandbox", otherKey);
    const first = held(new Uint8Array(2 * MB));
    const waiting = send(new Uint8Array(), first.body);
    await until(first.isHalfRead);
    const refused = await send(new Uint8Array(2.5 * MB));
    expectProblem(refused, "GatewayRateLimited");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await send(new Uint8Array(2.5 * MB), undefined, otherKey, otherSession)).status).toBe(
      200,
    );
    first.goOn();
    expect((await waiting).status).toBe(200);
    expect((await send(new Uint8Array(2.5 * MB))).status).toBe(200);
    // What can never fit is told so at once.
    expectProblem(await send(new Uint8Array(3 * MB + 1)), "PayloadTooLarge");
  });

  test("is limited for all together", async () => {
    await start({ maxBytes: 3 * MB, tenantBytes: 3 * MB });
    const other = await service.createTenant("Other");
    const { key } = await service.createKey(other);
    const otherSession = await service.login("sandbox", key);
    const first = held(new Uint8Array(2 * MB));
    const waiting = send(new Uint8Array(), first.body);
    await until(first.isHalfRead);
    const refused = await send(new Uint8Array(2.5 * MB), undefined, key, otherSession);
    expectProblem(refused, "UploadsFull");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    first.goOn();
    expect((await waiting).status).toBe(200);
    expect((await send(new Uint8Array(2.5 * MB), undefined, key, otherSession)).status).toBe(200);
  });

  test("is taken by what is declared, so that what has begun is not refused later", async () => {
    await listening({ tenantBytes: 9 * MB });
    const bytes = someBytes(6 * MB);
    const body = multipart([{ field: "file", name: "a", bytes }]);
    const raw = await caller(body.length);
    await raw.send(body.subarray(0, 100));
    await until(() => openFiles() === 1);
    expectProblem(await send(new Uint8Array(5 * MB)), "GatewayRateLimited");
    await raw.send(body.subarray(100));
    expect(await raw.answered()).toStartWith("HTTP/1.1 200");
  });

  test("is limited in the number of a tenant's uploads", async () => {
    await start({ tenantUploads: 2 });
    const uploads = [held(new Uint8Array(100)), held(new Uint8Array(100))];
    const waiting = uploads.map(({ body }) => send(new Uint8Array(), body));
    await until(() => uploads.every((one) => one.isHalfRead()));
    const refused = expectProblem(await send(new Uint8Array(1)), "GatewayRateLimited");
    expect(refused.detail).toBe("This tenant has 2 uploads under way already");
    for (const { goOn } of uploads) goOn();
    for (const answer of waiting) expect((await answer).status).toBe(200);
    expect((await send(new Uint8Array(1))).status).toBe(200);
  });

  test("is given back after every kind of end", async () => {
    await start({ tenantBytes: 3 * MB, tenantUploads: 1 });
    for (let round = 0; round < 5; round++) {
      expect((await send(new Uint8Array(2 * MB))).status).toBe(200);
      expectProblem(await send(new Uint8Array(), "nothing"), "ValidationError");
      expectProblem(await send(new Uint8Array(4 * MB)), "PayloadTooLarge");
      expectProblem(
        await send(new Uint8Array(1), undefined, service.testKey, "x".repeat(26)),
        "SessionNotFound",
      );
    }
    expect(openFiles()).toBe(0);
  });
});

describe("the files of an upload", () => {
  test("are what was sent, over the network and many at once", async () => {
    await listening();
    const headers = { "X-API-Key": service.testKey, "X-Session-ID": session };
    const uploads = Array.from({ length: 8 }, async (_, seed) => {
      const bytes = someBytes(FILE_BYTES - seed, seed);
      const body = new FormData();
      body.append("caption", "before");
      body.append("file", new Blob([bytes]), "a");
      const request = { method: "POST", headers, body };
      const answer = await fetch(`http://127.0.0.1:${port}/echo`, request);
      expect((await answer.json()).file.sha256).toBe(sha256(bytes));
    });
    await Promise.all(uploads);
  });

  test("are gone when it is answered, and have no names before", async () => {
    await start();
    gate = new Gate();
    const answer = send(someBytes(3 * MB));
    await until(() => gate.arrived === 1);
    expect(openFiles()).toBe(1);
    expect(names()).toEqual([]);
    gate.letGo();
    expect((await answer).status).toBe(200);
    expect(openFiles()).toBe(0);
  });

  test("are gone when its caller hangs up in the middle", async () => {
    await listening();
    for (const length of [5 * MB, "chunked"] as const) {
      const raw = await caller(length);
      const start = `${HEAD}${"x".repeat(100_000)}`;
      await raw.send(length === "chunked" ? chunk(start) : start);
      await until(() => openFiles() === 1);
      raw.hangUp();
      await until(() => openFiles() === 0);
    }
    await until(
      () => service.logLines.filter((line) => line.includes('"status":499')).length === 2,
    );
    expect(service.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  test("that a process left behind are removed by the next", async () => {
    await start();
    const path = `${directory.path}/spool`;
    const old = `${path}/left.upload`;
    const fresh = `${path}/fresh.upload`;
    const foreign = `${path}/notes.txt`;
    for (const file of [old, fresh, foreign]) await Bun.write(file, "x");
    const { utimes } = await import("node:fs/promises");
    await utimes(old, 1, 1);
    await new Spool(path, testSpoolConfig).prepare();
    expect(names().sort()).toEqual(["fresh.upload", "notes.txt"]);
  });

  test("may be written although the directory was removed", async () => {
    await start();
    rmSync(`${directory.path}/spool`, { recursive: true });
    const bytes = someBytes(1000);
    expect((await send(bytes)).body.file.sha256).toBe(sha256(bytes));
  });
});

describe("a disk that fails", () => {
  test("is told to the caller, and the next upload succeeds", async () => {
    await start();
    rmSync(`${directory.path}/spool`, { recursive: true });
    await Bun.write(`${directory.path}/spool`, "in the way");
    const problem = expectProblem(await send(new Uint8Array(10)), "StorageUnavailable");
    expect(problem.detail).toContain("ENOTDIR");
    rmSync(`${directory.path}/spool`);
    expect((await send(new Uint8Array(10))).status).toBe(200);
  });
});

describe("a body that comes slowly", () => {
  test("may take longer than any other request", async () => {
    await start({ stallMs: 100 });
    const bytes = someBytes(40_000);
    const whole = multipart([{ field: "file", name: "a", bytes }]);
    let at = 0;
    const body = new ReadableStream({
      async pull(controller) {
        await Bun.sleep(40);
        controller.enqueue(whole.subarray(at, at + 8_000));
        at += 8_000;
        if (at >= whole.length) controller.close();
      },
    });
    const answer = await send(new Uint8Array(), body);
    expect(answer.body?.file.sha256, answer.text).toBe(sha256(bytes));
  });

  test("by drops is ended, as is one that stops", async () => {
    await listening({ stallMs: 150 });
    for (const drop of ["x", ""]) {
      const raw = await caller(MB);
      await raw.send(HEAD);
      const drip = setInterval(() => void raw.send(drop), 10);
      const answer = await raw.answered();
      clearInterval(drip);
      expect(answer).toStartWith("HTTP/1.1 408");
      expect(answer).toMatch(/^connection: close/im);
      expect(answer).toContain("The body comes too slowly");
      raw.hangUp();
    }
    await until(() => openFiles() === 0);
  });

  test("may be so because it is this service that is slow", async () => {
    await start({ stallMs: 100 });
    // The caller has sent everything; its end is asked for only after a while.
    gate = new Gate();
    const answer = send(new Uint8Array(10));
    await until(() => gate.arrived === 1);
    await Bun.sleep(300);
    gate.letGo();
    expect((await answer).status).toBe(200);
  });
});

test("a body of text in chunks that is too large ends the connection", async () => {
  await listening();
  const raw = await rawCaller(port);
  await raw.send(
    `POST /auth/login HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${service.testKey}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  await raw.send(chunk(new Uint8Array(100_000)));
  const answer = await raw.answered();
  expect(answer).toStartWith("HTTP/1.1 413");
  expect(answer).toMatch(/^connection: close/im);
});

test("a directory that cannot be written is told at the start", async () => {
  directory = temporaryDirectory();
  gate = new Gate();
  const path = `${directory.path}/file`;
  await Bun.write(path, "in the way");
  const spool = { ...testSpoolConfig, directory: `${path}/spool` };
  const chosen = createTestService({ config: { spool: { ...spool, isChosen: true } } });
  expect(chosen).rejects.toThrow("UPLOAD_DIR cannot be written (ENOTDIR)");
  service = await createTestService({ config: { spool } });
  expect(service.logLines.join()).toContain("uploads are refused");
});
