import { describe, expect, test } from "bun:test";
import type { Operation } from "../../src/http/route.ts";
import type { Asked } from "../support/fake-instagram.ts";
import { lost, newKey } from "../support/idempotency.ts";
import { acts, sandboxOfFile } from "../support/sandbox.ts";
import { HurriedTime } from "../support/uploads.ts";

/* Every action under an Idempotency-Key, on the sandbox. */

const sandbox = await sandboxOfFile(new HurriedTime().options);
const { instagram } = sandbox;
const actions = sandbox.entries.filter(acts);

/** The documentation's call of an action, as often as wanted, under one key. */
async function keyed(entry: Operation) {
  const { path, options } = await sandbox.example(entry);
  const headers = { "Idempotency-Key": newKey() };
  return () => sandbox.request(entry.method, path, { ...options, headers });
}

const bodyOf = ({ body }: Asked): string => {
  const form = new URLSearchParams(body ?? "");
  return form.get("signed_body") ?? String(form);
};
const TOKENS =
  /\b(?:client_context|mutation_token|offline_threading_id|idempotence_token)\W+([\w-]+)/g;
const tokensIn = (asked: Asked): string[] =>
  [...bodyOf(asked).matchAll(TOKENS)].map(([, token = ""]) => token);

const withoutTime = (answer: string): string => answer.replace(/"timestamp":"\d+"/g, "");

test("there are actions", () => expect(actions.length).toBeGreaterThan(60));

describe("is answered again, and Instagram not asked", () => {
  test.each(actions.map((entry) => [entry.operationId, entry] as const))("%s", async (_, entry) => {
    const ask = await keyed(entry);
    const first = await ask();
    expect(first.status, first.text).toBeLessThan(300);
    instagram.calls.length = 0;
    const again = await ask();
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(instagram.calls).toEqual([]);
  });
});

// Uploads are looked for instead: test/routes/upload-outcomes.test.ts.
const sentAgain = actions.filter(({ uploads }) => uploads !== "media" && uploads !== "story");

describe("whose answer was lost acts once", () => {
  test.each(sentAgain.map((entry) => [entry.operationId, entry] as const))(
    "%s",
    async (_, entry) => {
      const unbroken = await keyed(entry);
      instagram.calls.length = 0;
      const whole = await unbroken();
      const count = instagram.calls.length;

      const ask = await keyed(entry);
      instagram.calls.length = 0;
      let acted = "";
      instagram.on(/./, async (_asked, usual) => {
        const answer = await usual();
        if (instagram.calls.length !== count) return answer;
        acted = await answer.text();
        return lost();
      });
      const broken = await ask();
      expect([broken.status, broken.body.outcome], broken.text).toEqual([502, "unknown"]);
      const write = instagram.calls.at(-1) as Asked;
      expect(entry.guarded === true, "guarded").toBe(tokensIn(write).length > 0);

      let repeated = "";
      instagram.calls.length = 0;
      instagram.on(/./, async (asked, usual) => {
        const answer = await usual();
        if (new URL(asked.url).pathname === new URL(write.url).pathname)
          repeated = await answer.clone().text();
        return answer;
      });
      const again = await ask();
      if (!entry.guarded) {
        expect([again.status, again.body.exc_type]).toEqual([409, "OutcomeUnknown"]);
        expect(instagram.calls).toEqual([]);
        return;
      }
      expect(again.status, again.text).toBe(whole.status);
      expect(tokensIn(instagram.calls.at(-1) as Asked)).toEqual(tokensIn(write));
      // The sandbox knows the token again: it answers as it did then. A reaction tells no time of its own.
      expect(withoutTime(repeated)).toBe(withoutTime(acted));
    },
  );
});
