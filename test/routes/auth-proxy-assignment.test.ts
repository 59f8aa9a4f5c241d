import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import { reply } from "../support/fake-instagram.ts";
import { SESSION_COOKIE, savedSettings } from "../support/live.ts";
import { expectProblem } from "../support/problems.ts";
import { newProxyTenant, type ProxyTenant } from "../support/proxies.ts";
import { type Answer, createTestService } from "../support/service.ts";

const service = await createTestService();
const { instagram } = service;
afterAll(() => service.close());

/** A tenant whose proxies serve its live sessions. */
let tenant: ProxyTenant;
beforeEach(async () => {
  tenant = await newProxyTenant(service);
  instagram.reset();
});

const proxy = async (fields: Record<string, unknown> = {}): Promise<string> => {
  const url = `http://user:pw@p${++made}.example.com:8080`;
  const answer = await service.request("POST", "/proxy", {
    key: tenant.live,
    json: { url, ...fields },
  });
  expect(answer.status, answer.text).toBe(201);
  return answer.body.id ?? answer.body.proxy_id;
};
let made = 0;
let accounts = 0;

/** Logs an account in that nobody has logged in before. */
const logIn = (form: Record<string, string> = {}): Promise<Answer> =>
  service.request("POST", "/auth/login", {
    key: tenant.live,
    form: { username: `account.${++accounts}`, password: "pw", new_session: "true", ...form },
  });
const importing = (form: Record<string, string> = {}, settings = savedSettings()) =>
  service.request("PATCH", "/auth/settings", {
    key: tenant.live,
    form: { settings: JSON.stringify(settings), new_session: "true", ...form },
  });
const proxyOf = async (session: string): Promise<string | null> => {
  const answer = await service.request("GET", "/session", { key: tenant.live, session });
  expect(answer.status, answer.text).toBe(200);
  return answer.body.proxy_id;
};
const setPolicy = async (proxy_policy: string): Promise<void> => {
  const answer = await service.admin("PATCH", `/admin/tenants/${tenant.tenantId}`, {
    proxy_policy,
  });
  expect(answer.status, answer.text).toBe(200);
};
/** Every way in which a session comes to be. */
const entrances: [string, (form?: Record<string, string>) => Promise<Answer>][] = [
  ["a login", logIn],
  [
    "a login by session id",
    (form) => {
      instagram.on(
        "accounts/current_user/",
        reply(200, { user: { pk: "49123456789", username: "me.account" }, status: "ok" }),
      );
      instagram.on(/users\/\d+\/info/, reply(200, { user: { pk: "49123456789", username: "me" } }));
      return service.request("POST", "/auth/login/by/sessionid", {
        key: tenant.live,
        form: { sessionid: SESSION_COOKIE, new_session: "true", ...form },
      });
    },
  ],
  ["an import of settings", importing],
];

describe.each(entrances)("%s", (_name, enter) => {
  test("gets a proxy of the tenant and goes out through it", async () => {
    const id = await proxy();
    const answer = await enter();
    expect(answer.status, answer.text).toBe(200);
    expect(await proxyOf(answer.body)).toBe(id);
    expect(instagram.calls.length).toBeGreaterThan(0);
    for (const call of instagram.calls)
      expect(call.proxy).toMatch(/^http:\/\/user:pw@p\d+\.example/);
    expect(answer.headers.get("gramway-proxy")).toBe(id);
  });

  test("goes out directly where there are no proxies", async () => {
    const answer = await enter();
    expect(answer.status, answer.text).toBe(200);
    expect(await proxyOf(answer.body)).toBeNull();
    expect(answer.headers.get("gramway-proxy")).toBeNull();
  });

  test("is refused and sends nothing where all proxies are full", async () => {
    await proxy({ max_sessions: 1 });
    expect((await logIn()).status).toBe(200);
    instagram.reset();
    const body = expectProblem(await enter(), "NoProxyAvailable");
    expect(body.hint).toContain("max_sessions");
    expect(instagram.calls).toEqual([]);
  });

  test("gets the proxy or a proxy of the country that it names, and no other", async () => {
    const [german, french] = [await proxy({ country: "DE" }), await proxy({ country: "FR" })];
    const named = await enter({ proxy_id: french.toLowerCase() });
    expect(await proxyOf(named.body)).toBe(french);
    const inCountry = await logIn({ proxy_country: "de" });
    expect(await proxyOf(inCountry.body)).toBe(german);
    instagram.reset();
    expectProblem(await enter({ proxy_country: "US" }), "NoProxyAvailable");
    expectProblem(await enter({ proxy_id: "01K9ZJ5M0T6R3F4C2B1A0XYZWV" }), "ProxyNotFound");
    for (const [form, field] of [
      [{ proxy_country: "Germany" }, "proxy_country"],
      [{ proxy_id: german, proxy_country: "DE" }, "proxy_country"],
      [{ proxy: "http://p.example", proxy_id: german }, "proxy_id"],
      [{ proxy: "http://p.example", proxy_country: "DE" }, "proxy_country"],
    ] as const) {
      const { errors } = expectProblem(await enter(form), "ValidationError");
      expect(errors[0].field).toBe(field);
    }
    expect(instagram.calls).toEqual([]);
  });

  test("is refused and sends nothing where a proxy is required and there is none", async () => {
    await setPolicy("required");
    expectProblem(await enter(), "ProxyRequired");
    expect(instagram.calls).toEqual([]);
    const own = await enter({ proxy: "http://own.example:8080" });
    expect(own.status, own.text).toBe(200);
    expect(new Set(instagram.calls.map((call) => call.proxy))).toEqual(
      new Set(["http://own.example:8080"]),
    );
  });

  test("gets no proxy where the policy is direct, unless it names one", async () => {
    const id = await proxy();
    await setPolicy("direct");
    expect(await proxyOf((await enter()).body)).toBeNull();
    expect(await proxyOf((await logIn({ proxy_id: id })).body)).toBe(id);
  });
});

describe("the proxy of a new session", () => {
  test("is in the country of its locale, or else in that of its number, or else anywhere", async () => {
    const [german, any] = [await proxy({ country: "DE", max_sessions: 3 }), await proxy()];
    expect(await proxyOf((await logIn({ locale: "de_DE" })).body)).toBe(german);
    const settings = (changes: Record<string, unknown>, n: number) =>
      savedSettings({
        authorization_data: {
          ds_user_id: `4912345678${n}`,
          sessionid: `4912345678${n}%3Aabcdefghijklmn%3A28`,
        },
        ...changes,
      });
    const byLocale = await importing({}, settings({ locale: "de_DE", country: "DE" }, 1));
    const byNumber = await importing(
      {},
      settings({ locale: "en_US", country: "US", country_code: 49 }, 2),
    );
    for (const { body } of [byLocale, byNumber]) expect(await proxyOf(body)).toBe(german);
    // Its country has no place left, and that is better than none.
    expect(await proxyOf((await logIn({ locale: "de_DE" })).body)).toBe(any);
  });

  test("is given back when the login fails, and kept while it waits for a code", async () => {
    const id = await proxy({ max_sessions: 1 });
    const refused = reply(400, {
      message: "The password you entered is incorrect.",
      error_type: "bad_password",
      invalid_credentials: true,
      status: "fail",
    });
    instagram.on("accounts/login/", refused);
    expectProblem(await logIn(), "BadPassword");
    instagram.on(
      "accounts/login/",
      reply(400, {
        two_factor_required: true,
        error_type: "two_factor_required",
        two_factor_info: { two_factor_identifier: "x", username: "a", sms_two_factor_on: true },
        status: "fail",
      }),
    );
    const waiting = expectProblem(await logIn(), "TwoFactorRequired");
    expect(await proxyOf(waiting.session_id)).toBe(id);
    instagram.on("accounts/login/");
    expectProblem(await logIn(), "NoProxyAvailable");
  });

  test("is another one for each of many at once: none above its maximum, all evenly used", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(await proxy({ max_sessions: 4 }));
    const answers = await Promise.all(Array.from({ length: 22 }, () => logIn()));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.map(({ body }) => body.exc_type)).toEqual([
      "NoProxyAvailable",
      "NoProxyAvailable",
    ]);
    const { db } = service.service.stores;
    const rows = await db.read((orm) =>
      orm.all<{ sessions: number; holds: number }>(
        sql`SELECT live_sessions AS sessions, live_holds AS holds FROM proxies WHERE tenant_id = ${tenant.tenantId}`,
      ),
    );
    expect(rows).toEqual(Array(5).fill({ sessions: 4, holds: 0 }));
  });
});

describe("the proxy of a session", () => {
  test("stays when its account logs in again, unless another one is named", async () => {
    const first = await proxy();
    const form = { username: "sticky.account", new_session: "false" };
    const session: string = (await logIn(form)).body;
    const second = await proxy();
    for (let again = 0; again < 3; again++) {
      expect((await logIn(form)).body).toBe(session);
      const relogin = await service.request("PATCH", "/auth/relogin", {
        key: tenant.live,
        session,
        form: { password: "pw" },
      });
      expect(relogin.status, relogin.text).toBe(200);
      expect(await proxyOf(session)).toBe(first);
    }
    await logIn({ ...form, proxy_id: second });
    expect(await proxyOf(session)).toBe(second);
    await logIn({ ...form, proxy: "http://own.example:8080" });
    expect(await proxyOf(session)).toBeNull();
    const { body } = await service.request("GET", "/proxies", { key: tenant.live });
    expect(body.items.map((one: any) => one.sessions)).toEqual([0, 0]);
  });

  test("is changed and taken away with its settings", async () => {
    const [first, second] = [await proxy({ country: "DE" }), await proxy({ country: "FR" })];
    const session: string = (await logIn({ proxy_id: first })).body;
    const change = (form: Record<string, string>) =>
      service.request("PATCH", "/auth/settings", { key: tenant.live, session, form });
    await change({ timezone: "3600" });
    expect(await proxyOf(session)).toBe(first);
    await change({ proxy_country: "FR" });
    expect(await proxyOf(session)).toBe(second);
    expectProblem(await change({ clear_proxy: "true", proxy_id: first }), "ValidationError");
    await setPolicy("required");
    expectProblem(await change({ clear_proxy: "true" }), "ProxyRequired");
    expect(await proxyOf(session)).toBe(second);
    await setPolicy("optional");
    expect((await change({ clear_proxy: "true" })).status).toBe(200);
    expect(await proxyOf(session)).toBeNull();
    // Who sets only the time zone has not asked for a proxy.
    await change({ timezone: "7200" });
    expect(await proxyOf(session)).toBeNull();
  });

  test("is never another tenant's or of the other mode", async () => {
    const id = await proxy();
    const other = await newProxyTenant(service);
    for (const key of [other.live, tenant.key]) {
      const form = { username: "sandbox", password: "sandbox", proxy_id: id, new_session: "true" };
      expectProblem(await service.request("POST", "/auth/login", { key, form }), "ProxyNotFound");
      const { proxy_id: _named, ...plain } = form;
      const answer = await service.request("POST", "/auth/login", { key, form: plain });
      expect(answer.status, answer.text).toBe(200);
      expect(answer.headers.get("gramway-proxy")).toBeNull();
    }
  });
});

describe("where the policy requires a proxy", () => {
  test("a session without one is refused at once, and nothing is sent", async () => {
    const session: string = (await logIn()).body;
    instagram.on(
      "accounts/current_user/",
      reply(200, { user: { pk: "49123456789", username: "me.account" }, status: "ok" }),
    );
    const ask = (path: string, method = "GET", form?: Record<string, string>) =>
      service.request(method, path, { key: tenant.live, session, ...(form ? { form } : {}) });
    expect((await ask("/account")).status).toBe(200);
    await setPolicy("required");
    instagram.reset();
    for (const answer of [
      await ask("/account"),
      await ask("/user?username=instagram"),
      await ask("/user/follow", "POST", { user_id: "25025320" }),
      await ask("/auth/relogin", "PATCH", { password: "pw" }),
    ])
      expectProblem(answer, "ProxyRequired");
    const health = await ask("/session/health");
    expect(health.body).toMatchObject({ ok: false, error: { kind: "ProxyRequired" } });
    expect(instagram.calls).toEqual([]);
    await proxy();
    // A proxy that is there does not hold for sessions by itself: a login gets one.
    expectProblem(await ask("/account"), "ProxyRequired");
    expect((await ask("/auth/relogin", "PATCH", { password: "pw" })).status).toBe(200);
    for (const call of instagram.calls) expect(call.proxy).not.toBeNull();
  });

  test("what needs no session is refused as well", async () => {
    await setPolicy("required");
    const answer = await service.request("GET", "/media/pk/from/url", {
      key: tenant.live,
      query: { url: "https://www.instagram.com/share/BAZbcdEFG1" },
    });
    expectProblem(answer, "ProxyRequired");
    expect(instagram.calls).toEqual([]);
  });
});
