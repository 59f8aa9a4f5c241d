import { afterEach, expect, test } from "bun:test";
import { createTestService, type TestService } from "./support/service.ts";

const PAGE_MS = 6;
let service: TestService;
afterEach(() => service.close());

/** Makes each answer of the sandbox cost processor time. */
function slowDown(): void {
  service.instagram.takePaths();
  service.instagram.on(/./, () => {
    for (const end = performance.now() + PAGE_MS; performance.now() < end; );
    return undefined;
  });
}

/** Counts the turns of the event loop until it is stopped. */
function countTurns(): () => number {
  let turns = 0;
  let counting = true;
  const count = (): void => {
    if (!counting) return;
    turns++;
    setImmediate(count);
  };
  setImmediate(count);
  return () => {
    counting = false;
    return turns;
  };
}

test("reads of many pages in the sandbox let the event loop turn between the pages", async () => {
  service = await createTestService();
  const session = await service.login();
  slowDown();
  const stop = countTurns();
  const reads = Array.from({ length: 12 }, () =>
    service.request("GET", "/user/followers?user_id=instagram&amount=200", {
      key: service.testKey,
      session,
    }),
  );
  for (const answer of await Promise.all(reads)) expect(answer.body.items).toHaveLength(200);
  const turns = stop();
  expect(service.instagram.calls.length).toBeGreaterThan(16);
  // Each costs more than a turn has time for.
  expect(turns).toBeGreaterThanOrEqual(service.instagram.calls.length / 2);
});

test("who reads much keeps nobody else waiting behind all of it", async () => {
  service = await createTestService();
  const { tenantId, testKey } = service;
  const other = await service.createTenant("Other");
  const { key } = await service.createKey(other);
  const sessions = await Promise.all(Array.from({ length: 4 }, () => service.login()));
  const othersSession = await service.login("sandbox", key);
  slowDown();
  const order = () => service.instagram.calls.map(({ world }) => world);
  const many = sessions.flatMap((session) =>
    Array.from({ length: 4 }, () =>
      service.request("GET", "/user/followers?user_id=instagram&amount=200", {
        key: testKey,
        session,
      }),
    ),
  );
  while (order().length < 3) await Bun.sleep(0);
  const came = order().length;
  const one = await service.request("GET", "/account", { key, session: othersSession });
  expect(one.status).toBe(200);
  const before = order().slice(came, order().indexOf(other));
  // Of those who waited already one goes first, and what has begun ends.
  expect(before.length).toBeLessThanOrEqual(4);
  for (const { status } of await Promise.all(many)) expect(status).toBe(200);
  expect(order().filter((world) => world === tenantId).length).toBeGreaterThan(16);
});

test("many requests at once let it turn between them", async () => {
  service = await createTestService();
  const sessions = await Promise.all(
    ["sandbox", "sandbox_private"].map((name) => service.login(name)),
  );
  slowDown();
  const stop = countTurns();
  const answers = await Promise.all(
    Array.from({ length: 32 }, (_, n) =>
      service.request("GET", "/user?username=instagram", {
        key: service.testKey,
        session: sessions[n % 2] ?? null,
      }),
    ),
  );
  const turns = stop();
  for (const { status } of answers) expect(status).toBe(200);
  expect(turns).toBeGreaterThanOrEqual(service.instagram.calls.length / 2);
});
