import { afterEach, beforeEach, expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import { type Database, openDatabase } from "../../src/db/connection.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { createTestService, type TestService } from "../support/service.ts";

let directory: ReturnType<typeof temporaryDirectory>;
let service: TestService;
let db: Database;

beforeEach(async () => {
  directory = temporaryDirectory();
  const database = { url: `file:${directory.path}/gramway.db` };
  service = await createTestService({ config: { database } });
  db = openDatabase(database);
});
afterEach(async () => {
  await db.close();
  await service.close();
  directory.remove();
});

/** Writes keys that have all ended, or are all in force, as years of use would. */
async function addKeys(tenantId: string, count: number, revokedAt: number | null) {
  await db.write((orm) =>
    orm.run(sql`
      INSERT INTO api_keys (id, tenant_id, name, mode, scopes, secret_hash, created_at, revoked_at)
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
      SELECT '00000000000000000000' || ${revokedAt === null ? "A" : "B"} || printf('%05d', n), ${tenantId}, 'old', 'test', 'read', x'00', 1,
        ${revokedAt} + n FROM numbers`),
  );
}

test("a tenant has so many keys in force, can still rotate them, and makes room by revoking", async () => {
  const headers = service.adminHeaders;
  const tenantId = await service.createTenant("Full");
  const keys = `/admin/tenants/${tenantId}/keys`;
  const create = () =>
    service.request("POST", keys, { headers, json: { name: "one more", mode: "test" } });
  const first = await create();
  expect(first.status, first.text).toBe(201);
  await addKeys(tenantId, 999, null);

  const refused = await create();
  expect([refused.status, refused.body.exc_type]).toEqual([403, "ApiKeyLimitReached"]);
  // Another tenant's keys do not count.
  await service.createKey(service.tenantId);

  const rotated = await service.request("POST", `${keys}/${first.body.id}/rotate`, { headers });
  expect(rotated.status, rotated.text).toBe(201);

  for (const id of [rotated.body.id, first.body.id])
    expect((await service.request("DELETE", `${keys}/${id}`, { headers })).status).toBe(200);
  expect((await create()).status).toBe(201);
});

test("a key that cannot be rotated because there are too many stays as it is", async () => {
  const headers = service.adminHeaders;
  const tenantId = await service.createTenant("Full");
  const { id, key } = await service.createKey(tenantId);
  await addKeys(tenantId, 1099, null);
  const path = `/admin/tenants/${tenantId}/keys/${id}/rotate`;
  const refused = await service.request("POST", path, { headers, json: { overlap_seconds: 0 } });
  expect([refused.status, refused.body.exc_type]).toEqual([403, "ApiKeyLimitReached"]);
  const used = await service.request("GET", "/auth/settings", { key, session: "unknown" });
  expect(used.body.exc_type).toBe("SessionNotFound");
});

test("of keys that have ended those that ended last are kept", async () => {
  const tenantId = await service.createTenant("Old");
  await addKeys(tenantId, 1500, 1000);
  await service.createKey(tenantId);
  const rows = await db.read((orm) =>
    orm.all<{ ended: number; oldest: number }>(sql`
      SELECT count(*) AS ended, min(revoked_at) AS oldest FROM api_keys
      WHERE tenant_id = ${tenantId} AND revoked_at IS NOT NULL`),
  );
  expect(rows).toEqual([{ ended: 1000, oldest: 1501 }]);
});
