import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import {
  HOUR,
  type Keyed,
  keyedService,
  LIKE,
  liked,
  MEDIA,
  message,
  newKey,
  newSession,
  SEND,
  sent,
} from "../support/idempotency.ts";
import { savedSettings } from "../support/live.ts";

/* Requests under an Idempotency-Key: the first one acts, and its retries get its answer. */

let time = Date.UTC(2026, 0, 5);
const { service, instagram, session, ask, askHeld, rows } = await keyedService({ now: () => time });
afterAll(() => service.close());
beforeEach(() => {
  instagram.reset();
  instagram.on(LIKE, liked).on(SEND, sent);
});

describe("a retry", () => {
  test("gets the first answer, and Instagram is asked once", async () => {
    const key = newKey();
    const first = await ask(key);
    expect(first.status, first.text).toBe(200);
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    const again = await ask(key);
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect(again.headers.get("content-type")).toBe("application/json");
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(again.headers.get("gramway-upstream-calls")).toBe("0");
    expect(again.headers.get("x-request-id")).not.toBe(first.headers.get("x-request-id"));
    expect(again.headers.get("ratelimit-limit")).not.toBeNull();
    expect(instagram.calls).toHaveLength(1);
  });

  test("gets a long answer with every digit of its numbers", async () => {
    const key = newKey();
    const first = await ask(key, message());
    expect(first.status, first.text).toBe(200);
    const again = await ask(key, message());
    expect(again.text).toBe(first.text);
    expect(instagram.callsOf(SEND)).toHaveLength(1);
  });

  test.each([
    [400, { message: "Something is wrong", status: "fail" }],
    [404, { message: "Media not found or unavailable", status: "fail" }],
    [403, { message: "You cannot do that", status: "fail" }],
  ])(
    "gets a refusal with %i of Instagram's as well, under a request id of its own",
    async (status, body) => {
      const key = newKey();
      instagram.on(LIKE, reply(status, body));
      const first = await ask(key);
      expect(first.status).toBeGreaterThanOrEqual(400);
      instagram.on(LIKE, liked);
      const again = await ask(key);
      expect(again.status).toBe(first.status);
      expect(again.headers.get("idempotency-replayed")).toBe("true");
      expect(again.headers.get("content-type")).toBe("application/problem+json");
      expect(again.body).toEqual({ ...first.body, request_id: again.headers.get("x-request-id") });
      expect(instagram.calls).toHaveLength(1);
    },
  );

  test("is recognised in a form, in JSON, with its default written out and under an alias", async () => {
    const key = newKey();
    await ask(key);
    const respelled: Keyed[] = [
      { json: { media_id: MEDIA } },
      { form: { revert: "false", media_id: MEDIA } },
      { form: { media_id: MEDIA, unknown_field: "1" } },
    ];
    for (const given of respelled) {
      const answer = await ask(key, given);
      expect(answer.headers.get("idempotency-replayed"), answer.text).toBe("true");
    }
    expect(instagram.calls).toHaveLength(1);
  });

  test("within 24 hours; after that the key is a new one", async () => {
    const key = newKey();
    await ask(key);
    time += 24 * HOUR - 1;
    expect((await ask(key)).headers.get("idempotency-replayed")).toBe("true");
    time += 1;
    expect((await ask(key)).headers.get("idempotency-replayed")).toBeNull();
    expect(instagram.calls).toHaveLength(2);
  });
});

describe("another request under the key", () => {
  test.each<[string, Keyed]>([
    ["with another field", { form: { media_id: "3747773280932289112_61000000001" } }],
    ["with a further field", { form: { media_id: MEDIA, revert: "true" } }],
    ["of another operation", { path: "/media/save" }],
    ["of the reversal", { method: "DELETE", query: { media_id: MEDIA }, json: {} }],
  ])("%s is refused", async (_, given) => {
    const key = newKey();
    await ask(key);
    const answer = await ask(key, given);
    expect([answer.status, answer.body.exc_type]).toEqual([422, "IdempotencyKeyReused"]);
    expect(instagram.calls).toHaveLength(1);
  });

  test("is refused while the first runs, too", async () => {
    const key = newKey();
    const { release, running } = await askHeld(key);
    const answer = await ask(key, { form: { media_id: MEDIA, revert: "true" } });
    expect(answer.body.exc_type).toBe("IdempotencyKeyReused");
    release();
    expect((await running).status).toBe(200);
  });

  test("is not what another session, mode, tenant or service sends under the same text", async () => {
    const key = newKey();
    await ask(key);
    const stranger = await service.createTenant("Stranger");
    const foreign = (await service.createKey(stranger, { mode: "live" })).key;
    const others: Keyed[] = [
      { session: await newSession(service) },
      { session: await newSession(service, foreign), key: foreign },
    ];
    for (const other of others) {
      const answer = await ask(key, { ...other, form: { media_id: MEDIA, revert: "true" } });
      expect(answer.body.exc_type).toBeUndefined();
    }
    const sandbox = { key: service.testKey, session: await service.login() };
    const answer = await ask(key, sandbox);
    expect(answer.headers.get("idempotency-replayed")).toBeNull();
    expect(answer.body.exc_type).not.toBe("IdempotencyKeyReused");
  });
});

describe("while the first request runs", () => {
  test("the same one is told to wait, and gets its answer afterwards", async () => {
    const key = newKey();
    const { release, running } = await askHeld(key);
    const early = await ask(key);
    expect([early.status, early.body.exc_type]).toEqual([409, "IdempotencyInProgress"]);
    expect(early.headers.get("retry-after")).toBe("1");
    release();
    expect((await running).status).toBe(200);
    expect((await ask(key)).headers.get("idempotency-replayed")).toBe("true");
    expect(instagram.calls).toHaveLength(1);
  });

  test("fifty equal ones at once act once", async () => {
    const key = newKey();
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(key)));
    const statuses = answers.map(({ status, headers }) =>
      status === 200 && headers.has("idempotency-replayed") ? "replayed" : status,
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(new Set(statuses)).toBeOneOf([
      new Set([200, 409]),
      new Set([200, "replayed"]),
      new Set([200, 409, "replayed"]),
    ]);
    expect(instagram.calls).toHaveLength(1);
  });

  test("fifty retries of one that has ended are all answered", async () => {
    const key = newKey();
    await ask(key);
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(key)));
    expect(answers.every(({ headers }) => headers.has("idempotency-replayed"))).toBe(true);
  });
});

test("a caller who hangs up gets the answer with its retry", async () => {
  const key = newKey();
  const caller = new AbortController();
  const arrived = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  instagram.on(LIKE, async () => {
    arrived.resolve();
    await gate.promise;
    return liked;
  });
  const answer = service.service.handle(
    new Request("http://localhost/media/like", {
      method: "POST",
      headers: {
        "X-API-Key": service.liveKey,
        "X-Session-ID": session,
        "Idempotency-Key": key,
      },
      body: new URLSearchParams({ media_id: MEDIA }),
      signal: caller.signal,
    }),
  );
  await arrived.promise;
  caller.abort();
  gate.resolve();
  await answer;
  const again = await ask(key);
  expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([200, "true"]);
  expect(instagram.calls).toHaveLength(1);
});

describe("the header", () => {
  test.each([
    ["empty", ""],
    ["too long", "k".repeat(256)],
    ["not ASCII", "schlüssel"],
    ["with a control character", "a\tb"],
  ])("is refused when it is %s", async (_, key) => {
    const answer = await ask(key);
    expect([answer.status, answer.body.exc_type]).toEqual([422, "ValidationError"]);
    expect(answer.body.errors).toEqual([
      { field: "Idempotency-Key", message: expect.stringContaining("255") },
    ]);
    expect(instagram.calls).toHaveLength(0);
  });

  test.each([["k".repeat(255)], ["a, b"], ['"8e03978e-40d5-43dd-bc93-6894a57f9324"'], ["!~ {}"]])(
    "may be %p",
    async (key) => {
      expect((await ask(key)).status).toBe(200);
      expect((await ask(key)).headers.get("idempotency-replayed")).toBe("true");
    },
  );

  test("changes nothing about a request that reads", async () => {
    const key = newKey();
    const before = (await rows()).length;
    for (let count = 0; count < 2; count++) {
      const answer = await service.request("GET", "/account", {
        key: service.liveKey,
        session,
        headers: { "Idempotency-Key": key },
      });
      expect([answer.status, answer.headers.get("idempotency-replayed")]).toEqual([200, null]);
    }
    expect(await rows()).toHaveLength(before);
  });

  test("costs nothing where it is missing: no row is written", async () => {
    const before = (await rows()).length;
    expect((await ask(null)).status).toBe(200);
    expect((await ask(null)).status).toBe(200);
    expect(await rows()).toHaveLength(before);
    expect(instagram.calls).toHaveLength(2);
  });

  test("works for settings of a session, too", async () => {
    const own = await newSession(service);
    const key = newKey();
    const given: Keyed = {
      method: "PATCH",
      path: "/auth/settings",
      session: own,
      form: { settings: JSON.stringify({ ...savedSettings(), locale: "de_DE" }) },
    };
    expect((await ask(key, given)).status).toBe(200);
    const respelled = { ...given, json: { settings: { locale: "de_DE", ...savedSettings() } } };
    expect((await ask(key, respelled)).headers.get("idempotency-replayed")).toBe("true");
  });
});

test("logs and metrics say what came of a key, and not the key", async () => {
  const key = newKey();
  await ask(key);
  await ask(key);
  await ask(key, { path: "/media/save" });
  const lines = service.logLines.slice(-3).map((line) => JSON.parse(line));
  expect(lines.map(({ idempotency }) => idempotency)).toEqual(["run", "replayed", "refused"]);
  expect(service.logLines.join("")).not.toContain(key);
  const metrics = await service.request("GET", "/metrics", { headers: service.adminHeaders });
  for (const result of ["run", "replayed", "refused"])
    expect(metrics.text).toContain(`gramway_idempotent_requests_total{result="${result}"}`);
});
