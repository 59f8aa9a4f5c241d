import { expect, test } from "bun:test";
import { createKeyring } from "../../src/db/keyring.ts";
import { InvalidInput } from "../../src/problems/problem.ts";
import { createSessionStore } from "../../src/sessions/session-store.ts";
import { createApiKeyStore } from "../../src/tenants/api-keys.ts";
import { defaultPolicies } from "../../src/tenants/policies.ts";
import { createTenantStore } from "../../src/tenants/tenants.ts";
import { openMemory, storages } from "../support/storage.ts";

for (const [name, open] of storages) {
  test(`${name}: a tenant is created, read in any case, changed and deleted`, async () => {
    await using storage = await open();
    let time = 1_700_000_000_000;
    const tenants = createTenantStore(storage.db, { now: () => time });
    const tenant = await tenants.create({ name: "  Acme GmbH " });
    expect(tenant.id).toMatch(/^[0-9A-Z]{26}$/);
    expect(tenant).toMatchObject({
      name: "Acme GmbH",
      status: "active",
      policies: defaultPolicies,
      createdAt: time,
      updatedAt: time,
    });
    expect(await tenants.get(tenant.id.toLowerCase())).toEqual(tenant);
    time += 1_000;
    const changed = await tenants.update(tenant.id, {
      status: "suspended",
      policies: { storeCredentials: true },
    });
    expect(changed).toEqual({
      ...tenant,
      status: "suspended",
      policies: { ...defaultPolicies, storeCredentials: true },
      updatedAt: time,
    });
    expect(await tenants.get(tenant.id)).toEqual(changed);
    expect(await tenants.delete(tenant.id)).toBe(true);
    expect(await tenants.delete(tenant.id)).toBe(false);
    expect(await tenants.get(tenant.id)).toBeNull();
    expect(await tenants.update(tenant.id, { name: "x" })).toBeNull();
  });

  test(`${name}: the list goes over all tenants, oldest first`, async () => {
    await using storage = await open();
    const tenants = createTenantStore(storage.db);
    const made: string[] = [];
    for (let index = 0; index < 5; index++) made.push((await tenants.create({ name: "t" })).id);
    const seen: string[] = [];
    const sizes: number[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page = await tenants.list({ cursor, limit: 2 });
      sizes.push(page.tenants.length);
      seen.push(...page.tenants.map((tenant) => tenant.id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(made);
    expect(sizes).toEqual([2, 2, 1]);
  });

  test(`${name}: deleting a tenant takes its keys and sessions, and only its own`, async () => {
    await using storage = await open();
    const tenants = createTenantStore(storage.db);
    const keys = createApiKeyStore(storage.db);
    const sessions = createSessionStore(storage.db, createKeyring(["aa".repeat(32)]));
    const [one, other] = [await tenants.create({ name: "1" }), await tenants.create({ name: "2" })];
    for (const { id } of [one, other]) {
      await keys.create(id, { name: "k", mode: "test" });
      await sessions.create({
        tenantId: id,
        mode: "test",
        username: null,
        userPk: null,
        state: "active",
        region: null,
        settings: "{}",
        proxy: null,
        credentials: null,
        legacyId: null,
        challenge: null,
      });
    }
    await tenants.delete(one.id);
    await tenants.purge();
    expect((await keys.list(one.id)).keys).toEqual([]);
    expect((await sessions.list(one.id)).sessions).toEqual([]);
    expect((await keys.list(other.id)).keys).toHaveLength(1);
    expect((await sessions.list(other.id)).sessions).toHaveLength(1);
  });
}

test("a bad name is refused with the reason", async () => {
  await using storage = await openMemory();
  const tenants = createTenantStore(storage.db);
  const reasons: string[] = [];
  for (const name of ["", "   ", "x".repeat(101), "a\nb"]) {
    const error = await tenants.create({ name }).catch((failure: unknown) => failure);
    if (!(error instanceof InvalidInput)) throw new Error(`${JSON.stringify(name)} was accepted`);
    expect(error.faults).toMatchObject([{ field: "name" }]);
    reasons.push(error.message);
  }
  expect(reasons).toEqual([
    "name must not be empty",
    "name must not be empty",
    "name must have at most 100 characters",
    "name must not contain control characters",
  ]);
  const half = await tenants.create({ name: "a\uD800" });
  expect((await tenants.get(half.id))?.name).toBe(half.name);
  expect((await tenants.create({ name: "😀".repeat(100) })).name).toBe("😀".repeat(100));
});

test("a bad cursor or limit is refused", async () => {
  await using storage = await openMemory();
  const tenants = createTenantStore(storage.db);
  await expect(tenants.list({ cursor: "x" })).rejects.toBeInstanceOf(InvalidInput);
  for (const limit of [0, 101, 1.5, Number.NaN]) {
    await expect(tenants.list({ limit })).rejects.toBeInstanceOf(InvalidInput);
  }
});
