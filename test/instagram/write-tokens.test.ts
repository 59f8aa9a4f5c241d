import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { derivedTokens, randomTokens, type WriteTokens } from "../../src/instagram/write-tokens.ts";

const STARTED_AT = 1_790_000_000_000;
const secret = fc.uint8Array({ minLength: 16, maxLength: 32 });
const drawn = (tokens: WriteTokens, count: number): string[] =>
  Array.from({ length: count }, (_, index) =>
    index % 2 ? tokens.idempotenceToken() : tokens.mutationToken(),
  );

describe("tokens that follow from a secret", () => {
  test("are the same in each request with that secret, and differ within one", () => {
    fc.assert(
      fc.property(secret, (bytes) => {
        const first = drawn(derivedTokens(bytes, STARTED_AT), 6);
        expect(drawn(derivedTokens(bytes, STARTED_AT), 6)).toEqual(first);
        expect(new Set(first).size).toBe(6);
      }),
    );
  });

  test("do not depend on how many of the other kind were drawn before", () => {
    const one = derivedTokens(new Uint8Array(32).fill(7), STARTED_AT);
    const other = derivedTokens(new Uint8Array(32).fill(7), STARTED_AT);
    one.mutationToken();
    expect(one.idempotenceToken()).toBe(other.idempotenceToken());
  });

  test("differ between secrets", () => {
    fc.assert(
      fc.property(secret, secret, (one, other) => {
        fc.pre(Buffer.compare(one, other) !== 0);
        expect(drawn(derivedTokens(one, STARTED_AT), 2)).not.toEqual(
          drawn(derivedTokens(other, STARTED_AT), 2),
        );
      }),
    );
  });
});

describe("ids of uploads", () => {
  test("follow from the secret, are unix milliseconds near the start, and differ", () => {
    fc.assert(
      fc.property(secret, (bytes) => {
        const ids = (tokens: WriteTokens) => Array.from({ length: 12 }, () => tokens.uploadId());
        const first = ids(derivedTokens(bytes, STARTED_AT));
        expect(ids(derivedTokens(bytes, STARTED_AT))).toEqual(first);
        expect(new Set(first).size).toBe(12);
        for (const id of first) expect(Math.abs(Number(id) - STARTED_AT)).toBeLessThan(20_000);
      }),
    );
  });

  test("differ within the process", () => {
    const ids = Array.from({ length: 100 }, () => randomTokens.uploadId());
    expect(new Set(ids).size).toBe(100);
  });
});

test.each([
  ["derived", derivedTokens(new Uint8Array(32), STARTED_AT)],
  ["random", randomTokens],
])("%s tokens have the forms of the app's", (_, tokens) => {
  for (let count = 0; count < 100; count++) {
    expect(tokens.mutationToken()).toMatch(/^6800\d{15}$|^6[89]\d{17}$/);
    expect(tokens.idempotenceToken()).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  }
});
