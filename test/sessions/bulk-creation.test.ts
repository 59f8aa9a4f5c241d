import { expect, test } from "bun:test";
import { LegacyIdTaken, SessionLimitReached } from "../../src/sessions/session-errors.ts";
import { createTenantStore } from "../../src/tenants/tenants.ts";
import { newKey, oldKey, setUpSessions } from "../support/session-store.ts";
import { allStorages, openMemory } from "../support/storage.ts";

for (const [name, open] of allStorages) {
  test(`${name}: many sessions are created as they are one by one`, async () => {
    await using storage = await open();
    const { store, session, tenantId } = await setUpSessions(storage.db);
    const sessions = store(oldKey);
    const inputs = Array.from({ length: 230 }, (_, index) =>
      session({
        legacyId: index % 50 === 0 ? null : `${index}:hush-cookie:1`,
        label: `number ${index}`,
        enabled: index % 2 === 0,
        region: index % 3 === 0 ? null : "fra",
        createdAt: 1_600_000_000_000 + index,
      }),
    );
    const created = await sessions.createMany(inputs);
    const found = await sessions.findMany(
      tenantId,
      "live",
      created.map((one) => ("id" in one ? one.id : "")),
    );
    expect(created).toEqual([...found.values()]);
    expect(created).toMatchObject(inputs as object[]);
  });

  test(`${name}: of many no more are created than the tenant may keep`, async () => {
    await using storage = await open();
    const { store, session } = await setUpSessions(storage.db);
    const { id: tenantId } = await createTenantStore(storage.db).create({
      name: "Small",
      policies: { maxSessions: 110 },
    });
    const inputs = Array.from({ length: 130 }, (_, index) =>
      session({ tenantId, legacyId: `${index}:hush-cookie:1` }),
    );
    const created = await store(oldKey).createMany(inputs);
    expect(created.filter((one) => !(one instanceof Error))).toHaveLength(110);
    expect(created.filter((one) => one instanceof SessionLimitReached)).toHaveLength(20);
    expect(created.slice(0, 110).some((one) => one instanceof Error)).toBe(false);
  });
}

test("a session whose upstream session id is taken is refused, also one under an older key", async () => {
  await using storage = await openMemory();
  const { store, session } = await setUpSessions(storage.db);
  await store(oldKey).create(session({ legacyId: "1:old:1" }));
  await store(newKey).create(session({ legacyId: "2:new:1" }));
  const results = await store(newKey, oldKey).createMany(
    ["1:old:1", "2:new:1", "3:free:1", "3:free:1"].map((legacyId) => session({ legacyId })),
  );
  expect(results.map((one) => one instanceof LegacyIdTaken)).toEqual([true, true, false, true]);
});

test("passwords are stored only where the tenant's policy says so", async () => {
  await using storage = await openMemory();
  const { store, session, tenantId, otherTenantId } = await setUpSessions(storage.db);
  const sessions = store(oldKey);
  for (const [owner, kept] of [
    [tenantId, true],
    [otherTenantId, false],
  ] as const) {
    const [made] = await sessions.createMany([session({ tenantId: owner })]);
    const found = await sessions.find(owner, "live", made && "id" in made ? made.id : "");
    expect(found?.credentials === null).toBe(!kept);
  }
});

test("a session on a proxy that is gone is refused, and the others are created", async () => {
  await using storage = await openMemory();
  const { store, session } = await setUpSessions(storage.db);
  const results = await store(oldKey).createMany([
    session({ legacyId: "1:a:1", proxy: null, proxyId: "01K9ZJ5M0T6R3F4C2B1A0XYZWV" }),
    session({ legacyId: "2:b:1" }),
  ]);
  expect(results.map((one) => one instanceof Error)).toEqual([true, false]);
});
