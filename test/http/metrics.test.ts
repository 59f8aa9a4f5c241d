import { afterAll, describe, expect, spyOn, test } from "bun:test";
import packageJson from "../../package.json" with { type: "json" };
import { reply } from "../support/fake-instagram.ts";
import { Gate, until } from "../support/gate.ts";
import { expectProblem } from "../support/problems.ts";
import { createTestService, type TestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());
const { testKey: key } = service;
const session = await service.login();

type Labels = Record<string, string>;

/** The value of the sample with these labels (others may be there); 0 where there is none. */
async function sample(name: string, labels: Labels = {}, of: TestService = service) {
  const { text } = await of.request("GET", "/metrics");
  let sum = 0;
  for (const line of text.split("\n")) {
    const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (match?.[1] !== name) continue;
    const found = Object.fromEntries(
      [...(match[2] ?? "").matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value]),
    );
    if (Object.entries(labels).every(([label, value]) => found[label] === value))
      sum += Number(match[3]);
  }
  return sum;
}

/** How much a sample grows by what is done. */
async function growth(name: string, labels: Labels, act: () => Promise<unknown>) {
  const before = await sample(name, labels);
  await act();
  return (await sample(name, labels)) - before;
}

const get = (path: string, query: Labels = {}) =>
  service.request("GET", path, { key, session, query });
const REQUESTS = "gramway_http_requests_total";

describe("GET /metrics", () => {
  test("is Prometheus text in which every sample has its help and type", async () => {
    const { text, headers } = await service.request("GET", "/metrics");
    expect(headers.get("content-type")).toStartWith("text/plain; version=0.0.4");
    const typed = new Set([...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name));
    const helped = new Set([...text.matchAll(/^# HELP (\w+) /gm)].map(([, name]) => name));
    expect(helped).toEqual(typed);
    for (const line of text.split("\n")) {
      if (line === "" || line.startsWith("#")) continue;
      expect(line).toMatch(
        /^\w+(?:\{(?:\w+="[^"\n]*",?)*\})? -?(?:\d+(?:\.\d+)?(?:e[+-]\d+)?|NaN|\+Inf)$/,
      );
      const name = line.replace(/(?:_bucket|_sum|_count)?(?:\{.*)? .*$/, "");
      expect(typed.has(name), line).toBe(true);
    }
  });
});

describe("requests", () => {
  test("are counted by method, route and status", async () => {
    const found = { method: "GET", route: "/user", status: "200" };
    expect(await growth(REQUESTS, found, () => get("/user", { username: "instagram" }))).toBe(1);
    const missing = { method: "GET", route: "/user", status: "404" };
    expect(await growth(REQUESTS, missing, () => get("/user", { user_id: "999" }))).toBe(1);
    const refused = { route: "/user", status: "401" };
    expect(await growth(REQUESTS, refused, () => service.request("GET", "/user"))).toBe(1);
    const invalid = { method: "POST", route: "/auth/login", status: "422" };
    expect(
      await growth(REQUESTS, invalid, () => service.request("POST", "/auth/login", { key })),
    ).toBe(1);
  });

  test("under an alias or with a slash count for the canonical route", async () => {
    for (const path of ["/user/info", "/user/info/by/username", "/user/", "/user/info/"])
      expect(
        await growth(REQUESTS, { route: "/user", status: "200" }, () =>
          get(path, { username: "instagram" }),
        ),
        path,
      ).toBe(1);
    const { text } = await service.request("GET", "/metrics");
    expect(text).not.toContain('route="/user/info');
  });

  test("with ids in their path share one route", async () => {
    const headers = service.adminHeaders;
    const grown = await growth(REQUESTS, { route: "/admin/tenants/:tenant_id" }, async () => {
      for (const id of ["a", "b", service.tenantId])
        await service.request("GET", `/admin/tenants/${id}`, { headers });
    });
    expect(grown).toBe(3);
  });

  test("that match nothing share one label, so that nobody can make labels up", async () => {
    const grown = await growth(REQUESTS, { route: "unmatched" }, async () => {
      for (const path of ["/made-up-1", "/made-up-2", "/user/made-up", "/%ff"])
        await service.request("GET", path);
      await service.request("DELETE", "/user");
    });
    expect(grown).toBe(5);
    expect((await service.request("GET", "/metrics")).text).not.toContain("made-up");
  });

  test("are timed as a whole and without the upstream's part", async () => {
    await using slow = await createTestService();
    const own = await slow.login();
    // The clock goes on while Instagram answers, and nobody waits for it.
    let passed = 0;
    const now = performance.now.bind(performance);
    using _clock = spyOn(performance, "now").mockImplementation(() => now() + passed);
    slow.instagram.on("users/7/info/", () => {
      passed += 20_000;
      return undefined;
    });
    const query = { user_id: "7" };
    await slow.request("GET", "/user", { key: slow.testKey, session: own, query });
    const route = { route: "/user" };
    const whole = await sample("gramway_http_request_duration_seconds_sum", route, slow);
    const ours = await sample("gramway_http_own_duration_seconds_sum", route, slow);
    const upstream = await sample(
      "gramway_upstream_request_duration_seconds_sum",
      { operation: "getUser" },
      slow,
    );
    expect(whole).toBeGreaterThanOrEqual(20);
    expect(upstream).toBeGreaterThanOrEqual(20);
    expect(ours).toBeLessThan(20);
    for (const name of ["request", "own"])
      expect(await sample(`gramway_http_${name}_duration_seconds_count`, route, slow)).toBe(1);
  });
});

describe("upstream requests and errors", () => {
  test("are counted by operation and status, and by kind", async () => {
    const ok = { operation: "getUser", status: "200" };
    const act = () => get("/user", { username: "instagram" });
    expect(await growth("gramway_upstream_requests_total", ok, act)).toBe(1);
    const missing = { operation: "getUser", status: "404" };
    const miss = () => get("/user", { user_id: "999" });
    expect(await growth("gramway_upstream_requests_total", missing, miss)).toBe(1);
    expect(await growth("gramway_errors_total", { exc_type: "UserNotFound" }, miss)).toBe(1);
  });
});

describe("sessions and caches", () => {
  test("are told by state", async () => {
    const active = await sample("gramway_sessions", { state: "active" });
    const waiting = await sample("gramway_sessions", { state: "two_factor" });
    await service.login();
    const form = { username: "sandbox_2fa", password: "sandbox" };
    await service.request("POST", "/auth/login", { key, form });
    expect(await sample("gramway_sessions", { state: "active" })).toBe(active + 1);
    expect(await sample("gramway_sessions", { state: "two_factor" })).toBe(waiting + 1);
    expect(await sample("gramway_sessions_live")).toBeGreaterThan(0);
  });

  test("count hits and misses", async () => {
    const hit = { result: "hit" };
    for (const cache of ["sessions", "api_keys"])
      expect(
        await growth("gramway_cache_requests_total", { cache, ...hit }, () => get("/account")),
      ).toBe(1);
    const fresh = await service.createKey(service.tenantId);
    const miss = { cache: "api_keys", result: "miss" };
    const first = () => service.request("GET", "/account", { key: fresh.key, session });
    expect(await growth("gramway_cache_requests_total", miss, first)).toBe(1);
    expect(await growth("gramway_cache_requests_total", miss, first)).toBe(0);
  });
});

describe("a session's queue", () => {
  test("shows its depth while requests wait, and refuses more than it holds", async () => {
    const slow = await createTestService();
    const held = new Gate();
    slow.instagram.on("users/7/info/", () => held.pass(undefined));
    const own = await slow.login();
    const read = () =>
      slow.request("GET", "/user", { key: slow.testKey, session: own, query: { user_id: "7" } });
    const depth = (wanted: number) =>
      until(async () => (await sample("gramway_session_queue_depth", {}, slow)) === wanted);
    const waiting = Array.from({ length: 10 }, read);
    await depth(6);
    expect(await sample("gramway_http_requests_in_flight", {}, slow)).toBe(11);
    const many = Array.from({ length: 60 }, read);
    await depth(64);
    const refused = await read();
    expectProblem(refused, "SessionBusy");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    const other = await slow.login();
    const elsewhere = await slow.request("GET", "/account", { key: slow.testKey, session: other });
    expect(elsewhere.status, "other sessions are not held up").toBe(200);
    held.letGo();
    const statuses = (await Promise.all([...waiting, ...many])).map(({ status }) => status);
    expect(statuses.filter((status) => status === 404)).toHaveLength(68);
    expect(statuses.filter((status) => status === 503)).toHaveLength(2);
    expect(await sample("gramway_session_queue_depth", {}, slow)).toBe(0);
    expect(await sample("gramway_http_requests_in_flight", {}, slow)).toBe(1);
  });
});

describe("what runs", () => {
  test("is told as labels: version, commit, runtime, dependencies", async () => {
    const { version } = packageJson;
    const runtime = `bun ${Bun.version}`;
    expect(await sample("gramway_build_info", { version, runtime })).toBe(1);
    for (const [name, installed] of Object.entries(packageJson.dependencies))
      expect(await sample("gramway_dependency_info", { name, version: installed }), name).toBe(1);
    expect(await sample("process_resident_memory_bytes")).toBeGreaterThan(1e6);
    const age = Date.now() / 1000 - (await sample("process_start_time_seconds"));
    expect(age).toBeGreaterThan(0);
    expect(age).toBeLessThan(3600);
  });
});

describe("a drifting upstream", () => {
  test("is counted by model and field, and does not fail the answer", async () => {
    const counts = { media_count: 1, follower_count: 2, following_count: 3 };
    const user = { pk: 7, username: "seven", full_name: ["no text"], is_private: "maybe" };
    service.instagram.on("users/7/info/", reply(200, { user: { ...user, ...counts } }));
    const answer = await get("/user", { user_id: "7" });
    expect([answer.status, answer.body?.pk]).toEqual([200, "7"]);
    const drift = "gramway_model_drift_total";
    expect(await sample(drift, { model: "User", field: "full_name" })).toBeGreaterThan(0);
  });
});
