import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { problemKinds } from "../../src/http/problems.ts";
import type { KindDescription } from "../../src/problems/problem.ts";
import { reply } from "../support/fake-instagram.ts";
import { importSession, loggedIn, savedSettings, USER_PK } from "../support/live.ts";
import { type Machines, startMachine, startMachines } from "../support/machines.ts";
import { expectProblem } from "../support/problems.ts";
import type { Answer, RequestOptions, TestService } from "../support/service.ts";

/*
 * Machines on one database: what is asked at one that does not have the session is sent on by Fly's proxy,
 * which the header fly-replay of the answer tells so. Here the tests do what the proxy does.
 */

const machines: Machines<"m1" | "m2" | "m3"> = await startMachines({
  m1: "fra",
  m2: "iad",
  m3: "fra",
});
const { instagram } = machines;
const { m1, m2, m3 } = machines.on;
let tenantId: string;
/** Live and test key of a tenant of its own for each test: what comes back is remembered for the tenant. */
let key: string;
let testKey: string;
let session: string;
let imported = 0;

afterAll(() => machines[Symbol.asyncDispose]());

const account = { user: { pk: USER_PK, username: "me.account" }, status: "ok" };

/** A session that m1 uses. */
beforeEach(async () => {
  // So slow that hardly any token comes back during a test.
  tenantId = await m1.createTenant("Of a test", { requests_per_second: 1, burst: 1_000 });
  ({ key } = await m1.createKey(tenantId, { mode: "live" }));
  testKey = (await m1.createKey(tenantId)).key;
  session = await newSession();
  expect((await read(m1)).status).toBe(200);
  instagram.reset();
  instagram.on("accounts/current_user/", reply(200, account));
});

async function newSession(): Promise<string> {
  const sessionid = `${USER_PK}%3AAbCdEfGhIjKlMnOp${++imported}%3A12%3AAYdSessionIdTail`;
  const settings = savedSettings({ authorization_data: { ds_user_id: USER_PK, sessionid } });
  return importSession(m1, settings, { new_session: "true" }, key);
}

const read = (on: TestService, options: RequestOptions = {}): Promise<Answer> =>
  on.request("GET", "/account", { key, session, ...options });

/** Expects an answer that Fly's proxy sends on; returns what it is told. */
function expectReplay(answer: Answer): { target: string; state: string } {
  expectProblem(answer, "SessionElsewhere");
  expect(answer.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
  const header = answer.headers.get("fly-replay") ?? "";
  const [, target = "", state = ""] =
    /^([a-z]+=[\w-]+);state=([\w.:-]+);timeout=2s;fallback=prefer_self$/.exec(header) ?? [];
  expect(target, header).not.toBe("");
  return { target, state };
}

/** The headers with which the proxy brings a request that `machine` has sent on. */
const broughtFrom = (machine: string, state: string) => ({
  "fly-replay-src": `instance=${machine};region=fra;t=1764273600000000;state=${state}`,
});

const cameBack = (target: string, reason = "timeout") => ({
  "fly-replay-failed": `${target};app=gramway;replay_source=m2;reason=${reason};elapsed_ms=2000`,
});

const logged = (on: TestService, id: string | null): any =>
  on.logLines.map((line) => JSON.parse(line)).find((line) => line.request_id === id);

describe("a request whose session another machine uses is sent on", () => {
  const multipart = (...parts: [string, string | File][]): FormData => {
    const data = new FormData();
    for (const [name, value] of parts) data.append(name, value);
    return data;
  };
  const picture = new File([new Uint8Array(300)], "a.jpg", { type: "image/jpeg" });
  const ways: [name: string, ask: () => Promise<Answer>][] = [
    ["header", () => read(m2)],
    ["cookie", () => read(m2, { session: null, headers: { Cookie: `sessionid=${session}` } })],
    ["query", () => read(m2, { session: null, query: { sessionid: session } })],
    [
      "form field",
      () =>
        m2.request("POST", "/media/like", { key, form: { sessionid: session, media_id: "1_2" } }),
    ],
    [
      "JSON field",
      () =>
        m2.request("POST", "/media/like", { key, json: { sessionid: session, media_id: "1_2" } }),
    ],
    [
      "text before a file",
      () =>
        m2.request("POST", "/photo/upload", {
          key,
          body: multipart(["sessionid", session], ["file", picture]),
        }),
    ],
    [
      "text after a file",
      () =>
        m2.request("POST", "/photo/upload", {
          key,
          body: multipart(["file", picture], ["caption", "x"], ["sessionid", session]),
        }),
    ],
    [
      "header of an upload",
      () => m2.request("POST", "/photo/upload", { key, session, files: [["file", picture]] }),
    ],
    [
      "header where it is optional",
      () =>
        m2.request("GET", "/media/id", {
          key,
          session,
          query: { media_pk: "3755350675776297567" },
        }),
    ],
    [
      "header to change it",
      () => m2.request("PATCH", "/session", { key, session, json: { label: "x" } }),
    ],
    ["header to delete it", () => m2.request("DELETE", "/session", { key, session })],
    ["header to look at it", () => m2.request("GET", "/session", { key, session })],
  ];

  for (const [name, ask] of ways)
    test(`by its ${name}`, async () => {
      expect(expectReplay(await ask()).target).toBe("instance=m1");
      expect(instagram.calls).toEqual([]);
      expect((await read(m1)).status).toBe(200);
    });

  test("also where only the headers are asked for", async () => {
    const answer = await m2.request("HEAD", "/account", { key, session });
    expect([answer.status, answer.text]).toEqual([503, ""]);
    expect(answer.headers.get("fly-replay")).toStartWith("instance=m1;");
  });

  test("as a login of its account", async () => {
    const name = `owner${imported}`;
    instagram.on("accounts/login/", loggedIn());
    const logIn = (on: TestService) =>
      on.request("POST", "/auth/login", { key, form: { username: name, password: "pw" } });
    const login = await logIn(m1);
    session = login.body;
    expect(login.status, login.text).toBe(200);
    expect((await m1.request("GET", "/session", { key, session })).status).toBe(200);
    instagram.calls.length = 0;
    expect(expectReplay(await logIn(m2)).target).toBe("instance=m1");
    expect(instagram.calls).toEqual([]);
  });

  test("to its home region while no machine uses it", async () => {
    const sessionid = "77%3AAbCdEfGhIjKlMnOp%3A12%3AAYdSessionIdTail";
    const settings = savedSettings({ authorization_data: { ds_user_id: "77", sessionid } });
    const headers = { "Content-Type": "application/x-ndjson" };
    const body = `${JSON.stringify({ settings, region: "iad" })}\n`;
    const answer = await m1.request("POST", "/sessions/import", { key, headers, body });
    expect(answer.status, answer.text).toBe(200);
    session = answer.body.lines[0].session_id;
    instagram.calls.length = 0;
    const { target, state } = expectReplay(await read(m1));
    expect(target).toBe("region=iad");
    expect(instagram.calls).toEqual([]);
    expect((await read(m2, { headers: broughtFrom("m1", state) })).status).toBe(200);
    expect(expectReplay(await read(m1)).target).toBe("instance=m2");
  });
});

describe("a request is not sent on", () => {
  test("without a key, with a wrong one, or by a stranger to the session", async () => {
    const stranger = await m2.createTenant("Stranger");
    const { key: other } = await m2.createKey(stranger, { mode: "live" });
    for (const [sent, kind] of [
      [null, "ApiKeyRequired"],
      ["gw_live_wrong", "ApiKeyInvalid"],
      [testKey, "SessionNotFound"],
      [other, "SessionNotFound"],
    ] as const) {
      const answer = await read(m2, { key: sent });
      expectProblem(answer, kind);
      expect(answer.headers.get("fly-replay"), kind).toBeNull();
    }
  });

  test("that was sent on twice: the session is handed over", async () => {
    const first = expectReplay(await read(m2));
    const second = await read(m2, { headers: broughtFrom("m1", first.state) });
    const { state } = expectReplay(second);
    expect([first.state[0], state[0]]).toEqual(["1", "2"]);
    const third = await read(m2, { headers: broughtFrom("m1", state) });
    expect(third.status, third.text).toBe(200);
    expect(expectReplay(await read(m1)).target).toBe("instance=m2");
  });

  test("that has come back", async () => {
    expectReplay(await read(m2));
    const answer = await read(m2, { headers: cameBack("instance=m1") });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers.get("fly-replay")).toBeNull();
  });

  test("within its own machine: another process there hands the session over", async () => {
    const sibling = await startMachine(machines.directory, "m1", "fra", { instagram });
    try {
      const answer = await read(sibling);
      expect(answer.status, answer.text).toBe(200);
    } finally {
      await sibling.close();
    }
  });
});

describe("what the proxy says of a request", () => {
  test("names it in the logs of both machines", async () => {
    const answer = await read(m2);
    const id = answer.headers.get("x-request-id");
    const { state } = expectReplay(answer);
    const served = await read(m1, { headers: broughtFrom("m2", state) });
    expect(served.status).toBe(200);
    expect(served.headers.get("x-request-id")).toBe(id);
    expect(logged(m2, id)).toMatchObject({ level: "info", replayed_to: "instance=m1" });
    expect(logged(m1, id)).toMatchObject({ level: "info", status: 200, replayed_by: "m2" });
    expect(logged(m1, id).replayed_to).toBeUndefined();
  });

  test("leaves the caller's own name of it", async () => {
    const headers = { "X-Request-Id": "mine:1" };
    const { state } = expectReplay(await read(m2, { headers }));
    const served = await read(m1, { headers: { ...headers, ...broughtFrom("m2", state) } });
    expect(served.headers.get("x-request-id")).toBe("mine:1");
  });

  test("is not believed where a client has made it up", async () => {
    const { state } = expectReplay(await read(m2));
    const made = [
      state.replace(/.$/, (last) => (last === "A" ? "B" : "A")),
      "1",
      "9",
      "x".repeat(900),
    ];
    for (const text of made) {
      const answer = await read(m1, { headers: broughtFrom("m2", text) });
      expect(answer.status, text).toBe(200);
      expect(logged(m1, answer.headers.get("x-request-id")).replayed_by, text).toBeUndefined();
    }
  });

  test("of what clients have made up does not keep a request from being sent on", async () => {
    const forged = { "fly-replay-src": "instance=m1;state=0.a.aaaaaaaaaaaaaaaa" };
    const { state } = expectReplay(await read(m2, { headers: forged }));
    // The proxy's own header beside the client's.
    const source = `${forged["fly-replay-src"]}, ${broughtFrom("m2", state)["fly-replay-src"]}`;
    expect(
      expectReplay(await read(m2, { headers: { "fly-replay-src": source } })).state,
    ).toStartWith("2.");
  });
});

describe("a machine that was not reached", () => {
  test("gets no further requests of the tenant for a while", async () => {
    const { target } = expectReplay(await read(m2));
    expect((await read(m2, { headers: cameBack(target) })).status).toBe(200);
    session = await newSession();
    expect((await read(m1)).status).toBe(200);
    const next = await read(m2);
    expect(next.status, next.text).toBe(200);
  });

  test("gets those of other tenants, whatever one of them says", async () => {
    const { key: other } = await m3.createKey(m3.tenantId, { mode: "live" });
    const sessionid = `99%3AAbCdEfGhIjKlMnOp%3A12%3AAYdSessionIdTail`;
    const settings = savedSettings({ authorization_data: { ds_user_id: "99", sessionid } });
    const theirs = await importSession(m1, settings, { new_session: "true" }, other);
    const ask = (on: TestService, headers = {}) =>
      on.request("GET", "/account", { key: other, session: theirs, headers });
    expect((await ask(m1)).status).toBe(200);
    expectReplay(await read(m3));
    await read(m3, { headers: cameBack("instance=m1") });
    expect(expectReplay(await ask(m3)).target).toBe("instance=m1");
  });
});

describe("a request that is sent on", () => {
  test("counts once in the usage, where it is answered", async () => {
    const counted = async (on: TestService): Promise<unknown> => {
      const { body } = await on.admin("GET", `/admin/usage?tenant_id=${tenantId}&group=operation`);
      return body.items.find((line: any) => line.operation === "getAccount");
    };
    const { state } = expectReplay(await read(m2));
    const served = await read(m1, { headers: broughtFrom("m2", state) });
    expect(served.status).toBe(200);
    // A machine writes what it has counted when it is asked. m1 has answered once before.
    await counted(m2);
    expect(await counted(m1)).toMatchObject({ calls: 2, errors: 0, upstream_calls: 2 });
  });

  test("counts once in the key's limit, also when it comes back", async () => {
    const left = (answer: Answer) => Number(answer.headers.get("ratelimit-remaining"));
    const first = await read(m2);
    const { target } = expectReplay(first);
    const back = await read(m2, { headers: cameBack(target) });
    expect(back.status).toBe(200);
    expect(left(back)).toBeGreaterThanOrEqual(left(first));
    // What was never sent on is counted, whatever it says. One token may come back meanwhile.
    let made = back;
    for (let time = 0; time < 5; time++) made = await read(m2, { headers: cameBack(target) });
    expect(left(made)).toBeLessThanOrEqual(left(back) - 4);
  });

  test("runs once under its Idempotency-Key, on the machine that answers it", async () => {
    const like = (on: TestService, headers = {}) =>
      on.request("POST", "/media/like", {
        key,
        session,
        form: { media_id: "3755350675776297567_1" },
        headers: { "Idempotency-Key": `like-${imported}`, ...headers },
      });
    instagram.on(/like\/$/, reply(200, { status: "ok" }));
    const { state } = expectReplay(await like(m2));
    const served = await like(m1, broughtFrom("m2", state));
    expect(served.status, served.text).toBe(200);
    expect(served.headers.get("idempotency-replayed")).toBeNull();
    const again = await like(m1, broughtFrom("m2", expectReplay(await like(m2)).state));
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(instagram.callsOf(/like\/$/)).toHaveLength(1);
  });

  test("is no error, and is counted among the replays", async () => {
    const samples = async (on: TestService): Promise<string> =>
      (await on.request("GET", "/metrics")).text
        .split("\n")
        .filter((line) => /^gramway_(?:replays|lease|errors|http_requests_total)/.test(line))
        .join("\n");
    const { state } = expectReplay(await read(m2));
    await read(m1, { headers: broughtFrom("m2", state) });
    await read(m2, { headers: cameBack("instance=m1", "no_candidate") });
    const [ofSender, ofServer] = [await samples(m2), await samples(m1)];
    expect(ofSender).toMatch(/^gramway_replays_sent_total\{target="instance"\} [1-9]/m);
    expect(ofSender).toMatch(/^gramway_replays_failed_total\{reason="no_candidate"\} [1-9]/m);
    expect(ofServer).toMatch(/^gramway_replays_received_total [1-9]/m);
    expect(ofServer).toMatch(/^gramway_lease_takeovers_total\{kind="free"\} [1-9]/m);
    for (const one of [ofSender, ofServer]) expect(one).toMatch(/^gramway_lease_held 1$/m);
    expect(ofSender).not.toContain('exc_type="SessionElsewhere"');
    expect(ofSender).not.toMatch(/gramway_http_requests_total\{[^}]*status="503"/);
  });
});

describe("a machine that ends", () => {
  test("sends new requests on to others", async () => {
    const m4 = await startMachine(machines.directory, "m4", "fra", machines);
    await m4.service.leaseLoop?.drain();
    m4.service.shutdown.closed = true;
    const away = await m4.request("GET", "/account", { key, session: await newSession() });
    expectProblem(away, "ShuttingDown");
    expect(away.headers.get("fly-replay")).toStartWith("elsewhere=true;state=1.");
    const failed = cameBack("region=fra", "no_candidate");
    const back = await m4.request("GET", "/account", { key, session, headers: failed });
    expectProblem(back, "ShuttingDown");
    expect([back.headers.get("fly-replay"), back.headers.get("retry-after")]).toEqual([null, "5"]);
    await m4.close();
  });

  test("answers itself where it is alone", async () => {
    const alone = await startMachines({ m1: "fra" });
    const { service, request } = alone.on.m1;
    await service.leaseLoop?.drain();
    service.shutdown.closed = true;
    const answer = await request("GET", "/health");
    expectProblem(answer, "ShuttingDown");
    expect(answer.headers.get("fly-replay")).toBeNull();
    await alone[Symbol.asyncDispose]();
  });
});

test("every error with the status 503 says when to try again", () => {
  const silent = Object.entries<KindDescription>(problemKinds).filter(
    ([, { status, retryAfter }]) => status === 503 && retryAfter === undefined,
  );
  expect(silent).toEqual([]);
});
