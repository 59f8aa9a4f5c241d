import { expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import { UpstreamRefused } from "../../src/instagram/errors.ts";
import { type Account, LoginPauses } from "../../src/sessions/login-pauses.ts";
import { createTenantStore } from "../../src/tenants/tenants.ts";
import { openMemory } from "../support/storage.ts";

test("remembers the latest accounts of a tenant only, and nothing of a tenant that is gone", async () => {
  await using storage = await openMemory();
  const { db } = storage;
  const tenants = createTenantStore(db);
  const { id: tenantId } = await tenants.create({ name: "Many accounts" });
  let time = 1_000;
  const pauses = new LoginPauses(db, () => time++);
  const account = (n: number): Account => ({ tenantId, mode: "live", username: `user${n}` });
  const fail = (n: number) =>
    pauses.attempt(account(n), async () => {
      const context = { operation: "login", status: 429, body: {}, retryAfterSeconds: 600 };
      throw new UpstreamRefused("RateLimitError", "wait", context);
    });
  const accounts = 2_050;
  for (let n = 0; n < accounts; n++) expect(fail(n)).rejects.toThrow(UpstreamRefused);
  await fail(accounts).catch(() => {});
  const count = async (): Promise<number> => {
    const rows = await db.read((orm) =>
      orm.all<{ count: number }>(sql`SELECT count(*) AS count FROM login_pauses`),
    );
    return rows[0]?.count ?? -1;
  };
  expect(await count()).toBe(2_000);
  expect(fail(accounts)).rejects.toMatchObject({ kind: "SessionCoolingDown" });
  expect(await pauses.attempt(account(0), async () => "as if nothing had been")).toBeString();
  await tenants.delete(tenantId);
  await tenants.purge();
  expect(await count()).toBe(0);
});
