import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Link } from "../../support/database-link.ts";
import { LeaseWorld, type SimMachine } from "../../support/lease-world.ts";

const SESSIONS = 3;
const MACHINES = 3;

type Step =
  | { does: "ask"; machine: number; session: number; insists: boolean }
  | { does: "answer"; exchange: number }
  | { does: "pass"; milliseconds: number }
  | { does: "link"; machine: number; link: Link }
  | { does: "cross"; machine: number; stages: number }
  | { does: "stop" | "wake" | "kill" | "end"; machine: number }
  | { does: "start"; skewMs: number }
  | { does: "renew"; logins: boolean };

const machine = fc.nat(5);
const session = fc.nat(SESSIONS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      does: fc.constant("ask" as const),
      machine,
      session,
      insists: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ does: fc.constant("answer" as const), exchange: fc.nat(4) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant("pass" as const),
      milliseconds: fc.oneof(
        fc.integer({ min: 1, max: 3_000 }),
        fc.integer({ min: 1, max: 20_000 }),
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant("link" as const),
      machine,
      link: fc.constantFrom<Link>("ok", "slow", "cut"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant("cross" as const),
      machine,
      stages: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constantFrom("stop" as const, "wake" as const, "wake" as const),
      machine,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant("renew" as const), logins: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constantFrom("kill" as const, "end" as const), machine }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant("start" as const),
      skewMs: fc.integer({ min: -86_400_000, max: 86_400_000 }),
    }),
  },
);

async function take(world: LeaseWorld, one: Step): Promise<void> {
  if (one.does === "pass") return world.pass(one.milliseconds);
  if (one.does === "answer") return void [...world.underWay][one.exchange]?.answer();
  if (one.does === "renew") {
    world.renewsLogins = one.logins;
    return;
  }
  if (one.does === "start") {
    if (world.running.length < 5) world.start(one.skewMs);
    return;
  }
  const { running } = world;
  const target = running[one.machine % Math.max(1, running.length)];
  if (target === undefined) return;
  switch (one.does) {
    case "ask":
      if (!target.isStill) void target.ask(world.sessions[one.session] ?? "", 0, one.insists);
      return;
    case "link":
      target.link = one.link;
      return;
    case "cross":
      for (let stage = 0; stage < one.stages && !target.isStill; stage++) await target.step();
      return;
    case "stop":
      target.isStill = true;
      return;
    case "wake":
      target.wake();
      return;
    case "kill":
      target.kill();
      return;
    case "end":
      if (!target.isStill) void target.end();
  }
}

async function run(machines: number, steps: readonly Step[]): Promise<LeaseWorld> {
  const world = await LeaseWorld.create(SESSIONS);
  for (let n = 0; n < machines; n++) world.start(n * 3_600_000);
  await world.pass(1_000);
  for (const one of steps) {
    await take(world, one);
    // Two things may come at the same instant.
    if (one.does !== "stop") await world.settle();
    world.check();
  }
  // Afterwards everything works again, within the time of a lease.
  for (const one of world.running) {
    one.link = "ok";
    one.wake();
  }
  const last = world.start();
  await world.pass(16_000);
  for (const id of world.sessions)
    if (!(await isServed(world, last, id)))
      world.faults.push("a session cannot be used in the end");
  return world;
}

/** Asks as a caller does who is told to try again. */
async function isServed(world: LeaseWorld, machine: SimMachine, id: string): Promise<boolean> {
  for (let tries = 0; tries < 3; tries++) {
    const asking = machine.ask(id);
    for (let n = 0; n < 60; n++) {
      await world.pass(250);
      for (const exchange of [...world.underWay]) exchange.answer();
    }
    if (await asking) return true;
  }
  return false;
}

test("whatever happens to the machines, a session is never used by two, and none is lost", async () => {
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: MACHINES }),
      fc.array(step, { minLength: 10, maxLength: 60 }),
      async (machines, steps) => {
        const world = await run(machines, steps);
        answered += world.answered;
        expect([...new Set(world.faults)]).toEqual([]);
        await world.db.close();
      },
    ),
    { numRuns: Number(process.env.LEASE_RUNS ?? 40), endOnFailure: true },
  );
  expect(answered).toBeGreaterThan(0);
}, 300_000);
