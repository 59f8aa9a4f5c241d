import { describe, expect, test } from "bun:test";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { get } = sandbox;

describe("results page by page", () => {
  interface Tab {
    path: string;
    query: string;
    /** Parameters of the next page out of an answer. */
    next: (body: any) => Record<string, string>;
    ids: (body: any) => string[];
  }
  const idsOf = (items: any[]): string[] => items.map(({ media }) => media.id);
  const tabs: Tab[] = [
    {
      path: "/search/accounts",
      query: "anna.k",
      next: ({ page_token }) => ({ page_token }),
      ids: ({ users }) => users.map(({ username }: { username: string }) => username),
    },
    {
      path: "/search/reels",
      query: "berlin",
      next: ({ reels_max_id, rank_token }) => ({ reels_max_id, rank_token }),
      ids: ({ reels_serp_modules }) => idsOf(reels_serp_modules[0].clips),
    },
    {
      path: "/search/top",
      query: "instagram",
      next: ({ next_max_id, rank_token }) => ({ next_max_id, rank_token }),
      ids: ({ media_grid }) => idsOf(media_grid.sections[0].layout_content.medias),
    },
  ];

  test.each(tabs)("of $path come to an end, each one once", async ({ path, query, next, ids }) => {
    const seen: string[] = [];
    let page: Record<string, string> = {};
    for (let pages = 1; ; pages++) {
      const answer = await get(path, { query, ...page });
      expect(answer.status, answer.text.slice(0, 300)).toBe(200);
      seen.push(...ids(answer.body));
      if (!answer.body.has_more) {
        expect(pages).toBeGreaterThan(2);
        break;
      }
      page = next(answer.body);
      expect(pages).toBeLessThan(100);
    }
    expect(new Set(seen).size).toBe(seen.length);
  });

  test.each(tabs)("of $path refuse a token that was never handed out", async ({ path, next }) => {
    for (const name of Object.keys(next({}))) {
      const answer = await get(path, { query: "berlin", [name]: "nonsense" });
      expect(expectProblem(answer, "UnknownError").detail).toContain(name);
    }
  });

  test("of Reels follow from the row among everything too", async () => {
    const query = "instagram";
    const first = (await get("/search/top", { query })).body;
    const { reels_max_id } = first;
    const { body } = await get("/search/top", { query, reels_max_id });
    const row = ({ media_grid }: any) => idsOf(media_grid.sections[1].layout_content.clips);
    expect(new Set([...row(first), ...row(body)]).size).toBe(12);
  });
});
