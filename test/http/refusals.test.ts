import { beforeAll, describe, expect, test } from "bun:test";
import type { Operation } from "../../src/http/route.ts";
import { type Asked, type Reply, reply, type Script } from "../support/fake-instagram.ts";
import { unblock } from "../support/guard.ts";
import { acts, sandboxOfFile } from "../support/sandbox.ts";
import type { Answer } from "../support/service.ts";
import { HurriedTime } from "../support/uploads.ts";

/*
 * What Instagram refuses, tried on every operation: none may hide a throttle behind an error of its
 * own, and where there is nothing each says so in its own terms, whatever the words.
 */

/** Their requests name no single thing, so a 404 does not say that it is missing. */
const OF_A_LIST = new Set(["getAccountCollection", "getHighlight", "getMediaCommentInfos"]);

const THROTTLES: readonly [status: number, body: string, type: string][] = [
  [429, "{}", "RateLimitError"],
  [400, '{"message":"feedback_required","status":"fail"}', "FeedbackRequired"],
  [400, '{"message":"Please wait a few minutes","status":"fail"}', "PleaseWaitFewMinutes"],
];

const OWN = new Set(["Auth", "Session"]);

const sandbox = await sandboxOfFile(new HurriedTime().options);

interface Tried {
  entry: Operation;
  /** How many requests to Instagram the example costs, up to the one that acts. */
  calls: number;
}
const asked: Tried[] = [];

/** Files come from other hosts: what these answer is no refusal of Instagram's. */
const isFile = ({ url }: Asked): boolean => new URL(url).host === "scontent.cdninstagram.com";
const requests = (): Asked[] => sandbox.instagram.calls.filter((call) => !isFile(call));

/** Answers what Instagram is asked; its files are as usual. */
const refusing =
  (answer: () => Reply | undefined): Script =>
  async (call, usual) =>
    (isFile(call) ? undefined : answer()) ?? usual();

beforeAll(async () => {
  for (const entry of sandbox.entries) {
    // How sessions are managed has tests of its own.
    if (entry.access.kind !== "session" || OWN.has(entry.tag)) continue;
    sandbox.instagram.calls.length = 0;
    await sandbox.call(entry);
    // What is posted stays posted, whatever the last request of an upload is answered.
    const calls = requests().filter(({ url }) => !url.endsWith("/qe/expose/")).length;
    if (calls > 0) asked.push({ entry, calls });
  }
});

/** The answer of an operation to a session that no earlier throttle holds back. */
async function called(entry: Operation): Promise<Answer> {
  await unblock(sandbox, sandbox.session, sandbox.testKey);
  return sandbox.call(entry);
}

/** How each operation answers when all its requests are answered with the same. */
async function answersTo(refusal: Reply): Promise<Map<Operation, Answer>> {
  sandbox.instagram.on(
    /./,
    refusing(() => refusal),
  );
  const found = new Map<Operation, Answer>();
  for (const { entry } of asked) found.set(entry, await called(entry));
  return found;
}

describe("every operation", () => {
  test.each(THROTTLES)("hands on a %d of %p", async (status, body, type) => {
    const found = await answersTo(reply(status, body));
    expect(found.size).toBeGreaterThan(70);
    const other = [...found].filter(([, answer]) => answer.body.exc_type !== type);
    expect(other.map(([{ operationId }, { text }]) => [operationId, text])).toEqual([]);
  });

  test("says with an error of its own that there is nothing, where it has one", async () => {
    for (const [{ operationId, uploads, errors = [] }, { body }] of await answersTo(
      reply(404, "<html>"),
    )) {
      const absent = errors.filter((type) => /NotFound$|^MediaError$/.test(type));
      const isTold = absent.length > 0 && !uploads && !OF_A_LIST.has(operationId);
      const wanted = isTold ? absent : ["ClientNotFoundError"];
      expect(wanted, operationId).toContain(body.exc_type);
    }
  });
});

/** A post needs no caption: there the field may be empty. */
const MISSING = [undefined, "", "  "];

describe("every action", () => {
  const acting = (): Tried[] => asked.filter(({ entry }) => acts(entry));

  test("hands on a throttle of whichever request, and sends nothing after it", async () => {
    expect(acting().length).toBe(sandbox.entries.filter(acts).length);
    for (const { entry, calls } of acting())
      for (let refused = 1; refused <= calls; refused++)
        for (const [status, body, type] of THROTTLES) {
          let sent = 0;
          sandbox.instagram.on(
            /./,
            refusing(() => (++sent === refused ? reply(status, body) : undefined)),
          );
          const answer = await called(entry);
          const about = `${entry.operationId}, request ${refused}: ${answer.text.slice(0, 300)}`;
          expect(answer.body.exc_type, about).toBe(type);
          expect(sent, about).toBe(refused);
        }
  });

  test("tells that Instagram has logged the session out, and asks it no more", async () => {
    for (const { entry } of acting()) {
      const session = await sandbox.login();
      sandbox.instagram.on(
        /./,
        refusing(() => reply(403, { message: "login_required", status: "fail" })),
      );
      // A single refusal may be a mishap; the second in a row is none.
      for (const time of ["first", "second"]) {
        const answer = await sandbox.call(entry, { session });
        expect([answer.status, answer.body.exc_type], `${entry.operationId} ${time}`).toEqual([
          401,
          "LoginRequired",
        ]);
      }
      const calls = requests().length;
      const again = await sandbox.call(entry, { session });
      expect([again.status, again.body.exc_type], entry.operationId).toEqual([
        401,
        "LoginRequired",
      ]);
      expect(requests().length, entry.operationId).toBe(calls);
      sandbox.instagram.reset();
    }
  });

  test("with a field missing or blank asks nothing", async () => {
    for (const { entry } of acting()) {
      const { path, options } = await sandbox.example(entry);
      const { files } = options;
      const fields = entry.body ? "form" : "query";
      const required = (entry.body ?? entry.query)?.required ?? [];
      for (const name of required)
        for (const value of name === "caption" && entry.uploads ? [undefined] : MISSING) {
          const { [name]: _, ...given } = options[fields] ?? {};
          const changed = { ...given, ...(value === undefined ? {} : { [name]: value }) };
          const calls = sandbox.instagram.calls.length;
          const answer = await sandbox.request(entry.method, path, {
            ...options,
            [fields]: changed,
            ...(files ? { files: files.filter(([field]) => field !== name) } : {}),
          });
          const about = `${entry.operationId} ${name}=${JSON.stringify(value)}: ${answer.text}`;
          expect(answer.status, about).toBe(422);
          expect(sandbox.instagram.calls.length, about).toBe(calls);
        }
    }
  });
});
