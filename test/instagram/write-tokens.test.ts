import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { derivedTokens, randomTokens, type WriteTokens } from "../../src/instagram/write-tokens.ts";

const secret = fc.uint8Array({ minLength: 16, maxLength: 32 });
const drawn = (tokens: WriteTokens, count: number): string[] =>
  Array.from({ length: count }, (_, index) =>
    index % 2 ? tokens.idempotenceToken() : tokens.mutationToken(),
  );

describe("tokens that follow from a secret", () => {
  test("are the same in each request with that secret, and differ within one", () => {
    fc.assert(
      fc.property(secret, (bytes) => {
        const first = drawn(derivedTokens(bytes), 6);
        expect(drawn(derivedTokens(bytes), 6)).toEqual(first);
        expect(new Set(first).size).toBe(6);
      }),
    );
  });

  test("do not depend on how many of the other kind were drawn before", () => {
    const one = derivedTokens(new Uint8Array(32).fill(7));
    const other = derivedTokens(new Uint8Array(32).fill(7));
    one.mutationToken();
    expect(one.idempotenceToken()).toBe(other.idempotenceToken());
  });

  test("differ between secrets", () => {
    fc.assert(
      fc.property(secret, secret, (one, other) => {
        fc.pre(Buffer.compare(one, other) !== 0);
        expect(drawn(derivedTokens(one), 2)).not.toEqual(drawn(derivedTokens(other), 2));
      }),
    );
  });
});

test.each([
  ["derived", derivedTokens(new Uint8Array(32))],
  ["random", randomTokens],
])("%s tokens have the forms of the app's", (_, tokens) => {
  for (let count = 0; count < 100; count++) {
    expect(tokens.mutationToken()).toMatch(/^6800\d{15}$|^6[89]\d{17}$/);
    expect(tokens.idempotenceToken()).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  }
});
