import { describe, expect, test } from "bun:test";
import ts from "typescript-5";
import { filesBelow, nodesOf } from "./support/source.ts";

// The checker in JavaScript: its native builds are for other machines.
process.env.RECHECK_BACKEND = "pure";
const { checkSync } = await import("recheck");

/*
 * Callers and the upstream choose what patterns are matched against. A pattern that backtracks takes
 * the square of a text's length or worse, and stops everybody while it does.
 */

interface Found {
  place: string;
  pattern: string;
  flags: string;
}

const patterns: Found[] = [];
/** Where a pattern is made while the service runs. */
const made: string[] = [];

for (const file of filesBelow("src"))
  for (const { node, line } of nodesOf(file)) {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf("/");
      patterns.push({
        place: `${file}:${line}`,
        pattern: node.text.slice(1, end),
        flags: node.text.slice(end + 1),
      });
    }
    const called = ts.isNewExpression(node) || ts.isCallExpression(node) ? node.expression : null;
    if (called && ts.isIdentifier(called) && called.text === "RegExp") made.push(file);
  }

/** Whether the time to match grows with the text and not faster. */
function isLinear({ pattern, flags }: Found): string {
  const found = checkSync(pattern, flags, { checker: "automaton", timeout: 20_000 });
  return found.status === "safe" ? "linear" : found.status;
}

describe("regular expressions", () => {
  test("are found", () => {
    expect(patterns.length).toBeGreaterThan(80);
  });

  test("are told apart by the checker", () => {
    const of = (pattern: string): string => isLinear({ place: "", pattern, flags: "" });
    expect(of("^\\d+$")).toBe("linear");
    expect(of("\\s+$")).not.toBe("linear");
    expect(of("^(?:a+)+$")).not.toBe("linear");
    expect(of("^(?:\\d+\\.?\\d*)e$")).not.toBe("linear");
  });

  for (const found of patterns)
    test(`${found.place} takes linear time`, () => {
      expect(isLinear(found), `/${found.pattern}/${found.flags}`).toBe("linear");
    });

  test("are literals: one that is made is not checked here", () => {
    expect(made).toEqual([]);
  });
});
