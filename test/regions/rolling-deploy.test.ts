import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { openDatabase } from "../../src/db/connection.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { startFlyProxy } from "../support/fly-proxy.ts";
import { hasLibsqlServer, startLibsqlServer } from "../support/libsql-server.ts";
import { LONG_MS, SECRETS, startProcess } from "../support/process.ts";
import { project } from "../support/source.ts";
import { nextVersion } from "../support/versions.ts";
import { Machine } from "./machine.ts";

/* A deployment as fly.regions.toml has it: the release command, then one machine after the other. */

const PLACES = [
  ["fra1", "fra"],
  ["fra2", "fra"],
  ["iad1", "iad"],
] as const;
const ACCOUNTS = ["sandbox", "sandbox_private"];

describe.skipIf(!hasLibsqlServer && process.env.CI !== "true")("a rolling deployment", () => {
  test(
    "answers with 200 or 503 and Retry-After all the time, and can be rolled back",
    async () => {
      using directory = temporaryDirectory();
      await using ending = new AsyncDisposableStack();
      const database = ending.use(await startLibsqlServer());
      const fly = ending.use(startFlyProxy({ checks: { everyMs: 200 } }));
      const machines: Machine[] = [];
      ending.defer(async () => {
        await Promise.all(machines.map((machine) => machine.kill()));
      });
      for (const [id, region] of PLACES)
        machines.push(
          new Machine({
            id,
            region,
            database: ending.use(await startFaultProxy(database.port)),
            upstream: "http://127.0.0.1:9",
            fly: fly.machines,
            directory: directory.path,
          }),
        );
      for (const machine of machines) await machine.start();
      await fly.machines.allHealthy();
      const sessions = await logIn(fly.url);

      const stopping = new AbortController();
      const answers: Record<string, number> = {};
      const load = Promise.all(
        sessions.map(async (session) => {
          while (!stopping.signal.aborted) {
            const answer = await ask(fly.url, session);
            answers[answer] = (answers[answer] ?? 0) + 1;
            await Bun.sleep(20);
          }
        }),
      );

      const next = nextVersion(directory.path, { name: "9000_expanding", worksWithThis: true });
      const release = startProcess(
        [join(next, "src", "cli.ts"), "migrate"],
        { ...SECRETS, DATABASE_URL: database.url, FLY_MACHINE_ID: "release", RELEASE_COMMAND: "1" },
        next,
      );
      expect([await release.ended(), release.out().trim()]).toEqual([0, "applied 9000_expanding"]);
      for (const root of [next, project])
        for (const machine of machines) {
          // Fly's proxy knows of a machine that Fly stops. What had come by then is answered.
          fly.machines.delete(machine.id);
          expect(await machine.stop()).toBe(0);
          machine.root = root;
          await machine.start();
          await fly.machines.allHealthy();
        }
      stopping.abort();
      await load;
      expect(Object.keys(answers).filter((answer) => !EXPECTED.test(answer))).toEqual([]);
      expect(answers["200"]).toBeGreaterThan(sessions.length);

      const db = openDatabase({ url: database.url });
      const { rows } = await db.statements.execute("SELECT DISTINCT machine FROM machines");
      await db.close();
      expect(rows.map(({ machine }) => String(machine)).sort()).toEqual(PLACES.map(([id]) => id));
      for (const session of sessions) expect(await ask(fly.url, session)).toBe("200");
    },
    2 * LONG_MS,
  );
});

const EXPECTED = /^(?:200|503 \w+, retry after \d+)$/;

interface Session {
  key: string;
  id: string;
}

async function logIn(url: string): Promise<Session[]> {
  const admin = async (path: string, body: unknown) => {
    const headers = {
      Authorization: `Bearer ${SECRETS.ADMIN_TOKEN}`,
      "Content-Type": "application/json",
    };
    const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    expect(answer.status).toBe(201);
    return (await answer.json()) as { id: string; key: string };
  };
  const tenant = await admin("/admin/tenants", { name: "Acme" });
  const { key } = await admin(`/admin/tenants/${tenant.id}/keys`, { name: "B", mode: "test" });
  return Promise.all(
    ACCOUNTS.map(async (username) => {
      const body = new URLSearchParams({ username, password: "sandbox" });
      const headers = { "X-API-Key": key };
      const answer = await fetch(`${url}/auth/login`, { method: "POST", headers, body });
      expect(answer.status).toBe(200);
      return { key, id: (await answer.json()) as string };
    }),
  );
}

async function ask(url: string, { key, id }: Session): Promise<string> {
  const headers = { "X-API-Key": key, "X-Session-ID": id };
  const answer = await fetch(`${url}/user?username=instagram`, { headers });
  const text = await answer.text();
  if (answer.status === 200) return "200";
  const kind = /"exc_type":"(\w+)"/.exec(text)?.[1] ?? text;
  return `${answer.status} ${kind}, retry after ${answer.headers.get("retry-after")}`;
}
