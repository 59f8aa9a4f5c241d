import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { Gate, until } from "../support/gate.ts";
import { signedBody } from "../support/live.ts";
import { managingService, PROFILE } from "../support/managing.ts";
import { expectProblem } from "../support/problems.ts";
import { ASYNC, held, SEND_PHOTO, uploadingService } from "../support/uploading.ts";

/* DELETE /session, also while requests run, and what ends with a session. */

const LOGOUT = "accounts/logout/";

const { service, instagram, newSession, pendingSession, ask, change, read, announcedDuring } =
  await managingService();
const { liveKey: key } = service;

describe("DELETE /session", () => {
  test("forgets a session and leaves it logged in at Instagram", async () => {
    const session = await newSession();
    await read(session);
    instagram.takePaths();
    const announced = await announcedDuring(async () => {
      const answer = await ask("DELETE", "/session", session);
      expect(answer.body).toEqual({
        id: session,
        deleted: true,
        logged_out: null,
        logout_error: null,
      });
    });
    expect(announced).toMatchObject([
      { kind: "session.deleted", sessionId: session, by: { kind: "key" } },
    ]);
    expect(instagram.takePaths()).toEqual([]);
    for (const [method, path] of [
      ["GET", "/session"],
      ["GET", "/account"],
      ["PATCH", "/session"],
      ["DELETE", "/session"],
    ])
      expectProblem(await ask(method!, path!, session), "SessionNotFound", path);
    const { items } = (await service.request("GET", "/sessions", { key, query: { limit: "100" } }))
      .body;
    expect(items.map(({ id }: { id: string }) => id)).not.toContain(session);
  });

  test("leaves no row of it, nor of what hung on it", async () => {
    const session = await newSession();
    instagram.on("friendships/create/25025320/", reply(200, { status: "ok" }));
    const headers = { "Idempotency-Key": "once" };
    await ask("POST", "/user/follow", session, { form: { user_id: "25025320" }, headers });
    const rows = async () => {
      const { statements } = service.service.stores.db;
      const tables = ["sessions WHERE id", "idempotency_records WHERE session_id"];
      return Promise.all(
        tables.map(
          async (table) =>
            (
              await statements.execute({
                sql: `SELECT count(*) AS n FROM ${table} = ?`,
                args: [session],
              })
            ).rows[0]?.n,
        ),
      );
    };
    expect(await rows()).toEqual([1, 1]);
    await ask("DELETE", "/session", session, { headers: { "Idempotency-Key": "end" } });
    expect(await rows()).toEqual([0, 0]);
  });

  test("tells Instagram with logout=true, by one request", async () => {
    const session = await newSession();
    instagram.on(LOGOUT, reply(200, { status: "ok", login_nonce: null }));
    const answer = await ask("DELETE", "/session", session, { query: { logout: "true" } });
    expect(answer.body).toMatchObject({ deleted: true, logged_out: true, logout_error: null });
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    expect(signedBody(instagram.callsOf(LOGOUT)[0])).toEqual({ one_tap_app_login: true });
    expect(instagram.takePaths()).toEqual([`POST ${LOGOUT}`]);
    expectProblem(await ask("GET", "/session", session), "SessionNotFound");
  });

  test("deletes although Instagram cannot be told, and says so", async () => {
    for (const [script, kind] of [
      [reply(403, { message: "login_required", status: "fail" }), "LoginRequired"],
      [reply(500, "<html>"), "UpstreamError"],
      [reply(200, { status: "fail" }), /./],
      [
        () => {
          throw new TypeError("the connection broke");
        },
        /./,
      ],
    ] as const) {
      const session = await newSession();
      instagram.on(LOGOUT, script);
      const answer = await ask("DELETE", "/session", session, { query: { logout: "true" } });
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body).toMatchObject({ deleted: true, logged_out: false });
      expect(answer.body.logout_error.kind).toMatch(kind);
      expect(answer.body.logout_error.message).toBeString();
      expectProblem(await ask("GET", "/session", session), "SessionNotFound");
    }
  });

  test("asks Instagram nothing for a session that has no login", async () => {
    const pending = await pendingSession();
    const options = { key: service.testKey, query: { logout: "true" } };
    const answer = await ask("DELETE", "/session", pending, options);
    expect(answer.body).toMatchObject({ deleted: true, logged_out: null });
    expect(instagram.takePaths()).toEqual([]);
  });

  test("asks Instagram nothing for a session that is switched off", async () => {
    const session = await newSession();
    await change(session, { enabled: false });
    instagram.takePaths();
    const answer = await ask("DELETE", "/session", session, { query: { logout: "true" } });
    expect(answer.body).toMatchObject({
      deleted: true,
      logged_out: false,
      logout_error: { kind: "SessionDisabled" },
    });
    expect(instagram.takePaths()).toEqual([]);
  });

  test("while requests run: what has not begun asks Instagram nothing", async () => {
    const session = await newSession();
    const gate = new Gate();
    instagram.on(PROFILE, () => gate.pass(undefined));
    // Four reads of a session run at a time; the others wait.
    const reads = Array.from({ length: 8 }, () => read(session));
    await until(() => gate.running === 4);
    expect((await ask("DELETE", "/session", session)).status).toBe(200);
    gate.letGo();
    const statuses = (await Promise.all(reads)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(4);
    expect(instagram.callsOf(PROFILE)).toHaveLength(4);
    // Nothing of them brings it back.
    await service.service.sessions.flush();
    expectProblem(await ask("GET", "/session", session), "SessionNotFound");
  });

  test("twice at the same time deletes once", async () => {
    const session = await newSession();
    const announced = await announcedDuring(async () => {
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => ask("DELETE", "/session", session)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401]);
    });
    expect(announced).toHaveLength(1);
  });

  test("ends its uploads in the background, and their files go", async () => {
    await using own = await uploadingService();
    const { instagram: other, request, testKey } = own.service;
    const gate = held(other, SEND_PHOTO);
    const { upload_id } = (await own.upload({ headers: ASYNC })).body;
    await until(() => gate.running === 1);
    const answer = await request("DELETE", "/session", { key: testKey, session: own.session });
    expect(answer.status, answer.text).toBe(200);
    expect((await own.told(upload_id)).status).toBe(404);
    gate.letGo();
    await own.service.service.uploadsEnded();
    expect(other.callsOf("media/configure/")).toEqual([]);
  });
});

describe("a read of several pages", () => {
  test.each([
    ["switched off", "PATCH", { json: { enabled: false } }, "SessionDisabled"],
    ["deleted", "DELETE", {}, "SessionNotFound"],
  ] as const)(
    "ends at its next request once its session is %s",
    async (_how, method, options, kind) => {
      const session = await newSession();
      const gate = new Gate();
      const page = reply(200, {
        items: [{ pk: "3", id: "3_1", media_type: 1, user: { pk: 1 } }],
        next_max_id: "3_1",
        status: "ok",
      });
      instagram.on("feed/liked/", () => gate.pass(page));
      const reading = ask("GET", "/account/liked/media", session, { query: { amount: "0" } });
      await until(() => gate.running === 1);
      expect((await ask(method, "/session", session, options)).status).toBe(200);
      gate.letGo();
      const answer = await reading;
      expectProblem(answer, kind);
      expect(instagram.callsOf("feed/liked/")).toHaveLength(1);
    },
  );
});
