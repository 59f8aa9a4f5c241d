import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Announcement } from "../../src/announcements.ts";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";
import { importSession, USER_PK } from "../support/live.ts";
import { createTestService, type TestService } from "../support/service.ts";

const instagram = new FakeInstagram();
let service: TestService;

beforeAll(async () => {
  service = await createTestService({ instagram });
});
afterAll(() => service.close());

test("a session whose account Instagram has disabled is in that state until it works again", async () => {
  const session = await importSession(service);
  const heard: Announcement[] = [];
  service.service.stores.announcements.on(["session.changed"], (said) => void heard.push(said));
  const read = () => service.request("GET", "/account", { key: service.liveKey, session });
  const counts = () => service.service.stores.sessions.countByState();
  instagram.on(
    "accounts/current_user/",
    reply(400, {
      message: "Your account has been disabled for violating our terms.",
      status: "fail",
    }),
  );
  for (let time = 0; time < 2; time++) {
    const answer = await read();
    expect([answer.status, answer.body.exc_type]).toEqual([403, "AccountDisabled"]);
  }
  expect(await counts()).toMatchObject({ active: 0, disabled: 1 });

  instagram.on(
    "accounts/current_user/",
    reply(200, { user: { pk: USER_PK, username: "me.account" }, status: "ok" }),
  );
  expect((await read()).status).toBe(200);
  expect(await counts()).toMatchObject({ active: 1, disabled: 0 });
  const by = { kind: "instagram" };
  expect(heard).toMatchObject([
    { sessionId: session, stateBefore: "active", state: "disabled", changed: ["state"], by },
    { sessionId: session, stateBefore: "disabled", state: "active", changed: ["state"], by },
  ]);
});
