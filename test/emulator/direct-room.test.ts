import { describe, expect, test } from "bun:test";
import type { Person } from "../../src/emulator/seed/people.ts";
import { Seed } from "../../src/emulator/seed/seed.ts";
import type { Draft } from "../../src/emulator/world/direct-draft.ts";
import { World } from "../../src/emulator/world.ts";

/* What is written in Direct changes the copies of several accounts: all of them, or none. */

const seed = new Seed(1);
const NAMED = ["instagram", "sandbox_2fa", "sandbox_private", "sandbox_disabled"];
const named = (username: string): Person => {
  const person = seed.people.named.find((one) => one.username === username);
  if (person === undefined) throw new Error(`no account ${username}`);
  return person;
};
const sandbox = named("sandbox");
const crowd = Array.from({ length: 240 }, (_, at) => seed.people.ofCrowd(at));
const everybody = [...NAMED.map(named), ...crowd];

const draft = (length: number): Draft => ({
  sender: sandbox,
  kind: "text",
  text: "x".repeat(length),
  share: undefined,
  context: "context",
});

/** Stands for what all the accounts have. */
const contents = ({ direct }: World): bigint | number =>
  Bun.hash(
    JSON.stringify(
      [sandbox, ...NAMED.map(named)].map((person) =>
        [...direct.threads.of(person)].map((thread) => [
          String(thread.id),
          thread.name,
          thread.members.length,
          direct.newest(thread, 1).map(({ id }) => String(id)),
        ]),
      ),
    ),
  );

/** The same in a world with less and less room, down to none. */
function expectWholeOrNothing(
  prepare: (world: World) => void,
  act: (world: World) => void,
  most: number,
): void {
  let refused = 0;
  for (let room = 0; room < most; room += 100) {
    const world = new World(seed);
    world.clock.now = Date.UTC(2026, 0, 1);
    prepare(world);
    const { budget } = world.direct.threads;
    budget.take(budget.limit - budget.used - room);
    const before = contents(world);
    const { used } = budget;
    try {
      act(world);
      expect(contents(world), `${room} bytes`).not.toBe(before);
      return;
    } catch (error) {
      expect(String(error)).toContain("feedback_required");
      expect([contents(world), budget.used], `${room} bytes`).toEqual([before, used]);
      refused++;
    }
  }
  throw new Error(`refused ${refused} times, with ${most} bytes, too`);
}

const MOST = 60_000;
const group = (world: World, others = everybody) =>
  world.direct.createGroup(sandbox, others, { name: "Group", context: "group" });

describe("in a world with little room", () => {
  test("a message to new users is sent with all copies of its thread, or not at all", () => {
    expectWholeOrNothing(
      () => {},
      ({ direct }) => direct.send([direct.threadWith(sandbox, everybody)], draft(1_000)),
      MOST,
    );
  });

  test("a message to several threads is in all of them, or in none", () => {
    const threads = ({ direct }: World) => direct.inFolder(sandbox, "inbox").slice(0, 20);
    expectWholeOrNothing(
      () => {},
      (world) => world.direct.send(threads(world), draft(500)),
      200_000,
    );
  });

  test("a group is made for everybody in it, or not at all", () => {
    expectWholeOrNothing(() => {}, group, MOST);
  });

  test("a group is named and joined for everybody in it, or for nobody", () => {
    const own = ({ direct }: World) => {
      const [thread] = direct.inFolder(sandbox, "inbox");
      if (thread === undefined) throw new Error("no thread");
      return thread;
    };
    const few = (world: World) => void group(world, NAMED.slice(0, 2).map(named));
    expectWholeOrNothing(few, (world) => world.direct.rename(own(world), "x".repeat(100)), MOST);
    expectWholeOrNothing(few, (world) => world.direct.addMembers(own(world), everybody), MOST);
  });
});

test("a retry to users answers with the message, also when a newer group has the same users", () => {
  const world = new World(seed);
  world.clock.now = Date.UTC(2026, 0, 1);
  const users = NAMED.slice(0, 2).map(named);
  const to = () => world.direct.sendToUsers(users, draft(5));
  const sent = to();
  group(world, users);
  expect(to()).toBe(sent);
});

test("a retry answers with the message also in a full world", () => {
  const world = new World(seed);
  world.clock.now = Date.UTC(2026, 0, 1);
  const { direct } = world;
  const threads = direct.inFolder(sandbox, "inbox").slice(0, 2);
  const sent = direct.send(threads, draft(5));
  const { budget } = direct.threads;
  budget.take(budget.limit - budget.used);
  expect(direct.send(threads, draft(9))).toEqual(sent);
  const more = direct.inFolder(sandbox, "inbox").slice(0, 3);
  expect(() => direct.send(more, draft(5))).toThrow("feedback_required");
});

test("messages that were unsent leave the memory, though retries of them are still known", async () => {
  const world = new World(seed);
  const { direct } = world;
  const thread = direct.threadWith(sandbox, [named("sandbox_2fa")]);
  direct.send([thread], draft(1));
  const shares = Array.from({ length: 100 }, (_, turn) => {
    const share = { link: `https://example.com/${turn}` };
    const context = `context ${turn}`;
    const [sent] = direct.send([thread], { ...draft(1), share, context });
    const message = sent && direct.messageById(thread, String(sent.id));
    if (sent === undefined || message === undefined) throw new Error("not sent");
    direct.messages.remove(thread, message);
    expect(direct.send([thread], { ...draft(1), context })).toEqual([sent]);
    return new WeakRef(share);
  });
  await Bun.sleep(1);
  Bun.gc(true);
  // Some may still be on the stack.
  expect(shares.filter((share) => share.deref() !== undefined).length).toBeLessThan(10);
});
