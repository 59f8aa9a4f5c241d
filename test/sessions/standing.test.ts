import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Announcement } from "../../src/announcements.ts";
import { FakeInstagram, type Reply, reply, type Script } from "../support/fake-instagram.ts";
import { Gate, until } from "../support/gate.ts";
import { unblock } from "../support/guard.ts";
import { importSession, loggedIn, USER_PK } from "../support/live.ts";
import { expectProblem } from "../support/problems.ts";
import { createTestService } from "../support/service.ts";

/* The state of a session follows from what Instagram answers to it, and never from a single blip. */

let time = Date.parse("2026-01-31T12:00:00Z");
const instagram = new FakeInstagram();
const service = await createTestService({ instagram, now: () => time });
const { liveKey: key } = service;
afterAll(() => service.close());

const ACCOUNT = "accounts/current_user/";
const GOOD = reply(200, { user: { pk: USER_PK, username: "me.account" }, status: "ok" });
const BARE = reply(403, { message: "login_required", logout_reason: 8, status: "fail" });
const LOGGED_OUT = reply(403, {
  message: "login_required",
  error_title: "You've Been Logged Out",
  error_body: "Please log back in.",
  logout_reason: 8,
  status: "fail",
});
const OWNER_LOGGED_OUT = reply(400, { message: "user_has_logged_out", status: "fail" });
const challengeAt = (path: string): Reply =>
  reply(400, {
    message: "challenge_required",
    challenge: { url: `https://i.instagram.com${path}`, api_path: path },
    status: "fail",
  });
const CHALLENGE = challengeAt(`/challenge/${USER_PK}/NonceCode/`);
const UPGRADE = reply(400, {
  message: "needs_upgrade",
  error_type: "needs_upgrade",
  status: "fail",
});
const DISABLED = reply(400, { message: "Your account has been disabled", status: "fail" });
const SUSPENDED = challengeAt("/accounts/suspended/");
const PAGE = "<!DOCTYPE html><html></html>";

let session: string;
beforeEach(async () => {
  instagram.reset();
  session = await importSession(service, undefined, { new_session: "true" });
});

const read = () => service.request("GET", "/account", { key, session });
const shown = async () => (await service.request("GET", "/session", { key, session })).body;
async function answered(...answers: Script[]): Promise<void> {
  for (const answer of answers) {
    instagram.on(ACCOUNT, answer);
    await read();
  }
}
const stateAfter = async (...answers: Script[]): Promise<string> => {
  await answered(...answers);
  return (await shown()).state;
};

describe("a blip changes no state", () => {
  const BLIPS: Record<string, Script> = {
    "a 500": reply(500, ""),
    "a 503 page": reply(503, PAGE),
    "a 403 page": reply(403, PAGE),
    "a 429 page": reply(429, PAGE),
    "a 404 that may hide a challenge": reply(404, "Not Found"),
    nonsense: reply(200, PAGE),
    "a time-out": () => {
      throw new DOMException("late", "TimeoutError");
    },
    "a broken connection": () => {
      throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
    },
  };
  for (const [name, blip] of Object.entries(BLIPS))
    test(name, async () => {
      expect(await stateAfter(blip, blip, blip)).toBe("active");
      const { last_error: error } = await shown();
      expect(error.kind).toBeString();
      expect(error.at).toBe(new Date(time).toISOString());
    });

  test("a throttle only has it cool down", async () => {
    const throttle = reply(400, { message: "feedback_required", spam: true, status: "fail" });
    expect(await stateAfter(throttle)).toBe("cooling_down");
    await unblock(service, session, key);
    expect((await shown()).state).toBe("active");
  });

  test("one refusal of the login: the session goes on, and shows what went wrong", async () => {
    expect(await stateAfter(BARE)).toBe("active");
    expect((await shown()).last_error).toMatchObject({ kind: "LoginRequired" });
    instagram.on(ACCOUNT, GOOD);
    expect((await read()).status).toBe(200);
  });

  test("a refusal of the login that is not followed by another", async () => {
    expect(await stateAfter(BARE, GOOD, BARE, GOOD, BARE)).toBe("active");
  });

  test("refusals of requests that were under way at the same time", async () => {
    const gate = new Gate();
    instagram.on(ACCOUNT, () => gate.pass(BARE));
    const reads = Array.from({ length: 4 }, read);
    await until(() => gate.running === 4);
    gate.letGo();
    for (const answer of await Promise.all(reads)) expectProblem(answer, "LoginRequired");
    expect((await shown()).state).toBe("active");
  });
});

describe("what Instagram says ends a state", () => {
  test("a second refusal in a row: the session is logged out, and not asked for again", async () => {
    const before = await shown();
    time += 60_000;
    expect(await stateAfter(BARE, BARE)).toBe("logged_out");
    const after = await shown();
    expect(after.reason).toBe("LoginRequired: login_required, 2 in a row");
    expect([before.state_since, after.state_since]).toEqual([
      new Date(time - 60_000).toISOString(),
      new Date(time).toISOString(),
    ]);
    instagram.takePaths();
    expectProblem(await read(), "LoginRequired");
    expect(instagram.takePaths()).toEqual([]);
  });

  for (const [name, answer] of Object.entries({ LOGGED_OUT, OWNER_LOGGED_OUT }))
    test(`${name} is final the first time`, async () => {
      expect(await stateAfter(answer)).toBe("logged_out");
      expect((await shown()).reason).toStartWith("LoginRequired: ");
    });

  test("an answer that takes the login away is final", async () => {
    const cleared = "sessionid=; Max-Age=0; Path=/";
    const settings = { cookies: { sessionid: `${USER_PK}%3AA%3A12%3AAYd`, ds_user_id: USER_PK } };
    session = await importSession(service, settings, { new_session: "true" });
    expect(
      await stateAfter(reply(403, { message: "login_required" }, { "set-cookie": cleared })),
    ).toBe("logged_out");
  });

  const STATES: [string, Reply, string][] = [
    ["challenge", CHALLENGE, "ChallengeRequired: challenge_required"],
    ["upgrade_required", UPGRADE, "UpgradeRequired: needs_upgrade"],
    ["disabled", DISABLED, "AccountDisabled: Your account has been disabled"],
    ["disabled", SUSPENDED, "AccountSuspended: challenge_required"],
  ];
  for (const [state, answer, reason] of STATES)
    test(`${reason} makes it ${state}, a good answer makes it active again`, async () => {
      const heard: Announcement[] = [];
      service.service.stores.announcements.on(["session.changed"], (said) => {
        if ("sessionId" in said && said.sessionId === session) heard.push(said);
      });
      time += 1000;
      expect(await stateAfter(answer, answer)).toBe(state);
      expect(await shown()).toMatchObject({ reason, state_since: new Date(time).toISOString() });
      time += 1000;
      expect(await stateAfter(GOOD)).toBe("active");
      expect(await shown()).toMatchObject({
        reason: "Instagram answers again",
        state_since: new Date(time).toISOString(),
        last_ok_at: new Date(time).toISOString(),
      });
      expect(heard).toMatchObject([
        { stateBefore: "active", state, reason, by: { kind: "instagram" } },
        { stateBefore: state, state: "active", by: { kind: "instagram" } },
      ]);
    });

  test("each change is counted", async () => {
    await answered(UPGRADE);
    const { text } = await service.request("GET", "/metrics");
    expect(text).toContain(
      'gramway_session_state_changes_total{from="active",to="upgrade_required"}',
    );
  });

  test("a challenge that is met in use goes on with POST /auth/challenge/resolve", async () => {
    await answered(CHALLENGE);
    const pending = await read();
    expectProblem(pending, "ChallengeRequired");
    const path = `challenge/${USER_PK}/NonceCode/`;
    instagram.on(
      path,
      reply(200, {
        step_name: "select_verify_method",
        step_data: { choice: "1", email: "m***@x.y" },
        status: "ok",
      }),
      reply(200, {
        step_name: "verify_email",
        step_data: { contact_point: "m***@x.y" },
        status: "ok",
      }),
    );
    const form = { last_json: JSON.stringify(pending.body.last_json) };
    const resolve = (more: Record<string, string> = {}) =>
      service.request("POST", "/auth/challenge/resolve", {
        key,
        session,
        form: { ...form, ...more },
      });
    expectProblem(await resolve(), "ChallengeRequired");
    // Instagram asks for it again meanwhile: the code that was sent still counts.
    await answered(CHALLENGE);
    instagram.on(path, reply(200, { action: "close", status: "ok" }));
    const resolved = await resolve({ security_code: "123456" });
    expect(resolved.status, resolved.text).toBe(200);
    expect(await stateAfter(GOOD)).toBe("active");
  });

  test("a login brings a session back, from each state", async () => {
    for (const answer of [OWNER_LOGGED_OUT, CHALLENGE, UPGRADE, DISABLED]) {
      await answered(answer);
      instagram.on("accounts/login/", loggedIn());
      const form = { username: "me.account", password: "pw" };
      const relogin = await service.request("PATCH", "/auth/relogin", { key, session, form });
      expect(relogin.status, relogin.text).toBe(200);
      expect(await shown()).toMatchObject({ state: "active", reason: "logged in" });
    }
  });

  test("a login that finds the account disabled makes the session so", async () => {
    instagram.on("accounts/login/", DISABLED);
    const form = { username: "me.account", password: "pw" };
    expectProblem(
      await service.request("PATCH", "/auth/relogin", { key, session, form }),
      "AccountDisabled",
    );
    expect((await shown()).state).toBe("disabled");
  });
});

test("any sequence of answers gives the state that its rules give", async () => {
  const ANSWERS = {
    good: GOOD,
    blip: reply(500, ""),
    page: reply(403, PAGE),
    missing: reply(404, { message: "User not found", status: "fail" }),
    bare: BARE,
    final: OWNER_LOGGED_OUT,
    challenge: CHALLENGE,
    upgrade: UPGRADE,
    disabled: DISABLED,
  };
  type Name = keyof typeof ANSWERS;
  /** The rules once more, as a table that knows only what was answered. */
  const expected = (names: readonly Name[]): string => {
    let state = "active";
    let refusals = 0;
    for (const name of names) {
      // Instagram is not asked any more.
      if (state === "logged_out") break;
      if (name === "good" || name === "missing") refusals = 0;
      if (name === "good") state = "active";
      if (name === "challenge") [state, refusals] = ["challenge", 0];
      if (name === "upgrade") [state, refusals] = ["upgrade_required", 0];
      if (name === "disabled") [state, refusals] = ["disabled", 0];
      if (state !== "disabled" && name === "bare" && ++refusals === 2) state = "logged_out";
      if (state !== "disabled" && name === "final") state = "logged_out";
    }
    return state;
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...(Object.keys(ANSWERS) as Name[])), { maxLength: 8 }),
      async (names) => {
        session = await importSession(service, undefined, { new_session: "true" });
        expect(await stateAfter(...names.map((name) => ANSWERS[name]))).toBe(expected(names));
      },
    ),
    { numRuns: 60 },
  );
});
