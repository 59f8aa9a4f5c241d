import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { UpstreamRefused, UpstreamUnreachable } from "../../src/instagram/errors.ts";
import { GatewayProblem } from "../../src/problems/gateway.ts";
import { type BreakerChange, UpstreamBreaker } from "../../src/sessions/upstream-breaker.ts";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";
import { importSession, USER_PK } from "../support/live.ts";
import { expectProblem } from "../support/problems.ts";
import { createTestService } from "../support/service.ts";

const down = new UpstreamUnreachable("UpstreamError", "status 503", { status: 503 });
const silent = new UpstreamUnreachable("UpstreamTimeout", "late", { unanswered: true });
const ofProxy = new UpstreamUnreachable("ProxyError", "refused", { unanswered: true });
const refused = new UpstreamRefused("LoginRequired", "no", { status: 403, body: {} });
const nonsense = new UpstreamUnreachable("UpstreamError", "no JSON", { status: 200 });

function breakerAt(limits = { failures: 50, sessions: 10 }) {
  const clock = { time: 1_000_000 };
  const heard: BreakerChange[] = [];
  const breaker = new UpstreamBreaker({
    ...limits,
    monotonicNow: () => clock.time,
    now: () => clock.time,
    onChange: (change) => heard.push(change),
  });
  /** One request; what it was answered with, or "held back". */
  const ask = (
    error: unknown,
    { tenantId = "one", session = 0, proxy = null as string | null } = {},
  ): "sent" | "held back" => {
    try {
      const trial = breaker.enter(tenantId);
      breaker.leave({ tenantId, sessionId: `${tenantId}-${session}`, proxy }, trial, error);
      return "sent";
    } catch (error) {
      if (error instanceof GatewayProblem && error.kind === "UpstreamUnavailable")
        return "held back";
      throw error;
    }
  };
  const many = (
    count: number,
    error: unknown,
    of: (index: number) => Parameters<typeof ask>[1],
  ) => {
    for (let index = 0; index < count; index++) ask(error, of(index));
  };
  return { breaker, clock, heard, ask, many };
}

const ofManySessions = (index: number) => ({ session: index % 20 });

describe("the breaker stays closed", () => {
  const CASES: Record<string, [error: unknown, of: (index: number) => object]> = {
    "for the failures of one session": [down, () => ({ session: 1 })],
    "for those of few sessions": [silent, (index) => ({ session: index % 9 })],
    "for those that came through one proxy": [silent, (index) => ({ session: index, proxy: "p" })],
    "for failures of proxies": [ofProxy, (index) => ({ session: index, proxy: `p${index}` })],
    "for refusals": [refused, ofManySessions],
    "for answers that make no sense": [nonsense, ofManySessions],
    "for bugs and hang-ups": [new Error("bug"), ofManySessions],
  };
  for (const [name, [error, of]] of Object.entries(CASES))
    test(name, () => {
      const { breaker, many } = breakerAt();
      many(500, error, of);
      expect(breaker.status.state).toBe("closed");
    });

  test("for few failures, and for many over a long time", () => {
    const { breaker, many, clock } = breakerAt();
    for (let round = 0; round < 20; round++) {
      many(49, down, ofManySessions);
      expect(breaker.status.state).toBe("closed");
      clock.time += 40_000;
    }
  });

  test("while one in ten requests is answered", () => {
    const { breaker, many } = breakerAt();
    for (let round = 0; round < 100; round++) {
      many(9, down, ofManySessions);
      many(1, null, ofManySessions);
    }
    expect(breaker.status.state).toBe("closed");
  });

  test("where the operator has switched it off", () => {
    const { breaker, many } = breakerAt({ failures: 0, sessions: 1 });
    many(1000, down, ofManySessions);
    expect(breaker.status.state).toBe("closed");
  });
});

describe("where nearly all requests fail, over many sessions", () => {
  test("it opens, one request at a time tries again, and a good one closes it", () => {
    const { breaker, many, ask, clock, heard } = breakerAt();
    many(50, down, ofManySessions);
    expect(breaker.status).toEqual({
      state: "open",
      since: clock.time,
      isForAll: false,
      tenants: 1,
    });
    expect(ask(null)).toBe("held back");
    clock.time += 5_000;
    const trial = breaker.enter("one");
    expect(trial).not.toBeNull();
    expect(breaker.status.state).toBe("half_open");
    expect(ask(null), "another while one tries").toBe("held back");
    breaker.leave({ tenantId: "one", sessionId: "1", proxy: null }, trial, silent);
    // It waits longer now.
    clock.time += 5_000;
    expect(ask(null)).toBe("held back");
    clock.time += 5_000;
    expect([ask(refused), ask(null)]).toEqual(["sent", "sent"]);
    expect(breaker.status).toEqual({ state: "closed", since: null, isForAll: false, tenants: 0 });
    expect(heard).toEqual([
      { tenantId: "one", isOpen: true },
      { tenantId: "one", isOpen: false },
    ]);
  });

  test("one that tries and tells nothing lets another try", () => {
    const { breaker, many, ask, clock } = breakerAt();
    many(50, down, ofManySessions);
    clock.time += 5_000;
    expect([ask(ofProxy), ask(new Error("hung up")), ask(null)]).toEqual(["sent", "sent", "sent"]);
    expect(breaker.status.state).toBe("closed");
  });

  test("one that tries and never tells is given up", () => {
    const { breaker, many, ask, clock } = breakerAt();
    many(50, down, ofManySessions);
    clock.time += 5_000;
    breaker.enter("one");
    clock.time += 120_000;
    expect(ask(null)).toBe("sent");
  });

  test("several proxies that fail are Instagram's failure", () => {
    const { breaker, many } = breakerAt();
    many(50, silent, (index) => ({ session: index % 20, proxy: `p${index % 2}` }));
    expect(breaker.status.state).toBe("open");
  });

  test("no tenant opens it for another", () => {
    const { many, ask, breaker } = breakerAt();
    many(5_000, silent, (index) => ({ session: index % 300, proxy: `p${index % 100}` }));
    expect(ask(null, { tenantId: "two" })).toBe("sent");
    expect(breaker.status).toMatchObject({ isForAll: false, tenants: 1 });
  });

  test("it opens for all when it is open for several tenants and nobody has an answer", () => {
    const { many, ask, breaker, clock, heard } = breakerAt();
    for (const tenantId of ["one", "two"])
      many(50, down, (index) => ({ ...ofManySessions(index), tenantId }));
    expect(breaker.status).toMatchObject({ state: "open", isForAll: true });
    expect(ask(null, { tenantId: "three" })).toBe("held back");
    clock.time += 5_000;
    expect(ask(null, { tenantId: "three" })).toBe("sent");
    for (const tenantId of ["one", "two", "three"]) expect(ask(null, { tenantId })).toBe("sent");
    expect(heard.at(-1)).toEqual({ tenantId: null, isOpen: false });
  });

  test("it does not open for all while a third tenant has answers", () => {
    const { many, breaker, ask } = breakerAt();
    for (const tenantId of ["one", "two"]) {
      many(10, null, (index) => ({ ...ofManySessions(index), tenantId: "three" }));
      many(50, down, (index) => ({ ...ofManySessions(index), tenantId }));
      many(10, null, (index) => ({ ...ofManySessions(index), tenantId: "three" }));
    }
    expect(breaker.status).toMatchObject({ isForAll: false, tenants: 2 });
    expect(ask(null, { tenantId: "three" })).toBe("sent");
  });
});

test("whatever comes, it is open only after enough failures of enough sessions", () => {
  const answer = fc.constantFrom(down, silent, ofProxy, refused, null);
  const request = fc.record({
    error: answer,
    session: fc.nat(6),
    tenantId: fc.constantFrom("one", "two", "three"),
    wait: fc.constantFrom(0, 0, 0, 1000, 6000),
  });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 300 }), (requests) => {
      const { breaker, clock, ask } = breakerAt({ failures: 5, sessions: 3 });
      const failed: { at: number; session: string; tenantId: string }[] = [];
      for (const { error, session, tenantId, wait } of requests) {
        clock.time += wait;
        const tenantsBefore = breaker.status.tenants;
        const sent = ask(error, { session, tenantId });
        if (sent === "sent" && (error === down || error === silent))
          failed.push({ at: clock.time, session: `${session}`, tenantId });
        if (breaker.status.tenants <= tenantsBefore) continue;
        const recent = failed.filter(
          (one) => one.tenantId === tenantId && one.at > clock.time - 30_000,
        );
        expect(recent.length).toBeGreaterThanOrEqual(5);
        expect(new Set(recent.map((one) => one.session)).size).toBeGreaterThanOrEqual(3);
      }
    }),
  );
});

describe("over HTTP", () => {
  const account = reply(200, { user: { pk: USER_PK, username: "me" }, status: "ok" });

  async function setUp() {
    let time = 1_000_000;
    const wait = (milliseconds: number): void => {
      time += milliseconds;
    };
    const instagram = new FakeInstagram();
    const service = await createTestService({
      instagram,
      monotonicNow: () => time,
      sleep: async (milliseconds) => wait(milliseconds),
      config: { upstreamBreaker: { failures: 20, sessions: 5 } },
    });
    const sessions: string[] = [];
    for (let count = 0; count < 6; count++) {
      const pk = String(49_123_456_000 + count);
      const authorization_data = { ds_user_id: pk, sessionid: `${pk}%3AAbCd%3A12%3AAYdTail` };
      sessions.push(await importSession(service, { authorization_data }));
    }
    const { liveKey: key, testKey } = service;
    const ask = (session: string) => service.request("GET", "/account", { key, session });
    const status = async () => (await service.admin("GET", "/admin/upstream")).body.breaker;
    return { instagram, service, sessions, key, testKey, ask, status, wait };
  }

  test("held back requests are answered at once, with 503 and when to come back", async () => {
    const { instagram, service, sessions, ask, status, wait } = await setUp();
    instagram.on("accounts/current_user/", reply(503, ""));
    for (let round = 0; round < 4; round++) for (const session of sessions) await ask(session);
    expect(await status()).toMatchObject({ state: "open", for_all: false, tenants: 1 });
    instagram.takePaths();
    const [first = ""] = sessions;
    const held = await ask(first);
    expectProblem(held, "UpstreamUnavailable");
    expect(held.headers.get("retry-after")).toBe("5");
    expect(held.headers.get("gramway-upstream-calls")).toBe("0");
    expect(instagram.takePaths()).toEqual([]);
    expect((await service.request("GET", "/ready")).body.checks.upstream.detail).toContain("fail");
    expect((await service.request("GET", "/metrics")).text).toContain(
      "gramway_upstream_breaker_tenants 1",
    );
    // The sandbox has nothing to do with it.
    const sandbox = await service.login();
    const inSandbox = { key: service.testKey, session: sandbox };
    const query = { user_id: "25025320" };
    expect((await service.request("GET", "/user", { ...inSandbox, query })).status).toBe(200);
    // States of sessions neither.
    const shown = await service.request("GET", "/session", {
      key: service.liveKey,
      session: first,
    });
    expect(shown.body).toMatchObject({ state: "active", last_error: { kind: "UpstreamError" } });

    wait(5_000);
    instagram.on("accounts/current_user/", account);
    expect((await ask(first)).status).toBe(200);
    expect(await status()).toMatchObject({ state: "closed", tenants: 0 });
    for (const session of sessions) expect((await ask(session)).status).toBe(200);
    expect(service.logLines.filter((line) => line.includes("requests are held back"))).toHaveLength(
      1,
    );
    expect(
      service.logLines.filter((line) => line.includes("Instagram answers again")),
    ).toHaveLength(1);
    await service.close();
  });

  test("one session that fails a thousand times opens nothing", async () => {
    const { instagram, service, sessions, ask, status } = await setUp();
    instagram.on("accounts/current_user/", reply(500, ""));
    const [first = ""] = sessions;
    for (let count = 0; count < 300; count++) expectProblem(await ask(first), "UpstreamError");
    expect((await status()).state).toBe("closed");
    await service.close();
  });
});
