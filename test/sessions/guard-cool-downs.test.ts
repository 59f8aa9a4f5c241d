import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Block } from "../../src/db/schema.ts";
import { UpstreamRefused } from "../../src/instagram/errors.ts";
import {
  afterThrottle,
  blockedUntil,
  blockOf,
  mergedBlocks,
  type Throttle,
} from "../../src/sessions/guard/cool-downs.ts";
import { upstreamExpiry } from "../../src/sessions/guard/upstream-expiry.ts";

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);

const throttles = fc.record({
  action: fc.constantFrom("all", "follow", "like", "read") as fc.Arbitrary<Block["action"]>,
  reason: fc.constantFrom("FeedbackRequired", "PleaseWaitFewMinutes", "RateLimitError"),
  /** Milliseconds until the next one. */
  pause: fc.nat(3 * DAY),
  told: fc.option(fc.integer({ min: 1_000, max: 31 * DAY })),
});

test("whatever the throttles, what waits is bounded, has one entry a kind, and Instagram's word holds", () => {
  fc.assert(
    fc.property(fc.array(throttles, { maxLength: 30 }), (sequence) => {
      let now = START;
      let blocks: Block[] | null = null;
      for (const { action, reason, pause, told } of sequence) {
        const until = told === null ? null : now + told;
        const throttle: Throttle = { action, reason, until };
        blocks = afterThrottle(blocks, throttle, now) ?? blocks;
        const kinds = (blocks ?? []).map((block) => block.action);
        expect(new Set(kinds).size).toBe(kinds.length);
        const found = blocks?.find((block) => block.action === action);
        expect(found!.until).toBeGreaterThan(now);
        expect(found!.until).toBeLessThanOrEqual(now + 31 * DAY);
        if (until !== null) expect(found!.until).toBeGreaterThanOrEqual(until);
        const kind = action === "all" ? "comment" : action;
        expect(blockOf(blocks, kind, now)?.until).toBeGreaterThanOrEqual(found!.until);
        expect(blockedUntil(blocks)).toBeGreaterThanOrEqual(found!.until);
        now += pause;
      }
      expect(blockOf(blocks, "like", now + 400 * DAY)).toBeNull();
    }),
  );
});

test("blocks of two processes make one list, in whichever order they are merged", () => {
  const block = fc.record({
    action: throttles.map(({ action }) => action),
    until: fc.integer({ min: START, max: START + DAY }),
    reason: fc.constant("FeedbackRequired"),
    strikes: fc.integer({ min: 1, max: 9 }),
  });
  const lists = fc.uniqueArray(block, { selector: ({ action }) => action });
  const untilOf = (blocks: readonly Block[]) =>
    blocks.map(({ action, until }) => `${action} ${until}`).sort();
  fc.assert(
    fc.property(lists, lists, (one, other) => {
      const merged = mergedBlocks(one, other) ?? one;
      expect(untilOf(merged)).toEqual(untilOf(mergedBlocks(other, one) ?? other));
      expect(mergedBlocks(merged, other)).toBeNull();
    }),
  );
});

test("whatever an answer holds, an expiry lies within 31 days, or there is none", () => {
  const value = fc.oneof(
    fc.jsonValue() as fc.Arbitrary<any>,
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.integer().map(BigInt),
    fc.constantFrom("2026-02-30", "1e400", "-5", "Infinity", "", " ", "2026-01-02"),
  );
  const body = fc.record({
    expiration_time: value,
    cooldown_time_in_seconds: value,
    feedback_message: value,
    message: value,
  });
  const offset = fc.integer({ min: -50_400, max: 50_400 });
  fc.assert(
    fc.property(body, offset, (fields, timezoneOffset) => {
      const refusal = new UpstreamRefused("FeedbackRequired", "", { status: 400, body: fields });
      const until = upstreamExpiry(refusal, { now: START, timezoneOffset });
      if (until === null) return;
      expect(until).toBeGreaterThan(START);
      expect(until).toBeLessThanOrEqual(START + 31 * DAY);
    }),
  );
});
