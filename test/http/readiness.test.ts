import { expect, test } from "bun:test";
import { renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createReadiness } from "../../src/http/readiness.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { createTestService, type TestService } from "../support/service.ts";
import { openMemory } from "../support/storage.ts";

const OTHER_KEY = "22".repeat(32);
const form = { username: "sandbox", password: "sandbox" };

const logged = (service: TestService, text: string) =>
  service.logLines.filter((line) => line.includes(text));

const losses: [what: string, lose: (path: string) => void][] = [
  ["deleted", (path) => rmSync(path)],
  ["emptied", (path) => truncateSync(path, 0)],
  [
    "replaced",
    (path) => {
      renameSync(path, `${path}.old`);
      writeFileSync(path, "something else");
    },
  ],
];

for (const [what, lose] of losses)
  test(`a database file that was ${what} is told at once, and no login is acknowledged`, async () => {
    using directory = temporaryDirectory();
    const path = `${directory.path}/a.db`;
    const service = await createTestService({ config: { database: { url: `file:${path}` } } });
    const { testKey: key } = service;
    await service.login();
    expect((await service.request("GET", "/ready")).status).toBe(200);
    lose(path);
    const ready = await service.request("GET", "/ready");
    expect([ready.status, ready.body.checks.storage.status]).toEqual([503, "error"]);
    expect(ready.headers.get("retry-after")).toMatch(/^[1-9]/);
    expect(ready.body.checks.storage.detail).toContain("deleted, emptied or replaced");
    const login = await service.request("POST", "/auth/login", { key, form });
    expect([login.status, login.body.exc_type]).toEqual([503, "StorageUnavailable"]);
    expect(login.headers.get("gramway-upstream-calls"), "no login is spent").toBeNull();
    expect((await service.request("GET", "/metrics")).status).toBe(200);
    await service.close();
  });

test("the log names a check when it begins to fail and when it works again, once each", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a.db`;
  const service = await createTestService({ config: { database: { url: `file:${path}` } } });
  const ask = async () => (await service.request("GET", "/ready")).status;
  expect([await ask(), await ask()]).toEqual([200, 200]);
  renameSync(path, `${path}.away`);
  expect([await ask(), await ask()]).toEqual([503, 503]);
  renameSync(`${path}.away`, path);
  // The write that failed meanwhile is looked at again after a second.
  while ((await ask()) !== 200) await Bun.sleep(100);
  expect(await ask()).toBe(200);
  const failed = logged(service, "not ready: storage");
  expect(failed).toHaveLength(1);
  expect(JSON.parse(failed[0] ?? "{}")).toMatchObject({ check: "storage", level: "error" });
  expect(logged(service, "ready again: storage")).toHaveLength(1);
  await service.close();
});

test("a few sessions that cannot be read are told and counted, and take nobody out of service", async () => {
  using directory = temporaryDirectory();
  const database = { url: `file:${directory.path}/a.db` };
  const before = await createTestService({ config: { database } });
  await before.login();
  const { testKey: key } = before;
  await before.close();

  const service = await createTestService({ config: { database, encryptionKeys: [OTHER_KEY] } });
  // All of them: the key that was forgotten.
  const alone = await service.request("GET", "/ready");
  expect([alone.status, alone.body.checks.encryption.detail]).toEqual([
    503,
    "1 of 1 sessions are under a key that ENCRYPTION_KEYS does not hold",
  ]);
  await service.close();

  const later = await createTestService({ config: { database, encryptionKeys: [OTHER_KEY] } });
  for (const username of ["sandbox", "sandbox_private"]) {
    const answer = await later.request("POST", "/auth/login", {
      key: later.testKey,
      form: { ...form, username },
    });
    expect(answer.status).toBe(200);
  }
  const ready = await later.request("GET", "/ready");
  expect([ready.status, ready.body.checks.encryption]).toEqual([
    200,
    {
      status: "ok",
      detail: "1 of 3 sessions are under a key that ENCRYPTION_KEYS does not hold",
    },
  ]);
  const metrics = await later.request("GET", "/metrics");
  expect(metrics.text).toContain("\ngramway_sessions_undecryptable 1\n");
  expect(key).toBeString();
  await later.close();
});

test("a disk that is full, or nearly, is told before a login is lost", async () => {
  using directory = temporaryDirectory();
  let free = 1e9;
  const database = { url: `file:${directory.path}/a.db`, freeBytes: () => free };
  const service = await createTestService({ config: { database } });
  const { testKey: key } = service;
  free = 1e6;
  const login = await service.request("POST", "/auth/login", { key, form });
  expect([login.status, login.body.exc_type]).toEqual([503, "StorageUnavailable"]);
  expect(login.headers.get("gramway-upstream-calls"), "no login is spent").toBeNull();
  const ready = await service.request("GET", "/ready");
  expect([ready.status, ready.body.checks.storage.detail]).toEqual([
    503,
    "the disk or the database is full, or nearly",
  ]);
  free = 1e9;
  expect((await service.request("POST", "/auth/login", { key, form })).status).toBe(200);
  await service.close();
});

test("a check is not run for each probe", async () => {
  await using storage = await openMemory();
  let probes = 0;
  const db = { ...storage.db, probeWrite: async () => void probes++ };
  let time = 0;
  const empty = { countUndecryptable: async () => 0, countByState: async () => ({}) };
  const readiness = createReadiness(
    {
      db,
      sessionStore: empty,
      proxyStore: empty,
      dependencyVersions: {},
      logger: { error: () => {}, info: () => {} },
    },
    () => time,
  );
  await Promise.all([readiness(), readiness()]);
  time = 1001;
  await readiness();
  expect(probes).toBe(2);
});

test("proxies under a key that is missing are told of, and are an error when they are the most", async () => {
  using directory = temporaryDirectory();
  const database = { url: `file:${directory.path}/a.db` };
  const before = await createTestService({ config: { database } });
  const add = (service: typeof before, name: string) =>
    service.admin("POST", "/admin/proxies", { url: `http://u:p@${name}.example.com:8080` });
  await add(before, "old");
  await before.close();
  const service = await createTestService({
    config: { database, encryptionKeys: ["22".repeat(32)] },
  });
  const detail = "proxies are under a key that ENCRYPTION_KEYS does not hold";
  const checked = async () => {
    // A check's result is used for a second.
    await Bun.sleep(1_050);
    return (await service.request("GET", "/ready")).body.checks.encryption;
  };
  expect(await checked()).toEqual({ status: "error", detail: `1 of 1 ${detail}` });
  await add(service, "new");
  expect(await checked()).toEqual({ status: "ok", detail: `1 of 2 ${detail}` });
  await service.close();
});
