import { expect, test } from "bun:test";
import { temporaryDirectory } from "../../support/directory.ts";
import { type Answer, createTestService, type TestService } from "../../support/service.ts";

/** Two machines of the same service, on one database file. */
async function twoMachines(directory: string): Promise<[TestService, TestService]> {
  const machine = (machineId: string, region: string) =>
    createTestService({
      config: { database: { url: `file:${directory}/shared.db` }, machineId, region },
    });
  const first = await machine("m1", "fra");
  const second = await machine("m2", "iad");
  return [first, second];
}

const settings = (on: TestService, key: string, session: string, headers = {}): Promise<Answer> =>
  on.request("GET", "/auth/settings", { key, session, headers });

test("a session is used by one machine; the other sends its requests there", async () => {
  await using directory = await temporaryDirectory();
  const [first, second] = await twoMachines(directory.path);
  await using _first = first;
  await using _second = second;
  const { testKey: key } = first;
  const session = await first.login();

  expect((await settings(first, key, session)).status).toBe(200);
  const elsewhere = await settings(second, key, session);
  expect(elsewhere.status).toBe(503);
  expect(elsewhere.body.exc_type).toBe("SessionElsewhere");
  expect(elsewhere.headers.get("retry-after")).toMatch(/^\d+$/);
  expect(elsewhere.headers.get("fly-replay")).toMatch(
    /^instance=m1;state=1\.[\w.:-]+;timeout=2s;fallback=prefer_self$/,
  );
});

test("a machine that must answer itself gets the session from the one that has it", async () => {
  await using directory = await temporaryDirectory();
  const [first, second] = await twoMachines(directory.path);
  await using _first = first;
  await using _second = second;
  const { testKey: key } = first;
  const session = await first.login();
  expect((await settings(first, key, session)).status).toBe(200);

  const failed = { "fly-replay-failed": "instance=m1;reason=timeout" };
  expect((await settings(second, key, session, failed)).status).toBe(200);
  const back = await settings(first, key, session);
  expect(back.headers.get("fly-replay")).toStartWith("instance=m2;");
});

test("a machine that ends gives its sessions back", async () => {
  await using directory = await temporaryDirectory();
  const [first, second] = await twoMachines(directory.path);
  await using _second = second;
  const { testKey: key } = first;
  const session = await first.login();
  expect((await settings(first, key, session)).status).toBe(200);
  await first.close();
  const answer = await settings(second, key, session);
  expect(answer.status).toBe(200);
});
