import { describe, expect, test } from "bun:test";
import { createClient } from "@libsql/client";
import { type Database, openDatabase } from "../../src/db/connection.ts";
import { StorageUnavailable } from "../../src/db/errors.ts";
import { readMeta } from "../../src/db/meta.ts";
import { migrate } from "../../src/db/migrate.ts";
import type { RemoteRequest } from "../../src/db/remote/client.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { hasLibsqlServer, type LibsqlServer, startLibsqlServer } from "../support/libsql-server.ts";
import { writeMeta } from "../support/meta.ts";

interface Remote extends AsyncDisposable {
  server: LibsqlServer;
  proxy: FaultProxy;
  db: Database;
  requests: RemoteRequest[];
}

/** A migrated database on the libSQL server, with short times. */
async function openRemote({ auth = false } = {}): Promise<Remote> {
  const server = await startLibsqlServer({ auth });
  const proxy = await startFaultProxy(server.port);
  const requests: RemoteRequest[] = [];
  const db = openDatabase({
    url: proxy.url,
    ...(server.authToken === undefined ? {} : { authToken: server.authToken }),
    remoteTimeoutMs: 500,
    onRemoteRequest: (request) => requests.push(request),
  });
  await migrate(db);
  return {
    server,
    proxy,
    db,
    requests,
    async [Symbol.asyncDispose]() {
      await db.close();
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The fault and the outcome that work fails with. */
async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (error) {
    if (error instanceof StorageUnavailable) return `${error.fault}, ${error.outcome}`;
    throw error;
  }
}

const isWrite = (sql: string): boolean => !/^select/i.test(sql);

describe.skipIf(!hasLibsqlServer && process.env.CI !== "true")("a remote database", () => {
  const writeFaults: [Fault, told: string, isStored: boolean][] = [
    ["refuse", "unreachable, not_done", false],
    ["cut", "unreachable, unknown", false],
    ["stall", "timeout, unknown", false],
    ["lose", "unreachable, unknown", true],
    ["lose_slowly", "timeout, unknown", true],
    ["half", "unreachable, unknown", true],
    [{ status: 500 }, "unreachable, unknown", false],
    [
      { status: 503, type: "application/json", body: '{"error":"no"}' },
      "unreachable, unknown",
      false,
    ],
    [{ status: 429 }, "throttled, not_done", false],
    [{ status: 401 }, "unauthorized, not_done", false],
    [{ status: 404 }, "unreachable, not_done", false],
    [{ status: 200, body: "<html>" }, "unreachable, unknown", false],
    [{ status: 200, type: "application/json", body: "{}" }, "unreachable, unknown", false],
  ];
  test.each(writeFaults)(
    "says of a write that fails (%j) what is known, and does it once at most",
    async (fault, told, isStored) => {
      await using remote = await openRemote();
      const { db, proxy } = remote;
      await proxy.fail(fault);
      expect(await failureOf(writeMeta(db, "a", "1"))).toBe(told);
      const repeats = /not_done/.test(told) ? 5 : 1;
      expect(proxy.failed).toBeLessThanOrEqual(repeats);
      await proxy.heal();
      expect(await readMeta(db, "a")).toBe(isStored ? "1" : null);
      await writeMeta(db, "a", "2");
      expect(await readMeta(db, "a")).toBe("2");
    },
  );

  const brief: [Fault][] = [["cut"], ["lose"], ["half"], [{ status: 502 }], [{ status: 429 }]];
  test.each(brief)("repeats a read that has failed once: %j", async (fault) => {
    await using remote = await openRemote();
    const { db, proxy } = remote;
    await writeMeta(db, "a", "1");
    await proxy.fail(fault, { times: 1 });
    expect(await readMeta(db, "a")).toBe("1");
    expect(proxy.failed).toBe(1);
  });

  test("repeats a write that was refused for a moment", async () => {
    await using remote = await openRemote();
    const { db, proxy } = remote;
    await proxy.fail({ status: 429 }, { times: 2, only: isWrite });
    await writeMeta(db, "a", "1");
    expect([await readMeta(db, "a"), proxy.failed]).toEqual(["1", 2]);
  });

  const refusals: [code: string, told: string, isRepeated: boolean][] = [
    ["SQLITE_BUSY", "busy, not_done", true],
    ["TRANSACTION_TIMEOUT", "busy, not_done", true],
    ["SQLITE_FULL", "full, not_done", false],
    ["SQLITE_READONLY", "read_only, not_done", false],
    ["BLOCKED", "blocked, not_done", false],
  ];
  test.each(refusals)("understands %s of the server", async (code, told, isRepeated) => {
    await using remote = await openRemote();
    const { db, proxy } = remote;
    const failed = { type: "error", error: { message: "no", code } };
    const results = [failed, { type: "ok", response: { type: "close" } }];
    const body = JSON.stringify({ baton: null, base_url: null, results });
    const fault: Fault = { status: 200, type: "application/json", body };
    await proxy.fail(fault, { only: isWrite });
    expect(await failureOf(writeMeta(db, "a", "1"))).toBe(told);
    await proxy.fail(fault, { only: isWrite, times: 1 });
    expect(await failureOf(writeMeta(db, "a", "1"))).toBe(isRepeated ? "none" : told);
    expect(await readMeta(db, "a")).toBe(isRepeated ? "1" : null);
  });

  test("waits in time for a lock of the server", async () => {
    await using remote = await openRemote();
    const { db, server } = remote;
    const other = createClient({ url: server.url });
    const lock = await other.transaction("write");
    await lock.execute("DELETE FROM meta WHERE key = 'nothing'");
    expect(await failureOf(writeMeta(db, "a", "1"))).toBe("timeout, unknown");
    await lock.rollback();
    await writeMeta(db, "a", "2");
    expect(await readMeta(db, "a")).toBe("2");
  });

  test("is down for all after one time-out: the others share looks whether it is back", async () => {
    await using remote = await openRemote();
    const { db, proxy } = remote;
    await proxy.fail("stall");
    expect(await failureOf(readMeta(db, "a"))).toBe("timeout, not_done");
    const before = proxy.requests;
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, at) => failureOf(writeMeta(db, `k${at}`, "x"))),
    );
    expect(new Set(all)).toEqual(new Set(["timeout, not_done"]));
    expect(proxy.requests - before).toBeLessThanOrEqual(3);
    await proxy.heal();
    await writeMeta(db, "a", "1");
    expect(await readMeta(db, "a")).toBe("1");
  });

  test("goes on with other statements while some hang", async () => {
    await using remote = await openRemote();
    const { db, proxy } = remote;
    await proxy.fail("stall", { only: (sql) => /hanging/.test(sql) });
    const hanging = Array.from({ length: 40 }, () =>
      failureOf(db.write(() => db.statements.execute("DELETE FROM meta WHERE key = 'hanging'"))),
    );
    await proxy.whenRequests(proxy.requests + 8);
    const others = Array.from({ length: 40 }, (_, at) => writeMeta(db, `k${at}`, "x"));
    await Promise.all(others);
    expect(new Set(await Promise.all(hanging))).toEqual(new Set(["timeout, unknown"]));
  });

  test("is used again after a kill and a restart, without anything acknowledged lost", async () => {
    await using remote = await openRemote();
    const { db, server } = remote;
    const acknowledged: string[] = [];
    let isEnding = false;
    const writing = (async () => {
      for (let at = 0; !isEnding; at++) {
        const told = await failureOf(writeMeta(db, `k${at}`, "x"));
        if (told === "none") acknowledged.push(`k${at}`);
        await Bun.sleep(1);
      }
    })();
    for (let round = 0; round < 3; round++) {
      await Bun.sleep(100);
      await server.stop("SIGKILL");
      await Bun.sleep(50);
      await server.start();
    }
    await Bun.sleep(100);
    isEnding = true;
    await writing;
    expect(acknowledged.length).toBeGreaterThan(10);
    for (const key of acknowledged) expect(await readMeta(db, key)).toBe("x");
  });

  test("a server that is stopped where it is (SIGSTOP) fails in time, and serves again", async () => {
    await using remote = await openRemote();
    const { db, server } = remote;
    server.pause();
    expect(await failureOf(db.ping())).toBe("timeout, not_done");
    server.resume();
    await db.ping();
    await writeMeta(db, "a", "1");
  });

  test("a token that is refused is told as such", async () => {
    await using server = await startLibsqlServer({ auth: true });
    const db = openDatabase({ url: server.url, authToken: "wrong" });
    expect(await failureOf(db.probeWrite())).toBe("unauthorized, not_done");
    await db.close();
  });

  test("tells of each request, its kind, its time and its fault", async () => {
    await using remote = await openRemote();
    const { db, proxy, requests } = remote;
    requests.length = 0;
    proxy.latencyMs = 20;
    await writeMeta(db, "a", "1");
    await readMeta(db, "a");
    await proxy.fail({ status: 500 });
    await failureOf(writeMeta(db, "a", "1"));
    expect(requests).toMatchObject([
      { kind: "write", fault: null },
      { kind: "read", fault: null },
      { kind: "write", fault: "unreachable" },
    ]);
    for (const { milliseconds } of requests) expect(milliseconds).toBeGreaterThan(15);
  });
});
