import { expect, test } from "bun:test";
import { MemoryBudget } from "../../src/media/memory-budget.ts";

const anyone = { owner: "tenant", signal: null };

/** Work that ends when it is told to. */
function steered() {
  const { promise, resolve } = Promise.withResolvers<void>();
  let hasBegun = false;
  return {
    work: () => {
      hasBegun = true;
      return promise;
    },
    end: resolve,
    get hasBegun() {
      return hasBegun;
    },
  };
}

test("work runs at the same time as far as its memory reaches, first come, first served", async () => {
  const budget = new MemoryBudget(100);
  const [large, medium, small] = [steered(), steered(), steered()];
  const ends = [
    budget.run(anyone, 60, large.work),
    budget.run(anyone, 50, medium.work),
    budget.run(anyone, 40, small.work),
  ];
  await Bun.sleep(0);
  // The small one would fit, and still waits for the one before it.
  expect([large.hasBegun, medium.hasBegun, small.hasBegun]).toEqual([true, false, false]);
  large.end();
  await ends[0];
  await Bun.sleep(0);
  expect([medium.hasBegun, small.hasBegun]).toEqual([true, true]);
  medium.end();
  small.end();
  await Promise.all(ends);
});

test("work that needs more than there is runs alone, and failing work gives back what it took", async () => {
  const budget = new MemoryBudget(100);
  await expect(budget.run(anyone, 500, () => Promise.reject(new Error("broken")))).rejects.toThrow(
    "broken",
  );
  expect(await budget.run(anyone, 100, async () => "done")).toBe("done");
});

test("only so much work of one owner may wait", async () => {
  const budget = new MemoryBudget(1);
  const first = steered();
  const waiting = Array.from({ length: 101 }, () => budget.run(anyone, 1, first.work));
  const refused = budget.run(anyone, 1, first.work);
  await expect(refused).rejects.toMatchObject({ kind: "GatewayRateLimited", status: 429 });
  first.end();
  await Promise.all(waiting);
});

test("owners take turns, so that one with much work delays itself alone", async () => {
  const budget = new MemoryBudget(1);
  const order: string[] = [];
  const work = (owner: string) =>
    budget.run({ owner, signal: null }, 1, async () => void order.push(owner));
  await Promise.all([..."aaaabbc"].map(work));
  expect(order.join("")).toBe("aabcaba");
});

test("work for which nobody waits any more is not begun", async () => {
  const budget = new MemoryBudget(1);
  const first = steered();
  const caller = new AbortController();
  const ends = [
    budget.run(anyone, 1, first.work),
    budget.run({ owner: "tenant", signal: caller.signal }, 1, async () => "done"),
  ];
  caller.abort();
  first.end();
  await expect(ends[1]).rejects.toMatchObject({ kind: "CallerGone" });
  expect(await budget.run(anyone, 1, async () => "next")).toBe("next");
});
