import { afterEach, beforeEach, expect, test } from "bun:test";
import { nobody } from "../../support/callers.ts";
import { LeaseWorld, type SimMachine } from "../../support/lease-world.ts";

/** The session's home is fra, where the third machine is. */
let world: LeaseWorld;
let [first, second, atHome]: SimMachine[] = [];
let id: string;
const machine = (one: SimMachine | undefined): SimMachine => {
  if (!one) throw new Error("it was not started");
  return one;
};

beforeEach(async () => {
  world = await LeaseWorld.create(1);
  first = world.start();
  second = world.start();
  await world.pass(4_000);
  id = world.sessions[0] ?? "";
  expect(await world.use(first, id)).toBe(true);
});
afterEach(async () => {
  expect(world.faults).toEqual([]);
  await world.db.close();
});

const holder = (): string[] => world.running.filter((one) => one.holds(id)).map(({ name }) => name);

test("an idle session goes to the machine that asks for it", async () => {
  await world.pass(3_000);
  expect(await world.use(machine(second), id, true)).toBe(true);
  expect(holder()).toEqual(["m2"]);
  expect(world.requests.at(-1)?.count).toBe(1);
});

test("so does one that is never idle", async () => {
  const asked: Promise<boolean>[] = [];
  let before: typeof world.underWay = new Set();
  const told = machine(second).ask(id, 0, true);
  for (let n = 0; n < 40; n++) {
    // The next request is there before the last one is answered.
    asked.push(machine(first).ask(id));
    await world.settle();
    for (const exchange of before) exchange.answer();
    before = new Set(world.underWay);
    await world.pass(250);
  }
  world.answer(id);
  await world.settle();
  expect(await told).toBe(true);
  expect(holder()).toEqual(["m2"]);
  // What came to the first one in between was sent on, and nothing was refused.
  expect(new Set(await Promise.all(asked))).toEqual(new Set([true]));
});

test("work that takes long keeps it, and the machine that asked gives up in time", async () => {
  const long = machine(first).ask(id);
  await world.settle();
  const asking = machine(second).ask(id, 0, true);
  await world.pass(9_000);
  expect(await asking).toBe(false);
  expect(holder()).toEqual(["m1"]);
  // It is not held up any further.
  const next = machine(first).ask(id);
  await world.settle();
  expect(world.underWay.size).toBe(2);
  world.answer(id);
  expect(await Promise.all([long, next])).toEqual([true, true]);
});

test("an upload is let finish, and other work goes on beside it", async () => {
  const uploaded = Promise.withResolvers<void>();
  const session = await machine(first).sessions.resolve(world.fixture.tenantId, "live", id);
  const upload = session?.upload(nobody, () => uploaded.promise);
  const asking = machine(second).ask(id, 0, true);
  await world.pass(4_000);
  expect(await world.use(machine(first), id)).toBe(true);
  await world.pass(5_000);
  expect(await asking).toBe(false);
  uploaded.resolve();
  await upload;
  expect(await world.use(machine(second), id, true)).toBe(true);
});

test("a session stays usable when the machine that asked for it has died", async () => {
  void machine(second).ask(id, 0, true);
  await world.settle();
  machine(second).kill();
  await world.pass(4_000);
  expect(await world.use(machine(first), id)).toBe(true);
  expect(holder()).toEqual(["m1"]);
});

test("two machines that both must have it get it in turns", async () => {
  for (let n = 0; n < 3; n++) {
    const [one, other] = await Promise.all([
      world.use(machine(first), id, true),
      world.use(machine(second), id, true),
    ]);
    expect([one, other]).toEqual([true, true]);
  }
});

test("a machine that ends hands its idle sessions over at once, and busy ones after their work", async () => {
  const long = machine(first).ask(id);
  await world.settle();
  const ending = machine(first).end();
  await world.pass(500);
  expect(holder()).toEqual(["m1"]);
  world.answer(id);
  await world.pass(1_500);
  await ending;
  expect(await long).toBe(true);
  expect(await world.use(machine(second), id)).toBe(true);
});

test("a session goes home when nobody has used it for a minute", async () => {
  atHome = world.start();
  await world.pass(4_000);
  for (let n = 0; n < 3; n++) {
    await world.pass(30_000);
    expect(holder()).toEqual(["m1"]);
    await world.use(machine(first), id);
  }
  await world.pass(82_000);
  expect(holder()).toEqual([]);
  expect(await world.use(machine(atHome), id)).toBe(true);
  expect(world.requests.at(-1)).toMatchObject({ by: "m3", count: 4 });
});
