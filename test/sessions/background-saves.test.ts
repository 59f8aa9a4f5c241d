import { afterEach, beforeEach, expect, test } from "bun:test";
import { Announcements } from "../../src/announcements.ts";
import { type Database, openDatabase } from "../../src/db/connection.ts";
import { StorageUnavailable } from "../../src/db/errors.ts";
import { migrate } from "../../src/db/migrate.ts";
import { createAppProfiles } from "../../src/instagram/app-profiles.ts";
import type { LiveSession } from "../../src/sessions/live-session.ts";
import { LiveSessions, type LiveSessionsOptions } from "../../src/sessions/live-sessions.ts";
import type { SessionStore } from "../../src/sessions/session-store.ts";
import { nobody, OPEN_WAY } from "../support/callers.ts";
import { newKey, oldKey, type SessionFixture, setUpSessions } from "../support/session-store.ts";
import { stillWatch } from "../support/still-watch.ts";

const SETTINGS = JSON.stringify({
  authorization_data: { ds_user_id: "7", sessionid: "7%3Aab%3A28" },
});

let db: Database;
let fixture: SessionFixture;
let store: SessionStore;
/** Sizes of the batches, and how often the event loop came round between them. */
let batches: number[];
let turns: number;
let atOnce: number;
let clock: number;
let errors: unknown[];
let opened: LiveSessions[];

beforeEach(async () => {
  db = openDatabase({ url: ":memory:" });
  await migrate(db);
  fixture = await setUpSessions(db);
  store = fixture.store(newKey, oldKey);
  [batches, errors, opened] = [[], [], []];
  [turns, atOnce, clock] = [0, 0, 0];
});
afterEach(async () => {
  for (const sessions of opened) await sessions.close();
  await db.close();
});

/** The sessions as one process has them open. */
function openSessions(options: LiveSessionsOptions = {}, base: SessionStore = store): LiveSessions {
  let running = 0;
  const counted: SessionStore = {
    ...base,
    async saveSettings(batch) {
      batches.push(batch.length);
      atOnce = Math.max(atOnce, ++running);
      try {
        return await base.saveSettings(batch);
      } finally {
        running--;
      }
    },
  };
  const sessions = new LiveSessions(
    {
      store: counted,
      isLocal: true,
      announcements: new Announcements(),
      changes: { ...stillWatch, latest: 1, epoch: () => 1 },
      profiles: createAppProfiles(),
      fetchFor: () => () => Promise.reject(new Error("no upstream in this test")),
      ...OPEN_WAY,
      timeoutMs: 1000,
      now: () => fixture.clock.time,
      monotonicNow: () => clock,
      sleep: () =>
        new Promise((resolve) => {
          turns++;
          setTimeout(resolve, 0);
        }),
      drift: () => {},
      onQueueDepth: () => {},
      noteSigns: () => {},
    },
    { saveCountersMs: 1e9, onFlushError: (error) => void errors.push(error), ...options },
  );
  opened.push(sessions);
  return sessions;
}

async function createMany(count: number, by: SessionStore = store): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 0; number < count; number++) {
    const fields = { settings: SETTINGS, challenge: null, legacyId: null, username: `u${number}` };
    ids.push((await by.create(fixture.session(fields))).id);
  }
  return ids;
}

async function open(sessions: LiveSessions, id: string): Promise<LiveSession> {
  const session = await sessions.resolve(fixture.tenantId, "live", id);
  if (!session) throw new Error("the session is gone");
  return session;
}

/** Reads with each session; the answers set a header of theirs. */
async function use(sessions: LiveSessions, ids: readonly string[], value: string): Promise<void> {
  for (const id of ids)
    await (await open(sessions, id)).read(nobody, async ({ state }) => state.setIgURur(value));
}

const saved = async (id: string): Promise<any> =>
  JSON.parse((await store.find(fixture.tenantId, "live", id))?.settings ?? "null");

test("what answers changed in many sessions is saved in small batches with a pause after each", async () => {
  const ids = await createMany(150);
  const sessions = openSessions();
  await use(sessions, ids, "rur");
  await sessions.flush();
  expect(batches.reduce((sum, size) => sum + size, 0)).toBe(150);
  expect(Math.max(...batches)).toBeLessThanOrEqual(100);
  expect(turns).toBe(batches.length);
  for (const id of ids) expect((await saved(id)).ig_u_rur).toBe("rur");
  await sessions.flush();
  expect(batches.reduce((sum, size) => sum + size, 0)).toBe(150);
});

test("flushes follow each other, and the end goes on at once with what the last one had left", async () => {
  const ids = await createMany(100);
  const sessions = openSessions();
  await use(sessions, ids, "rur");
  const flushes = [sessions.flush(), sessions.flush()];
  await Promise.all([...flushes, sessions.close()]);
  expect(atOnce).toBe(1);
  expect(batches.reduce((sum, size) => sum + size, 0)).toBe(100);
  expect(batches.length).toBeLessThan(4);
  for (const id of ids) expect((await saved(id)).ig_u_rur).toBe("rur");
});

test("sessions that somebody else saved, deleted or left under an older key cost no other its save", async () => {
  const ids = await createMany(20);
  const sessions = openSessions();
  await use(sessions, ids, "before");
  await sessions.flush();
  await use(sessions, ids, "rur");
  const other = openSessions();
  for (const id of ids.slice(3, 6))
    await (await open(other, id)).transform(nobody, async ({ state }) => {
      state.setTimezoneOffset("3600");
      return { result: null, changes: {} };
    });
  await store.delete(fixture.tenantId, "live", ids[7] ?? "");
  await sessions.flush();
  for (const id of ids.filter((_, index) => index !== 7))
    expect((await saved(id)).ig_u_rur).toBe("rur");
  for (const id of ids.slice(3, 6)) expect((await saved(id)).timezone_offset).toBe(3600);
  expect(errors).toEqual([]);

  const old = await createMany(3, fixture.store(oldKey));
  await use(sessions, old, "rur");
  await sessions.flush();
  for (const id of old) expect((await saved(id)).ig_u_rur).toBe("rur");
  expect(await fixture.store(newKey).countUndecryptable()).toBe(0);
});

test("a database that cannot save is tried once for all, and all stay to be saved", async () => {
  const ids = await createMany(50);
  let fails = true;
  const shaky: SessionStore = {
    ...store,
    saveSettings: (batch) =>
      fails ? Promise.reject(new StorageUnavailable("busy")) : store.saveSettings(batch),
  };
  const sessions = openSessions({}, shaky);
  await use(sessions, ids, "rur");
  await sessions.flush();
  expect(batches.length).toBe(1);
  expect(errors).toEqual([expect.any(StorageUnavailable)]);
  fails = false;
  await sessions.flush();
  for (const id of ids) expect((await saved(id)).ig_u_rur).toBe("rur");
});

test("only what has waited long enough is saved, on a clock that nobody sets; the end saves all", async () => {
  const [first = "", second = ""] = await createMany(2);
  const sessions = openSessions();
  await use(sessions, [first], "rur");
  clock += 60_000;
  // The wall clock is set back by an hour.
  fixture.clock.time -= 3_600_000;
  await use(sessions, [second], "rur");
  await sessions.flush(60_000);
  expect([(await saved(first)).ig_u_rur, (await saved(second)).ig_u_rur]).toEqual([
    "rur",
    undefined,
  ]);
  clock -= 3_600_000;
  await sessions.close();
  expect((await saved(second)).ig_u_rur).toBe("rur");
});

test("sessions that make room are saved without waiting, so that they do not pile up", async () => {
  const ids = await createMany(520);
  const sessions = openSessions({ maxLive: 10 });
  await use(sessions, ids, "rur");
  await sessions.flush(1e9);
  for (const id of ids.slice(0, 20)) expect((await saved(id)).ig_u_rur).toBe("rur");
  expect(batches.length).toBeGreaterThan(1);
}, 60_000);
