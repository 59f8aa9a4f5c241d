import { afterEach, expect, test } from "bun:test";
import { createEmulator, type Emulator } from "../src/emulator/index.ts";
import { createTestService, type TestService } from "./support/service.ts";

const PAGE_MS = 6;
let service: TestService;
afterEach(() => service.close());

/** A sandbox each of whose answers costs processor time, and how many it has given. */
function slowEmulator(): Emulator & { answers: number } {
  const emulator = createEmulator();
  const slow = {
    answers: 0,
    handle: (request: Request, world?: string): Promise<Response> => {
      slow.answers++;
      for (const end = performance.now() + PAGE_MS; performance.now() < end; );
      return emulator.handle(request, world);
    },
  };
  return slow;
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
  const emulator = slowEmulator();
  service = await createTestService({ emulator });
  const session = await service.login();
  emulator.answers = 0;
  const stop = countTurns();
  const reads = Array.from({ length: 12 }, () =>
    service.request("GET", "/user/followers?user_id=instagram&amount=200", {
      key: service.testKey,
      session,
    }),
  );
  for (const answer of await Promise.all(reads)) expect(answer.body.items).toHaveLength(200);
  const turns = stop();
  expect(emulator.answers).toBeGreaterThan(16);
  // Each costs more than a turn has time for.
  expect(turns).toBeGreaterThanOrEqual(emulator.answers / 2);
});

test("many requests at once let it turn between them", async () => {
  const emulator = slowEmulator();
  service = await createTestService({ emulator });
  const sessions = await Promise.all(
    ["sandbox", "sandbox_private"].map((name) => service.login(name)),
  );
  emulator.answers = 0;
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
  expect(turns).toBeGreaterThanOrEqual(emulator.answers / 2);
});
