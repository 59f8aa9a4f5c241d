import { describe, expect, test } from "bun:test";
import { type Announcement, Announcements } from "../../src/announcements.ts";
import { createChangeWatch } from "../../src/db/change-watch.ts";
import { createIdSource } from "../../src/db/ids.ts";
import { createKeyring } from "../../src/db/keyring.ts";
import type { Mode } from "../../src/db/schema.ts";
import type { CheckedProxy, Finding } from "../../src/proxies/check.ts";
import { createProxyDirectory } from "../../src/proxies/directory.ts";
import { createProxyHealth, type ProxyHealth } from "../../src/proxies/proxy-health.ts";
import { createProxyStore, type ProxyStore } from "../../src/proxies/proxy-store.ts";
import { createTenantStore } from "../../src/tenants/tenants.ts";
import { oldKey } from "../support/session-store.ts";
import { openMemory, type Storage, storages } from "../support/storage.ts";

const SUCCESS: Finding = { kind: "success" };
const REFUSED: Finding = { kind: "failure", fault: "refused" };

/** Processes on one database, whose checks find what `probe` says. */
async function setUp({ db }: Storage) {
  const clock = { time: 1_700_000_000_000 };
  const now = () => clock.time;
  const keyring = createKeyring([oldKey]);
  const checked: CheckedProxy[] = [];
  const failures: unknown[] = [];
  const script = {
    probe: async (_proxy: CheckedProxy, _signal: AbortSignal): Promise<Finding> => SUCCESS,
  };
  const startProcess = (changes: { areChecked?: boolean } = {}) => {
    const announcements = new Announcements();
    const heard: Announcement<"proxy.changed">[] = [];
    announcements.on(["proxy.changed"], (one) => void heard.push(one));
    const watch = createChangeWatch(db, { announcements, intervalMs: 0 });
    const proxies = createProxyDirectory(db, keyring, { changes: watch, announcements });
    const health = createProxyHealth({
      db,
      keyring,
      announcements,
      proxies,
      now,
      monotonicNow: now,
      probe: (proxy, signal) => {
        checked.push(proxy);
        return script.probe(proxy, signal);
      },
      intervalMs: 600_000,
      areChecked: true,
      onDown: () => {},
      onChecked: () => {},
      onBlocked: () => {},
      onFailed: (error) => void failures.push(error),
      ...changes,
    });
    return { health, proxies, heard };
  };
  const tenants = createTenantStore(db);
  const acme = (await tenants.create({ name: "Acme" })).id;
  const other = (await tenants.create({ name: "Other" })).id;
  const store: ProxyStore = createProxyStore(db, keyring, {
    now,
    newId: createIdSource(now),
    announcements: new Announcements(),
  });
  let made = 0;
  const add = async (tenantId = acme, mode: Mode = "live", host = `p${++made}.example`) => {
    const fields = { label: null, country: null, region: null, maxSessions: null } as const;
    const url = `http://${host}:8080`;
    const { proxy } = await store.create({ tenantId, mode }, { ...fields, url, onFailure: "fail" });
    return proxy.id;
  };
  const stateOf = async (id: string, tenantId = acme) => {
    const found = await store.find({ tenantId, mode: "live" }, id);
    return found?.state;
  };
  return { clock, script, checked, failures, startProcess, acme, other, add, store, stateOf };
}

/** Checks what is due now, and then what each result has made due, until nothing is for a while. */
async function runFor(health: ProxyHealth, clock: { time: number }, milliseconds: number) {
  for (const end = clock.time + milliseconds; clock.time < end; clock.time += 1_000)
    await health.checks.run();
}

describe.each(storages)("checks of proxies %s", (_name, open) => {
  test("are made by one of two processes, soon after a proxy is added", async () => {
    await using storage = await open();
    const { startProcess, checked, add, stateOf, failures } = await setUp(storage);
    const [one, two] = [startProcess(), startProcess()];
    const ids = [await add(), await add(), await add()];
    await Promise.all([one.health.checks.run(), two.health.checks.run()]);
    expect(checked.map(({ url }) => url).sort()).toEqual(
      [1, 2, 3].map((number) => `http://p${number}.example:8080`),
    );
    for (const id of ids) expect(await stateOf(id)).toBe("healthy");
    await Promise.all([one.health.checks.run(), two.health.checks.run()]);
    expect(checked).toHaveLength(3);
    expect(failures).toEqual([]);
  });

  test("take a proxy down after three failures, try it rarer and rarer, and bring it back", async () => {
    await using storage = await open();
    const { startProcess, clock, script, checked, add, stateOf } = await setUp(storage);
    const { health, heard } = startProcess();
    const id = await add();
    await health.checks.run();
    script.probe = async () => REFUSED;
    clock.time += 750_000;
    await health.checks.run();
    expect(await stateOf(id)).toBe("failing");
    await runFor(health, clock, 12_000);
    expect(await stateOf(id)).toBe("down");
    const before = checked.length;
    await runFor(health, clock, 600_000);
    // Doubled from 8 s on, each spread by a fifth.
    expect(checked.length - before).toBeGreaterThanOrEqual(5);
    expect(checked.length - before).toBeLessThanOrEqual(9);
    script.probe = async () => SUCCESS;
    await runFor(health, clock, 750_000);
    expect(await stateOf(id)).toBe("healthy");
    expect(heard.map(({ stateBefore, state }) => `${stateBefore} → ${state}`)).toEqual([
      "unknown → healthy",
      "healthy → failing",
      "failing → down",
      "down → healthy",
    ]);
    expect(heard[0]).toMatchObject({ proxyId: id, by: { kind: "service" }, changed: ["state"] });
  });

  test("are made again when their process has died", async () => {
    await using storage = await open();
    const { startProcess, clock, script, checked, add, stateOf } = await setUp(storage);
    const [dying, other] = [startProcess(), startProcess()];
    const id = await add();
    script.probe = () => new Promise(() => {});
    void dying.health.checks.run();
    while (checked.length === 0) await Bun.sleep(1);
    script.probe = async () => SUCCESS;
    await other.health.checks.run();
    expect(checked).toHaveLength(1);
    clock.time += 61_000;
    await other.health.checks.run();
    expect(await stateOf(id)).toBe("healthy");
  });
});

test("who adds thousands of proxies makes nobody else wait", async () => {
  await using storage = await openMemory();
  const { startProcess, clock, script, checked, add, other } = await setUp(storage);
  const { health } = startProcess();
  for (let count = 0; count < 200; count++) await add();
  clock.time += 1;
  await add(other, "live", "others.example");
  const answers: (() => void)[] = [];
  script.probe = () =>
    new Promise((resolve) => answers.push(() => resolve({ kind: "failure", fault: "timeout" })));
  const running = health.checks.run();
  while (answers.length < 2) await Bun.sleep(1);
  await Bun.sleep(5);
  expect(checked.some(({ url }) => url.includes("others.example"))).toBe(true);
  // A bounded number at the same time, however many are due.
  expect(checked.length).toBeLessThan(100);
  for (const answer of answers) answer();
  await running;
});

test("without checks only the sandbox's proxies are judged, by their names", async () => {
  await using storage = await openMemory();
  const { startProcess, clock, checked, add, acme, store } = await setUp(storage);
  const { health, proxies } = startProcess({ areChecked: false });
  await add();
  const id = await add(acme, "test");
  await health.checks.run();
  expect(checked).toEqual([]);
  await proxies.find(id);
  health.log.failed(id, "test", clock.time, "refused");
  await health.log.flush();
  clock.time += 3_000;
  await health.checks.run();
  expect(checked).toEqual([{ url: "http://p2.example:8080", mode: "test" }]);
  expect(await store.find({ tenantId: acme, mode: "test" }, id)).toMatchObject({
    state: "healthy",
    nextCheckAt: null,
  });
});

test("a check is ended with the service, and says nothing of the proxy then", async () => {
  await using storage = await openMemory();
  const { startProcess, script, add, stateOf } = await setUp(storage);
  const { health } = startProcess();
  const id = await add();
  const started = Promise.withResolvers<void>();
  script.probe = (_proxy, signal) =>
    new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve(REFUSED));
      started.resolve();
    });
  void health.checks.run();
  await started.promise;
  await health.close();
  expect(await stateOf(id)).toBe("unknown");
});

test("a check of the old URL says nothing of the new one", async () => {
  await using storage = await openMemory();
  const { startProcess, clock, script, add, acme, store, stateOf } = await setUp(storage);
  const { health } = startProcess();
  const id = await add();
  script.probe = async () => {
    clock.time += 10;
    await store.update({ tenantId: acme, mode: "live" }, id, { url: "http://new.example:8080" });
    clock.time += 10;
    return REFUSED;
  };
  await health.checks.run();
  expect(await stateOf(id)).toBe("unknown");
  script.probe = async () => SUCCESS;
  await health.checks.run();
  expect(await stateOf(id)).toBe("healthy");
});

describe("what requests show", () => {
  test("is written when it changes something, and not with each request", async () => {
    await using storage = await openMemory();
    const { startProcess, clock, add, store, acme } = await setUp(storage);
    const { health, proxies, heard } = startProcess();
    const id = await add();
    await health.checks.run();
    await proxies.find(id);
    let writes = 0;
    const write = storage.db.write.bind(storage.db);
    storage.db.write = (work) => {
      writes++;
      return write(work);
    };
    for (let count = 0; count < 1_000; count++) {
      clock.time += 10;
      health.log.succeeded(id, "live", clock.time - 5);
    }
    await health.log.flush();
    expect(writes).toBe(0);
    for (let round = 0; round < 4; round++) {
      clock.time += 100;
      // A hundred that were under way together.
      for (let count = 0; count < 100; count++)
        health.log.failed(id, "live", clock.time - 50, "closed");
      await health.log.flush();
    }
    expect(writes).toBeLessThanOrEqual(4);
    expect(heard.map(({ state }) => state)).toEqual(["healthy", "failing", "down"]);
    expect(health.log.waitFor(id, "live")).toBeGreaterThan(1);
    for (let count = 0; count < 500; count++) health.log.wasBlocked(id, "live", ++clock.time);
    await health.log.flush();
    expect(await store.find({ tenantId: acme, mode: "live" }, id)).toMatchObject({ blocked: 500 });
  });

  test("in two processes adds up", async () => {
    await using storage = await openMemory();
    const { startProcess, clock, add, stateOf } = await setUp(storage);
    const [one, two] = [startProcess(), startProcess()];
    const id = await add();
    await one.health.checks.run();
    for (const { health, proxies } of [one, two, one]) {
      await proxies.find(id);
      clock.time += 100;
      health.log.failed(id, "live", clock.time - 10, "refused");
      await health.log.flush();
    }
    expect(await stateOf(id)).toBe("down");
  });

  test("of a sandbox session is none of an operator's live proxy", async () => {
    await using storage = await openMemory();
    const { startProcess, clock, store } = await setUp(storage);
    const { health, proxies } = startProcess();
    const url = "http://operators.example:8080";
    const { proxy } = await store.create(
      { tenantId: null, mode: null },
      { url, label: null, country: null, region: null, maxSessions: null, onFailure: "fail" },
    );
    await health.checks.run();
    await proxies.find(proxy.id);
    for (let count = 0; count < 5; count++) {
      clock.time += 100;
      health.log.failed(proxy.id, "test", clock.time - 10, "refused");
      await health.log.flush();
    }
    expect(await store.find({ owner: { tenantId: null } }, proxy.id)).toMatchObject({
      state: "healthy",
    });
  });

  test("tries a proxy that is down with one request at a time, where nothing checks it", async () => {
    await using storage = await openMemory();
    const { startProcess, clock, add } = await setUp(storage);
    const { health, proxies } = startProcess({ areChecked: false });
    const id = await add();
    await proxies.find(id);
    for (let count = 0; count < 3; count++) {
      clock.time += 100;
      health.log.failed(id, "live", clock.time - 10, "refused");
      await health.log.flush();
    }
    expect(health.log.waitFor(id, "live")).toBeGreaterThan(1);
    clock.time += 20_000;
    expect(health.log.waitFor(id, "live")).toBeNull();
    expect(health.log.waitFor(id, "live")).toBe(1);
    health.log.notTried(id);
    expect(health.log.waitFor(id, "live")).toBeNull();
    health.log.succeeded(id, "live", clock.time);
    await health.log.flush();
    expect(health.log.waitFor(id, "live")).toBeNull();
    expect(proxies.known(id)?.state).toBe("healthy");
  });
});
