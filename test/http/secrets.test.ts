import { afterAll, describe, expect, test } from "bun:test";
import type { Asked } from "../support/fake-instagram.ts";
import { createTestService, type RequestOptions } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());

/** Fails one path in each way that an upstream can fail, quoting what it was sent. */
function failing({ url, headers, proxy, body, world }: Asked): Response | undefined {
  // Of live keys all fail.
  if (!world) throw new Error(`connect to ${proxy} failed for ${JSON.stringify(headers)} ${body}`);
  const match = /^\/api\/v1\/users\/(\d+)\/info\/$/.exec(new URL(url).pathname);
  const sent = `${headers.authorization} ${headers.cookie}`;
  switch (match?.[1]) {
    case "701":
      throw new TypeError(`fetch failed for ${sent}`);
    case "702":
      return new Response(`<html>${sent}</html>`, { status: 500 });
    case "703":
      return Response.json({ message: "login_required", echoed: sent }, { status: 403 });
    case "704":
      return Response.json({ message: "challenge_required", challenge: { api_path: "/x/" }, sent });
    case "705":
      return Response.json({ user: { pk: 705, username: 5, note: sent } });
    default:
      return undefined;
  }
}
service.instagram.on(/./, failing);

/** What must never be written anywhere; collected as the flows go. */
const secrets = new Map<string, string>();
const secret = (name: string, value: string): string => {
  expect(value.length, name).toBeGreaterThan(5);
  secrets.set(name, value);
  return value;
};

const key = secret("test key", service.testKey);
const liveKey = secret("live key", service.liveKey);
secret("admin token", service.adminToken);
const admin = service.adminHeaders;
const send = (method: string, path: string, options: RequestOptions = {}) =>
  service.request(method, path, { key, ...options });

const password = secret("wrong password", "p4ssw0rd-that-is-wrong");
const proxyPassword = secret("proxy password", "pr0xy-p4ss");
const proxyUser = secret("proxy user", "pr0xy-user");
const proxy = `http://${proxyUser}:${proxyPassword}@proxy.example:8080`;
const verification_code = secret("verification code", "97531864");
const cookie = secret("cookie", "61000000001%3AcOOkieSecret123456789%3A1%3AAYe");
const sentSession = secret("session id that is sent", "pr3sented-session-id");

async function logins(): Promise<void> {
  // Not of the account that is used below: after three wrong passwords an account's logins rest.
  for (const form of [
    { username: "sandbox_private", password },
    { username: "sandbox_private", password, proxy, verification_code },
    { username: "sandbox_2fa", password: "sandbox", verification_code },
    { username: "sandbox_throttled", password },
    { username: "no name", password, proxy },
    { username: "sandbox_private", password, proxy: `${proxy}/path` },
    { username: "sandbox_private", password, locale: password, timezone: password },
  ] as Record<string, string>[]) {
    await send("POST", "/auth/login", { form });
    await send("POST", "/auth/login", { json: form });
    await send("POST", "/auth/login", { key: liveKey, form });
  }
  await send("POST", "/auth/login", { body: `{"password":"${password}`, headers: JSON_TYPE });
  await send("POST", "/auth/login", { body: password, headers: { "Content-Type": "text/plain" } });
  await send("POST", `/auth/login?password=${password}`, { query: { proxy } });
  await send("POST", "/auth/login/by/sessionid", { form: { sessionid: cookie, proxy } });
  await send("POST", "/auth/login/by/sessionid", {
    key: liveKey,
    form: { sessionid: cookie, proxy },
  });
}

const JSON_TYPE = { "Content-Type": "application/json" };

async function sessionsInUse(): Promise<void> {
  const session = await service.login();
  await send("PATCH", "/auth/settings", { session, form: { proxy } });
  const settings = (await send("GET", "/auth/settings", { session })).body;
  secret("authorization", settings.authorization_data.sessionid);
  secret("decoded authorization", decodeURIComponent(settings.authorization_data.sessionid));
  secret("device", settings.uuids.uuid);
  secret("mid", settings.mid);
  const form = { settings: JSON.stringify(settings), proxy };
  await send("PATCH", "/auth/settings", { form });
  const live = await send("PATCH", "/auth/settings", { key: liveKey, form });
  for (const user_id of ["25025320", "701", "702", "703", "704", "705", "999"]) {
    // The one before may have been logged out.
    await send("PATCH", "/auth/settings", { session, form });
    await send("GET", "/user", { session, query: { user_id } });
    await send("GET", "/user", { key: liveKey, session: live.body, query: { user_id } });
  }
  await send("PATCH", "/auth/relogin", { session, form: { password, verification_code } });
  await send("PATCH", "/auth/settings", { session, form: { settings: `{"x":"${password}"` } });
  await send("PATCH", "/auth/settings", { session, form });
  secret("seed", (await send("POST", "/auth/totp", { session })).body.seed);
  await send("POST", "/auth/totp", { session, form: { verification_code } });
  await send("GET", "/account", { session: sentSession });
  await send("GET", "/account", { query: { sessionid: sentSession } });
  await send("GET", "/account", { headers: { Cookie: `sessionid=${sentSession}` } });
  await send("GET", `/nothing/${sentSession}`);
  const challenged = { username: "sandbox_challenge", password: "sandbox" };
  const asked = (await send("POST", "/auth/login", { form: challenged })).body;
  secret("challenge", asked.last_json.challenge.api_path);
  const last_json = JSON.stringify(asked.last_json);
  for (const security_code of ["", verification_code])
    await send("POST", "/auth/challenge/resolve", {
      session: asked.session_id,
      form: { last_json, security_code },
    });
}

async function administration(): Promise<void> {
  const { id, key: made } = await service.createKey(service.tenantId);
  secret("made key", made);
  const path = `/admin/tenants/${service.tenantId}/keys/${id}`;
  secret("rotated key", (await send("POST", `${path}/rotate`, { headers: admin })).body.key);
  await send("GET", "/account", {
    key: secret("unknown key", `gw_test_${"0".repeat(26)}${"Z".repeat(43)}`),
  });
  await send("GET", "/account", { key: secret("malformed key", "not-a-key-at-all") });
  await send("GET", "/admin/tenants", {
    key: null,
    headers: { Authorization: `Bearer ${secret("wrong admin token", "wr0ng-admin-token")}` },
  });
  await send("DELETE", path, { headers: admin });
  const kept = await service.createTenant("Keeps", { store_credentials: true });
  const own = (await service.createKey(kept)).key;
  await service.login("sandbox", own);
}

await logins();
await sessionsInUse();
await administration();
await service.service.sessions.flush();
const metrics = (await service.request("GET", "/metrics")).text;

describe("no secret is written", () => {
  test("and there were flows enough to write some", () => {
    expect(service.logLines.length).toBeGreaterThan(60);
    expect(secrets.size).toBeGreaterThan(15);
    const statuses = new Set(service.logLines.map((line) => JSON.parse(line).status));
    for (const status of [200, 401, 403, 404, 415, 422, 429, 502])
      expect(statuses).toContain(status);
  });

  for (const [name, value] of secrets)
    test(`to the log or the metrics: ${name}`, () => {
      const spellings = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)];
      spellings.push(Buffer.from(value).toString("base64").replace(/=+$/, ""));
      for (const spelling of spellings) {
        expect(service.logLines.filter((line) => line.includes(spelling))).toEqual([]);
        expect(metrics).not.toContain(spelling);
      }
    });

  test("to the log: bodies, headers, cookies, settings, or proxies of any kind", () => {
    const log = service.logLines.join("\n");
    for (const word of [
      "Bearer ",
      "IGT:2:",
      "sessionid=",
      "enc_password",
      "proxy.example",
      "uuids",
    ])
      expect(log).not.toContain(word);
  });

  test("and yet a log line says which request, route, tenant and session it was", async () => {
    const session = await service.login();
    service.logLines.length = 0;
    const answer = await send("GET", "/user", { session, query: { username: "instagram" } });
    const line = JSON.parse(service.logLines.at(-1) ?? "{}");
    expect(line).toMatchObject({
      request_id: answer.headers.get("x-request-id"),
      method: "GET",
      route: "/user",
      operation: "getUser",
      status: 200,
      tenant: service.tenantId,
      mode: "test",
      upstream_calls: 1,
    });
  });

  test("and a failure is logged with its kind", async () => {
    const session = await service.login();
    service.logLines.length = 0;
    await send("GET", "/user", { session, query: { user_id: "702" } });
    expect(JSON.parse(service.logLines.at(-1) ?? "{}").exc_type).toBe("UpstreamError");
  });
});
