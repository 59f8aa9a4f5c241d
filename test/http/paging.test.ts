import { describe, expect, test } from "bun:test";
import type { Operation } from "../../src/http/route.ts";
import { contractOf } from "../support/contract.ts";
import { pagesOf } from "../support/pages.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import type { Answer } from "../support/service.ts";

/*
 * Every paginated operation: the pages together are the list, whatever their size. No item is lost
 * or doubled, and the cursor is empty after the last page.
 */
const sandbox = await sandboxOfFile();

/** Many calls are made in one test: a busy machine may take its time. */
const LONG_MS = 60_000;

/** How much of a long list is compared. */
const ENOUGH = 120;

const paginated = sandbox.entries.filter(
  ({ query }) => query?.properties.cursor !== undefined && query.properties.amount !== undefined,
);
const listed = sandbox.entries.filter(
  ({ query, operationId }) =>
    query?.properties.amount !== undefined &&
    query.properties.cursor === undefined &&
    contractOf(operationId)?.returns.startsWith("List["),
);

describe("pages of every size make the same list", () => {
  test("there are such operations", () => expect(paginated.length).toBeGreaterThan(2));

  for (const entry of paginated)
    test(
      entry.operationId,
      async () => {
        const whole = await walk(entry, 50);
        expect(whole.length, "the example's list").toBeGreaterThan(1);
        expect(new Set(whole).size, "doubled items").toBe(whole.length);
        for (const amount of [1, 7, 19]) {
          const limit = amount === 1 ? 15 : ENOUGH;
          const walked = await walk(entry, amount, limit);
          expect(walked.slice(0, limit), `by ${amount}`).toEqual(whole.slice(0, limit));
        }
      },
      LONG_MS,
    );
});

describe("a page without an amount, and one that goes on with another amount", () => {
  for (const entry of paginated)
    test(entry.operationId, async () => {
      const { path, options } = await sandbox.example(entry);
      const page = async (query: Record<string, string>): Promise<Answer["body"]> => {
        const answer = await sandbox.request("GET", path, {
          ...options,
          query: { ...options.query, ...query },
        });
        expect(answer.status, answer.text.slice(0, 300)).toBe(200);
        return answer.body;
      };
      const amount = String(entry.query?.properties.amount?.default);
      expect(amount).toMatch(/^\d+$/);
      const [usual, asked] = [await page({}), await page({ amount })];
      expect(usual.items.map(identityOf)).toEqual(asked.items.map(identityOf));
      const first = await page({ amount: "2" });
      if (first.next_cursor === "") return;
      const second = await page({ amount: "3", cursor: first.next_cursor });
      const both = await page({ amount: "5" });
      expect([...first.items, ...second.items].map(identityOf)).toEqual(both.items.map(identityOf));
    });
});

describe("a list of fewer items is the beginning of one of more", () => {
  for (const entry of listed)
    test(
      entry.operationId,
      async () => {
        const { path, options } = await sandbox.example(entry);
        const get = async (amount: number): Promise<string[]> => {
          const query = { ...options.query, amount: String(amount) };
          const { status, body, text } = await sandbox.request("GET", path, { ...options, query });
          expect(status, text.slice(0, 300)).toBe(200);
          return body.map(identityOf);
        };
        const many = await get(40);
        expect(many.length, "the example's list").toBeGreaterThan(0);
        expect(many.length).toBeLessThanOrEqual(40);
        expect(new Set(many).size, "doubled items").toBe(many.length);
        for (const amount of [1, 3, 25]) expect(await get(amount)).toEqual(many.slice(0, amount));
      },
      LONG_MS,
    );
});

/** Ids of the items of a list, page by page, until it ends or there are enough. */
async function walk(entry: Operation, amount: number, limit = ENOUGH): Promise<string[]> {
  const { path, options } = await sandbox.example(entry);
  const pages = pagesOf((cursor) => {
    const query = { ...options.query, amount: String(amount), cursor };
    return sandbox.request("GET", path, { ...options, query });
  });
  const ids: string[] = [];
  for await (const { body } of pages) {
    expect(body.items.length).toBeLessThanOrEqual(amount);
    ids.push(...body.items.map(identityOf));
    if (ids.length >= limit) break;
  }
  return ids;
}

const identityOf = ({ pk, id }: { pk?: string; id?: string }): string => String(pk ?? id);
