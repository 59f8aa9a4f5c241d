import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { openDatabase } from "../../src/db/connection.ts";
import { readMeta } from "../../src/db/meta.ts";
import { startGateway } from "../support/gateway.ts";
import { hasLibsqlServer } from "../support/libsql-server.ts";
import {
  type Environment,
  LONG_MS,
  productionEnvironment,
  type RunningProcess,
  startProcess,
} from "../support/process.ts";
import { type ReplicaWorld, startReplicaWorld, until } from "../support/replica.ts";
import { project } from "../support/source.ts";

const environmentOf = ({ directory, proxy }: ReplicaWorld): Environment => ({
  ...productionEnvironment(directory.path),
  DATABASE_SYNC_URL: proxy.url,
});

const runCli = async (args: string[], env: Environment): Promise<string> => {
  const command = startProcess([join(project, "src", "cli.ts"), ...args], env);
  const code = await command.ended();
  return `${code}: ${command.out()}${command.err()}`.trim();
};

describe.skipIf(!hasLibsqlServer && process.env.CI !== "true")(
  "a process with a local copy",
  () => {
    test(
      "serves, beside the CLI, and goes on with hot sessions while the primary is stalled",
      async () => {
        await using world = await startReplicaWorld();
        const env = environmentOf(world);
        const gateway = await startGateway(env);
        const key = await gateway.createKey("test", ["read", "write", "auth"]);
        const session = (await gateway.login(key)).body;
        const user = () => gateway.request("GET", "/user?username=instagram", { key, session });
        expect((await user()).status).toBe(200);

        const cli = async (...args: string[]) => {
          const said = await runCli([...args, "--json"], env);
          expect(said).toStartWith("0: ");
          return JSON.parse(said.slice(3));
        };
        const { id } = await cli("tenants", "create", "Of the CLI");
        const made = await cli("keys", "create", "--tenant", id, "--name", "a", "--mode", "test");
        const asked = () => gateway.request("GET", "/sessions", { key: made.key });
        expect((await asked()).status).toBe(200);
        await cli("tenants", "suspend", id);
        await until(async () => (await asked()).status === 403);

        await world.proxy.fail("stall");
        const statuses: number[] = [];
        for (let i = 0; i < 20; i++) statuses.push((await user()).status);
        expect(statuses).toEqual(Array.from({ length: 20 }, () => 200));
        const login = await gateway.login(key);
        expect([login.status, login.body.exc_type]).toEqual([503, "StorageUnavailable"]);
        expect(login.headers.get("retry-after")).toBeTruthy();
        await until(async () => (await gateway.request("GET", "/ready")).status === 503);
        const { checks } = (await gateway.request("GET", "/ready")).body;
        expect(checks.replica.detail).toMatch(
          /^the local copy does not follow the primary since 2/,
        );
        expect((await user()).status).toBe(200);

        await world.proxy.heal();
        await until(async () => (await gateway.request("GET", "/ready")).status === 200);
        expect((await gateway.login(key)).status).toBe(200);
        const metrics = await gateway.request("GET", "/metrics");
        expect(metrics.text).toMatch(/^gramway_replica_lag_seconds \d/m);
        expect(metrics.text).toMatch(/^gramway_replica_sync_failures_total [1-9]/m);
        expect(await gateway.stop()).toBe(0);
      },
      LONG_MS,
    );

    test(
      "does not start without a primary and a copy, and says why in one line",
      async () => {
        await using world = await startReplicaWorld();
        await world.proxy.fail("refuse");
        const service = startProcess([join(project, "src", "main.ts")], environmentOf(world));
        expect(await service.ended()).toBe(1);
        expect(service.err().trim()).toBe(
          "gramway cannot start: the remote database cannot be reached (DATABASE_SYNC_URL)",
        );
      },
      LONG_MS,
    );

    test(
      "killed at any moment, finds all that it has acknowledged, and goes on in the same copy",
      async () => {
        await using world = await startReplicaWorld();
        const url = `file:${world.pathOf("killed")}`;
        const child = join(import.meta.dir, "children", "follow.ts");
        let counted = 0;
        for (let kill = 0; kill < 4; kill++) {
          const counting: RunningProcess = startProcess([child, url, world.proxy.url], {});
          const [, found] = await counting.printed(/found (\d+)/);
          expect(Number(found)).toBeGreaterThanOrEqual(counted);
          await counting.printed(/counted \d+;/);
          await Bun.sleep(Math.random() * 300);
          counting.kill("SIGKILL");
          await counting.ended();
          expect(counting.err()).toBe("");
          expect(counting.out()).not.toContain("made anew");
          counted = Number([...counting.out().matchAll(/counted (\d+);/g)].at(-1)?.[1]);
        }
        const db = openDatabase({ url, syncUrl: world.proxy.url });
        expect(Number(await readMeta(db, "number"))).toBeGreaterThanOrEqual(counted);
        const check = await db.statements.execute("SELECT * FROM pragma_integrity_check");
        expect(check.rows.map((row) => row[0])).toEqual(["ok"]);
        await db.close();
      },
      LONG_MS,
    );
  },
);
