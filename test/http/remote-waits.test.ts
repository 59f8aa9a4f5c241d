import { afterAll, beforeAll, expect, test } from "bun:test";
import { type HranaServer, startHranaServer } from "../support/hrana-server.ts";
import { importLines, settingsOf } from "../support/imports.ts";
import { createTestService, type TestService } from "../support/service.ts";

/*
 * On a remote database a change of a session's way is answered when other processes must have seen it.
 * Those who change many wait together, and what nobody is told of waits for nothing.
 */

/** How long a process without leases waits for others, in milliseconds. */
const FOR_OTHERS_MS = 2_000;
const SESSIONS = 60;

let server: HranaServer;
let service: TestService;
let key: string;
let waits = 0;

beforeAll(async () => {
  server = startHranaServer();
  service = await createTestService({
    config: { database: { url: server.url } },
    async sleep(milliseconds) {
      if (milliseconds === FOR_OTHERS_MS) waits++;
      // Long enough for all who come together to wait together.
      await Bun.sleep(milliseconds === FOR_OTHERS_MS ? 100 : 0);
    },
  });
  const scopes = ["read", "write", "auth", "admin"];
  ({ key } = await service.createKey(service.tenantId, { mode: "live", scopes }));
});
afterAll(async () => {
  await service.close();
  await server.stop();
});

const addProxy = async (port: number, fields: Record<string, unknown> = {}): Promise<string> => {
  const json = { url: `http://user:secret@127.0.0.1:${port}`, ...fields };
  const { body, text } = await service.request("POST", "/proxy", { key, json });
  expect(body.proxy_id, text).toBeString();
  return body.proxy_id;
};
/** Imports all sessions with these fields, and resolves with their number. */
const importAll = async (fields: Record<string, unknown>): Promise<number> => {
  const lines = Array.from({ length: SESSIONS }, (_, index) => ({
    settings: settingsOf(String(70_000_000_001 + index)),
    ...fields,
  }));
  const { body, text } = await importLines(service, lines, { key });
  expect(body.failed, text).toBe(0);
  return body.created + body.updated;
};
const waitsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const before = waits;
  await work();
  return waits - before;
};
const sessionsOn = async (id: string): Promise<number> =>
  (await service.request("GET", "/proxy", { key, query: { proxy_id: id } })).body.sessions;

test("an import that moves sessions waits once for each batch, and not for each session", async () => {
  const [first, second] = [await addProxy(8081), await addProxy(8082)];
  // Nobody can have a new session in memory.
  expect(await waitsOf(() => importAll({ proxy_id: first }))).toBe(0);
  expect(await sessionsOn(first)).toBe(SESSIONS);
  const waited = await waitsOf(() => importAll({ proxy_id: second }));
  expect(await sessionsOn(second)).toBe(SESSIONS);
  expect(waited).toBeGreaterThan(0);
  expect(waited).toBeLessThan(SESSIONS / 4);
}, 30_000);

test("a proxy that is deleted has its sessions moved, and they wait together", async () => {
  const from = await addProxy(8083);
  await importAll({ proxy_id: from });
  const waited = await waitsOf(async () => {
    const query = { proxy_id: from, move: "true" };
    const { body, text } = await service.request("DELETE", "/proxy", { key, query });
    expect(body.moved, text).toBe(SESSIONS);
  });
  expect(waited).toBeGreaterThan(0);
  expect(waited).toBeLessThan(SESSIONS / 4);
}, 30_000);

test("moves away from a proxy that is down wait for nothing: nobody is told that they are done", async () => {
  const down = await addProxy(8084, { on_failure: "move" });
  await importAll({ proxy_id: down });
  const { db, changes } = service.service.stores;
  // As a process does whose checks have failed.
  await db.statements.batch([
    { sql: "UPDATE proxies SET state = 'down' WHERE id = ?", args: [down] },
    {
      sql: `INSERT INTO changes (kind, proxy_id, changed, at) VALUES ('proxy.changed', ?, '["state"]', 0)`,
      args: [down],
    },
  ]);
  await changes.look();
  const waited = await waitsOf(async () => {
    service.service.movesOnDown.from(down);
    await service.service.movesOnDown.idle();
  });
  expect(await sessionsOn(down)).toBe(0);
  expect(waited).toBe(0);
}, 30_000);
