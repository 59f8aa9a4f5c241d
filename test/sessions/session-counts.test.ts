import { expect, test } from "bun:test";
import { createTenantStore } from "../../src/tenants/tenants.ts";
import { newKey, oldKey, setUpSessions } from "../support/session-store.ts";
import { openMemory } from "../support/storage.ts";

test("the counts follow every creation, change, re-encryption and deletion", async () => {
  await using storage = await openMemory();
  const { db } = storage;
  const fixture = await setUpSessions(db);
  const store = fixture.store(oldKey);
  const first = await store.create(fixture.session({ legacyId: null }));
  const second = await store.create(fixture.session({ legacyId: null, state: "challenge" }));
  await store.create(
    fixture.session({ legacyId: null, tenantId: fixture.otherTenantId, state: "two_factor" }),
  );
  await store.save({ ...first, state: "logged_out" });
  const both = fixture.store(newKey, oldKey);
  expect(await both.countByState()).toEqual({
    active: 0,
    challenge: 1,
    two_factor: 1,
    logged_out: 1,
    cooling_down: 0,
    upgrade_required: 0,
    disabled: 0,
  });

  expect(await fixture.store(newKey).countUndecryptable()).toBe(3);
  await both.reencrypt();
  expect(await fixture.store(newKey).countUndecryptable()).toBe(0);

  await both.delete(second.tenantId, second.mode, second.id);
  // A tenant's sessions go with it.
  const tenants = createTenantStore(db);
  await tenants.delete(fixture.otherTenantId);
  await tenants.purge();
  expect(await both.countByState()).toEqual({
    active: 0,
    challenge: 0,
    two_factor: 0,
    logged_out: 1,
    cooling_down: 0,
    upgrade_required: 0,
    disabled: 0,
  });
});
