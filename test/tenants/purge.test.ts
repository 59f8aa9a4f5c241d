import { expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import { writeInBatches } from "../../src/db/batches.ts";
import { type Database, openDatabase } from "../../src/db/connection.ts";
import { type Sealed, sessions } from "../../src/db/schema.ts";
import { createTenantStore } from "../../src/tenants/tenants.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { createTestService } from "../support/service.ts";
import { openMemory } from "../support/storage.ts";

/** Rows of sessions, as many as a purge needs several batches for. */
async function fill(db: Database, tenantId: string, count: number): Promise<void> {
  await writeInBatches(db, Array(count).keys(), {
    statement: (index) =>
      db.drizzle.insert(sessions).values({
        id: `${tenantId}${index}`,
        tenantId,
        mode: "test",
        state: "active",
        version: 1,
        keyId: "00000000",
        settings: Buffer.alloc(100) as Sealed<string>,
        createdAt: 0,
        updatedAt: 0,
      }),
  });
}

async function left(db: Database): Promise<number> {
  const { rows } = await db.statements.execute("SELECT count(*) AS n FROM sessions");
  return Number(rows[0]?.n);
}

test("a deleted tenant is gone for everybody before its rows are", async () => {
  using directory = temporaryDirectory();
  const database = { url: `file:${directory.path}/a.db` };
  const service = await createTestService({ config: { database } });
  const { tenants } = service.service.stores;
  const db = openDatabase(database);
  const headers = service.adminHeaders;
  const path = `/admin/tenants/${service.tenantId}`;
  const session = await service.login();
  await fill(db, service.tenantId, 3_000);

  const answer = await service.request("DELETE", path, { headers });
  expect(answer.body).toEqual({ id: service.tenantId, deleted: true });
  expect(await left(db)).toBeGreaterThan(0);
  for (const key of [service.testKey, service.liveKey])
    expect((await service.request("GET", "/account", { key, session })).body.exc_type).toBe(
      "ApiKeyInvalid",
    );
  for (const method of ["GET", "DELETE"])
    expect((await service.request(method, path, { headers })).status).toBe(404);
  const key = { name: "late", mode: "test" };
  expect((await service.request("POST", `${path}/keys`, { headers, json: key })).status).toBe(404);
  const { body } = await service.request("GET", "/admin/tenants", { headers });
  expect(JSON.stringify(body)).not.toContain(service.tenantId);

  await tenants.purge();
  expect(await left(db)).toBe(0);
  await db.close();
  await service.close();
});

test("what a kill has left is removed at the next start", async () => {
  await using storage = await openMemory();
  const { db } = storage;
  const before = createTenantStore(db);
  const kept = await before.create({ name: "kept" });
  const gone = await before.create({ name: "gone" });
  await fill(db, kept.id, 1);
  await fill(db, gone.id, 3_000);
  await before.delete(gone.id);
  // As a kill does: in the middle.
  await before.close();
  expect(await left(db)).toBeGreaterThan(1);

  await createTenantStore(db).purge();
  expect(await left(db)).toBe(1);
  const rows = await db.read((orm) => orm.all<{ id: string }>(sql`SELECT id FROM tenants`));
  expect(rows).toEqual([{ id: kept.id }]);
});

test("the removing holds nobody up: it goes in many small transactions", async () => {
  await using storage = await openMemory();
  let largest = 0;
  const write: Database["write"] = async (work) => {
    const before = await left(storage.db);
    const result = await storage.db.write(work);
    largest = Math.max(largest, before - (await left(storage.db)));
    return result;
  };
  const tenants = createTenantStore({ ...storage.db, write });
  const { id } = await tenants.create({ name: "large" });
  await fill(storage.db, id, 3_000);
  await tenants.delete(id);
  await tenants.purge();
  expect(await left(storage.db)).toBe(0);
  expect(largest).toBeLessThanOrEqual(500);
});

test("a failing purge is told and does not bring the tenant back", async () => {
  await using storage = await openMemory();
  const failures: unknown[] = [];
  let broken = false;
  const write: Database["write"] = (work) =>
    broken ? Promise.reject(new Error("full")) : storage.db.write(work);
  const tenants = createTenantStore(
    { ...storage.db, write },
    { onPurgeFailed: (error) => failures.push(error) },
  );
  const { id } = await tenants.create({ name: "t" });
  await fill(storage.db, id, 1);
  const deleting = tenants.delete(id);
  broken = true;
  expect(await deleting).toBe(true);
  await tenants.purge().catch(() => {});
  await Bun.sleep(0);
  expect(failures).toHaveLength(1);
  expect(await tenants.get(id)).toBeNull();
  await tenants.close();
});
