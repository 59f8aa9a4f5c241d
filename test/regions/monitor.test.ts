import { afterEach, expect, test } from "bun:test";
import { issueSessionId } from "../../src/emulator/token.ts";
import { tokenRandom } from "./marks.ts";
import { type Monitor, startMonitor } from "./monitor.ts";

/* The monitor sees what the three-region test asserts does not happen. */

let monitor: Monitor | null = null;
afterEach(async () => {
  await monitor?.[Symbol.asyncDispose]();
});

interface Sent {
  rur?: number;
  login?: number;
}

/** A monitor and one session, which sends requests from machines. */
function watched() {
  const started = startMonitor({ latencyMs: [30, 30] });
  monitor = started;
  const { pk } = started.account(5);
  const send = (machine: string, { rur, login = 0 }: Sent = {}, init: RequestInit = {}) =>
    fetch(`${started.originFor(machine)}/api/v1/users/25025320/info/`, {
      ...init,
      headers: {
        Cookie: `sessionid=${issueSessionId(Number(pk), tokenRandom(login))}`,
        ...(rur === undefined ? {} : { "IG-U-RUR": `"MRK,1,${rur}:01f7mark"` }),
      },
    });
  return { monitor: started, send };
}

test("machines one after the other are no fault, whatever each has under way by itself", async () => {
  const { monitor, send } = watched();
  await Promise.all([send("a"), send("a")]);
  await Promise.all([send("b"), send("b")]);
  expect(monitor.faults).toEqual([]);
  expect(monitor.counts).toMatchObject({ requests: 4, moves: 1 });
});

test("two machines at once are a fault", async () => {
  const { monitor, send } = watched();
  await Promise.all([send("a"), send("b")]);
  expect(monitor.faults).toHaveLength(1);
  expect(monitor.faults[0]).toContain("is used by two");
});

test("a body that goes on after another machine has begun is a fault, one that is broken off is not", async () => {
  const { monitor, send } = watched();
  const ends = Promise.withResolvers<void>();
  const slow = () =>
    new ReadableStream({
      async start(controller) {
        controller.enqueue(new Uint8Array(10));
        await ends.promise;
        controller.close();
      },
    });
  const first = send("a", {}, { method: "POST", body: slow() });
  const stopping = new AbortController();
  const signal = stopping.signal;
  const broken = send("a", {}, { method: "POST", body: slow(), signal }).catch(() => null);
  while (monitor.counts.requests < 2) await Bun.sleep(1);
  await send("b");
  stopping.abort();
  await broken;
  expect(monitor.faults).toEqual([]);
  ends.resolve();
  await first;
  expect(monitor.faults).toHaveLength(1);
  expect(monitor.faults[0]).toContain("goes on");
});

test("an older value is a fault, a missing one is not", async () => {
  const { monitor, send } = watched();
  await send("a", { rur: 3 });
  await send("b");
  await send("b", { rur: 3 });
  await send("b", { rur: 4 });
  expect(monitor.faults).toEqual([]);
  await send("a", { rur: 3 });
  expect(monitor.faults).toHaveLength(1);
  expect(monitor.faults[0]).toContain("goes back");
});

test("an older login is a fault", async () => {
  const { monitor, send } = watched();
  await send("a", { login: 1 });
  await send("b", { login: 0 });
  expect(monitor.faults).toHaveLength(1);
  expect(monitor.faults[0]).toContain("login 0");
});
