import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { temporaryDirectory } from "../support/directory.ts";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";
import { startGateway } from "../support/gateway.ts";
import { importSession, savedSettings, USER_PK } from "../support/live.ts";
import { createTestService, type TestService } from "../support/service.ts";

/*
 * Two services on one database file, as two processes are: what is changed in one holds for the next
 * request in the other, and no change undoes another's. Their clock stands still: it moves only where
 * the service waits, so that what is seen late anywhere is seen late here.
 */

const directory = temporaryDirectory();
const database = { url: `file:${directory.path}/gramway.db` };
const account = { user: { pk: USER_PK, username: "me.account" }, status: "ok" };
const instagram = new FakeInstagram();
let one: TestService;
let two: TestService;
let key: string;
let session: string;
let imported = 0;
const cookieOf = (name: string): string => `${USER_PK}%3A${name}%3A12%3AAYdSessionIdTail`;

beforeAll(async () => {
  let time = 1000;
  const monotonicNow = () => time;
  const sleep = async (milliseconds: number) => {
    time += milliseconds;
  };
  one = await createTestService({ config: { database }, instagram, monotonicNow, sleep });
  two = await createTestService({ config: { database }, instagram, monotonicNow, sleep });
  key = one.liveKey;
});
afterAll(async () => {
  await one.close();
  await two.close();
  directory.remove();
});
beforeEach(async () => {
  instagram.reset();
  instagram.on("accounts/current_user/", reply(200, account));
  const authorization_data = { ds_user_id: USER_PK, sessionid: cookieOf(`first${++imported}`) };
  const settings = savedSettings({ authorization_data });
  session = await importSession(one, settings, { new_session: "true" });
  for (const service of [one, two]) await settingsIn(service);
});

const patch = async (service: TestService, form: Record<string, string>): Promise<void> => {
  const answer = await service.request("PATCH", "/auth/settings", { key, session, form });
  expect(answer.status, answer.text).toBe(200);
};
const settingsIn = async (service: TestService): Promise<any> =>
  (await service.request("GET", "/auth/settings", { key, session })).body;
const read = async (service: TestService): Promise<void> => {
  const answer = await service.request("GET", "/account", { key, session });
  expect(answer.status, answer.text).toBe(200);
};
const renewed = (cookie: string) => ({ "set-cookie": `sessionid=${cookie}; Path=/` });
/** The upstream session id that a service sends with its requests. */
const loginIn = async (service: TestService): Promise<string> => {
  const { cookies, authorization_data } = await settingsIn(service);
  return cookies.sessionid ?? authorization_data.sessionid;
};

/** A read in `service` whose answer comes when `meanwhile` is done. */
async function readDuring(
  service: TestService,
  headers: Record<string, string>,
  meanwhile: () => Promise<void>,
): Promise<void> {
  const arrived = Promise.withResolvers<void>();
  const answering = Promise.withResolvers<void>();
  instagram.on("accounts/current_user/", async () => {
    arrived.resolve();
    await answering.promise;
    return reply(200, account, headers);
  });
  const reading = read(service);
  await arrived.promise;
  await meanwhile();
  answering.resolve();
  await reading;
}

describe("a proxy", () => {
  test("that one process has set is used by the next read in the other, 20 times of 20", async () => {
    for (let trial = 0; trial < 20; trial++) {
      const proxy = `http://user:pass@proxy-${trial}.example:8080`;
      await patch(one, { proxy });
      instagram.calls.length = 0;
      await read(two);
      expect(instagram.calls.map((call) => call.proxy)).toEqual([proxy]);
    }
  });

  test("is used by a read that waited in the queue while it was set", async () => {
    const answering = Promise.withResolvers<void>();
    instagram.on("accounts/current_user/", async () => {
      await answering.promise;
      return reply(200, account);
    });
    // Four reads of a session run at a time; the fifth waits.
    const reads = Array.from({ length: 5 }, () => read(two));
    while (instagram.callsOf("accounts/current_user/").length < 4) await Bun.sleep(1);
    await patch(one, { proxy: "http://late.example:8080" });
    answering.resolve();
    await Promise.all(reads);
    const reading = instagram.callsOf("accounts/current_user/");
    expect(reading.map((call) => call.proxy)).toEqual([
      null,
      null,
      null,
      null,
      "http://late.example:8080",
    ]);
  });
});

describe("a change in one process keeps what the other has changed before", () => {
  const form = { username: "me.account", password: "hush" };

  test("a new login, when the time zone is changed after it", async () => {
    const relogin = await one.request("PATCH", "/auth/relogin", { key, session, form });
    expect(relogin.status, relogin.text).toBe(200);
    const login = await loginIn(one);
    await patch(two, { timezone: "3600" });
    for (const service of [one, two]) {
      expect(await loginIn(service)).toBe(login);
      expect((await settingsIn(service)).timezone_offset).toBe(3600);
    }
  });

  test("a login, locale and proxy, when each is changed elsewhere at the same time", async () => {
    await Promise.all([
      patch(one, { timezone: "7200" }),
      patch(two, { locale: "de_DE" }),
      patch(one, { proxy: "http://p.example:1" }),
      two.request("PATCH", "/auth/relogin", { key, session, form }),
    ]);
    const [settings, other] = [await settingsIn(one), await settingsIn(two)];
    expect(settings).toEqual(other);
    expect(settings).toMatchObject({ timezone_offset: 7200, locale: "de_DE" });
    expect(settings.authorization_data).not.toEqual(savedSettings().authorization_data);
    instagram.calls.length = 0;
    await read(two);
    expect(instagram.calls[0]?.proxy).toBe("http://p.example:1");
  });

  test("settings, when a read that began before them brings a login", async () => {
    const replaced = cookieOf("replaced");
    await readDuring(two, renewed(cookieOf("old")), () =>
      patch(one, {
        settings: JSON.stringify(
          savedSettings({ authorization_data: { ds_user_id: USER_PK, sessionid: replaced } }),
        ),
      }),
    );
    expect(await loginIn(one)).toBe(replaced);
    expect(await loginIn(two)).toBe(replaced);
  });

  test("a renewed login and the headers of an answer, when the time zone was changed meanwhile", async () => {
    const login = cookieOf("renewed");
    const headers = { ...renewed(login), "ig-set-ig-u-rur": "aNewRur" };
    await readDuring(two, headers, () => patch(one, { timezone: "10800" }));
    for (const service of [one, two])
      expect(await settingsIn(service)).toMatchObject({
        cookies: { sessionid: login },
        ig_u_rur: "aNewRur",
        timezone_offset: 10800,
      });
  });

  test("the state of a new login, when a read with the old one is refused after it", async () => {
    const arrived = Promise.withResolvers<void>();
    const answering = Promise.withResolvers<void>();
    instagram.on("accounts/current_user/", async () => {
      arrived.resolve();
      await answering.promise;
      return reply(403, { message: "login_required", status: "fail" });
    });
    const reading = two.request("GET", "/account", { key, session });
    await arrived.promise;
    await one.request("PATCH", "/auth/relogin", { key, session, form });
    answering.resolve();
    expect((await reading).body.exc_type).toBe("LoginRequired");
    const { sessions: sessionStore } = one.service.stores;
    expect((await sessionStore.find(one.tenantId, "live", session))?.state).toBe("active");
  });
});

describe("what an administrator has ended in one process is refused in the other at once", () => {
  const admin = (method: string, path: string, json?: unknown) =>
    one.request(method, `/admin/tenants/${path}`, {
      headers: one.adminHeaders,
      ...(json === undefined ? {} : { json }),
    });
  /** What the other process says of a request whose session is unknown, if it takes the key. */
  const refusal = async (): Promise<string> =>
    (await two.request("GET", "/auth/settings", { key: other.key, session: "unknown" })).body
      .exc_type;
  let tenantId: string;
  let other: { id: string; key: string };

  beforeEach(async () => {
    tenantId = await one.createTenant();
    other = await one.createKey(tenantId);
    expect(await refusal()).toBe("SessionNotFound");
  });

  test("a revoked key", async () => {
    const answer = await admin("DELETE", `${tenantId}/keys/${other.id}`);
    expect(answer.status, answer.text).toBe(200);
    expect(await refusal()).toBe("ApiKeyInvalid");
  });

  test("a rotated key without overlap", async () => {
    const answer = await admin("POST", `${tenantId}/keys/${other.id}/rotate`, {
      overlap_seconds: 0,
    });
    expect(answer.status, answer.text).toBe(201);
    expect(await refusal()).toBe("ApiKeyInvalid");
  });

  test("a suspended tenant", async () => {
    const answer = await admin("PATCH", tenantId, { status: "suspended" });
    expect(answer.status, answer.text).toBe(200);
    expect(await refusal()).toBe("TenantSuspended");
  });
});

test("two real processes on one file answer with each other's changes at once", async () => {
  using file = temporaryDirectory();
  const DATABASE_URL = `file:${file.path}/gramway.db`;
  const first = await startGateway({ DATABASE_URL });
  const second = await startGateway({ DATABASE_URL });
  const key = first.sandboxKey ?? "";
  const caller = { key, session: (await first.login(key)).body };
  for (let trial = 0; trial < 20; trial++) {
    const [from, to] = trial % 2 === 0 ? [first, second] : [second, first];
    const timezone = String(trial * 60);
    const form = { timezone, proxy: `http://p${trial}.example` };
    await from.request("PATCH", "/auth/settings", { ...caller, form });
    const { body: settings } = await to.request("GET", "/auth/settings", caller);
    expect(settings.timezone_offset).toBe(trial * 60);
  }
  for (const gateway of [first, second]) {
    expect(await gateway.stop()).toBe(0);
  }
}, 120_000);

describe("a session that one process", () => {
  const ask = (service: TestService, method: string, options: object = {}) =>
    service.request(method, "/session", { key, session, ...options });

  test("has deleted is unknown to the other at once, 20 times of 20", async () => {
    for (let trial = 0; trial < 20; trial++) {
      const authorization_data = { ds_user_id: USER_PK, sessionid: cookieOf(`gone${trial}`) };
      session = await importSession(one, savedSettings({ authorization_data }), {
        new_session: "true",
      });
      await read(two);
      instagram.calls.length = 0;
      expect((await ask(one, "DELETE")).status).toBe(200);
      const answer = await two.request("GET", "/account", { key, session });
      expect([answer.status, answer.body.exc_type]).toEqual([401, "SessionNotFound"]);
      expect(instagram.calls).toEqual([]);
    }
  });

  test("has deleted does not come back by what the other had not saved", async () => {
    await readDuring(two, { "ig-set-x-mid": "aLateMid" }, async () => {
      expect((await ask(one, "DELETE")).status).toBe(200);
    });
    await two.service.sessions.flush();
    expect((await ask(one, "GET")).status).toBe(401);
  });

  test("has changed is shown as changed by the other", async () => {
    for (let trial = 0; trial < 10; trial++) {
      const json = { label: `trial ${trial}`, enabled: trial % 2 === 0 };
      const [changing, asking] = trial % 2 === 0 ? [one, two] : [two, one];
      const { body } = await ask(changing, "PATCH", { json });
      // How it lives is written now and then: each process shows what it knows.
      const { last_used_at: _used, last_ok_at: _ok, ...changed } = body;
      expect((await ask(asking, "GET")).body).toMatchObject(changed);
    }
  });

  test("and the other change at the same time keeps what both have set", async () => {
    const answers = await Promise.all([
      ask(one, "PATCH", { json: { label: "both" } }),
      ask(two, "PATCH", { json: { region: "fra" } }),
      patch(one, { timezone: "3600" }),
    ]);
    expect(answers[0]?.status).toBe(200);
    for (const service of [one, two]) {
      expect((await ask(service, "GET")).body).toMatchObject({ label: "both", region: "fra" });
      expect((await settingsIn(service)).timezone_offset).toBe(3600);
    }
  });
});
