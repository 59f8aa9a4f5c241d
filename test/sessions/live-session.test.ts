import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Announcements, OPERATOR } from "../../src/announcements.ts";
import { type Database, openDatabase } from "../../src/db/connection.ts";
import { migrate } from "../../src/db/migrate.ts";
import { createAppProfiles } from "../../src/instagram/app-profiles.ts";
import { type ExactJsonObject, isJsonObject, parseExact } from "../../src/instagram/json.ts";
import { SessionState } from "../../src/instagram/session.ts";
import type { LiveSession, LiveSessionDependencies } from "../../src/sessions/live-session.ts";
import { LiveSessions, type LiveSessionsOptions } from "../../src/sessions/live-sessions.ts";
import type { SessionStore } from "../../src/sessions/session-store.ts";
import { nobody, OPEN_WAY } from "../support/callers.ts";
import { newKey, type SessionFixture, setUpSessions } from "../support/session-store.ts";
import { stillWatch } from "../support/still-watch.ts";

const SETTINGS = JSON.stringify({
  authorization_data: { ds_user_id: "3012345678901234567", sessionid: "3012345678901234567%3Aold" },
  cookies: { sessionid: "3012345678901234567%3Aold" },
});
const RENEWED = "3012345678901234567%3Arenewed";

let db: Database;
let fixture: SessionFixture;
let store: SessionStore;
beforeEach(async () => {
  db = openDatabase({ url: ":memory:" });
  await migrate(db);
  fixture = await setUpSessions(db);
  store = fixture.store(newKey);
});
afterEach(() => db.close());

/** The sessions as one process has them open. */
function process(options: LiveSessionsOptions = {}): LiveSessions {
  const deps: LiveSessionDependencies = {
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
    sleep: () => Promise.resolve(),
    drift: () => {},
    onQueueDepth: () => {},
    noteSigns: () => {},
  };
  return new LiveSessions(deps, options);
}

async function opened(sessions: LiveSessions, id: string): Promise<LiveSession> {
  const session = await sessions.resolve(fixture.tenantId, "live", id);
  if (!session) throw new Error("the session is gone");
  return session;
}

async function created(): Promise<string> {
  const fields = { settings: SETTINGS, challenge: null, legacyId: null };
  return (await store.create(fixture.session(fields))).id;
}

async function savedLogin(id: string): Promise<ExactJsonObject> {
  const stored = await store.find(fixture.tenantId, "live", id);
  const settings = parseExact(stored?.settings ?? "null");
  const login = isJsonObject(settings) ? settings.authorization_data : null;
  return isJsonObject(login) ? login : {};
}

const renew = (session: LiveSession): Promise<void> =>
  session.read(nobody, async ({ state }) => {
    state.setAuthorization(authorization(RENEWED));
  });

const authorization = (sessionId: string): string => {
  const data = { ds_user_id: "3012345678901234567", sessionid: sessionId };
  return `Bearer IGT:2:${btoa(JSON.stringify(data))}`;
};

describe("a login that a read renews while the session is being changed", () => {
  test("stays, where the change is of something else", async () => {
    const id = await created();
    const session = await opened(process(), id);
    await session.transform(nobody, async ({ state }) => {
      await renew(session);
      state.setLocale("de_DE");
      return { result: null, changes: {} };
    });
    expect(await savedLogin(id)).toMatchObject({ sessionid: RENEWED });
    expect(session.state.locale).toBe("de_DE");
    expect(session.state.toSettings().authorization_data).toMatchObject({ sessionid: RENEWED });
  });

  test("gives way to the login that the change has brought", async () => {
    const id = await created();
    const session = await opened(process(), id);
    await session.transform(nobody, async ({ state }) => {
      await renew(session);
      state.setAuthorization(authorization("3012345678901234567%3Anewest"));
      return { result: null, changes: {} };
    });
    expect(await savedLogin(id)).toMatchObject({ sessionid: "3012345678901234567%3Anewest" });
  });
});

test("bookkeeping leaves a login that another process has saved meanwhile", async () => {
  const id = await created();
  const [here, there] = [await opened(process(), id), await opened(process(), id)];
  await renew(there);
  await here.change(() => ({ challenge: '{"lastJson":{}}' }), OPERATOR);
  expect(await savedLogin(id)).toMatchObject({ sessionid: RENEWED });
  expect(here.state.toSettings().authorization_data).toMatchObject({ sessionid: RENEWED });
  expect((await store.find(fixture.tenantId, "live", id))?.challenge).toBe('{"lastJson":{}}');
});

test("a session that made room while it was in use is let go of when it is idle", async () => {
  const [first, second] = [await created(), await created()];
  const sessions = process({ maxLive: 1 });
  const busy = await opened(sessions, first);
  await busy.read(nobody, async () => {
    await opened(sessions, second);
    expect(await opened(sessions, first)).toBe(busy);
  });
  await sessions.flush(60_000);
  expect(await opened(sessions, first)).not.toBe(busy);
});

test("sessions are let go of when together they cost more than the cache may hold", async () => {
  const sessions = process({ maxBytes: 200_000 });
  const settings = JSON.stringify({ ...JSON.parse(SETTINGS), notes: "x".repeat(60_000) });
  for (let count = 0; count < 10; count++) {
    const { id } = await store.create(fixture.session({ settings, legacyId: null }));
    await opened(sessions, id);
  }
  expect(sessions.size).toBe(3);
});

test("what a session has grown to while it was open counts, too", async () => {
  const sessions = process({ maxBytes: 200_000 });
  const profiles = createAppProfiles();
  const grown = new SessionState({ ...JSON.parse(SETTINGS), notes: "x".repeat(60_000) }, profiles);
  const open: LiveSession[] = [];
  for (let count = 0; count < 10; count++) {
    const { id } = await store.create(fixture.session({ settings: SETTINGS, legacyId: null }));
    open.push(await opened(sessions, id));
  }
  expect(sessions.size).toBe(10);
  for (const session of open)
    await session.change(() => ({ replacement: grown.copy(), changes: {} }), OPERATOR);
  expect(sessions.size).toBe(3);
});
