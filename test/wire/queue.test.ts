import { afterEach, beforeEach, expect, test } from "bun:test";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";
import { Gate } from "../support/gate.ts";
import { importSession, loggedIn, settingsOf, USER_PK } from "../support/live.ts";
import { expectProblem } from "../support/problems.ts";
import type { Answer, TestService } from "../support/service.ts";
import { createTestService } from "../support/service.ts";

const ACCOUNT = reply(200, { user: { pk: Number(USER_PK), username: "me" }, status: "ok" });
const TOTP = "accounts/disable_totp_two_factor/";

let instagram: FakeInstagram;
let service: TestService;
let session: string;
beforeEach(async () => {
  instagram = new FakeInstagram();
  service = await createTestService({ instagram });
  session = await importSession(service);
});
afterEach(() => service.close());

/** Lets everything go on that can, without looking at a clock. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const read = (id = session): Promise<Answer> =>
  service.request("GET", "/account", { key: service.liveKey, session: id });
const write = (): Promise<Answer> =>
  service.request("DELETE", "/auth/totp", { key: service.liveKey, session });

test("a session reads a few at a time, writes one at a time, and both beside each other", async () => {
  const reads = new Gate();
  const writes = new Gate();
  instagram.on("accounts/current_user/", () => reads.pass(ACCOUNT));
  instagram.on(TOTP, () => writes.pass(reply(200, { status: "ok" })));
  const answers = [...Array.from({ length: 9 }, () => read()), ...Array.from({ length: 3 }, write)];
  await settle();
  expect([reads.running, writes.running]).toEqual([4, 1]);
  reads.letGo();
  writes.letGo();
  for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200);
  expect([reads.most, writes.most]).toEqual([4, 1]);
});

test("what is too much for a session's queue is answered with 503 and when to come back", async () => {
  const gate = new Gate();
  instagram.on("accounts/current_user/", () => gate.pass(ACCOUNT));
  const answers = Array.from({ length: 80 }, () => read());
  await settle();
  gate.letGo();
  const refused = (await Promise.all(answers)).filter(({ status }) => status !== 200);
  expect(refused).toHaveLength(80 - 4 - 64);
  for (const { status, body, headers } of refused) {
    expect([status, body.exc_type]).toEqual([503, "SessionBusy"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  }
  expect((await read()).status).toBe(200);
});

test("one session's queue holds up no other's", async () => {
  const gate = new Gate();
  instagram.on(
    "accounts/current_user/",
    () => gate.pass(ACCOUNT),
    ...Array(3).fill(() => gate.pass(ACCOUNT)),
    ACCOUNT,
  );
  const other = await importSession(service, {
    authorization_data: { ds_user_id: "777", sessionid: "777%3AAbCdEfGhIjKlMnOp%3A12%3AAYd" },
  });
  const held = Array.from({ length: 4 }, () => read());
  await settle();
  expect((await read(other)).status).toBe(200);
  gate.letGo();
  await Promise.all(held);
});

test("a failed request gives its place back", async () => {
  instagram.on(TOTP, reply(500, ""), reply(400, { status: "fail" }), reply(200, { status: "ok" }));
  expect([(await write()).status, (await write()).status, (await write()).status]).toEqual([
    502, 400, 200,
  ]);
});

test("a refusal that comes after a relogin does not mark the new login as logged out", async () => {
  const gate = new Gate();
  const loggedOut = reply(403, { message: "login_required", status: "fail" });
  instagram.on("accounts/current_user/", () => gate.pass(loggedOut), ACCOUNT);
  const late = read();
  await settle();
  instagram.on("accounts/login/", loggedIn());
  const form = { username: "me.account", password: "pw" };
  await service.request("PATCH", "/auth/relogin", { key: service.liveKey, session, form });
  gate.letGo();
  expect((await late).body.exc_type).toBe("LoginRequired");
  const states = await service.service.stores.sessions.countByState();
  expect(states).toMatchObject({ active: 1 });
});

test("reads that waited while Instagram logged their session out are not sent any more", async () => {
  const gate = new Gate();
  const loggedOut = reply(403, { message: "login_required", status: "fail" });
  instagram.on("accounts/current_user/", () => gate.pass(loggedOut));
  const answers = Array.from({ length: 12 }, () => read());
  while (gate.running < 4) await Bun.sleep(1);
  gate.letGo();
  for (const answer of await Promise.all(answers)) expectProblem(answer, "LoginRequired");
  expect(instagram.callsOf("accounts/current_user/").length).toBeLessThan(12);
});

test("a session that Instagram has logged out is not asked for again, until it has a login", async () => {
  const states = () => service.service.stores.sessions.countByState();
  const loggedOut = reply(400, { message: "user_has_logged_out", status: "fail" });
  instagram.on("accounts/current_user/", loggedOut, ACCOUNT);
  expect((await read()).status).toBe(401);
  expect(await states()).toMatchObject({ logged_out: 1 });
  instagram.takePaths();
  for (const answer of [await read(), await write()]) {
    expectProblem(answer, "LoginRequired");
    expect(answer.body.hint).toContain("PATCH /auth/relogin");
    expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
  }
  expect(instagram.takePaths()).toEqual([]);
  // Its settings can still be had, and bring it back.
  const settings = await settingsOf(service, session);
  const form = { settings: JSON.stringify(settings) };
  await service.request("PATCH", "/auth/settings", { key: service.liveKey, session, form });
  expect((await read()).status).toBe(200);
  expect(await states()).toMatchObject({ active: 1, logged_out: 0 });

  instagram.on("accounts/current_user/", loggedOut, ACCOUNT);
  expect((await read()).status).toBe(401);
  instagram.on("accounts/login/", loggedIn());
  await service.request("PATCH", "/auth/relogin", {
    key: service.liveKey,
    session,
    form: { username: "me.account", password: "pw" },
  });
  expect((await read()).status).toBe(200);
});
