import { afterAll, describe, expect, test } from "bun:test";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { createTestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());

/** A tenant with a session, and its ways to renew it. */
async function tenantWith(policy: Record<string, unknown>, username = "sandbox") {
  const { key } = await service.createKey(await service.createTenant("Renewing", policy));
  const form = { username, password: "sandbox", verification_code: "123456" };
  const session: string = (await service.request("POST", "/auth/login", { key, form })).body;
  const settings = async () =>
    (await service.request("GET", "/auth/settings", { key, session })).body;
  const relogin = (fields: Record<string, string> = {}) =>
    service.request("PATCH", "/auth/relogin", { key, session, form: fields });
  return { key, session, settings, relogin };
}

describe("PATCH /auth/relogin", () => {
  test("asks for the password where the tenant's policy keeps none", async () => {
    const { relogin } = await tenantWith({});
    const { hint } = expectProblem(await relogin(), "CredentialsRequired");
    expect(hint).toContain("password");
  });

  test("logs in with the password that is sent, on the same device, under the same id", async () => {
    const { key, session, settings, relogin } = await tenantWith({});
    const before = await settings();
    const answer = await relogin({ password: "sandbox" });
    expect([answer.status, answer.text]).toEqual([200, "true"]);
    const after = await settings();
    expect(after.uuids.uuid).toBe(before.uuids.uuid);
    expect(after.uuids.android_device_id).toBe(before.uuids.android_device_id);
    expect(after.authorization_data.sessionid).not.toBe(before.authorization_data.sessionid);
    expect((await service.request("GET", "/account", { key, session })).status).toBe(200);
  });

  test("does not keep the password it was sent, against the policy", async () => {
    const { relogin } = await tenantWith({});
    expect((await relogin({ password: "sandbox" })).status).toBe(200);
    expectProblem(await relogin(), "CredentialsRequired");
  });

  test("logs in with the stored password where the policy keeps it", async () => {
    const { relogin } = await tenantWith({ store_credentials: true });
    expect((await relogin()).text).toBe("true");
    expect((await relogin()).text).toBe("true");
  });

  test("leaves the old login in use when the new one fails", async () => {
    const { key, session, settings, relogin } = await tenantWith({ store_credentials: true });
    const before = await settings();
    expectProblem(await relogin({ password: "wr0ng-password" }), "BadPassword");
    expect((await settings()).authorization_data).toEqual(before.authorization_data);
    expect((await service.request("GET", "/account", { key, session })).status).toBe(200);
    expect((await relogin()).text, "the stored password stays").toBe("true");
  });

  test("takes the code of an account with two-factor authentication", async () => {
    const { relogin } = await tenantWith({}, "sandbox_2fa");
    const answer = await relogin({ password: "sandbox", verification_code: "123 456" });
    expect(answer.status, answer.text).toBe(200);
  });

  test("does not turn a session into another account's", async () => {
    const { key, session, relogin } = await tenantWith({});
    const other = await relogin({ username: "sandbox_private", password: "sandbox" });
    expect(faultyFields(other)).toEqual(["username"]);
    const account = await service.request("GET", "/account", { key, session });
    expect(account.body.username).toBe("sandbox");
  });

  test("asks for the username where an imported session names none, and takes it", async () => {
    const { settings } = await tenantWith({});
    const { key } = await service.createKey(await service.createTenant("Importing"));
    const form = { settings: JSON.stringify(await settings()) };
    const session = (await service.request("PATCH", "/auth/settings", { key, form })).body;
    const relogin = (fields: Record<string, string>) =>
      service.request("PATCH", "/auth/relogin", { key, session, form: fields });
    const asked = expectProblem(await relogin({ password: "sandbox" }), "CredentialsRequired");
    expect(asked.detail).toContain("username");
    expect((await relogin({ username: "sandbox", password: "sandbox" })).text).toBe("true");
  });

  test("refuses what is no code or username before anything is sent", async () => {
    const { relogin } = await tenantWith({});
    for (const [field, value] of [
      ["verification_code", "abc"],
      ["username", "no name"],
    ] as const) {
      const answer = await relogin({ password: "sandbox", [field]: value });
      expect(faultyFields(answer)).toEqual([field]);
      expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
    }
  });

  test("follows the tenant's policy as it is changed", async () => {
    const tenantId = await service.createTenant("Changing");
    const { key } = await service.createKey(tenantId);
    const session = await service.login("sandbox", key);
    await service.request("PATCH", `/admin/tenants/${tenantId}`, {
      headers: service.adminHeaders,
      json: { store_credentials: true },
    });
    const form = { password: "sandbox" };
    expect((await service.request("PATCH", "/auth/relogin", { key, session, form })).status).toBe(
      200,
    );
    expect((await service.request("PATCH", "/auth/relogin", { key, session })).status).toBe(200);
  });
});
