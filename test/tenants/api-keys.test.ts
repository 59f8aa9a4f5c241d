import { expect, test } from "bun:test";
import fc from "fast-check";
import { Announcements } from "../../src/announcements.ts";
import type { Database } from "../../src/db/connection.ts";
import { StorageUnavailable } from "../../src/db/errors.ts";
import { InvalidInput } from "../../src/problems/problem.ts";
import { formatKey, newSecret, parseKey } from "../../src/tenants/api-key-text.ts";
import {
  type ApiKeyStore,
  type ApiKeyStoreOptions,
  createApiKeyStore,
} from "../../src/tenants/api-keys.ts";
import { KeyRefused } from "../../src/tenants/key-cache.ts";
import { defaultPolicies } from "../../src/tenants/policies.ts";
import { createTenantStore, type Tenant, type TenantStore } from "../../src/tenants/tenants.ts";
import { stillWatch } from "../support/still-watch.ts";
import { allStorages, openMemory } from "../support/storage.ts";

const day = 86_400_000;

interface Fixture {
  db: Database;
  clock: { time: number };
  tenants: TenantStore;
  keys: ApiKeyStore;
  tenant: Tenant;
}

async function setUp(db: Database, options: ApiKeyStoreOptions = {}): Promise<Fixture> {
  const clock = { time: 1_700_000_000_000 };
  const now = () => clock.time;
  const announcements = new Announcements();
  const tenants = createTenantStore(db, { now, announcements });
  const keys = createApiKeyStore(db, { now, announcements, ...options });
  return { db, clock, tenants, keys, tenant: await tenants.create({ name: "Acme" }) };
}

/** `ok`, or the reason of the refusal. */
async function outcome(keys: ApiKeyStore, key: string): Promise<string> {
  const answer = await keys.authenticate(key);
  return answer instanceof KeyRefused ? answer.reason : "ok";
}

/** The database with its reads counted. */
function countReads(db: Database): { db: Database; reads: () => number } {
  let reads = 0;
  const read: Database["read"] = (work) => {
    reads++;
    return db.read(work);
  };
  return { db: { ...db, read }, reads: () => reads };
}

for (const [name, open] of allStorages) {
  test(`${name}: a key opens its tenant with its mode and scopes`, async () => {
    await using storage = await open();
    const { keys, tenant, clock } = await setUp(storage.db, { changes: stillWatch });
    const { record, key } = await keys.create(tenant.id, { name: " web ", mode: "live" });
    expect(key).toBe(`gw_live_${record.id.toLowerCase()}${key.slice(-43)}`);
    expect(record).toMatchObject({
      id: record.id,
      tenantId: tenant.id,
      name: "web",
      mode: "live",
      scopes: ["read", "write", "auth"],
      createdAt: clock.time,
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
    });
    const answer = await keys.authenticate(key);
    expect(answer).toEqual({
      keyId: record.id,
      tenantId: tenant.id,
      tenantName: "Acme",
      mode: "live",
      scopes: new Set(["read", "write", "auth"] as const),
      tenantStatus: "active",
      policies: defaultPolicies,
      expiresAt: null,
    });
    // Known now, so without a promise.
    expect(keys.authenticate(key)).toBe(answer);
  });

  test(`${name}: a revoked key stops at once and stays in the list`, async () => {
    await using storage = await open();
    const { keys, tenant, clock } = await setUp(storage.db);
    const { record, key } = await keys.create(tenant.id, { name: "k", mode: "test" });
    expect(await outcome(keys, key)).toBe("ok");
    const revoked = await keys.revoke(tenant.id, record.id.toLowerCase());
    expect(revoked?.revokedAt).toBe(clock.time);
    expect(await outcome(keys, key)).toBe("revoked");
    clock.time += 1_000;
    expect((await keys.revoke(tenant.id, record.id))?.revokedAt).toBe(clock.time - 1_000);
    expect((await keys.list(tenant.id)).keys.map(({ id }) => id)).toEqual([record.id]);
  });

  test(`${name}: a rotated key works on for the overlap, its successor at once`, async () => {
    await using storage = await open();
    const { keys, tenant, clock } = await setUp(storage.db);
    const old = await keys.create(tenant.id, {
      name: "k",
      mode: "test",
      scopes: ["admin", "read"],
      expiresAt: clock.time + 10 * day,
    });
    expect(await outcome(keys, old.key)).toBe("ok");
    const next = await keys.rotate(tenant.id, old.record.id);
    if (next === null) throw new Error("the key was not found");
    expect(next.record).toEqual({ ...old.record, id: next.record.id });
    expect([await outcome(keys, old.key), await outcome(keys, next.key)]).toEqual(["ok", "ok"]);
    clock.time += day;
    expect([await outcome(keys, old.key), await outcome(keys, next.key)]).toEqual([
      "expired",
      "ok",
    ]);
    clock.time += 9 * day;
    expect(await outcome(keys, next.key)).toBe("expired");
  });

  test(`${name}: last uses are written together and shown before`, async () => {
    await using storage = await open();
    const { keys, tenant, clock, db } = await setUp(storage.db);
    const { record, key } = await keys.create(tenant.id, { name: "k", mode: "test" });
    await keys.authenticate(key);
    clock.time += 500;
    await keys.authenticate(key);
    const elsewhere = createApiKeyStore(db, { now: () => clock.time });
    expect((await keys.get(tenant.id, record.id))?.lastUsedAt).toBe(clock.time);
    expect((await elsewhere.get(tenant.id, record.id))?.lastUsedAt).toBeNull();
    await keys.flush();
    expect((await elsewhere.get(tenant.id, record.id))?.lastUsedAt).toBe(clock.time);
  });
}

test("a rotation without overlap ends the old key at once", async () => {
  await using storage = await openMemory();
  const { keys, tenant } = await setUp(storage.db);
  const old = await keys.create(tenant.id, { name: "k", mode: "test" });
  expect(await outcome(keys, old.key)).toBe("ok");
  await keys.rotate(tenant.id, old.record.id, { overlapSeconds: 0 });
  expect(await outcome(keys, old.key)).toBe("expired");
});

test("a rotation never lengthens the old key's life", async () => {
  await using storage = await openMemory();
  const { keys, tenant, clock } = await setUp(storage.db);
  const expiresAt = clock.time + 1_000;
  const old = await keys.create(tenant.id, { name: "k", mode: "test", expiresAt });
  await keys.rotate(tenant.id, old.record.id, { overlapSeconds: 3_600 });
  expect((await keys.get(tenant.id, old.record.id))?.expiresAt).toBe(expiresAt);
});

test("rotating a key that is being rotated gives a successor with the life it was made with", async () => {
  await using storage = await openMemory();
  const { clock, keys, tenant } = await setUp(storage.db);
  for (const expiresAt of [null, clock.time + 365 * 86_400_000]) {
    const old = await keys.create(tenant.id, { name: "k", mode: "test", expiresAt });
    await keys.rotate(tenant.id, old.record.id, { overlapSeconds: 60 });
    const again = await keys.rotate(tenant.id, old.record.id);
    expect(again?.record.expiresAt).toBe(expiresAt);
    const third = await keys.rotate(tenant.id, again?.record.id ?? "", { overlapSeconds: 60 });
    expect(third?.record.expiresAt).toBe(expiresAt);
    const cut = await keys.get(tenant.id, old.record.id);
    expect(cut?.expiresAt).toBe(clock.time + 60_000);
  }
});

test("a revoked or expired key cannot be rotated", async () => {
  await using storage = await openMemory();
  const { keys, tenant, clock } = await setUp(storage.db);
  const revoked = await keys.create(tenant.id, { name: "k", mode: "test" });
  await keys.revoke(tenant.id, revoked.record.id);
  const expiresAt = clock.time + 1;
  const expired = await keys.create(tenant.id, { name: "k", mode: "test", expiresAt });
  clock.time += 1;
  for (const { record } of [revoked, expired]) {
    await expect(keys.rotate(tenant.id, record.id)).rejects.toMatchObject({
      kind: "ApiKeyNotActive",
    });
  }
  expect((await keys.list(tenant.id)).keys).toHaveLength(2);
});

test("another tenant's key is unknown to every function", async () => {
  await using storage = await openMemory();
  const { keys, tenant, tenants } = await setUp(storage.db);
  const stranger = await tenants.create({ name: "Other" });
  const { record, key } = await keys.create(tenant.id, { name: "k", mode: "test" });
  for (const tenantId of [stranger.id, "nonsense"]) {
    expect(await keys.get(tenantId, record.id)).toBeNull();
    expect(await keys.revoke(tenantId, record.id)).toBeNull();
    expect(await keys.rotate(tenantId, record.id)).toBeNull();
    expect((await keys.list(tenantId)).keys).toEqual([]);
  }
  expect(await outcome(keys, key)).toBe("ok");
});

test("a key is refused when any part of it is changed", async () => {
  await using storage = await openMemory();
  const { keys, tenant } = await setUp(storage.db);
  const { key } = await keys.create(tenant.id, { name: "k", mode: "test" });
  const last = key.endsWith("a") ? "b" : "a";
  const id = key.slice(8, 34);
  expect(await outcome(keys, key.slice(0, -1) + last)).toBe("unknown");
  expect(await outcome(keys, key.replace("gw_test_", "gw_live_"))).toBe("unknown");
  expect(await outcome(keys, key.replace(id, "01arz3ndektsv4rrffq69g5fav"))).toBe("unknown");
  for (const malformed of ["", "gw_test_", `${key}a`, ` ${key}`, key.toUpperCase(), "sk_live_x"]) {
    const answer = keys.authenticate(malformed);
    expect(answer).toEqual(new KeyRefused("malformed"));
  }
});

test("expiry is checked on every use, also of a cached key", async () => {
  await using storage = await openMemory();
  const { keys, tenant, clock } = await setUp(storage.db, { changes: stillWatch });
  const expiresAt = clock.time + 1_000;
  const { key } = await keys.create(tenant.id, { name: "k", mode: "test", expiresAt });
  clock.time += 999;
  expect(await outcome(keys, key)).toBe("ok");
  clock.time += 1;
  expect(await outcome(keys, key)).toBe("expired");
});

test("suspending, resuming and deleting a tenant take effect at once", async () => {
  await using storage = await openMemory();
  const { keys, tenants, tenant } = await setUp(storage.db, { changes: stillWatch });
  const { key } = await keys.create(tenant.id, { name: "k", mode: "test" });
  await keys.authenticate(key);
  await tenants.update(tenant.id, {
    status: "suspended",
    policies: { storeCredentials: true },
  });
  expect(await keys.authenticate(key)).toMatchObject({
    tenantStatus: "suspended",
    policies: { storeCredentials: true },
  });
  await tenants.update(tenant.id, { status: "active" });
  expect(await keys.authenticate(key)).toMatchObject({ tenantStatus: "active" });
  await tenants.delete(tenant.id);
  expect(await outcome(keys, key)).toBe("unknown");
});

test("a revocation elsewhere is seen when the database has changed", async () => {
  await using storage = await openMemory();
  const changes = { ...stillWatch, epoch: () => changes.latest };
  const { keys, tenant, db } = await setUp(storage.db, { changes });
  const elsewhere = createApiKeyStore(db);
  const { record, key } = await keys.create(tenant.id, { name: "k", mode: "test" });
  await keys.authenticate(key);
  await elsewhere.revoke(tenant.id, record.id);
  expect(await outcome(keys, key)).toBe("ok");
  changes.latest++;
  expect(await outcome(keys, key)).toBe("revoked");
});

test("a revocation during a look-up is not undone by its late answer", async () => {
  await using storage = await openMemory();
  const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
  let held = true;
  const read: Database["read"] = async (work) => {
    const rows = await storage.db.read(work);
    if (held) await gate;
    return rows;
  };
  const { keys, tenant } = await setUp({ ...storage.db, read });
  const { record, key } = await keys.create(tenant.id, { name: "k", mode: "test" });
  const early = keys.authenticate(key);
  await keys.revoke(tenant.id, record.id);
  held = false;
  openGate();
  await early;
  expect(await outcome(keys, key)).toBe("revoked");
});

test("concurrent requests share one look-up, and refused keys are remembered until a change", async () => {
  await using storage = await openMemory();
  const counted = countReads(storage.db);
  const changes = { ...stillWatch, epoch: () => changes.latest };
  const { keys, tenant } = await setUp(counted.db, { changes });
  const { key } = await keys.create(tenant.id, { name: "k", mode: "test" });
  await Promise.all(Array.from({ length: 20 }, () => keys.authenticate(key)));
  expect(counted.reads()).toBe(1);
  const wrong = key.replace("gw_test_", "gw_live_");
  for (let attempt = 0; attempt < 5; attempt++) await keys.authenticate(wrong);
  expect(counted.reads()).toBe(2);
  changes.latest++;
  await keys.authenticate(wrong);
  expect(counted.reads()).toBe(3);
});

test("a storage fault is not an unknown key, and is not remembered", async () => {
  await using storage = await openMemory();
  let down = true;
  const read: Database["read"] = (work) =>
    down ? Promise.reject(new StorageUnavailable("io")) : storage.db.read(work);
  const { keys, tenant } = await setUp({ ...storage.db, read });
  const { key } = await keys.create(tenant.id, { name: "k", mode: "test" });
  await expect(keys.authenticate(key)).rejects.toBeInstanceOf(StorageUnavailable);
  down = false;
  expect(await outcome(keys, key)).toBe("ok");
});

test("a last use that could not be written does not fail requests and is written later", async () => {
  await using storage = await openMemory();
  let down = false;
  const write: Database["write"] = (work) =>
    down ? Promise.reject(new StorageUnavailable("full")) : storage.db.write(work);
  const { keys, tenant, clock } = await setUp({ ...storage.db, write });
  const { record, key } = await keys.create(tenant.id, { name: "k", mode: "test" });
  await keys.authenticate(key);
  down = true;
  await expect(keys.flush()).rejects.toBeInstanceOf(StorageUnavailable);
  expect(await outcome(keys, key)).toBe("ok");
  down = false;
  await keys.flush();
  const elsewhere = createApiKeyStore(storage.db);
  expect((await elsewhere.get(tenant.id, record.id))?.lastUsedAt).toBe(clock.time);
});

test("bad input is refused with the field's name", async () => {
  await using storage = await openMemory();
  const { keys, tenant, clock } = await setUp(storage.db);
  const fieldOf = async (work: Promise<unknown>) => {
    const error = await work.catch((failure: unknown) => failure);
    return error instanceof InvalidInput ? error.faults[0]?.field : error;
  };
  const base = { name: "k", mode: "test" } as const;
  expect(await fieldOf(keys.create(tenant.id, { ...base, name: " " }))).toBe("name");
  expect(await fieldOf(keys.create(tenant.id, { ...base, scopes: ["root"] }))).toBe("scopes");
  expect(await fieldOf(keys.create(tenant.id, { ...base, scopes: [] }))).toBe("scopes");
  const expiresAt = clock.time;
  expect(await fieldOf(keys.create(tenant.id, { ...base, expiresAt }))).toBe("expires_at");
  const { record } = await keys.create(tenant.id, base);
  const rotated = keys.rotate(tenant.id, record.id, { overlapSeconds: -1 });
  expect(await fieldOf(rotated)).toBe("overlap_seconds");
  for (const id of ["nonsense", "01ARZ3NDEKTSV4RRFFQ69G5FAV"]) {
    await expect(keys.create(id, base)).rejects.toMatchObject({ kind: "TenantNotFound" });
  }
});

test("the secret is stored nowhere", async () => {
  await using storage = await openMemory();
  const { keys, tenant } = await setUp(storage.db);
  const { key } = await keys.create(tenant.id, { name: "k", mode: "test" });
  const { statements } = storage.db;
  const tables = await statements.execute("SELECT name FROM sqlite_schema WHERE type = 'table'");
  const cells: unknown[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await statements.execute(`SELECT * FROM "${name}"`);
    cells.push(...rows.flatMap((row) => Object.values(row)));
  }
  const stored = cells
    .map((cell) => (cell instanceof ArrayBuffer ? Buffer.from(cell).toString("latin1") : `${cell}`))
    .join("\n")
    .toLowerCase();
  expect(stored).toContain(tenant.id.toLowerCase());
  expect(stored).not.toContain(key.slice(-43).toLowerCase());
  expect(stored).not.toContain(Buffer.from(key.slice(-43)).toString("hex"));
});

test("property: a key's text is read as it was written, and its secret has 43 digits", () => {
  const id = fc.stringMatching(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
  fc.assert(
    fc.property(id, fc.constantFrom("test", "live"), (keyId, mode) => {
      const secret = newSecret();
      expect(secret).toMatch(/^[0-9A-Za-z]{43}$/);
      expect(parseKey(formatKey({ mode, keyId, secret }))).toEqual({ mode, keyId, secret });
    }),
  );
});

test("who guesses is asked about before a look-up, and never about a key that has worked", async () => {
  await using storage = await openMemory();
  const { db, reads } = countReads(storage.db);
  let version = 0;
  const changes = { ...stillWatch, epoch: () => version };
  const { keys, tenant } = await setUp(db, { changes });
  const { key, record } = await keys.create(tenant.id, { name: "k", mode: "test" });
  const refuse = () => {
    throw new Error("guesser");
  };
  const before = reads();
  expect(() => keys.authenticate(key, refuse)).toThrow("guesser");
  expect(() => keys.authenticate("nonsense", refuse)).toThrow("guesser");
  expect(reads()).toBe(before);
  expect(await keys.authenticate(key, () => {})).toMatchObject({ keyId: record.id });
  expect(await keys.authenticate(key, refuse)).toMatchObject({ keyId: record.id });
  // Another process has written: the key is looked up again, and still no guess.
  version = changes.latest = 1;
  expect(await keys.authenticate(key, refuse)).toMatchObject({ keyId: record.id });
});

test("of an id that does not exist one look-up refuses all secrets", async () => {
  await using storage = await openMemory();
  const { db, reads } = countReads(storage.db);
  const { keys } = await setUp(db, { changes: stillWatch });
  const keyId = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  const before = reads();
  for (let guess = 0; guess < 5; guess++) {
    const key = formatKey({ mode: "test", keyId, secret: newSecret() });
    expect(await outcome(keys, key)).toBe("unknown");
  }
  expect(reads()).toBe(before + 1);
});
