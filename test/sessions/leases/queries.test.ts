import { describe, expect, test } from "bun:test";
import { type FaultProxy, startFaultProxy } from "../../support/fault-proxy.ts";
import { hasLibsqlServer, startLibsqlServer } from "../../support/libsql-server.ts";
import { createTestService, type TestService } from "../../support/service.ts";

/** Longer than between any two of the regular statements of a service. */
const ALL_BACKGROUND_MS = 3_500;
/** Tries of each count: something rare may be asked during one of them. */
const TRIES = 6;

/**
 * The fewest statements that the database got during one of the tries, without those that it gets of a
 * service that nobody asks for anything.
 */
async function fewest(way: FaultProxy, work: (attempt: number) => Promise<void>): Promise<number> {
  const idle = way.statements.length;
  await Bun.sleep(ALL_BACKGROUND_MS);
  const background = new Set(way.statements.slice(idle));
  const counts: number[] = [];
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const before = way.statements.length;
    await work(attempt);
    counts.push(way.statements.slice(before).filter((sql) => !background.has(sql)).length);
  }
  return Math.min(...counts);
}

const use = async (on: TestService, session = "", key = on.testKey): Promise<void> => {
  const answer = await on.request("GET", "/user?username=instagram", { key, session });
  expect(answer).toMatchObject({ status: 200 });
};

/** Logs in on a first service, and counts what the first requests cost on a service of its own. */
async function firstRequests(machineId: string | null): Promise<number> {
  await using database = await startLibsqlServer();
  await using first = await createTestService({ config: { database, machineId } });
  const sessions: string[] = [];
  for (let attempt = 0; attempt <= TRIES; attempt++) sessions.push(await first.login());
  const { testKey } = first;
  await first.close();
  await using way = await startFaultProxy(database.port);
  await using second = await createTestService({ config: { database: way, machineId } });
  // Its key is known from here on.
  await use(second, sessions.pop(), testKey);
  // Before the service closes.
  return await fewest(way, (attempt) => use(second, sessions[attempt], testKey));
}

describe.skipIf(!hasLibsqlServer && process.env.CI !== "true")("with a lease", () => {
  test("the first request of a session asks the database once more than without", async () => {
    expect(await firstRequests(null)).toBe(1);
    expect(await firstRequests("m1")).toBe(2);
  });

  test("the next ones do not ask it", async () => {
    await using database = await startLibsqlServer();
    await using way = await startFaultProxy(database.port);
    await using service = await createTestService({ config: { database: way, machineId: "m1" } });
    const session = await service.login();
    await use(service, session);
    const asked = await fewest(way, async () => {
      for (let request = 0; request < 10; request++) await use(service, session);
    });
    expect(asked).toBe(0);
  });

  test("a machine that has just sent a request on asks nothing for the next one", async () => {
    await using database = await startLibsqlServer();
    await using first = await createTestService({ config: { database, machineId: "m1" } });
    const session = await first.login();
    await use(first, session);
    await using way = await startFaultProxy(database.port);
    await using second = await createTestService({ config: { database: way, machineId: "m2" } });
    const sentOn = async (): Promise<void> => {
      const options = { key: first.testKey, session };
      const answer = await second.request("GET", "/user?username=instagram", options);
      expect(answer.headers.get("fly-replay")).toStartWith("instance=m1;");
    };
    // The first one asks.
    expect(await fewest(way, sentOn)).toBe(0);
  });
});
