import { describe, expect, test } from "bun:test";
import { contractOf } from "../support/contract.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

/*
 * Upstream-shaped answers reach the caller with the characters that Instagram wrote: here every
 * object of every answer begins with numbers that no JavaScript number holds or writes like that.
 */
const EXACT =
  '"exact":[3012345678901234567,-18446744073709551615,4.0,-0,1e2,0.12345678901234567890]';

const sandbox = await sandboxOfFile();

/** Answers the notification settings that the service itself knows. */
const OWN = new Set(["getNotificationsSettings"]);

const passedThrough = sandbox.entries.filter(
  ({ method, operationId }) =>
    method === "GET" &&
    !OWN.has(operationId) &&
    /Dict/.test(contractOf(operationId)?.returns ?? "") &&
    contractOf(operationId)?.tag !== "Auth" &&
    contractOf(operationId)?.tag !== "System",
);

describe("no digit is lost in what is passed through", () => {
  test("there are such operations", () => expect(passedThrough.length).toBeGreaterThan(15));

  for (const entry of passedThrough)
    test(entry.operationId, async () => {
      const { path, options } = await sandbox.example(entry);
      sandbox.instagram.on(/./, async (_asked, usual) => {
        const answer = await usual();
        if (!answer.headers.get("content-type")?.includes("json")) return answer;
        return new Response((await answer.text()).replaceAll('{"', `{${EXACT},"`), answer);
      });
      const answer = await sandbox.request("GET", path, options);
      expect(answer.status, answer.text.slice(0, 300)).toBe(200);
      const objects = answer.text.match(/\{"/g)?.length ?? 0;
      expect(objects).toBeGreaterThan(0);
      expect(answer.text.split(EXACT).length - 1).toBeGreaterThan(objects / 2);
    });
});
