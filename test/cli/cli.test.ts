import { expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { openDatabase } from "../../src/db/connection.ts";
import { migrate, readMigrations } from "../../src/db/migrate.ts";
import { createTenantStore } from "../../src/tenants/tenants.ts";
import { cliAt } from "../support/cli.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { startHranaServer } from "../support/hrana-server.ts";
import { newKey, oldKey } from "../support/session-store.ts";

const unknownId = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

const textOf = (stream: ReadableStream<Uint8Array>) => new Response(stream).text();

function database(directory: string, rows: Record<string, unknown>): string {
  const path = `${directory}/db.json`;
  writeFileSync(path, JSON.stringify({ _default: rows }));
  return path;
}

test("a tenant's life: created, shown, changed, suspended, resumed, deleted", async () => {
  using directory = temporaryDirectory();
  const { run, json, createTenant } = cliAt(directory.path);
  const id = await createTenant();
  expect(await json<unknown>(["tenants", "show", id])).toEqual({
    id,
    name: "Acme",
    status: "active",
    store_credentials: false,
    requests_per_second: null,
    tenant_requests_per_second: null,
    burst: null,
    max_in_flight: 64,
    max_sessions: 10_000,
    max_proxies: 10_000,
    proxy_policy: "optional",
    cors_origins: [],
    daily_budgets: {},
    pace_ms: 0,
    created_at: expect.stringMatching(/Z$/),
    updated_at: expect.stringMatching(/Z$/),
  });
  const update = ["tenants", "update", id, "--name", "New", "--store-credentials"];
  expect(await json<unknown>(update)).toMatchObject({ name: "New", store_credentials: true });
  const drop = await json<unknown>(["tenants", "update", id, "--no-store-credentials"]);
  expect(drop).toMatchObject({ name: "New", store_credentials: false });
  const limits = ["--requests-per-second", "5", "--burst", "9", "--max-sessions", "0"];
  const origins = ["--cors-origins", "https://a.example,http://localhost:3000/"];
  expect(await json<unknown>(["tenants", "update", id, ...limits, ...origins])).toMatchObject({
    name: "New",
    requests_per_second: 5,
    burst: 9,
    max_sessions: 0,
    cors_origins: ["https://a.example", "http://localhost:3000"],
  });
  const back = ["--burst", "default", "--cors-origins", "none", "--max-in-flight", "2"];
  expect(await json<unknown>(["tenants", "update", id, ...back])).toMatchObject({
    requests_per_second: 5,
    burst: null,
    max_in_flight: 2,
    cors_origins: [],
  });
  const slow = ["--daily-budgets", "follow=50, like=0", "--pace-ms", "2000"];
  expect(await json<unknown>(["tenants", "update", id, ...slow])).toMatchObject({
    daily_budgets: { follow: 50, like: 0 },
    pace_ms: 2000,
  });
  expect(await run(["tenants", "show", id])).toMatchObject({
    out: expect.stringMatching(/daily budgets\s+follow=50, like=0/),
  });
  expect(await json<unknown>(["tenants", "update", id, "--daily-budgets", "none"])).toMatchObject({
    daily_budgets: {},
  });
  const guarded = ["tenants", "update", id, "--proxy-policy", "required"];
  expect(await json<unknown>(guarded)).toMatchObject({ proxy_policy: "required" });
  for (const wrong of [
    ["--proxy-policy", "sometimes"],
    ["--daily-budgets", "jump=5"],
    ["--daily-budgets", "follow=100001"],
    ["--daily-budgets", "follow"],
    ["--pace-ms", "3600001"],
    ["--max-in-flight", "0"],
    ["--max-sessions", "default"],
    ["--burst", "-1"],
    ["--requests-per-second", "1e3"],
    ["--cors-origins", "*"],
    ["--store-credentials", "--no-store-credentials"],
    [],
  ])
    expect((await run(["tenants", "update", id, ...wrong])).code, wrong.join(" ")).toBe(2);
  expect(await json<unknown>(["tenants", "suspend", id])).toMatchObject({ status: "suspended" });
  expect(await json<unknown>(["tenants", "resume", id])).toMatchObject({ status: "active" });
  expect((await run(["tenants", "list"])).out).toContain(id);
  expect((await run(["tenants", "delete", id])).code).toBe(2);
  expect((await run(["tenants", "delete", id, "--yes"])).code).toBe(0);
  expect(await json<unknown>(["tenants", "list"])).toEqual([]);
});

test("an API key's life: created, listed without its text, rotated, revoked", async () => {
  using directory = temporaryDirectory();
  const { run, json, createTenant } = cliAt(directory.path);
  const id = await createTenant();
  const create = ["keys", "create", "--tenant", id, "--name", "web", "--mode", "live"];
  const options = ["--scopes", "read, admin", "--expires-at", "2999-01-31"];
  const made = await json<{ id: string; key: string }>([...create, ...options]);
  expect<unknown>(made).toEqual({
    ...made,
    tenant_id: id,
    mode: "live",
    scopes: ["read", "admin"],
    expires_at: "2999-01-31T00:00:00.000Z",
  });
  expect(made.key).toStartWith("gw_live_");
  const rotate = ["keys", "rotate", made.id, "--tenant", id, "--overlap-seconds", "0"];
  const next = await json<{ id: string; key: string }>(rotate);
  expect(next.key).not.toBe(made.key);
  const revoked = await json<unknown>(["keys", "revoke", next.id, "--tenant", id]);
  expect(revoked).toMatchObject({ id: next.id, revoked_at: expect.stringMatching(/Z$/) });
  const listed = await run(["keys", "list", "--tenant", id]);
  expect(listed.out).toContain(made.id);
  expect(listed.out).toContain("expired");
  expect(listed.out).not.toContain(made.key.slice(-43));
});

test("sessions are imported, listed and deleted; skipped rows give exit code 1", async () => {
  using directory = temporaryDirectory();
  const { run, json, createTenant } = cliAt(directory.path);
  const id = await createTenant();
  const path = database(directory.path, {
    "1": { sessionid: "77:hush:1", settings: '{"a":1}', proxy: "" },
    "2": { sessionid: "78:hush:1", settings: '{"a":', proxy: "" },
  });
  const imported = await run(["import", path, "--tenant", id]);
  expect(imported).toEqual({
    code: 1,
    out: "imported 1, updated 0, unchanged 0, skipped 1\nrow 2: settings must be JSON",
    err: "",
  });
  const list = ["sessions", "list", "--tenant", id];
  const sessions = await json<{ id: string }[]>(list);
  expect(sessions).toMatchObject([{ user_pk: "77", mode: "live", state: "active" }]);
  expect(await json<unknown>([...list, "--mode", "test"])).toEqual([]);
  const remove = ["sessions", "delete", sessions[0]?.id ?? "", "--tenant", id];
  expect((await run(remove)).code).toBe(0);
  expect(await run(remove)).toMatchObject({ code: 1, err: expect.stringContaining("no session") });
});

test("a tenant is named by its name where no other has it", async () => {
  using directory = temporaryDirectory();
  const { run, json, createTenant } = cliAt(directory.path);
  const id = await createTenant("Acme");
  expect(await json<unknown>(["tenants", "show", "Acme"])).toMatchObject({ id });
  expect(await json<unknown>(["tenants", "suspend", "Acme"])).toMatchObject({ id });
  const key = ["keys", "create", "--tenant", "Acme", "--name", "k", "--mode", "test"];
  expect(await json<unknown>(key)).toMatchObject({ tenant_id: id });
  await createTenant("Acme");
  const unclear = await run(["tenants", "delete", "Acme", "--yes"]);
  expect(unclear).toMatchObject({ code: 1, err: expect.stringMatching(/several tenants.*Acme/) });
  expect((await run(["tenants", "show", id])).code).toBe(0);
});

test("a deleted tenant has its name no longer, also while its rows are still there", async () => {
  using directory = temporaryDirectory();
  const { url, run, json, createTenant } = cliAt(directory.path);
  const deleted = await createTenant("Acme");
  const db = openDatabase({ url });
  const tenants = createTenantStore(db);
  await tenants.delete(deleted);
  // As when the service ends before the rows are removed.
  await tenants.close();
  await db.close();
  const gone = await run(["tenants", "show", "Acme"]);
  expect(gone).toMatchObject({ code: 1, err: expect.stringContaining("there is no tenant Acme") });
  const id = await createTenant("Acme");
  expect(await json<unknown>(["tenants", "show", "Acme"])).toMatchObject({ id });
});

test("sessions are listed with app and proxy, without secrets, and also where the key is missing", async () => {
  using directory = temporaryDirectory();
  const { run, json, createTenant } = cliAt(directory.path);
  const id = await createTenant();
  const settings = JSON.stringify({ device_settings: { app_version: "400.0.0.1.2" } });
  const path = database(directory.path, {
    "1": { sessionid: "77:hush:1", settings, proxy: "http://user:hush@203.0.113.7:8080" },
  });
  await json<unknown>(["import", path, "--tenant", id]);
  const list = ["sessions", "list", "--tenant", id];
  expect(await json<unknown>(list)).toMatchObject([
    { app_version: "400.0.0.1.2", proxy: "http://***@203.0.113.7:8080", unreadable: null },
  ]);
  const shown = await run(list);
  expect(shown.out).toMatch(/400\.0\.0\.1\.2 .*http:\/\/\*\*\*@203\.0\.113\.7:8080$/m);
  expect(shown.out).not.toContain("hush");
  const alone = { ENCRYPTION_KEYS: newKey };
  expect((await run(list, alone)).out).toContain("(key missing)");
});

test("encryption keys are rotated: both, re-encrypt, then the new one alone", async () => {
  using directory = temporaryDirectory();
  const { run, json, createTenant } = cliAt(directory.path);
  const id = await createTenant();
  const path = database(directory.path, {
    "1": { sessionid: "77:a:1", settings: "{}", proxy: "" },
  });
  await json<unknown>(["import", path, "--tenant", id]);
  const alone = { ENCRYPTION_KEYS: newKey };
  const early = await run(["import", path, "--tenant", id], alone);
  expect(early).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^the encryption key \w{8} /),
  });
  expect(await run(["reencrypt"], alone)).toMatchObject({
    code: 1,
    out: "moved 0, and 0 proxies\nleft 1: their key is not in ENCRYPTION_KEYS",
  });
  const both = { ENCRYPTION_KEYS: `${newKey},${oldKey}` };
  expect(await json<unknown>(["reencrypt"], both)).toMatchObject({ moved: 1, unavailable: 0 });
  const late = await json<unknown>(["import", path, "--tenant", id], alone);
  expect(late).toEqual({ imported: 0, updated: 0, unchanged: 1, skipped: [] });
});

test("migrate says what it did", async () => {
  using directory = temporaryDirectory();
  const { run, json } = cliAt(directory.path);
  const names = readMigrations().map((migration) => migration.name);
  expect(await json<unknown>(["migrate"])).toEqual({ applied: names, newer: [] });
  expect(await run(["migrate"])).toEqual({ code: 0, out: "nothing to do", err: "" });
});

test("on Fly's release machine, which has no volume, a file is not migrated, and the line says why", async () => {
  using directory = temporaryDirectory();
  const { code, out, err } = await cliAt(directory.path).run(["migrate"], { RELEASE_COMMAND: "1" });
  expect([code, out]).toEqual([1, ""]);
  expect(err).toMatch(/^DATABASE_URL is a file, .*set DATABASE_URL to the remote database/);
  expect(readdirSync(directory.path)).toEqual([]);
});

test("of a replica only the primary is opened: its file belongs to the service", async () => {
  using directory = temporaryDirectory();
  const { run } = cliAt(directory.path);
  const primary = startHranaServer();
  const replica = { DATABASE_URL: `file:${directory.path}/r.db`, DATABASE_SYNC_URL: primary.url };
  expect(await run(["tenants", "create", "Acme"], replica)).toMatchObject({ code: 0, err: "" });
  const { out } = await run(["tenants", "list"], { DATABASE_URL: primary.url });
  expect(out).toContain("Acme");
  expect(readdirSync(directory.path)).toEqual([]);
  await primary.stop();
});

test("help lists every command, and --help explains one without touching the database", async () => {
  using directory = temporaryDirectory();
  const { run } = cliAt(directory.path);
  const help = await run(["help"]);
  expect(help.code).toBe(0);
  for (const name of ["tenants create", "keys rotate", "sessions delete", "import", "reencrypt"]) {
    expect(help.out).toContain(`  ${name} `);
  }
  for (const args of [
    ["--help"],
    ["tenants", "--help"],
    ["sessions", "-h"],
    ["import", "--help"],
  ]) {
    const { code, out, err } = await run(args, { DATABASE_URL: "nonsense" });
    expect({ args, code, err }).toEqual({ args, code: 0, err: "" });
    expect(out).toContain("bun run cli");
  }
  expect((await run(["tenants", "--help"])).out).not.toContain("keys create");
  const one = await run(["keys", "create", "--help"], { DATABASE_URL: "nonsense" });
  expect(one).toMatchObject({ code: 0, out: expect.stringContaining("--mode test|live") });
});

test("a wrong command line is one clear line and exit code 2", async () => {
  using directory = temporaryDirectory();
  const { run, createTenant } = cliAt(directory.path);
  const id = await createTenant();
  const key = ["keys", "create", "--tenant", id, "--name", "k"];
  const wrong: [string[], RegExp][] = [
    [["nonsense"], /no command "nonsense"/],
    [["tenants"], /tenants needs one of: create, list/],
    [["tenants", "nonsense"], /tenants needs one of/],
    [["tenants", "create"], /<name> is missing/],
    [["tenants", "create", "a", "b"], /too many arguments/],
    [["tenants", "create", "  "], /name must not be empty/],
    [["tenants", "create", "a", "--nonsense"], /--nonsense/],
    [["tenants", "update", id], /nothing to change/],
    [["tenants", "update", id, "--store-credentials", "--no-store-credentials"], /exclude/],
    [["keys", "list"], /--tenant is missing/],
    [key, /--mode is missing/],
    [[...key, "--mode", "prod"], /--mode must be/],
    [[...key, "--mode", "test", "--scopes", "root"], /scopes may be/],
    [[...key, "--mode", "test", "--expires-at", "tomorrow"], /--expires-at must be/],
    [[...key, "--mode", "test", "--expires-at", "2001-01-01"], /in the future/],
    [["keys", "rotate", unknownId, "--tenant", id, "--overlap-seconds", "-1"], /overlap-seconds/],
    [["reencrypt", "--batch-size", "0"], /--batch-size must be/],
    [["import", "db.json"], /--tenant is missing/],
  ];
  for (const [args, message] of wrong) {
    const { code, out, err } = await run(args);
    expect({ args, code, out }).toEqual({ args, code: 2, out: "" });
    expect(err).toMatch(message);
    expect(err).not.toContain("\n");
  }
});

test("what cannot be done is one clear line and exit code 1", async () => {
  using directory = temporaryDirectory();
  const { run, createTenant } = cliAt(directory.path);
  const id = await createTenant();
  const notDatabase = `${directory.path}/text`;
  writeFileSync(notDatabase, "hush, this is no database".repeat(200));
  const failing: [string[], Record<string, string>, RegExp][] = [
    [["tenants", "show", unknownId], {}, new RegExp(`no tenant ${unknownId}`)],
    [["tenants", "suspend", "x"], {}, /no tenant x/],
    [["tenants", "delete", unknownId, "--yes"], {}, /no tenant/],
    [["keys", "list", "--tenant", unknownId], {}, /no tenant/],
    [["keys", "revoke", unknownId, "--tenant", id], {}, /no API key/],
    [["keys", "rotate", unknownId, "--tenant", id], {}, /no API key/],
    [["import", `${directory.path}/none.json`, "--tenant", id], {}, /none\.json: there is no such/],
    [["import", directory.path, "--tenant", id], {}, /cannot be read/],
    [["import", notDatabase, "--tenant", id], {}, /not a TinyDB database/],
    [["tenants", "list"], { ENCRYPTION_KEYS: "hush" }, /ENCRYPTION_KEYS/],
    [["tenants", "list"], { DATABASE_URL: `file:${notDatabase}` }, /damaged or is not a database/],
    [["tenants", "list"], { DATABASE_URL: `file:${notDatabase}/x.db` }, /cannot be opened/],
    [["tenants", "list"], { DATABASE_URL: "http://127.0.0.1:9" }, /cannot be reached/],
  ];
  for (const [args, changes, message] of failing) {
    const { code, out, err } = await run(args, changes);
    expect({ args, code, out }).toEqual({ args, code: 1, out: "" });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n|hush|unexpected/);
  }
});

test("a database of a newer version is used where that says that this one works with it", async () => {
  using directory = temporaryDirectory();
  const { url, run, json } = cliAt(directory.path);
  const all = readMigrations();
  const sql = `-- oldest code: ${all.at(-1)?.name}\nCREATE TABLE f (a);`;
  const db = openDatabase({ url });
  await migrate(db, [...all, { name: "9000_future", sql }]);
  await db.close();
  expect((await run(["tenants", "create", "Acme"])).code).toBe(0);
  expect(await json<unknown>(["migrate"])).toEqual({ applied: [], newer: ["9000_future"] });
});

test("a database of a newer version is left alone", async () => {
  using directory = temporaryDirectory();
  const { url, run } = cliAt(directory.path);
  const db = openDatabase({ url });
  await migrate(db, [...readMigrations(), { name: "9000_future", sql: "CREATE TABLE f (a);" }]);
  await db.close();
  const { code, err } = await run(["tenants", "list"]);
  expect([code, err]).toEqual([1, expect.stringMatching(/9000_future.*run the newer version/)]);
});

test("it works beside a running server on the same file, and nothing is lost", async () => {
  using directory = temporaryDirectory();
  const { url, env, run } = cliAt(directory.path);
  await run(["migrate"]);
  const db = openDatabase({ url });
  const tenants = createTenantStore(db);
  let stop = false;
  let made = 0;
  // The server's part: writes without a pause while the commands run.
  const server = (async () => {
    while (!stop) {
      await tenants.create({ name: "server" });
      made++;
      await Bun.sleep(0);
    }
  })();
  const commands = await Promise.all(
    Array.from({ length: 6 }, async (_, index) => {
      const args = [process.execPath, "src/cli.ts", "tenants", "create", `cli ${index}`, "--json"];
      const child = Bun.spawn(args, {
        cwd: `${import.meta.dir}/../..`,
        env: { ...process.env, ...env },
        stdout: "pipe",
        stderr: "pipe",
      });
      const [out, err] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
      return { code: await child.exited, err, id: (JSON.parse(out) as { id: string }).id };
    }),
  );
  stop = true;
  await server;
  for (const { id, ...end } of commands) {
    expect(end).toEqual({ code: 0, err: "" });
    expect(await tenants.get(id)).not.toBeNull();
  }
  const count = await db.statements.execute("SELECT count(*) AS n FROM tenants");
  expect(count.rows[0]?.n).toBe(made + 6);
  await db.close();
});
