import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Announcements, OPERATOR } from "../../src/announcements.ts";
import { type Database, openDatabase } from "../../src/db/connection.ts";
import { migrate } from "../../src/db/migrate.ts";
import { createAppProfiles } from "../../src/instagram/app-profiles.ts";
import type { Cancellation, Client } from "../../src/instagram/client.ts";
import type { LiveSession } from "../../src/sessions/live-session.ts";
import { LiveSessions } from "../../src/sessions/live-sessions.ts";
import { nobody, OPEN_WAY } from "../support/callers.ts";
import { Gate, until } from "../support/gate.ts";
import { newKey, setUpSessions } from "../support/session-store.ts";
import { stillWatch } from "../support/still-watch.ts";

/* Uploads of one session: beside its other work, but for what acts. */

const SETTINGS = JSON.stringify({
  authorization_data: { ds_user_id: "3012345678901234567", sessionid: "3012345678901234567%3Aold" },
});

let db: Database;
let session: LiveSession;
let slept: number[];
beforeEach(async () => {
  db = openDatabase({ url: ":memory:" });
  await migrate(db);
  const fixture = await setUpSessions(db);
  const store = fixture.store(newKey);
  slept = [];
  const sessions = new LiveSessions({
    store,
    isLocal: true,
    announcements: new Announcements(),
    changes: { ...stillWatch, latest: 1, epoch: () => 1 },
    profiles: createAppProfiles(),
    fetchFor: () => () => Promise.reject(new Error("no upstream in this test")),
    ...OPEN_WAY,
    timeoutMs: 1000,
    now: () => fixture.clock.time,
    monotonicNow: () => performance.now(),
    sleep: (milliseconds) => {
      slept.push(milliseconds);
      return milliseconds > 1_000 ? new Promise<void>(() => {}) : Promise.resolve();
    },
    drift: () => {},
    onQueueDepth: () => {},
    noteSigns: () => {},
  });
  const fields = { settings: SETTINGS, challenge: null, legacyId: null };
  const { id } = await store.create(fixture.session(fields));
  session = sessions.openStored((await store.find(fixture.tenantId, "live", id)) as never);
});
afterEach(() => db.close());

/** A caller that can hang up. */
function caller(limitMs = 60_000) {
  const hangingUp = new AbortController();
  const endsAt = performance.now() + limitMs;
  const cancellation: Cancellation = { signal: hangingUp.signal, endsAt, limitMs };
  return { caller: { ...nobody, cancellation }, hangUp: () => hangingUp.abort() };
}

const done = async (): Promise<string> => "done";

describe("a slow upload", () => {
  test("holds up neither reads nor writes, nor a second upload", async () => {
    const gate = new Gate();
    const slow = [1, 2].map(() => session.upload(nobody, () => gate.pass("uploaded")));
    await until(() => gate.running === 2);
    expect(await session.read(nobody, done)).toBe("done");
    expect(await session.write(nobody, done)).toBe("done");
    let third = false;
    const waiting = session.upload(nobody, async () => {
      third = true;
    });
    await Bun.sleep(0);
    expect(third).toBe(false);
    gate.letGo();
    expect(await Promise.all(slow)).toEqual(["uploaded", "uploaded"]);
    await waiting;
    expect(session.idle).toBe(true);
  });

  test("that waits keeps no read or write from waiting, and only so many wait", async () => {
    const gate = new Gate();
    const uploads = Array.from({ length: 18 }, () => session.upload(nobody, () => gate.pass(null)));
    await until(() => gate.running === 2);
    await expect(session.upload(nobody, done)).rejects.toMatchObject({ kind: "SessionBusy" });
    const write = new Gate();
    const writes = Array.from({ length: 60 }, () => session.write(nobody, () => write.pass(null)));
    write.letGo();
    await Promise.all(writes);
    gate.letGo();
    await Promise.all(uploads);
  });
});

describe("what acts within an upload", () => {
  test("takes its turn among the writes", async () => {
    const gate = new Gate();
    const write = session.write(nobody, () => gate.pass("written"));
    await until(() => gate.running === 1);
    const order: string[] = [];
    const upload = session.upload(nobody, async (client) => {
      order.push("sent");
      await client.turn(async () => order.push("published"));
    });
    await until(() => order.length === 1);
    order.push("the write ends");
    gate.letGo();
    await Promise.all([write, upload]);
    expect(order).toEqual(["sent", "the write ends", "published"]);
  });

  test("has the proxy and the login that the session has by then", async () => {
    const seen: (string | null)[] = [];
    await session.upload(nobody, async (client) => {
      seen.push(client.proxy);
      await session.change(() => ({ proxy: "http://other.example:1" }), OPERATOR);
      const login = { ds_user_id: "3012345678901234567", sessionid: "3012345678901234567%3Anew" };
      await session.change((_, state) => {
        state.setAuthorization(`Bearer IGT:2:${btoa(JSON.stringify(login))}`);
        return {};
      }, OPERATOR);
      await client.turn(async () => {
        seen.push(client.proxy);
        expect(client.state).toBe(session.state);
      });
    });
    expect(seen).toEqual(["http://user:hush-proxy@proxy.example:8080", "http://other.example:1"]);
  });

  test.each([
    ["deleted", "SessionNotFound"],
    ["logged out", "LoginRequired"],
  ])("does not take place in a session that was %s meanwhile", async (how, kind) => {
    let acted = false;
    const upload = session.upload(nobody, async (client) => {
      if (how === "deleted") {
        await db.statements.execute("DELETE FROM sessions");
        session.copy.invalidate();
      } else await session.change(() => ({ state: "logged_out" }), OPERATOR);
      await client.turn(async () => {
        acted = true;
      });
    });
    await expect(upload).rejects.toMatchObject({ kind });
    expect(acted).toBe(false);
  });

  test("does not take place when the caller has hung up or the time is over", async () => {
    const gone = caller();
    const late = caller(0);
    for (const [one, kind] of [
      [gone, "CallerGone"],
      [late, "UpstreamTimeout"],
    ] as const) {
      let acted = false;
      const upload = session.upload(one.caller, async (client) => {
        gone.hangUp();
        await client.turn(async () => {
          acted = true;
        });
      });
      await expect(upload).rejects.toMatchObject({ kind });
      expect(acted).toBe(false);
    }
  });

  test("is finished once it has begun", async () => {
    const { caller: who, hangUp } = caller();
    const answered = await session.upload(who, (client: Client) =>
      client.turn(async () => {
        hangUp();
        // The transport ends early for who has hung up: here nobody can have.
        expect(client.cancellation).toBeNull();
        return "published";
      }),
    );
    expect(answered).toBe("published");
  });
});

test("an upload that waits for a transcode ends when the caller hangs up", async () => {
  const { caller: who, hangUp } = caller();
  const upload = session.upload(who, async (client) => client.sleep(10_000_000));
  await until(() => slept.length === 1);
  hangUp();
  await expect(upload).rejects.toMatchObject({ kind: "CallerGone" });
  expect(session.idle).toBe(true);
});

test("an upload waits no longer than its caller's time", async () => {
  const { caller: who } = caller(500);
  await session.upload(who, (client) => client.sleep(10_000_000));
  expect(Math.max(...slept)).toBeLessThanOrEqual(500);
});
