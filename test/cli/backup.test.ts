import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cliAt } from "../support/cli.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { hasLibsqlServer, startLibsqlServer } from "../support/libsql-server.ts";
import { createTestService, type TestService } from "../support/service.ts";
import { oldKey } from "../support/session-store.ts";

const needsServer = test.skipIf(!hasLibsqlServer && process.env.CI !== "true");

const serviceOn = (database: { url: string; authToken?: string }, machineId: string) =>
  createTestService({ config: { database, encryptionKeys: [oldKey], machineId, region: "fra" } });

const profile = async ({ request }: TestService, key: string, session: string) =>
  (await request("GET", "/user", { key, session, query: { username: "instagram" } })).status;

/** What is in a file, without opening it for writing. */
function readOf<Row>(path: string, query: string): Row[] {
  const file = new Database(path, { readonly: true });
  const rows = file.query(query).all() as Row[];
  file.close();
  return rows;
}

test("a copy is made while the service runs, and another machine goes on with its sessions", async () => {
  using directory = temporaryDirectory();
  const { url, run } = cliAt(directory.path);
  await using service = await serviceOn({ url }, "m1");
  const { testKey: key } = service;
  const session = await service.login();
  expect(await profile(service, key, session)).toBe(200);
  const copy = join(directory.path, "copy.db");
  const { code, out, err } = await run(["backup", copy]);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/copy\.db: \d+ bytes/);
  expect(readdirSync(directory.path).filter((name) => /^copy.db./.test(name))).toEqual([]);
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  expect(readOf(copy, "PRAGMA journal_mode")).toEqual([{ journal_mode: "wal" }]);
  expect(readOf(copy, "SELECT 1 FROM session_leases UNION SELECT 1 FROM machines")).toEqual([]);

  await using other = await serviceOn({ url: `file:${copy}` }, "m2");
  expect(await profile(other, key, session)).toBe(200);
});

needsServer(
  "a remote database is copied into a file, from which it can be gone on with",
  async () => {
    using directory = temporaryDirectory();
    await using server = await startLibsqlServer({ auth: true });
    const remote = { url: server.url, authToken: server.authToken ?? "" };
    const service = await serviceOn(remote, "m1");
    const { testKey: key } = service;
    const session = await service.login();
    const { run } = cliAt(directory.path);
    const variables = { DATABASE_URL: remote.url, DATABASE_AUTH_TOKEN: remote.authToken };
    const copy = join(directory.path, "copy.db");
    expect(await run(["backup", copy], variables)).toMatchObject({ code: 0, err: "" });
    expect(readdirSync(directory.path)).toEqual(["copy.db"]);
    await service.close();
    await server.stop();

    await using back = await serviceOn({ url: `file:${copy}` }, "m2");
    expect(await profile(back, key, session)).toBe(200);
  },
);

test("a file that is there is kept, and a copy that fails leaves nothing", async () => {
  using directory = temporaryDirectory();
  const { run } = cliAt(directory.path);
  const there = join(directory.path, "there.db");
  writeFileSync(there, "mine");
  expect(await run(["backup", there])).toMatchObject({
    code: 1,
    err: `${there} is already there: name a new file`,
  });
  expect(await Bun.file(there).text()).toBe("mine");
  const nowhere = join(directory.path, "nowhere", "copy.db");
  const failed = await run(["backup", nowhere]);
  expect([failed.code, failed.err]).toEqual([1, expect.stringMatching(/could not be copied: ./)]);
  expect(existsSync(nowhere)).toBeFalse();
  expect(await run(["backup", there], { DATABASE_URL: ":memory:" })).toMatchObject({ code: 1 });
});
