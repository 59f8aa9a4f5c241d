import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { FakeInstagram } from "../support/fake-instagram.ts";
import { createTestService, type TestService } from "../support/service.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2027, 2, 4, 5, 6, 7);

/** A service whose sandbox starts at that moment and reads the time from `clock`. */
async function sandbox(clock: { now: number }): Promise<TestService & { read: Reader }> {
  const service = await createTestService({
    instagram: new FakeInstagram(createEmulator({ now: () => clock.now })),
  });
  const session = await service.login();
  const read: Reader = async (path, query = {}) =>
    (await service.request("GET", path, { key: service.testKey, session, query })).body;
  return { ...service, read };
}
type Reader = (path: string, query?: Record<string, string>) => Promise<any>;

const ageOf = (timestamp: string, now: number): number => now - Date.parse(timestamp);

describe("the sandbox's inbox", () => {
  test("has a message that is minutes old", async () => {
    const service = await sandbox({ now: START });
    const [thread] = await service.read("/direct/threads", { amount: "1" });
    const [message] = thread.messages;
    expect(thread.last_activity_at).toBe(message.timestamp);
    expect(ageOf(message.timestamp, START)).toBeGreaterThanOrEqual(0);
    expect(ageOf(message.timestamp, START)).toBeLessThan(20 * MINUTE);
    await service.close();
  });

  test("goes on receiving messages in its first thread, for weeks", async () => {
    const clock = { now: START };
    const service = await sandbox(clock);
    const [{ id: thread_id }] = await service.read("/direct/threads", { amount: "1" });
    const seen = new Set<string>();
    for (const hours of [0, 5, 50, 24 * 30]) {
      clock.now = START + hours * HOUR;
      const [thread] = await service.read("/direct/threads", { amount: "1" });
      expect(thread.id).toBe(thread_id);
      expect(ageOf(thread.messages[0].timestamp, clock.now)).toBeGreaterThanOrEqual(0);
      expect(ageOf(thread.messages[0].timestamp, clock.now)).toBeLessThan(20 * MINUTE);
      seen.add(thread.messages[0].id);
    }
    expect(seen.size).toBe(4);
    await service.close();
  });

  test("changes nothing of what was sent, and pages go on where they ended", async () => {
    const clock = { now: START };
    const service = await sandbox(clock);
    const [{ id: thread_id }] = await service.read("/direct/threads", { amount: "1" });
    const before = await service.read("/direct/messages", { thread_id, amount: "60" });
    clock.now += 6 * HOUR;
    const after = await service.read("/direct/messages", { thread_id, amount: "80" });
    const added = after.findIndex(({ id }: { id: string }) => id === before[0].id);
    expect(added).toBe(18);
    expect(after.slice(added, added + 60)).toEqual(before);
    const times: number[] = after.map(({ timestamp }: { timestamp: string }) =>
      Date.parse(timestamp),
    );
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    await service.close();
  });

  test("is the same for every start at that moment", async () => {
    const texts: string[] = [];
    for (let start = 0; start < 2; start++) {
      const service = await sandbox({ now: START });
      texts.push(JSON.stringify(await service.read("/direct/threads", { amount: "20" })));
      await service.close();
    }
    expect(texts[0]).toBe(texts[1] ?? "");
  });
});
