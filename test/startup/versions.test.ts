import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryDirectory } from "../support/directory.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import {
  type Environment,
  LONG_MS,
  productionEnvironment,
  startProcess,
} from "../support/process.ts";
import { project } from "../support/source.ts";
import { nextVersion } from "../support/versions.ts";

/* A new version is rolled out while processes of this one go on, on the same database. */

let directory: ReturnType<typeof temporaryDirectory>;
beforeAll(() => {
  directory = temporaryDirectory();
});
afterAll(() => directory.remove());

const migrateWith = async (root: string, env: Environment): Promise<string> => {
  const command = startProcess([join(root, "src", "cli.ts"), "migrate"], env, root);
  const code = await command.ended();
  return `${code}: ${command.out()}${command.err()}`.trim();
};
const readinessOf = async (gateway: Gateway) => {
  const { status, body } = await gateway.request("GET", "/ready");
  return { status, ...body.checks.migrations };
};
/** What /ready has seen is used for a second. */
const nextLook = () => Bun.sleep(1100);

test(
  "beside a version that says so this one stays ready, may start again, and both serve the session",
  async () => {
    const env = productionEnvironment(directory.path);
    const next = nextVersion(directory.path, { name: "9000_expanding", worksWithThis: true });
    const old = await startGateway(env);
    const key = await old.createKey("test", ["read", "write", "auth"]);
    const session = (await old.login(key)).body;
    expect(await readinessOf(old)).toEqual({ status: "ok" });

    expect(await migrateWith(next, env)).toBe("0: applied 9000_expanding");
    await nextLook();
    const remark = "newer than this code, which works with them: 9000_expanding";
    expect(await readinessOf(old)).toEqual({ status: "ok", detail: remark });
    expect((await old.request("GET", "/ready")).status).toBe(200);

    const restarted = await startGateway(env);
    expect(restarted.out()).toMatch(/of a newer version, which this one works with/);
    expect(await migrateWith(project, env)).toStartWith("0: 9000_expanding is of a newer version");
    const started = await startGateway(env, project, next);
    expect(await readinessOf(started)).toEqual({ status: "ok" });
    for (const gateway of [old, restarted, started, old]) {
      const query = "/user?username=instagram";
      expect((await gateway.request("GET", query, { key, session })).status).toBe(200);
      const note = { session_id: session, label: `of ${gateway.pid}` };
      const change = await gateway.request("PATCH", "/session", { key, session, json: note });
      expect([change.status, change.body.label]).toEqual([200, note.label]);
    }
    for (const gateway of [old, restarted, started]) expect(await gateway.stop()).toBe(0);
  },
  LONG_MS,
);

test(
  "beside a version that does not, this one says that it is not ready, and does not start again",
  async () => {
    using own = temporaryDirectory();
    const env = productionEnvironment(own.path);
    const next = nextVersion(own.path, { name: "9000_contracting", worksWithThis: false });
    const old = await startGateway(env);
    expect(await migrateWith(next, env)).toBe("0: applied 9000_contracting");
    await nextLook();
    const checks = await old.request("GET", "/ready");
    expect([checks.status, checks.body.checks.migrations.detail]).toEqual([
      503,
      "newer than this code: 9000_contracting",
    ]);
    const restarted = startProcess([join(project, "src", "main.ts")], { ...env, PORT: "0" });
    expect(await restarted.ended()).toBe(1);
    expect(restarted.err()).toMatch(/^gramway cannot start: .*9000_contracting.*newer version/);
    expect(await migrateWith(project, env)).toMatch(/^1: .*9000_contracting.*run the newer/);
    expect(await old.stop()).toBe(0);
  },
  LONG_MS,
);
