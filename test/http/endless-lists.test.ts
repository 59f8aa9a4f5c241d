import { describe, expect, test } from "bun:test";
import { sandboxOfFile } from "../support/sandbox.ts";

/*
 * An upstream whose lists do not end: no request makes more than a few calls for pages that bring
 * nothing, goes round in a circle, or takes a part for the whole.
 */

const sandbox = await sandboxOfFile();
let calls = 0;
/** Answers everything with these, by the number of the request. */
function answerWith(answers: (call: number) => unknown): void {
  calls = 0;
  sandbox.instagram.on(/./, () => Response.json(answers(calls++)));
}

/** A page that is one of every list, with the cursor under all names that lists use. */
const page = (cursor: string, threads: unknown[] = []) => ({
  users: [],
  items: [],
  comments: [],
  child_comments: [],
  sections: [],
  tray: [],
  more_available: true,
  has_more_headload_comments: true,
  has_more_head_child_comments: true,
  next_max_id: cursor,
  max_id: cursor,
  next_min_id: cursor,
  next_min_child_cursor: cursor,
  cursor,
  next_page: 1,
  next_media_ids: [],
  paging_info: { max_id: cursor, more_available: true },
  inbox: { threads, oldest_cursor: cursor },
  thread: {
    thread_id: "340282366841710300949128176816540024832",
    oldest_cursor: cursor,
    items: [],
  },
  data: {
    comment: {
      edge_liked_by: { edges: [], page_info: { has_next_page: true, end_cursor: cursor } },
    },
  },
  status: "ok",
});

const reads = sandbox.entries.filter(
  ({ method, access }) => method === "GET" && /session/.test(access.kind),
);
const examples = await Promise.all(
  reads.map(async (entry) => ({ entry, ...(await sandbox.example(entry)) })),
);

/** How many calls each read costs that asks for as much as it may. */
async function callsOf(answers: (call: number) => unknown): Promise<Map<string, number>> {
  const costs = new Map<string, number>();
  for (const { entry, path, options } of examples) {
    const declared = JSON.stringify(entry.query ?? {});
    const most = /"amount":\{[^}]*"maximum":200/.test(declared) ? "200" : "0";
    const query = { ...options?.query, ...(declared.includes('"amount"') ? { amount: most } : {}) };
    answerWith(answers);
    await sandbox.request("GET", path, { ...options, query });
    costs.set(entry.operationId, calls);
  }
  return costs;
}

const above = (costs: Map<string, number>, most: number): [string, number][] =>
  [...costs].filter(([, count]) => count > most);

describe("lists of an upstream", () => {
  test("whose pages are empty and always lead on are left after a few pages", async () => {
    const costs = await callsOf((call) => page(`c${call}`));
    // One or two look-ups may come before the list.
    expect(above(costs, 22)).toEqual([]);
    expect(above(costs, 19).length).toBeGreaterThan(10);
  }, 30_000);

  test("whose cursor repeats end there", async () => {
    expect(above(await callsOf(() => page("same")), 5)).toEqual([]);
    expect(above(await callsOf((call) => page(call % 2 === 0 ? "a" : "b")), 6)).toEqual([]);
  }, 30_000);
});

describe("a list of everything", () => {
  const threads = (answers: (call: number) => unknown, amount = "0") => {
    answerWith(answers);
    return sandbox.get("/direct/threads", { amount });
  };

  test("that never ends is an error after a thousand pages, not a part of it", async () => {
    const answer = await threads((call) => page(`c${call}`, [{ thread_id: String(call + 1) }]));
    expect([answer.status, answer.body.exc_type, calls]).toEqual([502, "UpstreamError", 1_000]);
    expect(answer.body.detail).toContain("fewer items");
    const some = await threads((call) => page(`c${call}`, [{ thread_id: String(call + 1) }]), "30");
    expect([some.status, some.body.length, calls]).toEqual([200, 30, 30]);
  }, 30_000);

  test("whose cursor is longer than any is an error", async () => {
    const answer = await threads(() => page("c".repeat(100_000)));
    expect([answer.status, answer.body.exc_type, calls]).toEqual([502, "UpstreamError", 1]);
  });

  test("of hundreds of thousands on one page is cut, and counted", async () => {
    const page = { inbox: { threads: Array(300_000).fill(0) }, status: "ok" };
    const answer = await threads(() => page);
    expect([answer.status, answer.body, calls]).toEqual([200, [], 1]);
    const { text } = await sandbox.request("GET", "/metrics");
    const drift = /^gramway_model_drift_total\{[^}]*model="DirectThread",field="id"\} (\d+)/m;
    expect(Number(drift.exec(text)?.[1])).toBeLessThanOrEqual(60_000);
  });
});
