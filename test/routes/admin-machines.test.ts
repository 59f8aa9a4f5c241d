import { afterAll, describe, expect, test } from "bun:test";
import { runCli } from "../../src/cli/run.ts";
import { startMachine, startMachines } from "../support/machines.ts";
import { expectProblem } from "../support/problems.ts";
import { createTestService, ENCRYPTION_KEY, type TestService } from "../support/service.ts";

const machines = await startMachines({ m1: "fra", m2: "iad" });
const { m1, m2 } = machines.on;
const { testKey: key } = m1;

afterAll(() => machines[Symbol.asyncDispose]());

const listed = async (on: TestService): Promise<any[]> =>
  (await on.admin("GET", "/admin/machines")).body.items;

/** A session that a machine uses. */
async function sessionOn(machine: TestService): Promise<string> {
  const session = await machine.login("sandbox", key);
  const answer = await machine.request("GET", "/session", { key, session });
  expect(answer.status, answer.text).toBe(200);
  return session;
}

describe("the machines", () => {
  test("are listed by each of them, with what they use", async () => {
    await sessionOn(m1);
    for (const machine of [m1, m2]) {
      const items = await listed(machine);
      expect(items).toEqual([
        {
          machine: "m1",
          region: "fra",
          state: "serving",
          since: expect.stringMatching(/^\d{4}-.*Z$/),
          sessions: expect.any(Number),
          lease_seconds: expect.any(Number),
          alone: expect.any(Boolean),
        },
        expect.objectContaining({ machine: "m2", region: "iad", state: "serving", sessions: 0 }),
      ]);
      expect(items[0].sessions).toBeGreaterThan(0);
      expect(items[0].lease_seconds).toBeGreaterThan(0);
    }
  });

  test("are shown as draining while they end, and as ended afterwards", async () => {
    const m3 = await startMachine(machines.directory, "m3", null, machines);
    const shown = async () => (await listed(m1)).find(({ machine }) => machine === "m3");
    await sessionOn(m3);
    expect(await shown()).toMatchObject({ region: null, state: "serving", sessions: 1 });
    await m3.service.leaseLoop?.drain();
    expect(await shown()).toMatchObject({ state: "draining" });
    await m3.close();
    expect(await shown()).toMatchObject({ state: "ended", sessions: 0, lease_seconds: 0 });
  });

  test("are shown by the command line, too", async () => {
    const out: string[] = [];
    const env = {
      DATABASE_URL: `file:${machines.directory}/shared.db`,
      ENCRYPTION_KEYS: ENCRYPTION_KEY,
      ADMIN_TOKEN: "admin-token-of-tests",
    };
    const run = (...args: string[]) =>
      runCli(args, { env, out: (line) => out.push(line), err: (line) => out.push(line) });
    expect(await run("machines")).toBe(0);
    expect(out.join("\n")).toMatch(/^m1 +fra +serving .* \d+ +\d+ s$/m);
    expect(await run("machines", "--json")).toBe(0);
    expect(JSON.parse(out.at(-1) ?? "").map(({ machine }: any) => machine)).toEqual(
      (await listed(m1)).map(({ machine }) => machine),
    );
    const session = await sessionOn(m2);
    expect(await run("sessions", "show", session, "--tenant", m1.tenantId, "--json")).toBe(0);
    expect(JSON.parse(out.at(-1) ?? "").holder).toEqual({ machine: "m2", region: "iad" });
    expect(await run("sessions", "list", "--tenant", m1.tenantId)).toBe(0);
    expect(out.at(-1)).toMatch(new RegExp(`^${session} .* m2 `, "m"));
  });

  test("are for the operator only", async () => {
    const answer = await m1.request("GET", "/admin/machines", { key: m1.adminKey });
    expectProblem(answer, "ScopeRequired");
  });

  test("are none where they have no names", async () => {
    await using service = await createTestService();
    expect(await listed(service)).toEqual([]);
  });
});

describe("the holder of a session", () => {
  test("is shown by the machine itself, and in the lists of all", async () => {
    const session = await sessionOn(m1);
    const unused = await m1.login("sandbox", key);
    const holder = { machine: "m1", region: "fra" };
    const { body } = await m1.request("GET", "/session", { key, session });
    expect(body.holder).toEqual(holder);
    for (const machine of [m1, m2]) {
      const page = await machine.request("GET", "/sessions", { key, query: { limit: "100" } });
      const holders = new Map(page.body.items.map((item: any) => [item.id, item.holder]));
      expect(holders.get(session)).toEqual(holder);
      expect(holders.get(unused)).toBeNull();
    }
  });

  test("is nobody once its machine has ended", async () => {
    const m4 = await startMachine(machines.directory, "m4", "fra", machines);
    const session = await sessionOn(m4);
    await m4.close();
    const page = await m2.request("GET", "/sessions", { key, query: { limit: "100" } });
    expect(page.body.items.find(({ id }: any) => id === session).holder).toBeNull();
  });
});
