import { afterAll, expect, test } from "bun:test";
import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "../../src/db/connection.ts";
import { openInstallation } from "../../src/db/installation.ts";
import { isKeyAccepted, makeSandboxOnce, newSandboxKey } from "../../src/tenants/sandbox.ts";
import { createTenantStore } from "../../src/tenants/tenants.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { LONG_MS, productionEnvironment, startProcess } from "../support/process.ts";
import { project } from "../support/source.ts";

const directory = temporaryDirectory();
afterAll(() => directory.remove());
const MAIN = join(project, "src", "main.ts");

/** A directory in which nobody has started the service yet. */
function newPlace(name: string): string {
  const place = join(directory.path, name);
  mkdirSync(place);
  return place;
}

const stop = async (gateway: Gateway): Promise<void> => expect(await gateway.stop()).toBe(0);
const canLogIn = async (gateway: Gateway, key: string): Promise<boolean> =>
  (await gateway.login(key)).status === 200;

/** Names of all tenants of the database in a place. */
async function tenantsIn(place: string): Promise<string[]> {
  const { db } = await openInstallation({ url: `file:${place}/data/gramway.db` });
  const { tenants } = await createTenantStore(db).list();
  await db.close();
  return tenants.map(({ name }) => name);
}

test(
  "in development the sandbox key is shown at each start, as long as it is accepted",
  async () => {
    const place = newPlace("development");
    const first = await startGateway({}, place);
    const key = first.sandboxKey ?? "";
    expect(await canLogIn(first, key)).toBe(true);
    first.kill("SIGKILL");
    await first.ended();

    const second = await startGateway({}, place);
    expect(second.sandboxKey).toBe(key);
    await stop(second);
    expect(await tenantsIn(place)).toEqual(["Sandbox"]);

    const db = openDatabase({ url: `file:${place}/data/gramway.db` });
    await db.write((orm) => orm.run("UPDATE api_keys SET revoked_at = 1"));
    await db.close();
    const third = await startGateway({}, place);
    expect(third.sandboxKey).toBeNull();
    expect(await canLogIn(third, key)).toBe(false);
    await stop(third);
  },
  LONG_MS,
);

test(
  "what it writes is for its owner alone, and after its end the file alone is the database",
  async () => {
    const place = newPlace("modes");
    const gateway = await startGateway({}, place);
    const mode = (name: string) => (statSync(join(place, name)).mode & 0o777).toString(8);
    const files = ["encryption.key", "admin.token", "sandbox.key", ".gramway.db.mark"];
    const database = ["gramway.db", "gramway.db-wal", "gramway.db-shm"];
    expect(mode("data")).toBe("700");
    for (const name of [...files, ...database])
      expect([name, mode(`data/${name}`)]).toEqual([name, "600"]);
    const key = gateway.sandboxKey ?? "";
    await stop(gateway);
    for (const suffix of ["-wal", "-shm"])
      rmSync(join(place, `data/gramway.db${suffix}`), { force: true });
    const again = await startGateway({}, place);
    expect(await canLogIn(again, key)).toBe(true);
    await stop(again);
  },
  LONG_MS,
);

test(
  "the sandbox key may do everything that a tenant's key can",
  async () => {
    const gateway = await startGateway({}, newPlace("scopes"));
    const key = gateway.sandboxKey ?? "";
    const form = { url: "http://user:secret@proxy.example:8080" };
    expect((await gateway.request("POST", "/proxy", { key, form })).status).toBe(201);
    expect((await gateway.request("GET", "/audit", { key })).status).toBe(200);
    await stop(gateway);
  },
  LONG_MS,
);

test(
  "two first starts at once make one tenant, and both show its key",
  async () => {
    const place = newPlace("two");
    const both = await Promise.all([startGateway({}, place), startGateway({}, place)]);
    expect(new Set(both.map(({ sandboxKey }) => sandboxKey)).size).toBe(1);
    for (const gateway of both)
      expect(await canLogIn(gateway, gateway.sandboxKey ?? "")).toBe(true);
    for (const gateway of both) await stop(gateway);
    expect(await tenantsIn(place)).toEqual(["Sandbox"]);
  },
  LONG_MS,
);

test("a kill between any two steps leaves neither two tenants nor a key that nobody knows", async () => {
  const url = `file:${directory.path}/steps.db`;
  const key = newSandboxKey();
  const { db } = await openInstallation({ url });
  // Killed before the transaction: the key stands in its file, and is used at the next start.
  const failing = { ...db, write: () => Promise.reject(new Error("killed")) };
  await expect(makeSandboxOnce(failing, () => key)).rejects.toThrow("killed");
  expect(await isKeyAccepted(db, key)).toBe(false);
  for (let start = 0; start < 3; start++) await makeSandboxOnce(db, () => key);
  expect(await isKeyAccepted(db, key)).toBe(true);
  await Promise.all([makeSandboxOnce(db, newSandboxKey), makeSandboxOnce(db, newSandboxKey)]);
  expect((await createTenantStore(db).list()).tenants).toHaveLength(1);
  await db.close();
});

test(
  "in production no tenant and no key are made; the output says how to make them",
  async () => {
    const place = newPlace("production");
    const env = { ...productionEnvironment(place), DATABASE_URL: `file:${place}/data/gramway.db` };
    const gateway = await startGateway(env, place);
    const output = gateway.out() + gateway.err();
    expect(output).not.toMatch(/gw_(?:test|live)_/);
    expect(output).toContain("tenants create");
    expect(output).toContain("keys create");
    await stop(gateway);
    expect(await tenantsIn(place)).toEqual([]);

    // The way that it names.
    const cli = async (...args: string[]) => {
      const running = startProcess([join(project, "src", "cli.ts"), ...args], env, place);
      expect(await running.ended(), running.err()).toBe(0);
      return running.out();
    };
    await cli("tenants", "create", "Acme");
    const out = await cli(
      "keys",
      "create",
      "--tenant",
      "Acme",
      "--name",
      "Backend",
      "--mode",
      "test",
    );
    const again = await startGateway(env, place);
    expect(await canLogIn(again, /gw_test_\w+/.exec(out)?.[0] ?? "")).toBe(true);
    expect(again.out()).not.toContain("tenants create");
    await stop(again);
  },
  LONG_MS,
);

test(
  "a database that is gone, or emptied, stops the start with one line",
  async () => {
    const place = newPlace("gone");
    const env = { ...productionEnvironment(place), HOST: "127.0.0.1", PORT: "0" };
    const gateway = await startGateway(env, place);
    gateway.kill("SIGKILL");
    await gateway.ended();
    for (const suffix of ["", "-wal", "-shm"])
      rmSync(join(place, `gramway.db${suffix}`), { force: true });
    const refused = startProcess([MAIN], env, place);
    expect(await refused.ended()).toBe(1);
    expect(refused.err()).toMatch(
      /^gramway cannot start: the database \S+gramway\.db is missing .*\n$/,
    );
    // The CLI makes none either.
    const cli = startProcess([join(project, "src", "cli.ts"), "tenants", "list"], env, place);
    expect(await cli.ended()).toBe(1);
    expect(cli.err()).toMatch(/^the database \S+gramway\.db is missing .*\n$/);
  },
  LONG_MS,
);
