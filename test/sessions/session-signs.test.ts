import { expect, test } from "bun:test";
import { temporaryDirectory } from "../support/directory.ts";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";
import { until } from "../support/gate.ts";
import { importSession, USER_PK } from "../support/live.ts";
import { createTestService, type TestService } from "../support/service.ts";

/* When Instagram has last answered a session well, and what went wrong last. */

const ACCOUNT = "accounts/current_user/";
const GOOD = reply(200, { user: { pk: USER_PK, username: "me.account" }, status: "ok" });
const REFUSED = reply(403, { message: "login_required", status: "fail" });

function setUp() {
  const directory = temporaryDirectory();
  const config = { database: { url: `file:${directory.path}/gramway.db` } };
  const instagram = new FakeInstagram();
  const clock = { time: Date.parse("2026-01-31T12:00:00Z") };
  const start = () => createTestService({ config, instagram, now: () => clock.time });
  const asks = (key: string, session: string) => ({
    read: (at: TestService) => at.request("GET", "/account", { key, session }),
    shown: async (at: TestService) => (await at.request("GET", "/session", { key, session })).body,
  });
  return { directory, instagram, clock, start, asks };
}

test("both outlive a restart, however young they are", async () => {
  const { directory, instagram, clock, start, asks } = setUp();
  const one = await start();
  const { read, shown } = asks(one.liveKey, await importSession(one));
  instagram.on(ACCOUNT, GOOD);
  await read(one);
  clock.time += 1000;
  await read(one);
  const ok = new Date(clock.time).toISOString();
  clock.time += 1000;
  instagram.on(ACCOUNT, reply(500, ""));
  await read(one);
  const error = {
    kind: "UpstreamError",
    message: "Instagram answered with status 500",
    at: new Date(clock.time).toISOString(),
  };
  expect(await shown(one)).toMatchObject({ last_ok_at: ok, last_error: error });
  await one.close();
  const two = await start();
  expect(await shown(two)).toMatchObject({ last_ok_at: ok, last_error: error });
  await two.close();
  directory.remove();
});

test("an error is soon seen in another process, and no save takes it back", async () => {
  const { directory, instagram, clock, start, asks } = setUp();
  const one = await start();
  const two = await start();
  const session = await importSession(one);
  const { read, shown } = asks(one.liveKey, session);
  expect((await shown(two)).last_error).toBeNull();
  instagram.on(ACCOUNT, reply(500, ""));
  await read(one);
  const { db } = one.service.stores;
  await until(async () => {
    const { rows } = await db.statements.execute("SELECT last_error FROM sessions");
    return rows[0]?.last_error !== null;
  });
  clock.time += 1000;
  // The other process saves the session as it knows it.
  const json = { label: "renamed" };
  await two.request("PATCH", "/session", { key: one.liveKey, session, json });
  expect(await shown(two)).toMatchObject({
    label: "renamed",
    last_error: { kind: "UpstreamError" },
  });
  await one.close();
  await two.close();
  directory.remove();
});

test("what is refused or missing is no error of the session", async () => {
  const { directory, instagram, start, asks } = setUp();
  await using one = await start();
  const session = await importSession(one);
  const { shown } = asks(one.liveKey, session);
  for (const message of ["Not authorized to view user", "User not found"]) {
    instagram.on("users/25025320/info/", reply(400, { message, status: "fail" }));
    const query = { user_id: "25025320" };
    const answer = await one.request("GET", "/user", { key: one.liveKey, session, query });
    expect(answer.status).toBeGreaterThanOrEqual(400);
  }
  expect((await shown(one)).last_error).toBeNull();
  directory.remove();
});

test("refusals in a row are counted over all processes, and over a restart", async () => {
  const { directory, instagram, start, asks } = setUp();
  const one = await start();
  const two = await start();
  const { read, shown } = asks(one.liveKey, await importSession(one));
  instagram.on(ACCOUNT, REFUSED);
  await read(one);
  expect((await shown(two)).state).toBe("active");
  await read(two);
  for (const at of [one, two]) expect((await shown(at)).state).toBe("logged_out");
  await one.close();
  await two.close();

  const three = await start();
  const again = asks(three.liveKey, await importSession(three));
  await again.read(three);
  await three.close();
  const four = await start();
  expect((await again.shown(four)).state).toBe("active");
  await again.read(four);
  expect((await again.shown(four)).state).toBe("logged_out");
  await four.close();
  directory.remove();
});
