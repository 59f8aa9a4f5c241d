import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { collectPage, type Page, type UpstreamPage } from "../../src/instagram/paging.ts";
import { InvalidInput } from "../../src/problems/problem.ts";

type Item = { id: string };
/** A list upstream, cut into pages; null is an item that its model left out. */
type Upstream = (Item | null)[][];

const items = (...ids: (number | null)[]): (Item | null)[] =>
  ids.map((id) => (id === null ? null : { id: String(id) }));

/** An upstream of fixed pages whose cursors are `c1`, `c2`, …; the first page has none. */
function fetcher(pages: Upstream): {
  fetchPage: (cursor: string) => Promise<UpstreamPage<Item>>;
  asked: string[];
} {
  const asked: string[] = [];
  return {
    asked,
    fetchPage: async (cursor) => {
      asked.push(cursor);
      const index = cursor === "" ? 0 : Number(cursor.slice(1));
      const next = index + 1 < pages.length ? `c${index + 1}` : null;
      return { items: pages[index] ?? [], next };
    },
  };
}

const collect = (
  pages: Upstream,
  amount: number,
  cursor = "",
  fillsPage = true,
): Promise<Page<Item>> =>
  collectPage({ amount, cursor, fillsPage, identity: ({ id }) => id, ...fetcher(pages) });

const pagesOf = (upstream: fc.Arbitrary<(Item | null)[]>, maxLength = 8): fc.Arbitrary<Upstream> =>
  fc.array(upstream, { minLength: 1, maxLength });

const RUNS = { numRuns: 400, seed: 20_261_124 };

describe("collectPage", () => {
  test("reads no further than the upstream's last page, and hands a cursor of it on", async () => {
    const { fetchPage, asked } = fetcher([items(1, 2), items(3)]);
    const request = {
      amount: 5,
      fillsPage: true,
      fetchPage: async (cursor: string) => ({ ...(await fetchPage(cursor)), isLast: true }),
    };
    const first = await collectPage({ ...request, cursor: "" });
    expect(first).toEqual({ items: [{ id: "1" }, { id: "2" }], next_cursor: "c1" });
    const second = await collectPage({ ...request, cursor: first.next_cursor });
    expect(second).toEqual({ items: [{ id: "3" }], next_cursor: "" });
    expect(asked).toEqual(["", "c1"]);
  });

  test("hands out every item once, in order, whatever the upstream's pages and the amount", async () => {
    // Pages of any size with items left out here and there, all ids different.
    let last = 0;
    const page = fc.array(
      fc.boolean().map((there) => (there ? { id: String(++last) } : null)),
      { maxLength: 9 },
    );
    await fc.assert(
      fc.asyncProperty(
        pagesOf(page),
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        async (...given) => {
          const [pages, amount, fillsPage] = given;
          const wanted = pages.flat().filter((item) => item !== null);
          const got: Item[] = [];
          let cursor = "";
          let calls = 0;
          do {
            const result = await collect(pages, amount, cursor, fillsPage);
            expect(result.items.length).toBeLessThanOrEqual(amount);
            // Fewer than wanted come only at the end, or where one request makes one page.
            if (fillsPage && result.next_cursor !== "") expect(result.items).toHaveLength(amount);
            got.push(...result.items);
            cursor = result.next_cursor;
            expect(++calls).toBeLessThan(100);
          } while (cursor !== "");
          expect(got).toEqual(wanted);
        },
      ),
      RUNS,
    );
  });

  test("hands out a duplicate across upstream pages once a page, and loses nothing by it", async () => {
    const page = fc.array(fc.option(fc.integer({ min: 1, max: 9 }), { nil: null }), {
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(
        pagesOf(page.map((ids) => items(...ids))),
        fc.integer({ min: 1, max: 10 }),
        async (pages, amount) => {
          const wanted = new Set(pages.flat().flatMap((item) => (item ? [item.id] : [])));
          const got = new Set<string>();
          let cursor = "";
          do {
            const result = await collect(pages, amount, cursor);
            const ids = result.items.map(({ id }) => id);
            expect(new Set(ids).size).toBe(ids.length);
            for (const id of ids) got.add(id);
            cursor = result.next_cursor;
          } while (cursor !== "");
          expect(got).toEqual(wanted);
        },
      ),
      RUNS,
    );
  });

  test("asks for no page that it does not need", async () => {
    const pages = [items(1, 2), items(3, 4), items(5, 6)];
    for (const [amount, fillsPage, asked] of [
      [1, true, [""]],
      [2, true, [""]],
      [3, true, ["", "c1"]],
      [50, true, ["", "c1", "c2"]],
      [50, false, [""]],
    ] as const) {
      const upstream = fetcher(pages);
      await collectPage({ amount, cursor: "", fillsPage, identity: ({ id }) => id, ...upstream });
      expect(upstream.asked).toEqual([...asked]);
    }
  });

  test("hands the upstream's own cursor on where a page ends with one", async () => {
    const pages = [items(1, 2), items(3)];
    expect(await collect(pages, 2)).toEqual({
      items: [{ id: "1" }, { id: "2" }],
      next_cursor: "c1",
    });
    expect((await collect(pages, 2, "c1")).next_cursor).toBe("");
    expect((await collect(pages, 1)).next_cursor).not.toBe("c1");
  });

  test("ends where the upstream's cursor stands still, and where its pages stay empty", async () => {
    let asked = 0;
    const endless = (items: Item[], next: () => string) =>
      collectPage<Item>({
        amount: 5,
        cursor: "same",
        fillsPage: true,
        identity: ({ id }) => id,
        fetchPage: async () => {
          asked++;
          return { items, next: next() };
        },
      });
    expect(await endless([{ id: "1" }], () => "same")).toEqual({
      items: [{ id: "1" }],
      next_cursor: "",
    });
    expect(asked).toBe(1);
    const { next_cursor } = await endless([], () => `c${asked}`);
    expect(asked).toBeLessThan(30);
    expect(next_cursor).toBe(`c${asked}`);
  });

  test("ends where the upstream's cursors go round in a circle", async () => {
    const asked: string[] = [];
    const { items, next_cursor } = await collectPage<Item>({
      amount: Number.POSITIVE_INFINITY,
      cursor: "",
      fillsPage: true,
      fetchPage: async (cursor) => {
        asked.push(cursor);
        return { items: [{ id: cursor }], next: cursor === "a" ? "b" : "a" };
      },
    });
    expect(asked).toEqual(["", "a", "b"]);
    expect(items).toHaveLength(3);
    expect(next_cursor).toBe("");
  });

  test("reads hundreds of pages where everything is wanted, but not for ever", async () => {
    const pages = Array.from({ length: 400 }, (_, index) => items(index));
    expect(await collect(pages, Number.POSITIVE_INFINITY)).toEqual({
      items: pages.flat() as Item[],
      next_cursor: "",
    });
    let asked = 0;
    const endless = await collectPage<Item>({
      amount: Number.POSITIVE_INFINITY,
      cursor: "",
      fillsPage: true,
      fetchPage: async () => ({ items: [{ id: String(asked) }], next: `c${++asked}` }),
    });
    expect(endless.items).toHaveLength(asked);
    expect(endless.next_cursor).toBe(`c${asked}`);
    expect(asked).toBeLessThan(2_000);
  });

  test("repeats what the upstream repeats where items have no identity", async () => {
    const upstream = fetcher([items(1, 2, 2), items(null, 1), items(3)]);
    const page = await collectPage({ amount: 5, cursor: "", fillsPage: true, ...upstream });
    expect(page.items.map(({ id }) => id)).toEqual(["1", "2", "2", "1", "3"]);
  });

  test("refuses what can be no cursor", async () => {
    for (const cursor of ["x".repeat(10_001), `gw1.${"x".repeat(10_001)}`])
      await expect(collect([], 1, cursor)).rejects.toThrow(InvalidInput);
  });
});

describe("a cursor into an upstream page", () => {
  const ids = ({ items: found }: Page<Item>) => found.map(({ id }) => id);

  test("goes on behind the last item, whatever came to the list or left it since", async () => {
    const before = items(1, 2, null, 3, 4, 5);
    const { next_cursor } = await collect([before], 3);
    for (const [case_, after, rest] of [
      ["nothing", before, ["4", "5"]],
      ["came in front", items(8, 9, 1, 2, null, 3, 4, 5), ["4", "5"]],
      ["left in front", items(2, 3, 4, 5), ["4", "5"]],
      ["the last one left", items(1, 2, null, 4, 5), ["4", "5"]],
      ["came behind", items(1, 2, 3, 4, 6, 5), ["4", "6", "5"]],
      ["all left", [], []],
    ] as const) {
      const next = await collect([[...after], items(7)], 9, next_cursor, false);
      expect(ids(next), case_).toEqual([...rest]);
      expect(next.next_cursor, case_).toBe("c1");
    }
  });

  test("repeats no item of the page that came before it", async () => {
    const { items: first, next_cursor } = await collect([items(1, 2, 1, 3)], 2);
    expect(first).toEqual([{ id: "1" }, { id: "2" }]);
    expect(ids(await collect([items(1, 2, 1, 3)], 2, next_cursor))).toEqual(["3"]);
  });

  test("keeps the upstream's cursor as it is, line breaks and dots included", async () => {
    const asked: string[] = [];
    const fetchPage = async (cursor: string) => {
      asked.push(cursor);
      return { items: items(1, 2), next: null };
    };
    const request = { amount: 1, fillsPage: true, fetchPage };
    const { next_cursor } = await collectPage({ ...request, cursor: '{"a":\n"b.c"}' });
    await collectPage({ ...request, cursor: next_cursor });
    expect(asked).toEqual(['{"a":\n"b.c"}', '{"a":\n"b.c"}']);
  });

  test("counts items where they have no identity", async () => {
    const upstream = () => fetcher([items(1, 1, 2)]);
    const request = { amount: 2, fillsPage: true };
    const { next_cursor: cursor } = await collectPage({ ...request, cursor: "", ...upstream() });
    expect(cursor).toBe("gw2.");
    expect(ids(await collectPage({ ...request, cursor, ...upstream() }))).toEqual(["2"]);
    expect(ids(await collect([items(1, 2, 3)], 2, "gw2."))).toEqual(["3"]);
  });
});
