import { expect, test } from "bun:test";
import { createTestService, type TestService } from "../support/service.ts";

const settingsOf = async (service: TestService, session: string, key = service.testKey) =>
  (await service.request("GET", "/auth/settings", { key, session })).body;

test("a new session of an account is on the device that Instagram knows", async () => {
  const service = await createTestService();
  const first = await service.login();
  const form = { username: "sandbox", password: "sandbox", new_session: "true" };
  const second = (await service.request("POST", "/auth/login", { key: service.testKey, form }))
    .body;
  expect(second).not.toBe(first);
  const [before, after] = [await settingsOf(service, first), await settingsOf(service, second)];
  expect(after.uuids).toEqual(before.uuids);
  expect(after.authorization_data.sessionid).not.toBe(before.authorization_data.sessionid);
  // The first session goes on with its own login.
  const account = await service.request("GET", "/account", {
    key: service.testKey,
    session: first,
  });
  expect(account.status).toBe(200);
  await service.close();
});

test("another tenant's login of the account is from a device of its own", async () => {
  const service = await createTestService();
  const own = await service.login();
  const { key } = await service.createKey(await service.createTenant("Other"));
  const theirs = await service.login("sandbox", key);
  const [mine, other] = [await settingsOf(service, own), await settingsOf(service, theirs, key)];
  expect(other.uuids.uuid).not.toBe(mine.uuids.uuid);
  await service.close();
});

test("after a challenge the account logs in again without another one, also much later", async () => {
  const service = await createTestService();
  const key = service.testKey;
  const form = { username: "sandbox_challenge", password: "sandbox" };
  const challenged = await service.request("POST", "/auth/login", { key, form });
  const { session_id: session, last_json } = challenged.body;
  const resolve = (fields: Record<string, string>) =>
    service.request("POST", "/auth/challenge/resolve", {
      key,
      session,
      form: { last_json: JSON.stringify(last_json), ...fields },
    });
  await resolve({});
  expect((await resolve({ security_code: "123456" })).text).toBe("true");
  expect((await service.request("GET", "/account", { key, session })).status).toBe(200);
  expect((await service.request("POST", "/auth/login", { key, form })).status).toBe(200);
  expect((await service.request("POST", "/auth/login", { key, form })).status).toBe(200);
  await service.close();
});
