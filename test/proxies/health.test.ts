import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Evidence, FAILURES_TO_DOWN, type Health, judge } from "../../src/proxies/health.ts";

const INTERVAL = 600_000;
const FRESH: Health = {
  state: "unknown",
  stateSince: 1_000,
  lastError: null,
  latencyMs: null,
  checkedAt: null,
  nextCheckAt: 1_000,
  failures: 0,
  blocked: 0,
};

/** Evidence one after the other, each begun after the one before has ended. */
function after(health: Health, ...kinds: ("success" | "failure" | "blocked" | "check")[]): Health {
  let now = (health.checkedAt ?? health.stateSince) + 10;
  return kinds.reduce((known, kind) => {
    const next = judge(known, made(kind, now, now + 5), INTERVAL);
    now += 10;
    return next;
  }, health);
}

function made(kind: "success" | "failure" | "blocked" | "check", startedAt: number, at: number) {
  const when = { startedAt, at };
  const evidence: Record<typeof kind, Evidence> = {
    success: { ...when, kind: "success", latencyMs: 42 },
    failure: { ...when, kind: "failure", fault: "refused" },
    blocked: { ...when, kind: "blocked", times: 3, inARow: 3 },
    check: { ...when, kind: "blocked-check", latencyMs: 42 },
  };
  return evidence[kind];
}

describe("the state of a proxy", () => {
  test("is healthy after a success, and failing after one failure", () => {
    expect(after(FRESH, "success")).toMatchObject({
      state: "healthy",
      lastError: null,
      latencyMs: 42,
    });
    expect(after(FRESH, "success", "failure")).toMatchObject({
      state: "failing",
      lastError: "refused",
      latencyMs: 42,
      failures: 1,
    });
  });

  test("is down after three failures in a row, and only a success ends that", () => {
    const two = after(FRESH, "success", "failure", "failure");
    expect(two.state).toBe("failing");
    const down = after(two, "failure");
    expect(down).toMatchObject({ state: "down", failures: 3, stateSince: down.checkedAt });
    expect(after(down, "failure", "failure")).toMatchObject({
      state: "down",
      stateSince: down.stateSince,
    });
    expect(after(down, "success")).toMatchObject({ state: "healthy", failures: 0 });
    expect(after(two, "success", "failure", "failure").state).toBe("failing");
  });

  test("counts requests that fail together as one failure", () => {
    const first = judge(FRESH, made("failure", 2_000, 2_100), INTERVAL);
    for (const [startedAt, at] of [
      [1_950, 2_101],
      [2_100, 2_102],
    ] as const)
      expect(judge(first, made("failure", startedAt, at), INTERVAL)).toBe(first);
    expect(judge(first, made("failure", 2_101, 2_110), INTERVAL).failures).toBe(2);
  });

  test("forgets failures that are long ago, unless the proxy is down", () => {
    const late = (health: Health) => judge(health, made("failure", 9_000_000, 9_000_001), INTERVAL);
    expect(late(after(FRESH, "failure", "failure"))).toMatchObject({
      state: "failing",
      failures: 1,
    });
    expect(late(after(FRESH, "failure", "failure", "failure")).state).toBe("down");
  });

  test("does not change by what began before the failure, or with another URL", () => {
    const failing = judge(FRESH, made("failure", 2_000, 2_100), INTERVAL);
    expect(judge(failing, made("success", 1_900, 9_000), INTERVAL)).toBe(failing);
    for (const kind of ["success", "failure", "blocked", "check"] as const)
      expect(judge(FRESH, made(kind, 900, 1_100), INTERVAL)).toBe(FRESH);
  });

  test("is failing while Instagram blocks the address, and never down for it", () => {
    const once = judge(
      FRESH,
      { kind: "blocked", startedAt: 2_000, at: 2_001, times: 1, inARow: 1 },
      INTERVAL,
    );
    expect(once).toMatchObject({ state: "unknown", blocked: 1 });
    for (const kind of ["blocked", "check"] as const) {
      const often = after(FRESH, kind, kind, kind, kind);
      expect(often).toMatchObject({ state: "failing", lastError: "blocked", failures: 0 });
      expect(after(often, "success")).toMatchObject({ state: "healthy", lastError: null });
    }
    expect(after(FRESH, "blocked", "blocked").blocked).toBe(6);
  });
});

describe("the next check", () => {
  const delays = (count: number, random: number): number[] => {
    let health = FRESH;
    return Array.from({ length: count }, (_none, index) => {
      const at = (health.checkedAt ?? 2_000) + 1;
      health = judge(health, made("failure", at, at), INTERVAL, () => random);
      return (health.nextCheckAt ?? index) - at;
    });
  };

  test("comes later with each failure, up to the interval", () => {
    expect(delays(11, 0.5)).toEqual([
      2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 512_000, 600_000, 600_000,
    ]);
  });

  test("is spread by a fifth", () => {
    expect(delays(1, 0)).toEqual([1_600]);
    expect(delays(1, 1)).toEqual([2_400]);
  });
});

test("whatever comes, a proxy is down only after failures in a row, and each state has its time", () => {
  const step = fc.record({
    kind: fc.constantFrom("success", "failure", "blocked", "check"),
    wait: fc.integer({ min: 0, max: 2_000_000 }),
    took: fc.integer({ min: 0, max: 60_000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let health = FRESH;
      let now = FRESH.stateSince;
      let inARow = 0;
      for (const { kind, wait, took } of steps) {
        now += wait + took;
        const next = judge(health, made(kind, now - took, now), INTERVAL);
        if (next !== health) inARow = kind === "failure" ? inARow + 1 : 0;
        if (next.state === "down" && health.state !== "down")
          expect(inARow).toBeGreaterThanOrEqual(FAILURES_TO_DOWN);
        if (health.state === "down" && next.state !== "down") expect(kind).not.toBe("failure");
        expect(next.stateSince).toBe(next.state === health.state ? health.stateSince : now);
        expect(next.lastError === null).toBe(next.state === "healthy" || next.state === "unknown");
        expect(next.blocked).toBeGreaterThanOrEqual(health.blocked);
        expect((next.nextCheckAt ?? 0) - now).toBeLessThanOrEqual(1.2 * INTERVAL);
        health = next;
      }
    }),
  );
});
