import { beforeAll, describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

/*
 * What Instagram refuses, tried on every read operation: no operation may hide a throttle behind an
 * error of its own, and where there is nothing each says so in its own terms, whatever the words.
 */

/** Their requests name no single thing, so a 404 does not say that it is missing. */
const OF_A_LIST = new Set(["getAccountCollection", "getHighlight", "getMediaCommentInfos"]);

const sandbox = await sandboxOfFile();

const reads = sandbox.entries.filter(
  ({ method, access }) => method === "GET" && access.kind === "session",
);
const asked: { operationId: string; own: string[]; ask: () => Promise<string> }[] = [];

beforeAll(async () => {
  for (const entry of reads) {
    const { path, options } = await sandbox.example(entry);
    const { operationId, errors = [] } = entry;
    const first = await sandbox.request("GET", path, options);
    if (first.headers.get("gramway-upstream-calls") === "0") continue;
    const ask = async () => (await sandbox.request("GET", path, options)).body.exc_type;
    asked.push({ operationId, own: [...errors], ask });
  }
});

const refusals = async (status: number, body: string): Promise<Map<string, string>> => {
  sandbox.instagram.on(/./, reply(status, body));
  const found = new Map<string, string>();
  for (const { operationId, ask } of asked) found.set(operationId, await ask());
  return found;
};

describe("every read operation", () => {
  test.each([
    [429, "{}", "RateLimitError"],
    [400, '{"message":"feedback_required","status":"fail"}', "FeedbackRequired"],
    [400, '{"message":"Please wait a few minutes","status":"fail"}', "PleaseWaitFewMinutes"],
  ])("hands on a %d of %p", async (status, body, type) => {
    const found = await refusals(status, body);
    expect(found.size).toBeGreaterThan(70);
    expect([...found].filter(([, given]) => given !== type)).toEqual([]);
  });

  test("says with an error of its own that there is nothing, where it has one", async () => {
    const found = await refusals(404, "<html>");
    for (const { operationId, own } of asked) {
      const absent = own.filter((type) => /NotFound$|^MediaError$/.test(type));
      const isTold = absent.length > 0 && !OF_A_LIST.has(operationId);
      const wanted = isTold ? absent : ["ClientNotFoundError"];
      expect(wanted, operationId).toContain(found.get(operationId) ?? "");
    }
  });
});
