import { afterAll, expect, test } from "bun:test";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";
import { unblock } from "../support/guard.ts";
import { importSession, logIn } from "../support/live.ts";
import { expectProblem } from "../support/problems.ts";
import { createTestService } from "../support/service.ts";

let time = Date.parse("2026-03-01T12:00:00Z");
const instagram = new FakeInstagram();
const service = await createTestService({ instagram, now: () => time });
const session = await importSession(service);
afterAll(() => service.close());

const WAIT = { message: "Please wait a few minutes before you try again.", status: "fail" };

async function askedToWait(
  status: number,
  headers: Record<string, string>,
): Promise<string | null> {
  await unblock(service, session, service.liveKey);
  instagram.on("accounts/current_user/", reply(status, WAIT, headers));
  const answer = await service.request("GET", "/account", { key: service.liveKey, session });
  expect(answer.status).toBe(status === 503 ? 502 : 429);
  return answer.headers.get("retry-after");
}

test("how long Instagram asks to wait is handed on, in seconds", async () => {
  for (const [value, seconds] of [
    ["17", "17"],
    ["7200", "7200"],
    [" 60 ", "60"],
    ["0", "1"],
    ["999999999999999", "86400"],
    ["Sun, 01 Mar 2026 12:01:30 GMT", "90"],
    ["Sun, 01 Mar 2026 11:00:00 GMT", "1"],
    ["Sat, 01 Mar 2036 12:00:00 GMT", "86400"],
  ] as const) {
    expect(await askedToWait(429, { "Retry-After": value }), value).toBe(seconds);
    expect(await askedToWait(400, { "Retry-After": value }), value).toBe(seconds);
  }
  expect(await askedToWait(503, { "Retry-After": "20" })).toBe("20");
});

test("a date counts from the answer's own", async () => {
  const headers = {
    Date: "Sun, 01 Mar 2026 10:00:00 GMT",
    "Retry-After": "Sun, 01 Mar 2026 10:00:45 GMT",
  };
  expect(await askedToWait(429, headers)).toBe("45");
});

test("what cannot be read leaves the usual time", async () => {
  for (const value of ["soon", "-5", "1.5", "1e3", "2026-03-01T12:00:00Z", `${"1".repeat(21)}`])
    expect(await askedToWait(429, { "Retry-After": value }), value).toBe("300");
  expect(await askedToWait(503, {})).toBeNull();
});

test("logins of an account rest for as long as Instagram asks", async () => {
  instagram.on("accounts/login/", reply(429, WAIT, { "Retry-After": "17" }));
  const first = await logIn(service);
  expectProblem(first, "PleaseWaitFewMinutes");
  expect(first.headers.get("retry-after")).toBe("17");
  instagram.takePaths();
  time += 5_000;
  const second = await logIn(service);
  expectProblem(second, "SessionCoolingDown");
  expect(second.headers.get("retry-after")).toBe("12");
  expect(instagram.takePaths()).toEqual([]);
  expect((await logIn(service, { username: "another.account" })).status).toBe(429);
  expect(instagram.takePaths().length).toBeGreaterThan(0);
  time += 12_001;
  expectProblem(await logIn(service), "PleaseWaitFewMinutes");
});
