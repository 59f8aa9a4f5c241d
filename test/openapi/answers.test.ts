import { describe, expect, test } from "bun:test";
import { sandboxSessionId } from "../../src/emulator/index.ts";
import type { Operation } from "../../src/http/route.ts";
import type { Node } from "../support/openapi.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import type { Answer, RequestOptions } from "../support/service.ts";

/*
 * Whatever an operation answers, the document has it: the status, the kind of problem, the headers.
 * Asked in the ways that callers get wrong, and with a sandbox that answers as Instagram does when
 * something is wrong.
 */

const sandbox = await sandboxOfFile({ config: { logLevel: "silent", upstreamTimeoutMs: 500 } });
const document: Node = (await sandbox.request("GET", "/openapi.json")).body;
const { key: reading } = await sandbox.createKey(sandbox.tenantId, { scopes: ["read"] });
const { key: writing } = await sandbox.createKey(sandbox.tenantId, { scopes: ["write"] });
const keyed = sandbox.entries.filter(({ access }) => access.kind !== "public");

const refusal =
  (status: number, body: object): (() => Response) =>
  () =>
    Response.json({ status: "fail", ...body }, { status });

const REFUSALS: Readonly<Record<string, () => Response>> = {
  "an unknown refusal": refusal(400, { message: "Something odd" }),
  "a refusal with a title": refusal(400, { message: "", error_title: "Title", error_body: "Body" }),
  "a challenge": refusal(400, {
    message: "challenge_required",
    challenge: { api_path: "/challenge/1/a/", url: "https://i.instagram.com/challenge/1/a/" },
  }),
  "a checkpoint": refusal(400, { message: "checkpoint_required", checkpoint_url: "/x" }),
  consent: refusal(400, { message: "consent_required" }),
  "a block of the region": refusal(400, { message: "geoblock_required" }),
  "a block of the address": refusal(400, { message: "x", error_type: "sentry_block" }),
  "an old app": refusal(400, { message: "x", error_type: "needs_upgrade" }),
  feedback: refusal(400, { message: "feedback_required", feedback_title: "Try later" }),
  "a throttle": refusal(429, { message: "Please wait a few minutes before you try again." }),
  "a rate limit": refusal(429, { message: "x", error_type: "rate_limit_error" }),
  "nothing there": refusal(404, { message: "Not found" }),
  "no entry": refusal(403, { message: "Forbidden" }),
  "its own failure": refusal(500, { message: "Oops" }),
  "an empty answer": () => new Response("", { status: 200 }),
  "a page": () => new Response("<html></html>", { headers: { "Content-Type": "text/html" } }),
  // The last ones: a session that has lost its login is refused without a call.
  "no authorization": refusal(401, { message: "Unauthorized" }),
  "a lost login": refusal(403, { message: "login_required", error_type: "login_required" }),
};

const CALLERS_FAULTS: Readonly<Record<string, (entry: Operation) => RequestOptions>> = {
  "no key": () => ({ key: null, headers: {} }),
  "an unknown key": () => ({ key: `gw_test_${"x".repeat(40)}`, headers: {} }),
  "a key that may only read": () => ({ key: reading, headers: {} }),
  "a key that may only write": () => ({ key: writing, headers: {} }),
  "an unknown session": () => ({ session: "01K9ZJ5M0T6R3F4C2B1A0XYZWV" }),
  "no session": () => ({ session: null }),
  "values that mean nothing": ({ query, body }) => {
    const odd = (schema: Operation["query"]): Record<string, string> =>
      Object.fromEntries(Object.keys(schema?.properties ?? {}).map((name) => [name, "%"]));
    return { query: odd(query), ...(body ? { form: odd(body) } : {}) };
  },
  "another content type": ({ body }) =>
    body ? { form: undefined as never, body: "x", headers: { "Content-Type": "text/x" } } : {},
};

describe("what is answered is in the document", () => {
  for (const entry of keyed)
    test(entry.operationId, async () => {
      for (const [name, fault] of Object.entries(CALLERS_FAULTS))
        expectDocumented(entry, await sandbox.call(entry, fault(entry)), name);
      expectDocumented(entry, await sandbox.call(entry), "nothing wrong");
      const example = await sandbox.example(entry);
      const options = {
        ...example.options,
        ...(example.options.session ? { session: await ownSession() } : {}),
      };
      for (const [name, answer] of Object.entries(REFUSALS)) {
        sandbox.instagram.on(/./, answer);
        const answered = await sandbox.request(entry.method, example.path, options);
        expectDocumented(entry, answered, name);
      }
    });
});

/** A session whose login is there, whatever the one before has met: of another account than the examples'. */
async function ownSession(): Promise<string> {
  const form = { sessionid: sandboxSessionId("sandbox_private") ?? "" };
  const key = sandbox.testKey;
  return (await sandbox.request("POST", "/auth/login/by/sessionid", { key, form })).body;
}

/** Headers that a caller should know of. */
const TOLD = /^(?:x-request-id|gramway-|ratelimit-|retry-after|www-authenticate|idempotency)/;

function expectDocumented(
  { method, path, operationId }: Operation,
  answer: Answer,
  about: string,
): void {
  const listed = document.paths[path.replaceAll(/:(\w+)/g, "{$1}")][method.toLowerCase()];
  const what = `${operationId}, ${about}: ${answer.status} ${answer.text.slice(0, 200)}`;
  const response = resolved(listed.responses[String(answer.status)]);
  expect(response, what).toBeDefined();
  const known = Object.keys(response?.headers ?? {}).map((name) => name.toLowerCase());
  const sent = [...answer.headers.keys()].filter((name) => TOLD.test(name));
  expect(
    sent.filter((name) => !known.includes(name)),
    what,
  ).toEqual([]);
  if (answer.status < 400) return;
  const { examples } = response?.content?.["application/problem+json"] ?? {};
  expect(Object.keys(examples ?? {}), what).toContain(answer.body.exc_type);
}

function resolved(node: Node | undefined): Node | undefined {
  const name = String(node?.$ref ?? "")
    .split("/")
    .at(-1);
  return name ? document.components.responses[name] : node;
}
