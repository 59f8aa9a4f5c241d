import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Announcements, OPERATOR } from "../../src/announcements.ts";
import { ChangeFeed } from "../../src/db/change-feed.ts";
import type { ChangeWatch } from "../../src/db/change-watch.ts";
import type { Database } from "../../src/db/connection.ts";
import { createIdSource } from "../../src/db/ids.ts";
import { createKeyring } from "../../src/db/keyring.ts";
import { Lease } from "../../src/db/lease.ts";
import { createSessionStore } from "../../src/sessions/session-store.ts";
import { type UploadRequest, Uploads } from "../../src/uploads/uploads.ts";
import { newKey, oldKey, setUpSessions } from "../support/session-store.ts";
import { stillWatch } from "../support/still-watch.ts";
import { allStorages, openMemory, openRemote } from "../support/storage.ts";

const DAY = 24 * 3_600_000;

/** A database with a session, and the uploads of processes on it. */
async function setUp(db: Database) {
  const fixture = await setUpSessions(db);
  const session = await fixture
    .store(newKey)
    .create(fixture.session({ challenge: null, legacyId: null }));
  const keyring = createKeyring([newKey]);
  const announcements = new Announcements();
  const clock = { time: Date.UTC(2026, 0, 5) };
  const now = () => clock.time;
  const place = { tenantId: fixture.tenantId, mode: "live" as const };
  return {
    session,
    place,
    clock,
    announcements,
    /** What one process has. */
    process(changes: Pick<ChangeWatch, "on"> = stillWatch) {
      const lease = new Lease(db, now);
      const newId = createIdSource(now);
      const onFailed = () => {};
      const deps = { db, lease, keyring, announcements, changes, now, newId, onFailed };
      return { lease, uploads: new Uploads(deps) };
    },
    request: (given: Partial<UploadRequest> = {}): UploadRequest => ({
      ...place,
      sessionId: session.id,
      kind: "media",
      totalBytes: 10,
      use: null,
      isResumed: false,
      mostInBackground: 8,
      ...given,
    }),
  };
}

/** The same database under other encryption keys. */
const under = (db: Database, keys: string[], now: () => number) =>
  new Uploads({
    db,
    lease: new Lease(db, now),
    keyring: createKeyring(keys),
    announcements: new Announcements(),
    changes: stillWatch,
    now,
    newId: createIdSource(now),
    onFailed: () => {},
  });

async function begun(uploads: Uploads, request: UploadRequest) {
  const upload = await uploads.begin(request);
  if (upload === null) throw new Error("the upload is done already");
  return upload;
}

describe.each(allStorages)("uploads %s", (_, open) => {
  test("are told of from their begin to their end, here and by other processes", async () => {
    await using storage = await open();
    const { place, process, request } = await setUp(storage.db);
    const here = process();
    const other = process();
    const upload = await begun(here.uploads, request());
    const told = async () => [
      await here.uploads.find(place, upload.id),
      await other.uploads.find(place, upload.id),
    ];
    const received = { id: upload.id, kind: "media", state: "received", sentBytes: 0 };
    for (const status of await told())
      expect(status).toEqual({
        ...received,
        totalBytes: 10,
        result: null,
        interrupted: null,
      } as any);

    upload.sending(20);
    upload.sent(15);
    expect(await here.uploads.find(place, upload.id)).toMatchObject({
      state: "sending",
      sentBytes: 15,
      totalBytes: 20,
    });
    await upload.save();
    expect(await other.uploads.find(place, upload.id)).toMatchObject({
      state: "sending",
      sentBytes: 15,
    });
    // What is sent again after a broken connection counts twice.
    upload.sent(15);
    expect(upload.note.sentBytes).toBe(20);

    await here.uploads.end(upload, { state: "done", result: '{"pk":"3012345678901234567"}' });
    for (const status of await told())
      expect(status).toMatchObject({
        state: "done",
        sentBytes: 20,
        totalBytes: 20,
        result: '{"pk":"3012345678901234567"}',
      });
  });

  test("are their tenant's and mode's alone", async () => {
    await using storage = await open();
    const { place, process, request } = await setUp(storage.db);
    const { uploads } = process();
    const upload = await begun(uploads, request());
    const foreign = [
      { ...place, mode: "test" as const },
      { ...place, tenantId: "01K9ZJ5M0T6R3F4C2B1A0XYZWV" },
    ];
    for (const other of foreign) expect(await uploads.find(other, upload.id)).toBeNull();
    await uploads.end(upload, { state: "done", result: "{}" });
    for (const other of foreign) expect(await uploads.find(other, upload.id)).toBeNull();
    expect(await uploads.find(place, "unknown")).toBeNull();
  });

  test("whose process has ended say whether something may have been made", async () => {
    await using storage = await open();
    const { place, process, request } = await setUp(storage.db);
    const ended = process();
    const early = await begun(ended.uploads, request());
    early.sending(10);
    const late = await begun(ended.uploads, request());
    await late.publishing();
    const waiting = await begun(ended.uploads, request());
    await waiting.publishing();
    // Instagram has answered that there is nothing yet.
    waiting.transcoding();
    await waiting.save();
    await ended.lease.end();

    const { uploads } = process();
    const told = async (id: string) => {
      const { state, interrupted } = (await uploads.find(place, id)) ?? {};
      return [state, interrupted];
    };
    expect(await told(early.id)).toEqual(["failed", "not_sent"]);
    expect(await told(late.id)).toEqual(["failed", "unknown"]);
    expect(await told(waiting.id)).toEqual(["failed", "not_sent"]);
  });

  test("that ended with an error keep it, encrypted", async () => {
    await using storage = await open();
    const { place, process, request } = await setUp(storage.db);
    const { uploads } = process();
    const upload = await begun(uploads, request());
    const result = JSON.stringify({ exc_type: "FeedbackRequired", detail: "secret ".repeat(200) });
    await uploads.end(upload, { state: "failed", result });
    expect(await process().uploads.find(place, upload.id)).toMatchObject({
      state: "failed",
      result,
    });
    const { rows } = await storage.db.statements.execute("SELECT result FROM uploads");
    expect(Buffer.from(rows[0]?.result as ArrayBuffer).toString("latin1")).not.toContain("secret");
  });

  test("are forgotten after a day, and with their session", async () => {
    await using storage = await open();
    const { place, clock, session, process, request } = await setUp(storage.db);
    const { uploads } = process();
    const old = await begun(uploads, request());
    await uploads.end(old, { state: "done", result: "{}" });
    clock.time += DAY - 1;
    expect(await uploads.find(place, old.id)).not.toBeNull();
    const young = await begun(uploads, request());
    await uploads.end(young, { state: "done", result: "{}" });
    clock.time += 1;
    expect(await uploads.find(place, old.id)).toBeNull();
    expect(await uploads.sweep()).toBe(1);
    expect(await uploads.find(place, young.id)).not.toBeNull();
    await deleteSession(storage.db, session.id);
    expect(await uploads.find(place, young.id)).toBeNull();
  });

  test("post nothing once their session is deleted", async () => {
    await using storage = await open();
    const { place, announcements, session, process, request } = await setUp(storage.db);
    const { uploads } = process();
    const upload = await begun(uploads, request());
    await deleteSession(storage.db, session.id);
    await expect(upload.publishing()).rejects.toMatchObject({ kind: "SessionNotFound" });
    expect(upload.signal.aborted).toBe(true);
    await expect(uploads.begin(request())).rejects.toMatchObject({ kind: "SessionNotFound" });

    const announced = await begun(uploads, {
      ...request(),
      sessionId: await another(storage.db, place.tenantId),
    });
    const { sessionId, tenantId } = announced.row;
    await deleteSession(storage.db, sessionId);
    await announcements.announce({
      kind: "session.deleted",
      sessionId,
      tenantId,
      by: OPERATOR,
      at: 0,
    });
    expect(announced.signal.aborted).toBe(true);
    expect(await uploads.find(place, announced.id)).toBeNull();
    await expect(announced.publishing()).rejects.toMatchObject({ kind: "SessionNotFound" });
  });
});

test("an upload ends when another process has deleted its session", async () => {
  await using storage = await openMemory();
  const { process, request, session } = await setUp(storage.db);
  const feed = new ChangeFeed(storage.db);
  await feed.read();
  const { uploads } = process(feed);
  const upload = await begun(uploads, request());
  await createSessionStore(storage.db, createKeyring([oldKey])).delete(
    session.tenantId,
    null,
    session.id,
  );
  expect(upload.signal.aborted).toBe(false);
  await feed.read();
  expect(upload.signal.aborted).toBe(true);
});

/** Deletes a session and what hangs on it: the remote database of the tests does not cascade. */
async function deleteSession(db: Database, id: string): Promise<void> {
  for (const sql of [
    "DELETE FROM uploads WHERE session_id = ?",
    "DELETE FROM sessions WHERE id = ?",
  ])
    await db.statements.execute({ sql, args: [id] });
}

async function another(db: Database, tenantId: string): Promise<string> {
  const fixture = await setUpSessions(db);
  const fields = { ...fixture.session({ challenge: null, legacyId: null }), tenantId };
  return (await fixture.store(newKey).create(fields)).id;
}

test("what came of an upload is read under a key that was the first before, and not without it", async () => {
  await using storage = await openMemory();
  const { place, clock, process, request } = await setUp(storage.db);
  const { uploads } = process();
  const upload = await begun(uploads, request());
  await uploads.end(upload, { state: "done", result: '{"pk":"1"}' });
  const now = () => clock.time;
  const rotated = under(storage.db, [oldKey, newKey], now);
  expect(await rotated.find(place, upload.id)).toMatchObject({ result: '{"pk":"1"}' });
  await expect(under(storage.db, [oldKey], now).find(place, upload.id)).rejects.toMatchObject({
    kind: "EncryptionKeyUnavailable",
  });
});

test("that the post may exist is stored before it is made, however saves and steps meet", async () => {
  // A database far away: a save is still under way when the next step comes.
  await using storage = await openRemote();
  const { process, request } = await setUp(storage.db);
  const { uploads } = process();
  const step = fc.constantFrom("sending", "sent", "transcoding", "save", "publishing", "tick");
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      const upload = await begun(uploads, request({ mostInBackground: null }));
      const mayExist = async (): Promise<unknown> => {
        const select = { sql: "SELECT may_exist FROM uploads WHERE id = ?", args: [upload.id] };
        return (await storage.db.statements.execute(select)).rows[0]?.may_exist;
      };
      for (const one of steps) {
        if (one === "sending") upload.sending(100);
        else if (one === "sent") upload.sent(7);
        else if (one === "transcoding") upload.transcoding();
        else if (one === "save") void upload.save();
        else if (one === "tick") await Promise.resolve();
        else {
          await upload.publishing();
          expect(await mayExist()).toBe(1);
        }
      }
      await uploads.end(upload, { state: "done", result: "{}" });
    }),
    { numRuns: 40 },
  );
});

describe("an upload under a key", () => {
  const use = { tokenSecret: new Uint8Array(32).fill(7), startedAt: Date.UTC(2026, 0, 5) };

  test("has an id that follows from the key's use", async () => {
    await using storage = await openMemory();
    const { process, request } = await setUp(storage.db);
    const { uploads } = process();
    const upload = await begun(uploads, request({ use }));
    expect(upload.id).toBe(uploads.idOf(use));
    expect(upload.id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    const others = [
      { ...use, startedAt: use.startedAt + 1 },
      { ...use, tokenSecret: new Uint8Array(32).fill(8) },
    ];
    for (const other of others) expect(uploads.idOf(other)).not.toBe(upload.id);
  });

  test("is begun anew by who resumes it, and then the first may post nothing any more", async () => {
    await using storage = await openMemory();
    const { place, process, request } = await setUp(storage.db);
    const first = process();
    const slow = await begun(first.uploads, request({ use }));
    const second = process();
    const upload = await begun(second.uploads, request({ use, isResumed: true }));
    expect(upload.id).toBe(slow.id);
    await expect(slow.publishing()).rejects.toMatchObject({ kind: "SessionNotFound" });
    // What the first has done is not known: a second end in between must not say otherwise.
    await second.lease.end();
    expect(await process().uploads.find(place, upload.id)).toMatchObject({
      interrupted: "unknown",
    });
  });

  test("is not begun again once it is done", async () => {
    await using storage = await openMemory();
    const { place, process, request } = await setUp(storage.db);
    const { uploads } = process();
    const upload = await begun(uploads, request({ use }));
    await uploads.end(upload, { state: "done", result: '{"pk":"1"}' });
    expect(await uploads.begin(request({ use, isResumed: true }))).toBeNull();
    expect(await uploads.find(place, upload.id)).toMatchObject({ result: '{"pk":"1"}' });
  });
});

describe("at once", () => {
  test("a session has few in the background, and a tenant as many as its policy lets it", async () => {
    await using storage = await openMemory();
    const { process, request } = await setUp(storage.db);
    const { uploads } = process();
    const running = [];
    for (let n = 0; n < 8; n++)
      running.push(await begun(uploads, request({ mostInBackground: 20 })));
    const busy = uploads.begin(request({ mostInBackground: 20 }));
    await expect(busy).rejects.toMatchObject({ kind: "SessionBusy" });
    await expect(uploads.begin(request({ mostInBackground: 7 }))).rejects.toMatchObject({
      kind: expect.stringMatching(/SessionBusy|GatewayRateLimited/),
    });
    // One that its caller waits for has its place among the requests.
    await begun(uploads, request({ mostInBackground: null }));
    const [one] = running;
    if (one) await uploads.end(one, { state: "done", result: "{}" });
    await expect(uploads.begin(request({ mostInBackground: 7 }))).rejects.toMatchObject({
      kind: "GatewayRateLimited",
    });
    await begun(uploads, request({ mostInBackground: 8 }));
  });

  test("the end of the service cancels what has made nothing, and waits for the rest", async () => {
    await using storage = await openMemory();
    const { place, process, request } = await setUp(storage.db);
    const { uploads } = process();
    const early = await begun(uploads, request());
    const late = await begun(uploads, request());
    await late.publishing();
    early.signal.addEventListener("abort", () => {
      void uploads.end(early, { state: "failed", result: "{}" });
    });
    late.signal.addEventListener("abort", () => {
      setTimeout(() => void uploads.end(late, { state: "done", result: "{}" }), 20);
    });
    await uploads.close(10_000);
    const { uploads: next } = process();
    expect(await next.find(place, early.id)).toMatchObject({ state: "failed", interrupted: null });
    expect(await next.find(place, late.id)).toMatchObject({ state: "done" });
  });
});
