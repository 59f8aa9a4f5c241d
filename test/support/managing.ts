import { afterAll, afterEach } from "bun:test";
import type { Announcement } from "../../src/announcements.ts";
import { FakeInstagram } from "./fake-instagram.ts";
import { importSession, savedSettings, USER_PK } from "./live.ts";
import { expectProblem } from "./problems.ts";
import { type Answer, createTestService, type RequestOptions } from "./service.ts";

/** The account's own data, by which a session is checked. */
export const PROFILE = "accounts/current_user/";
export const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A service for the tests of a file that manage sessions of live keys; its clock stands still. */
export async function managingService() {
  const instagram = new FakeInstagram();
  const clock = { time: Date.UTC(2026, 10, 24, 6) };
  const now = () => clock.time;
  const service = await createTestService({ instagram, now, monotonicNow: now });
  afterAll(() => service.close());
  afterEach(() => instagram.reset());
  const { liveKey: key } = service;
  let imported = 0;
  const ask = (
    method: string,
    path: string,
    session: string,
    options: RequestOptions = {},
  ): Promise<Answer> => service.request(method, path, { key, session, ...options });

  return {
    service,
    instagram,
    clock,
    ask,
    /** A session of its own. */
    newSession(): Promise<string> {
      const sessionid = `${USER_PK}%3AOwn${++imported}%3A12%3AAYd`;
      const authorization_data = { ds_user_id: USER_PK, sessionid };
      return importSession(service, savedSettings({ authorization_data }), { new_session: "true" });
    },
    /** A session of the sandbox that waits for a code. */
    async pendingSession(): Promise<string> {
      const form = { username: "sandbox_2fa", password: "sandbox" };
      const answer = await service.request("POST", "/auth/login", { key: service.testKey, form });
      instagram.takePaths();
      return expectProblem(answer, "TwoFactorRequired").session_id;
    },
    show: async (session: string): Promise<any> => (await ask("GET", "/session", session)).body,
    change: (session: string, json: object) => ask("PATCH", "/session", session, { json }),
    read: (session: string) => ask("GET", "/account", session),
    /** What is announced of sessions while `work` runs. */
    async announcedDuring(work: () => Promise<unknown>): Promise<Announcement[]> {
      const heard: Announcement[] = [];
      const { announcements } = service.service.stores;
      announcements.on(["session.changed", "session.deleted"], (said) => void heard.push(said));
      await work();
      return heard.splice(0);
    },
  };
}
