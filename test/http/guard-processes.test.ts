import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { temporaryDirectory } from "../support/directory.ts";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";
import { FOLLOW, feedback } from "../support/guard.ts";
import { importSession, savedSettings, USER_PK } from "../support/live.ts";
import { createTestService, type TestService } from "../support/service.ts";

/* What protects an account holds for all processes on its database: here two services on one file. */

const directory = temporaryDirectory();
const database = { url: `file:${directory.path}/gramway.db` };
const instagram = new FakeInstagram();
let services: [TestService, TestService];
let key: string;
let session: string;
/** Wall clock of both; waiting moves it. */
let time: number;
let imported = 0;

beforeAll(async () => {
  time = Date.UTC(2025, 10, 20, 16);
  const options = { config: { database }, instagram, now: () => time };
  services = [await createTestService(options), await createTestService(options)];
  key = services[0].liveKey;
});
afterAll(async () => {
  for (const service of services) await service.close();
  directory.remove();
});
beforeEach(async () => {
  const authorization_data = {
    ds_user_id: USER_PK,
    sessionid: `${USER_PK}%3Aguarded${++imported}%3A12%3AAYdTail`,
  };
  session = await importSession(services[0], savedSettings({ authorization_data }), {
    new_session: "true",
  });
  instagram.reset();
  instagram.on(
    FOLLOW,
    reply(200, { friendship_status: { following: true, outgoing_request: false }, status: "ok" }),
  );
  await limit({ daily_budgets: {}, pace_ms: 0 });
});

const follow = (service: TestService) =>
  service.request("POST", "/user/follow", { key, session, form: { user_id: "25025320" } });

async function limit(policies: Record<string, unknown>): Promise<void> {
  const [one] = services;
  const answer = await one.admin("PATCH", `/admin/tenants/${one.tenantId}`, policies);
  expect(answer.status, answer.text).toBe(200);
}

test("a block holds in the other process when the throttled answer is there", async () => {
  const [one, two] = services;
  expect((await follow(two)).status).toBe(200);
  instagram.on(FOLLOW, feedback());
  expect((await follow(one)).body.exc_type).toBe("FeedbackRequired");
  instagram.takePaths();
  for (const service of services) {
    expect((await follow(service)).body).toMatchObject({
      exc_type: "SessionCoolingDown",
      action: "follow",
    });
  }
  expect(instagram.takePaths()).toEqual([]);
});

test("a block is there again after a restart", async () => {
  const [one] = services;
  instagram.on(FOLLOW, feedback());
  await follow(one);
  const config = { database };
  await using later = await createTestService({ config, instagram, now: () => time });
  expect((await follow(later)).body.exc_type).toBe("SessionCoolingDown");
});

test("throttles in both processes at once make one block", async () => {
  instagram.on(FOLLOW, feedback());
  const answers = await Promise.all(services.map(follow));
  for (const { status } of answers) expect(status).toBe(429);
  const { headers } = await follow(services[1]);
  expect(headers.get("retry-after")).toBe("3600");
});

test("a budget is not exceeded by both together", async () => {
  await limit({ daily_budgets: { follow: 20 } });
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) => follow(services[index % 2]!)),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
  expect(answers.filter(({ body }) => body.exc_type === "BudgetSpent")).toHaveLength(40);
  expect(instagram.callsOf(FOLLOW)).toHaveLength(20);
});

test("a pace is kept by both together", async () => {
  await limit({ pace_ms: 3_600_000 });
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => follow(services[index % 2]!)),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(instagram.callsOf(FOLLOW)).toHaveLength(1);
});
