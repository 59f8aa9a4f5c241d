import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryDirectory } from "../support/directory.ts";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";
import { logIn } from "../support/live.ts";
import { expectProblem } from "../support/problems.ts";
import { type Answer, createTestService, type TestService } from "../support/service.ts";

const MINUTE = 60_000;
const START = Date.parse("2026-03-01T12:00:00Z");
let time = START;
const service = await createTestService({ now: () => time });
afterAll(() => service.close());

let key: string;
beforeEach(async () => {
  key = (await service.createKey(await service.createTenant("Guessing"))).key;
});

const login = (password: string, more: Record<string, string> = {}): Promise<Answer> =>
  service.request("POST", "/auth/login", { key, form: { username: "sandbox", password, ...more } });

async function failThreeTimes(): Promise<void> {
  for (let attempt = 1; attempt <= 3; attempt++) expectProblem(await login("wrong"), "BadPassword");
}

function expectPause(answer: Answer, seconds: number): void {
  expectProblem(answer, "SessionCoolingDown");
  expect(answer.headers.get("retry-after")).toBe(String(seconds));
  expect(answer.headers.get("gramway-upstream-calls")).toBeNull();
}

describe("after three wrong passwords in a row", () => {
  test("the logins of the account rest, whatever the password, and nothing is sent", async () => {
    await failThreeTimes();
    expectPause(await login("wrong"), 300);
    time += 100_000;
    expectPause(await login("sandbox"), 200);
    expectPause(await login("sandbox", { username: " @SANDBOX " }), 200);
    time += 200_000;
    expect((await login("sandbox")).status).toBe(200);
  });

  test("the rest grows with each further one, to a day", async () => {
    await failThreeTimes();
    for (const minutes of [5, 15, 60, 240, 720, 1440, 1440]) {
      expectPause(await login("wrong"), minutes * 60);
      time += minutes * MINUTE;
      expectProblem(await login("wrong"), "BadPassword");
    }
  });

  test("a clock that is set back makes the rest no longer than a day", async () => {
    await failThreeTimes();
    const before = time;
    time -= 30 * 24 * 60 * MINUTE;
    expectPause(await login("wrong"), 86_400);
    time = before;
  });

  test("a relogin rests as well, and counts as well", async () => {
    const session: string = (await login("sandbox")).body;
    const relogin = (password: string) =>
      service.request("PATCH", "/auth/relogin", { key, session, form: { password } });
    for (let attempt = 1; attempt <= 2; attempt++)
      expectProblem(await relogin("wrong"), "BadPassword");
    expectProblem(await login("wrong"), "BadPassword");
    for (const answer of [await relogin("sandbox"), await login("sandbox")])
      expectProblem(answer, "SessionCoolingDown");
    const read = await service.request("GET", "/account", { key, session });
    expect(read.status, "its session works on").toBe(200);
  });

  test("other accounts, tenants and modes do not notice", async () => {
    await failThreeTimes();
    expect((await login("sandbox", { username: "sandbox_private" })).status).toBe(200);
    const mine = key;
    key = (await service.createKey(await service.createTenant("Another"))).key;
    expect((await login("sandbox")).status).toBe(200);
    key = mine;
    expectProblem(await login("sandbox"), "SessionCoolingDown");
  });
});

test("a password that is right begins the count anew", async () => {
  for (let round = 1; round <= 3; round++) {
    for (let attempt = 1; attempt <= 2; attempt++)
      expectProblem(await login("wrong"), "BadPassword");
    expect((await login("sandbox")).status).toBe(200);
  }
});

test("a second factor's code counts when it is refused, and not when it is asked for", async () => {
  const enter = (code = "") =>
    login("sandbox", { username: "sandbox_2fa", verification_code: code });
  for (let attempt = 1; attempt <= 5; attempt++) expectProblem(await enter(), "TwoFactorRequired");
  for (let attempt = 1; attempt <= 3; attempt++)
    expectProblem(await enter("000000"), "TwoFactorRequired");
  expectProblem(await enter("123456"), "SessionCoolingDown");
});

test("failures of a week ago say nothing any more", async () => {
  for (let attempt = 1; attempt <= 2; attempt++) expectProblem(await login("wrong"), "BadPassword");
  time += 8 * 24 * 60 * MINUTE;
  for (let attempt = 1; attempt <= 2; attempt++) expectProblem(await login("wrong"), "BadPassword");
  expect((await login("sandbox")).status).toBe(200);
});

test("attempts at the same time go one after the other, so that three go out of many", async () => {
  const instagram = new FakeInstagram();
  let running = 0;
  let most = 0;
  instagram.on("accounts/login/", async () => {
    most = Math.max(most, ++running);
    await Bun.sleep(1);
    running--;
    return reply(400, { message: "Wrong", error_type: "bad_password", status: "fail" });
  });
  const live = await createTestService({ instagram });
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) => logIn(live, { password: `guess ${n}` })),
  );
  expect(instagram.callsOf("accounts/login/")).toHaveLength(3);
  expect(most).toBe(1);
  const statuses = new Set(answers.map(({ status }) => status));
  expect([...statuses].sort()).toEqual([401, 429, 503]);
  await live.close();
});

test("neither a restart nor another process forgets", async () => {
  const directory = temporaryDirectory();
  const database = { url: `file:${join(directory.path, "gramway.db")}` };
  const open = (): Promise<TestService> => createTestService({ config: { database } });
  const first = await open();
  const form = { username: "sandbox", password: "wrong" };
  const guess = (at: TestService) =>
    at.request("POST", "/auth/login", { key: first.testKey, form });
  for (let attempt = 1; attempt <= 3; attempt++) expectProblem(await guess(first), "BadPassword");
  const beside = await open();
  expectProblem(await guess(beside), "SessionCoolingDown");
  await beside.close();
  await first.close();
  const next = await open();
  expectProblem(await guess(next), "SessionCoolingDown");
  await next.close();
  directory.remove();
});
