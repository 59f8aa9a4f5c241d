import { afterAll, describe, expect, test } from "bun:test";
import { type TemporaryDirectory, temporaryDirectory } from "../support/directory.ts";
import { FakeInstagram } from "../support/fake-instagram.ts";
import { startHranaServer } from "../support/hrana-server.ts";
import {
  type KeyedService,
  keyedService,
  message,
  newKey,
  SEND,
  sent,
  tokenIn,
} from "../support/idempotency.ts";

/* Requests under an Idempotency-Key that several processes get: the record is what they share. */

const time = Date.UTC(2026, 0, 5);

describe("two processes on one database", () => {
  const files: TemporaryDirectory[] = [];
  afterAll(() => {
    for (const file of files) file.remove();
  });
  /** Two services with one session. Their clocks are the same. */
  async function two() {
    const directory = temporaryDirectory();
    files.push(directory);
    const config = { database: { url: `file:${directory.path}/gramway.db` } };
    const instagram = new FakeInstagram();
    const one = await keyedService({ config, instagram, now: () => time });
    const { session } = one;
    const key = one.service.liveKey;
    const other = await keyedService({ config, instagram, session, key, now: () => time });
    return {
      one,
      other,
      instagram,
      async [Symbol.asyncDispose]() {
        await one.service.close();
        await other.service.close();
      },
    };
  }

  test("give one answer to one key", async () => {
    await using both = await two();
    const key = newKey();
    const first = await both.one.ask(key, message());
    const again = await both.other.ask(key, message());
    expect([again.text, again.headers.get("idempotency-replayed")]).toEqual([first.text, "true"]);
    expect((await both.other.ask(key, message("other"))).body.exc_type).toBe(
      "IdempotencyKeyReused",
    );
    expect(both.instagram.calls).toHaveLength(1);
  });

  test.each([
    ["a like", {}],
    ["a message", message()],
  ])("let %s that runs in one be waited for in the other", async (_, given) => {
    await using both = await two();
    const key = newKey();
    const { running, release } = await both.one.askHeld(key, given);
    const early = await both.other.ask(key, given);
    expect([early.status, early.body.exc_type]).toEqual([409, "IdempotencyInProgress"]);
    release();
    const first = await running;
    expect((await both.other.ask(key, given)).text).toBe(first.text);
    expect(both.instagram.calls).toHaveLength(1);
  });

  test("act once for twenty equal requests at once in each", async () => {
    await using both = await two();
    const key = newKey();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 ? both.one : both.other).ask(key)),
    );
    expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
    expect(both.instagram.calls).toHaveLength(1);
  });

  test("store what comes late from one that seemed dead, and replay it", async () => {
    await using both = await two();
    const key = newKey();
    const { running, release } = await both.one.askHeld(key);
    await leaseOver(both.one);
    expect((await both.other.ask(key)).body.exc_type).toBe("OutcomeUnknown");
    release();
    expect((await running).status).toBe(200);
    expect((await both.other.ask(key)).headers.get("idempotency-replayed")).toBe("true");
    expect(both.instagram.calls).toHaveLength(1);
  });

  test("send the same token when one takes a message over from one that seemed dead", async () => {
    await using both = await two();
    const key = newKey();
    const { running, release } = await both.one.askHeld(key, message());
    await leaseOver(both.one);
    both.instagram.on(SEND, sent);
    const taken = await both.other.ask(key, message());
    expect(taken.status, taken.text).toBe(200);
    release();
    expect((await running).text).toBe(taken.text);
    expect(new Set(both.instagram.callsOf(SEND).map(tokenIn)).size).toBe(1);
    expect((await both.one.ask(key, message())).text).toBe(taken.text);
  });

  test("see at once that one on the same machine has ended", async () => {
    await using both = await two();
    const keys = [newKey(), newKey()] as const;
    const held = await both.one.askHeld(keys[0]);
    const { statements } = both.one.service.service.stores.db;
    const { exitCode, pid } = Bun.spawnSync(["true"]);
    expect(exitCode).toBe(0);
    await statements.execute({
      sql: "UPDATE idempotency_owners SET id = 'of a process that was killed', pid = ?",
      args: [pid],
    });
    await statements.execute(
      "UPDATE idempotency_records SET owner = 'of a process that was killed'",
    );
    expect((await both.other.ask(keys[0])).body.exc_type).toBe("OutcomeUnknown");
    held.release();
    await held.running;
  });
});

/** As if the service had given no sign for long. */
async function leaseOver({ service }: KeyedService): Promise<void> {
  await service.service.stores.db.statements.execute(
    "UPDATE idempotency_owners SET lease_until = 0",
  );
}

test("a database over HTTP keeps the records as a file does", async () => {
  const server = startHranaServer({ token: "t0ken" });
  const database = { url: server.url, authToken: "t0ken" };
  const own = await keyedService({ config: { database } });
  const key = newKey();
  const first = await own.ask(key, message());
  expect(first.status, first.text).toBe(200);
  expect((await own.ask(key, message())).text).toBe(first.text);
  expect((await own.ask(key, message("other"))).body.exc_type).toBe("IdempotencyKeyReused");
  const once = newKey();
  const answers = await Promise.all(Array.from({ length: 10 }, () => own.ask(once)));
  expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
  expect(own.instagram.calls).toHaveLength(2);
  await own.service.close();
  await server.stop();
});
