import { afterEach, expect, test } from "bun:test";
import { LeaseWorld, type SimMachine } from "../../support/lease-world.ts";

let world: LeaseWorld;
afterEach(async () => {
  expect(world.faults).toEqual([]);
  await world.db.close();
});

/** Machines that have seen each other, and the id of a session. */
async function machines(number: 1 | 2): Promise<[SimMachine, SimMachine, string]> {
  world = await LeaseWorld.create(1);
  const first = world.start();
  const second = number === 2 ? world.start() : first;
  await world.pass(4_000);
  return [first, second, world.sessions[0] ?? ""];
}

const counts = (by: SimMachine): (number | null)[] =>
  world.requests.filter((one) => one.by === by.name).map(({ count }) => count);

test("what a dead machine had not saved is forgotten, and the login stays", async () => {
  const [first, second, id] = await machines(2);
  await world.use(first, id);
  await first.save();
  await world.use(first, id);
  await world.use(first, id);
  expect(counts(first)).toEqual([null, 1, 2]);
  first.kill();
  await world.pass(15_000);
  expect(await world.use(second, id)).toBe(true);
  expect(await world.use(second, id)).toBe(true);
  // The stored 1 is older than the 2 that Instagram has seen.
  expect(counts(second)).toEqual([null, 4]);
  expect(new Set(world.requests.map(({ login }) => login)).size).toBe(1);
});

test("the same when the answer to the taking is lost", async () => {
  const [first, second, id] = await machines(2);
  await world.use(first, id);
  await first.save();
  await world.use(first, id);
  await world.use(first, id);
  first.kill();
  await world.pass(15_000);
  // The session is in memory before it is taken.
  void second.sessions.open(world.fixture.tenantId, "live", id);
  await world.settle();
  second.link = "slow";
  const asking = second.ask(id);
  await second.step();
  second.link = "cut";
  await world.settle();
  expect(await asking).toBe(false);
  second.link = "ok";
  await world.pass(1_000);
  expect(await world.use(second, id)).toBe(true);
  expect(counts(second)).toEqual([null]);
});

test("a login that could not be saved is not used before it is", async () => {
  const [first, second, id] = await machines(2);
  await world.use(first, id);
  world.renewsLogins = true;
  first.link = "cut";
  expect(await world.use(first, id)).toBe(false);
  world.renewsLogins = false;
  const sent = world.requests.length;
  expect(await world.use(first, id)).toBe(false);
  expect(world.requests).toHaveLength(sent);
  first.link = "ok";
  await world.pass(4_000);
  expect(await world.use(first, id)).toBe(true);
  first.kill();
  await world.pass(15_000);
  expect(await world.use(second, id)).toBe(true);
  const [older, newer] = [world.requests.at(-2), world.requests.at(-1)];
  expect(newer?.by).toBe(second.name);
  expect(newer?.login).toBe(older?.login as string);
  expect(newer?.login).toContain("Renewed");
});

test("a machine that has saved everything passes its values on", async () => {
  const [first, second, id] = await machines(2);
  await world.use(first, id);
  await world.use(first, id);
  void first.end();
  await world.pass(3_000);
  expect(await world.use(second, id)).toBe(true);
  expect(counts(second)).toEqual([2]);
});

test("a machine that has lost a session drops what it had not saved", async () => {
  const [first, second, id] = await machines(2);
  await world.use(first, id);
  await first.save();
  await world.use(first, id);
  first.isStill = true;
  await world.pass(16_000);
  expect(await world.use(second, id)).toBe(true);
  expect(await world.use(second, id)).toBe(true);
  first.wake();
  await world.pass(3_000);
  expect(await world.use(first, id, true)).toBe(true);
  expect(counts(first).at(-1)).toBe(4);
});

test("a machine that takes its own session again goes on with its values", async () => {
  const [first, , id] = await machines(2);
  await world.use(first, id);
  first.link = "cut";
  await world.pass(20_000);
  expect(first.holds(id)).toBe(false);
  expect(await world.use(first, id)).toBe(false);
  first.link = "ok";
  await world.pass(3_000);
  expect(await world.use(first, id)).toBe(true);
  expect(counts(first)).toEqual([null, 1]);
});

test("what is under way is broken off when the lease runs out", async () => {
  const [first, , id] = await machines(2);
  const asking = first.ask(id);
  await world.settle();
  expect(world.underWay.size).toBe(1);
  first.link = "cut";
  await world.pass(10_000);
  expect(world.underWay.size).toBe(1);
  await world.pass(4_000);
  expect(world.underWay.size).toBe(0);
  expect(await asking).toBe(false);
});

test("the only machine goes on while the database is out of reach", async () => {
  const [only, , id] = await machines(1);
  await world.use(only, id);
  only.link = "cut";
  for (let n = 0; n < 12; n++) {
    await world.pass(5_000);
    expect(await world.use(only, id)).toBe(true);
  }
  only.link = "ok";
  await world.pass(4_000);
  expect(await world.use(only, id)).toBe(true);
  expect(counts(only)).toEqual([null, ...Array.from({ length: 13 }, (_, n) => n + 1)]);
});

test("it stops when another one shows itself, which then takes the session", async () => {
  const [only, , id] = await machines(1);
  await world.use(only, id);
  only.link = "cut";
  await world.pass(20_000);
  const newcomer = world.start();
  await world.pass(1_000);
  expect(only.holds(id)).toBe(true);
  await world.use(newcomer, id);
  expect(only.holds(id)).toBe(false);
  await world.pass(4_000);
  expect(await world.use(newcomer, id)).toBe(true);
  expect(world.requests.at(-1)?.by).toBe(newcomer.name);
});

test("it does not go on after it has stood still: it may have been taken for dead", async () => {
  const [only, , id] = await machines(1);
  await world.use(only, id);
  only.link = "cut";
  await world.pass(20_000);
  const newcomer = world.start();
  await world.pass(1_000);
  only.isStill = true;
  expect(await world.use(newcomer, id)).toBe(true);
  expect(newcomer.holds(id)).toBe(true);
  only.wake();
  expect(only.holds(id)).toBe(false);
  await world.pass(2_000);
  expect(only.holds(id)).toBe(false);
});
