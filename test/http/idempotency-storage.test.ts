import { describe, expect, spyOn, test } from "bun:test";
import { StorageUnavailable } from "../../src/db/errors.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";
import {
  type KeyedService,
  keyedService,
  LIKE,
  lost,
  message,
  newKey,
} from "../support/idempotency.ts";
import { USER_PK } from "../support/live.ts";
import { ENCRYPTION_KEY } from "../support/service.ts";

/* Requests under an Idempotency-Key when the database fails, or an encryption key is replaced. */

describe("when the database fails", () => {
  /** Fails statements that `refuses` names, while it is set. */
  function failing(service: KeyedService) {
    const { db } = service.service.service.stores;
    const write = db.write.bind(db);
    const state = { isOn: false };
    spyOn(db, "write").mockImplementation((work) =>
      state.isOn ? Promise.reject(new StorageUnavailable("full")) : write(work as never),
    );
    return state;
  }

  test("before the start, nothing is sent", async () => {
    await using own = await keyedService();
    const database = failing(own);
    database.isOn = true;
    const key = newKey();
    const answer = await own.ask(key);
    expect([answer.status, answer.body.exc_type]).toEqual([503, "StorageUnavailable"]);
    expect(own.instagram.calls).toHaveLength(0);
    database.isOn = false;
    expect((await own.ask(key)).status).toBe(200);
  });

  test.each([
    ["a like", {}],
    ["a message", message()],
  ])("and its answer to the start of %s is lost, the retry is run", async (_, given) => {
    await using own = await keyedService();
    await own.ask(newKey());
    const { db } = own.service.service.stores;
    const write = db.write.bind(db);
    using _failure = spyOn(db, "write").mockImplementationOnce(async (work) => {
      await write(work as never);
      throw new StorageUnavailable("unreachable");
    });
    own.instagram.calls.length = 0;
    const key = newKey();
    expect((await own.ask(key, given)).status).toBe(503);
    expect(own.instagram.calls).toHaveLength(0);
    const again = await own.ask(key, given);
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([200, null]);
    expect(own.instagram.calls).toHaveLength(1);
  });

  test("after the action, its answer is given, and stored with the next request at the latest", async () => {
    await using own = await keyedService();
    const database = failing(own);
    const key = newKey();
    const { running, release } = await own.askHeld(key);
    database.isOn = true;
    release();
    expect((await running).status).toBe(200);
    const meanwhile = await own.ask(key);
    expect([meanwhile.status, meanwhile.body.exc_type]).toEqual([503, "StorageUnavailable"]);
    database.isOn = false;
    expect((await own.ask(key)).headers.get("idempotency-replayed")).toBe("true");
    expect(own.instagram.calls).toHaveLength(1);
  });

  test("after the action, on saving the session's new login: nothing is sent again", async () => {
    await using own = await keyedService();
    const database = failing(own);
    const headers = { "set-cookie": `sessionid=${USER_PK}%3ARenewed%3A12%3AAYd; Path=/` };
    own.instagram.on(LIKE, () => {
      database.isOn = true;
      return reply(200, { status: "ok" }, headers);
    });
    const key = newKey();
    const answer = await own.ask(key);
    expect([answer.status, answer.body.outcome]).toEqual([503, "unknown"]);
    database.isOn = false;
    expect((await own.ask(key)).body.exc_type).toBe("OutcomeUnknown");
    expect(own.instagram.calls).toHaveLength(1);
  });

  test("after the action and until the process ends, the outcome is unknown to the next", async () => {
    using directory = temporaryDirectory();
    const config = { database: { url: `file:${directory.path}/gramway.db` } };
    const instagram = new FakeInstagram();
    const first = await keyedService({ config, instagram });
    const database = failing(first);
    const { running, release } = await first.askHeld("a-key");
    database.isOn = true;
    release();
    expect((await running).status).toBe(200);
    await first.service.close();
    const { session, service } = first;
    const next = await keyedService({ config, instagram, session, key: service.liveKey });
    const answer = await next.ask("a-key");
    expect([answer.status, answer.body.exc_type]).toEqual([409, "OutcomeUnknown"]);
    expect(instagram.calls).toHaveLength(1);
    await next.service.close();
  });
});

describe("an encryption key that is replaced", () => {
  test("leaves the records of the old one valid while that is still there", async () => {
    using directory = temporaryDirectory();
    const database = { url: `file:${directory.path}/gramway.db` };
    const instagram = new FakeInstagram();
    const before = await keyedService({ config: { database }, instagram });
    const key = newKey();
    const answer = await before.ask(key, message());
    instagram.on(LIKE, lost);
    const unknown = newKey();
    await before.ask(unknown);
    const { session, service } = before;
    await before.service.close();
    const encryptionKeys = ["22".repeat(32), ENCRYPTION_KEY];
    const config = { database, encryptionKeys };
    const after = await keyedService({ config, instagram, session, key: service.liveKey });
    const again = await after.ask(key, message());
    expect([again.text, again.headers.get("idempotency-replayed")]).toEqual([answer.text, "true"]);
    expect((await after.ask(key, message("other"))).body.exc_type).toBe("IdempotencyKeyReused");
    expect((await after.ask(unknown)).body.exc_type).toBe("OutcomeUnknown");
    await after.service.close();
  });
});
