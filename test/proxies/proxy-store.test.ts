import { describe, expect, test } from "bun:test";
import { type Announcement, Announcements } from "../../src/announcements.ts";
import { createChangeWatch } from "../../src/db/change-watch.ts";
import { openDatabase } from "../../src/db/connection.ts";
import { createIdSource } from "../../src/db/ids.ts";
import { createKeyring } from "../../src/db/keyring.ts";
import { migrate } from "../../src/db/migrate.ts";
import { proxies } from "../../src/db/schema.ts";
import { createProxyDirectory } from "../../src/proxies/directory.ts";
import { createProxyStore, type ProxyFields } from "../../src/proxies/proxy-store.ts";
import { createTenantStore } from "../../src/tenants/tenants.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { newKey, oldKey } from "../support/session-store.ts";
import { allStorages, openMemory, type Storage } from "../support/storage.ts";

const URL = "http://user:hush-secret@proxy.example.com:8080";

const fields = (changes: Partial<ProxyFields> = {}): ProxyFields => ({
  url: URL,
  label: "berlin-1",
  country: "DE",
  region: "fra",
  maxSessions: 3,
  onFailure: "fail",
  ...changes,
});

async function setUp({ db }: Storage, ...keys: string[]) {
  const clock = { time: 1_700_000_000_000 };
  const now = () => clock.time++;
  const announcements = new Announcements();
  const heard: Announcement[] = [];
  announcements.on(["proxy.created", "proxy.changed", "proxy.deleted"], (one) => {
    heard.push(one);
  });
  const keyring = createKeyring(keys.length > 0 ? keys : [oldKey]);
  const changes = createChangeWatch(db, { announcements, intervalMs: 0 });
  const tenants = createTenantStore(db);
  const [acme, other] = [
    await tenants.create({ name: "Acme" }),
    await tenants.create({ name: "O" }),
  ];
  return {
    clock,
    heard,
    tenants,
    acme: { tenantId: acme.id, mode: "live" } as const,
    other: { tenantId: other.id, mode: "live" } as const,
    offered: { tenantId: null, mode: null } as const,
    store: createProxyStore(db, keyring, { now, newId: createIdSource(now), announcements }),
    directory: createProxyDirectory(db, keyring, { changes, announcements }),
  };
}

describe.each(allStorages)("proxies %s", (_name, open) => {
  test("are stored encrypted, and found by their owner only", async () => {
    await using storage = await open();
    const { store, acme, other, heard } = await setUp(storage);
    const { proxy, isNew } = await store.create(acme, fields());
    expect(isNew).toBe(true);
    expect(proxy.url).toBe("http://***@proxy.example.com:8080");
    const stored = await storage.db.read((orm) => orm.select().from(proxies));
    expect(Buffer.from(stored[0]?.url ?? []).toString("latin1")).not.toContain("hush");
    expect(JSON.stringify(heard)).not.toContain("hush");
    expect(heard).toMatchObject([{ kind: "proxy.created", proxyId: proxy.id }]);

    expect(await store.find(acme, proxy.id)).toMatchObject({ id: proxy.id, sessions: 0 });
    expect(await store.find(acme, proxy.id.toLowerCase())).not.toBeNull();
    for (const stranger of [other, { ...acme, mode: "test" } as const]) {
      expect(await store.find(stranger, proxy.id)).toBeNull();
      expect((await store.list(stranger)).proxies).toEqual([]);
      expect(await store.update(stranger, proxy.id, { label: "mine" })).toBeNull();
      expect(await store.delete(stranger, proxy.id)).toBe(false);
    }
    expect(await store.find(acme, "nonsense")).toBeNull();
    expect(await store.find(acme, proxy.id)).toMatchObject({ label: "berlin-1" });
  });

  test("are recognised by their URL, in each mode and for each owner", async () => {
    await using storage = await open();
    const { store, acme, other, offered } = await setUp(storage);
    const first = await store.create(acme, fields());
    const again = await store.create(acme, fields({ label: "another" }));
    expect(again).toMatchObject({ isNew: false, proxy: { id: first.proxy.id, label: "berlin-1" } });
    for (const place of [other, offered, { ...acme, mode: "test" } as const])
      expect((await store.create(place, fields())).isNew).toBe(true);
    expect((await store.create(acme, fields({ url: `${URL}1` }))).isNew).toBe(true);
  });

  test("of the operator are seen by all tenants of their mode, but not whereabouts they are", async () => {
    await using storage = await open();
    const { store, acme, offered } = await setUp(storage);
    const { proxy } = await store.create(offered, fields());
    const live = await store.create({ tenantId: null, mode: "live" }, fields({ label: "live" }));
    const own = await store.create(acme, fields({ label: "own" }));
    expect((await store.list(acme)).proxies.map(({ id }) => id)).toEqual([
      proxy.id,
      live.proxy.id,
      own.proxy.id,
    ]);
    expect((await store.list({ ...acme, mode: "test" })).proxies.map(({ id }) => id)).toEqual([
      proxy.id,
    ]);
    expect(await store.find(acme, proxy.id)).toMatchObject({ url: "http://***", sessions: 0 });
    expect(await store.update(acme, proxy.id, { label: "mine" })).toBeNull();
    expect(await store.delete(acme, proxy.id)).toBe(false);
    expect(await store.find({ owner: { tenantId: null } }, proxy.id)).toMatchObject({
      url: "http://***@proxy.example.com:8080",
    });
  });

  test("are listed in pages, by what they are", async () => {
    await using storage = await open();
    const { store, acme, offered } = await setUp(storage);
    const ids: string[] = [];
    for (let at = 0; at < 7; at++) {
      const place = at % 3 === 0 ? offered : acme;
      const country = at % 2 === 0 ? "DE" : "FR";
      const made = await store.create(place, fields({ url: `${URL}${at}`, country }));
      ids.push(made.proxy.id);
    }
    const walked: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list(acme, { cursor, limit: 3 });
      walked.push(...page.proxies.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(walked).toEqual(ids);
    const count = async (filter: Parameters<typeof store.list>[1]) =>
      (await store.list(acme, filter)).proxies.length;
    expect(await count({ country: "FR" })).toBe(3);
    expect(await count({ state: "unknown" })).toBe(7);
    expect(await count({ state: "down" })).toBe(0);
    expect(await count({ label: "berlin-1", region: "fra" })).toBe(7);
    expect(await count({ label: "berlin" })).toBe(0);
    expect(await count({ region: "ams" })).toBe(0);
  });

  test("change field by field, and are new with another URL", async () => {
    await using storage = await open();
    const { store, acme, heard } = await setUp(storage);
    const { proxy } = await store.create(acme, fields());
    await storage.db.write((orm) =>
      orm.update(proxies).set({ state: "down", failures: 3, blocked: 9 }),
    );
    heard.length = 0;

    const changed = await store.update(acme, proxy.id, { label: null, maxSessions: 5 });
    expect(changed).toMatchObject({ label: null, maxSessions: 5, country: "DE", state: "down" });
    expect(await store.update(acme, proxy.id, { label: null })).toMatchObject({ label: null });
    expect(heard).toMatchObject([{ kind: "proxy.changed", changed: ["label", "maxSessions"] }]);

    const url = "socks5://user:hush-other@proxy.example.com:1080";
    expect(await store.update(acme, proxy.id, { url })).toMatchObject({
      url: "socks5://***@proxy.example.com:1080",
      state: "unknown",
      failures: 0,
      blocked: 0,
    });
    expect(heard.at(-1)).toMatchObject({ changed: ["url"], state: "unknown", stateBefore: "down" });
    // The former URL is free.
    const other = await store.create(acme, fields());
    expect(other.isNew).toBe(true);
    await expect(store.update(acme, other.proxy.id, { url })).rejects.toMatchObject({
      kind: "ProxyExists",
      members: { proxy_id: proxy.id },
    });
  });

  test("are deleted, and no tenant has more than its limit", async () => {
    await using storage = await open();
    const { store, acme, tenants, heard } = await setUp(storage);
    await tenants.update(acme.tenantId, { policies: { maxProxies: 2 } });
    const { proxy } = await store.create(acme, fields());
    await store.create({ ...acme, mode: "test" }, fields());
    const further = fields({ url: `${URL}1` });
    await expect(store.create(acme, further)).rejects.toMatchObject({ kind: "ProxyLimitReached" });
    expect((await store.create(acme, fields())).isNew).toBe(false);
    const made: string[] = [];
    const items = [further, fields()].map((one) => ({ fields: one }));
    await store.createMany(acme, items, (_item, what) => made.push(what));
    expect(made.sort()).toEqual(["existing", "limit"]);

    expect(await store.delete(acme, proxy.id)).toBe(true);
    expect(heard.at(-1)).toMatchObject({ kind: "proxy.deleted", proxyId: proxy.id });
    expect(await store.delete(acme, proxy.id)).toBe(false);
    expect((await store.create(acme, further)).isNew).toBe(true);
  });

  test("come in great numbers, and once only", async () => {
    await using storage = await open();
    const { store, acme } = await setUp(storage);
    const items = Array.from({ length: 500 }, (_, at) => ({
      fields: fields({ url: `http://user:p${at % 450}@proxy.example.com:8080` }),
    }));
    const counts: Record<string, number> = {};
    const count = (_item: object, what: string) => {
      counts[what] = (counts[what] ?? 0) + 1;
    };
    await store.createMany(acme, items, count);
    expect(counts).toEqual({ created: 450, existing: 50 });
    await store.createMany(acme, items, count);
    expect(counts).toEqual({ created: 450, existing: 550 });
    expect(await store.countByState()).toMatchObject({ unknown: 450, down: 0 });
  });
});

test("a proxy with a session, or a place that a login has, is not deleted", async () => {
  await using storage = await openMemory();
  const { store, acme, clock } = await setUp(storage);
  const { proxy } = await store.create(acme, fields());
  const { statements } = storage.db;
  const hold = `INSERT INTO proxy_holds (id, proxy_id, mode, owner, held_until)
    VALUES ('h', '${proxy.id}', 'live', 'me', ${clock.time + 60_000})`;
  await statements.execute(hold);
  await expect(store.delete(acme, proxy.id)).rejects.toMatchObject({ kind: "ProxyInUse" });
  clock.time += 120_000;
  // The login's process has died.
  expect(await store.delete(acme, proxy.id)).toBe(true);

  const second = await store.create(acme, fields());
  await statements.execute(`INSERT INTO sessions (id, tenant_id, mode, state, version, key_id, settings,
    created_at, updated_at, proxy_id) VALUES ('s', '${acme.tenantId}', 'live', 'active', 1, 'k', x'',
    1, 1, '${second.proxy.id}')`);
  expect(await store.find(acme, second.proxy.id)).toMatchObject({ sessions: 1 });
  await expect(store.delete(acme, second.proxy.id)).rejects.toMatchObject({
    kind: "ProxyInUse",
    members: { sessions: 1 },
  });
});

test("a deleted tenant's proxies are gone, others stay", async () => {
  await using storage = await openMemory();
  const { store, acme, other, offered, tenants } = await setUp(storage);
  await store.create(acme, fields());
  await store.create(other, fields());
  await store.create(offered, fields());
  await tenants.delete(acme.tenantId);
  await expect(store.create(acme, fields({ url: `${URL}1` }))).rejects.toMatchObject({
    kind: "TenantNotFound",
  });
  await tenants.purge();
  expect(await store.countByState()).toMatchObject({ unknown: 2 });
});

describe("re-encryption", () => {
  test("moves the URLs to the first key, by which they are found again", async () => {
    await using storage = await openMemory();
    const before = await setUp(storage, oldKey);
    const place = { tenantId: before.acme.tenantId, mode: "live" } as const;
    const { proxy } = await before.store.create(place, fields());
    const operators = await before.store.create(before.offered, fields());

    const without = (await setUp(storage, newKey)).store;
    expect(await without.countUndecryptable()).toBe(2);
    expect(await without.find(place, proxy.id)).toMatchObject({ url: null, label: "berlin-1" });
    expect(await without.reencrypt()).toEqual({ moved: 0, unavailable: 2, damaged: [] });

    const both = (await setUp(storage, newKey, oldKey)).store;
    expect((await both.create(place, fields())).proxy.id).toBe(proxy.id);
    expect(await both.reencrypt({ batchSize: 1 })).toEqual({
      moved: 2,
      unavailable: 0,
      damaged: [],
    });
    expect(await both.reencrypt()).toEqual({ moved: 0, unavailable: 0, damaged: [] });

    expect(await without.countUndecryptable()).toBe(0);
    expect((await without.create(place, fields())).proxy.id).toBe(proxy.id);
    expect((await without.create(before.offered, fields())).proxy.id).toBe(operators.proxy.id);
  });

  test("names what is damaged, and leaves it", async () => {
    await using storage = await openMemory();
    const { store, acme } = await setUp(storage, oldKey);
    const { proxy } = await store.create(acme, fields());
    await storage.db.statements.execute("UPDATE proxies SET url = x'0200'");
    const both = (await setUp(storage, newKey, oldKey)).store;
    expect(await both.reencrypt()).toMatchObject({ moved: 0, damaged: [proxy.id] });
    expect(await both.find(acme, proxy.id)).toMatchObject({ url: null });
    // Its owner knows the URL and can put it back.
    await both.update(acme, proxy.id, { url: URL });
    expect(await both.find(acme, proxy.id)).toMatchObject({ url: expect.stringContaining("8080") });
  });
});

describe("the directory", () => {
  test("knows a proxy as it is after each change, and that it is gone", async () => {
    await using storage = await openMemory();
    const { store, acme, directory } = await setUp(storage);
    const { proxy } = await store.create(acme, fields());
    expect(directory.known(proxy.id)).toBeNull();
    expect(await directory.find(proxy.id)).toMatchObject({ url: URL, label: "berlin-1" });
    expect(directory.known(proxy.id)).toMatchObject({ url: URL });
    await store.update(acme, proxy.id, { url: `${URL}9` });
    expect(directory.known(proxy.id)).toBeNull();
    expect(await directory.find(proxy.id)).toMatchObject({ url: `${URL}9` });
    await store.delete(acme, proxy.id);
    expect(await directory.find(proxy.id)).toBeNull();
    expect(directory.known(proxy.id)).toBeNull();
  });

  test("is not misled by what it read while the proxy changed", async () => {
    await using storage = await openMemory();
    const { store, acme, directory } = await setUp(storage);
    const { proxy } = await store.create(acme, fields());
    await Promise.all([
      directory.find(proxy.id),
      store.update(acme, proxy.id, { url: `${URL}9` }),
      directory.find(proxy.id),
      store.update(acme, proxy.id, { label: "second" }),
    ]);
    expect(await directory.find(proxy.id)).toMatchObject({ url: `${URL}9`, label: "second" });
  });
});

test("what one process has changed holds in another at once", async () => {
  using directory = temporaryDirectory();
  const open = async () => {
    const db = openDatabase({ url: `file:${directory.path}/a.db` });
    await migrate(db);
    return { db, [Symbol.asyncDispose]: () => db.close() };
  };
  await using first = await open();
  await using second = await open();
  const { store, acme } = await setUp(first);
  const { directory: elsewhere } = await setUp(second);
  const { proxy } = await store.create(acme, fields());
  for (const at of [1, 2, 3]) {
    const url = `${URL}${at}`;
    await store.update(acme, proxy.id, { url });
    expect(await elsewhere.find(proxy.id)).toMatchObject({ url });
  }
  await store.delete(acme, proxy.id);
  expect(await elsewhere.find(proxy.id)).toBeNull();
});
