import { expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import { Announcements, OPERATOR } from "../../src/announcements.ts";
import {
  ChangeFeed,
  type FeedKind,
  feedRetention,
  type StoredChange,
} from "../../src/db/change-feed.ts";
import { type Database, openDatabase } from "../../src/db/connection.ts";
import { createExpiry } from "../../src/db/expiry.ts";
import { createIdSource } from "../../src/db/ids.ts";
import { createKeyring } from "../../src/db/keyring.ts";
import { migrate } from "../../src/db/migrate.ts";
import { proxies } from "../../src/db/schema.ts";
import { createProxyStore } from "../../src/proxies/proxy-store.ts";
import { Switches } from "../../src/sessions/switches.ts";
import { createApiKeyStore } from "../../src/tenants/api-keys.ts";
import { createTenantStore } from "../../src/tenants/tenants.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { startHranaServer } from "../support/hrana-server.ts";
import { hasLibsqlServer, startLibsqlServer } from "../support/libsql-server.ts";
import { oldKey, setUpSessions } from "../support/session-store.ts";
import { stillWatch } from "../support/still-watch.ts";
import { allStorages, openMemory } from "../support/storage.ts";
import { storeProxies } from "../support/stored-proxies.ts";

const KINDS = [
  "tenant.created",
  "tenant.changed",
  "tenant.credentials_removed",
  "tenant.deleted",
  "key.created",
  "key.rotated",
  "key.revoked",
  "session.changed",
  "session.deleted",
  "sessions.saved",
  "proxy.changed",
  "proxy.deleted",
  "proxy.rescheduled",
  "upstream.switched",
] as const satisfies FeedKind[];

/** A reader that has begun, with what it was told and not asked for yet. */
async function reading(db: Pick<Database, "read">) {
  const feed = new ChangeFeed(db);
  const told: StoredChange[] = [];
  feed.on(KINDS, (change) => told.push(change));
  await feed.read();
  return {
    feed,
    /** What is new. */
    async news(): Promise<StoredChange[]> {
      expect(await feed.read()).toBe(true);
      return told.splice(0);
    },
    told,
  };
}

const kindsOf = (changes: readonly StoredChange[]): string[] => changes.map(({ kind }) => kind);

for (const [name, open] of allStorages) {
  test(`changes of tenants, keys and the switches are told of ${name}`, async () => {
    await using storage = await open();
    const { db } = storage;
    const { news } = await reading(db);
    const announcements = new Announcements();
    const tenants = createTenantStore(db, { announcements });
    const keys = createApiKeyStore(db, { announcements, changes: stillWatch });
    const tenant = await tenants.create({ name: "One" });
    const { record } = await keys.create(tenant.id, { name: "k", mode: "test" });
    expect(await news()).toMatchObject([
      { kind: "tenant.created", tenantId: tenant.id },
      { kind: "key.created", tenantId: tenant.id, keyId: record.id },
    ]);
    const successor = await keys.rotate(tenant.id, record.id);
    await keys.revoke(tenant.id, record.id);
    expect(successor).not.toBeNull();
    expect(await news()).toMatchObject([
      { kind: "key.rotated", tenantId: tenant.id, keyId: record.id },
      { kind: "key.revoked", tenantId: tenant.id, keyId: record.id },
    ]);
    await tenants.update(tenant.id, { status: "suspended" });
    await tenants.update(tenant.id, { policies: { maxInFlight: 3, storeCredentials: false } });
    await tenants.delete(tenant.id);
    expect(await news()).toMatchObject([
      { kind: "tenant.changed", tenantId: tenant.id, status: "suspended", changed: ["status"] },
      {
        kind: "tenant.changed",
        status: "suspended",
        changed: expect.arrayContaining(["maxInFlight"]),
      },
      { kind: "tenant.credentials_removed", tenantId: tenant.id },
      { kind: "tenant.deleted", tenantId: tenant.id },
    ]);
    const switches = new Switches({ db, changes: stillWatch, announcements, now: Date.now });
    await switches.setUpstream(false);
    await switches.setUpstream(false);
    expect(kindsOf(await news())).toEqual(["upstream.switched"]);
    await tenants.purge();
    await tenants.close();
  });

  test(`changes of sessions are told of with their versions ${name}, and their creation is not`, async () => {
    await using storage = await open();
    const { db } = storage;
    const sessions = await setUpSessions(db);
    const store = sessions.store(oldKey);
    const { news } = await reading(db);
    const made = await store.create(sessions.session());
    await store.createMany(
      ["a", "b", "c"].map((userPk) => sessions.session({ userPk, legacyId: `${userPk}:x` })),
    );
    expect(await news()).toEqual([]);

    // What answers' headers have changed is nobody else's business while one process has the session.
    const headers = await store.save({ ...made, settings: '{"headers": 1}' });
    expect(await news()).toEqual([]);

    const by = OPERATOR;
    const [moved] = await store.saveMany([
      { session: { ...headers, label: "two" }, cause: { before: headers, by } },
    ]);
    await store.manage(sessions.tenantId, null, made.id, () => ({ enabled: false }), by);
    expect(await news()).toMatchObject([
      { kind: "session.changed", sessionId: made.id, version: moved?.version, changed: ["label"] },
      { sessionId: made.id, version: 4, tenantId: sessions.tenantId, changed: ["enabled"] },
    ]);
    await store.delete(sessions.tenantId, "live", made.id);
    expect(await news()).toMatchObject([
      { kind: "session.deleted", sessionId: made.id, version: null },
    ]);
  });

  test(`changes of proxies are told of ${name}, and so is the next try of one that is down`, async () => {
    await using storage = await open();
    const { db } = storage;
    const [id = ""] = await storeProxies(db, [{}]);
    const { news } = await reading(db);
    const store = createProxyStore(db, createKeyring([oldKey]), {
      now: Date.now,
      newId: createIdSource(),
      announcements: new Announcements(),
    });
    const set = (values: Partial<typeof proxies.$inferInsert>) =>
      db.write((orm) => orm.update(proxies).set(values));
    await store.update({ tenantId: null }, id, { label: "x" });
    expect(await news()).toMatchObject([
      { kind: "proxy.changed", proxyId: id, tenantId: null, changed: ["label"] },
    ]);
    // Figures of each check concern nobody, but for the time at which a proxy that is down is tried.
    await set({ nextCheckAt: 5, latencyMs: 7 });
    await set({ state: "down" });
    expect(await news()).toEqual([]);
    await set({ nextCheckAt: 6 });
    await set({ latencyMs: 8 });
    expect(await news()).toMatchObject([{ kind: "proxy.rescheduled", proxyId: id }]);
    await store.delete({ tenantId: null }, id);
    expect(await news()).toMatchObject([{ kind: "proxy.deleted", proxyId: id }]);
  });
}

const note = (db: Database, keyId: string) =>
  db.write((orm) =>
    orm.run(
      sql`INSERT INTO changes (kind, key_id, at) VALUES ('key.revoked', ${keyId}, ${Date.now()})`,
    ),
  );

/** Two ways to one database with several connections, each with its own writer. */
const shared: [name: string, open: () => Promise<{ url: string } & AsyncDisposable>][] = [
  [
    "a file",
    async () => {
      const directory = temporaryDirectory();
      return {
        url: `file:${directory.path}/gramway.db`,
        [Symbol.asyncDispose]: async () => directory[Symbol.dispose](),
      };
    },
  ],
  [
    "a remote database",
    async () => {
      if (hasLibsqlServer || process.env.CI === "true") return startLibsqlServer();
      const server = startHranaServer();
      return { url: server.url, [Symbol.asyncDispose]: () => server.stop() };
    },
  ],
];

for (const [name, open] of shared)
  test(`of many who write to ${name} at once no change is missed, and each is told of once`, async () => {
    await using place = await open();
    const writers = Array.from({ length: 4 }, () => openDatabase({ url: place.url }));
    const [own] = writers;
    if (own === undefined) throw new Error("no database");
    await migrate(own);
    const { feed, told } = await reading(own);
    const EACH = 60;
    let isWriting = true;
    const writing = Promise.all(
      writers.map(async (db, writer) => {
        for (let turn = 0; turn < EACH; turn++) await note(db, `${writer}-${turn}`);
      }),
    ).finally(() => {
      isWriting = false;
    });
    // Looks may overlap.
    while (isWriting) await Promise.all([feed.read(), Bun.sleep(1).then(() => feed.read())]);
    await writing;
    expect(await feed.read()).toBe(true);
    const names = told.map(({ keyId }) => keyId);
    expect(names).toHaveLength(writers.length * EACH);
    expect(new Set(names).size).toBe(names.length);
    for (const writer of writers.keys())
      expect(names.filter((one) => one?.startsWith(`${writer}-`))).toEqual(
        Array.from({ length: EACH }, (_, turn) => `${writer}-${turn}`),
      );
    await Promise.all(writers.map((db) => db.close()));
  });

test("what is rolled back is not told of", async () => {
  await using storage = await openMemory();
  const { db } = storage;
  const { news } = await reading(db);
  await expect(
    db.write((orm) =>
      orm.batch([
        orm.run(sql`INSERT INTO changes (kind, at) VALUES ('key.revoked', 1)`),
        orm.run(sql`INSERT INTO changes (kind, at) VALUES ('key.revoked', NULL)`),
      ]),
    ),
  ).rejects.toThrow("NOT NULL");
  await note(db, "kept");
  expect((await news()).map(({ keyId }) => keyId)).toEqual(["kept"]);
});

test("what another version writes there stops nobody", async () => {
  await using storage = await openMemory();
  const { db } = storage;
  const { news } = await reading(db);
  await db.write((orm) =>
    orm.run(sql`INSERT INTO changes (kind, changed, at) VALUES
      ('key.rotated', '{', 1), ('tenant.changed', 'status', 1), ('sessions.saved', '{"a": 1}', 1)`),
  );
  await note(db, "after");
  expect((await news()).map(({ kind, changed, saved }) => [kind, changed, saved.size])).toEqual([
    ["key.rotated", [], 0],
    ["tenant.changed", [], 0],
    ["sessions.saved", [], 0],
    ["key.revoked", [], 0],
  ]);
});

test("more changes than one query reads are all told of", async () => {
  await using storage = await openMemory();
  const { db } = storage;
  const { news } = await reading(db);
  await db.write((orm) =>
    orm.run(sql`INSERT INTO changes (kind, key_id, at)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
      SELECT 'key.revoked', i, 0 FROM n`),
  );
  expect((await news()).map(({ keyId }) => Number(keyId))).toEqual(
    Array.from({ length: 2500 }, (_, index) => index + 1),
  );
});

test("a look at a quiet feed is one query of one row", async () => {
  await using storage = await openMemory();
  let rows = 0;
  let queries = 0;
  const { feed } = await reading({
    async read(work) {
      const found = await storage.db.read(work);
      queries++;
      rows += (found as unknown[]).length;
      return found;
    },
  });
  await note(storage.db, "one");
  await feed.read();
  [queries, rows] = [0, 0];
  for (let look = 0; look < 5; look++) await feed.read();
  expect([queries, rows]).toEqual([5, 5]);
});

const HOUR = 3_600_000;

test("changes are removed after an hour, except for the last", async () => {
  await using storage = await openMemory();
  const { db } = storage;
  const expiry = createExpiry(db, feedRetention, {
    now: () => Date.now() + HOUR + 60_000,
    onFailed: () => {},
  });
  const young = createExpiry(db, feedRetention, { now: Date.now, onFailed: () => {} });
  for (const name of ["one", "two", "three"]) await note(db, name);
  expect(await young.sweep()).toBe(0);
  expect(await expiry.sweep()).toBe(3);
  expect(await expiry.sweep()).toBe(0);
  const left = await db.read((orm) => orm.all(sql`SELECT key_id FROM changes`));
  expect(left).toEqual([{ key_id: "three" }]);
  // Numbers are not used again.
  await note(db, "four");
  await expiry.sweep();
  expect(await db.read((orm) => orm.all(sql`SELECT seq FROM changes`))).toEqual([{ seq: 5 }]);
});

test("who has not looked for longer than changes are kept has missed some, and begins anew", async () => {
  await using storage = await openMemory();
  const { db } = storage;
  const { feed, told, news } = await reading(db);
  await note(db, "seen");
  await feed.read();
  await note(db, "missed");
  await note(db, "last");
  await db.write((orm) => orm.run(sql`DELETE FROM changes WHERE key_id <> 'last'`));
  expect(await feed.read()).toBe(false);
  told.splice(0);
  await note(db, "new");
  expect((await news()).map(({ keyId }) => keyId)).toEqual(["new"]);
});

test("a database that was restored from a backup is another one, also with a row of the same number", async () => {
  await using storage = await openMemory();
  const { db } = storage;
  const { feed } = await reading(db);
  await note(db, "seen");
  await feed.read();
  await db.write((orm) =>
    orm.run(sql`UPDATE changes SET at = at - 1000, key_id = 'other' WHERE key_id = 'seen'`),
  );
  expect(await feed.read()).toBe(false);
  expect(await feed.read()).toBe(true);
});

test("what only a newer version knows of makes everything that is known be read again", async () => {
  await using storage = await openMemory();
  const { db } = storage;
  const { feed, news } = await reading(db);
  await db.write((orm) =>
    orm.run(sql`INSERT INTO changes (kind, key_id, at) VALUES ('key.suspended', 'a', 0)`),
  );
  await note(db, "beside");
  expect(await feed.read()).toBe(false);
  await note(db, "later");
  expect((await news()).map(({ keyId }) => keyId)).toEqual(["beside", "later"]);
});
