import { afterAll, describe, expect, test } from "bun:test";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { createTestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());

const account = { username: "sandbox_challenge", password: "sandbox" };

/** A login that a challenge holds up, of a tenant of its own. */
async function challenged() {
  const { key } = await service.createKey(await service.createTenant("Challenged"));
  const login = () => service.request("POST", "/auth/login", { key, form: account });
  const asked = expectProblem(await login(), "ChallengeRequired");
  const session: string = asked.session_id;
  const last_json = JSON.stringify(asked.last_json);
  const resolve = (form: Record<string, string>) =>
    service.request("POST", "/auth/challenge/resolve", { key, session, form });
  return { key, session, asked, last_json, login, resolve };
}

describe("a login that meets a challenge", () => {
  test("says which session waits, what to send where, and carries last_json", async () => {
    const { asked, session } = await challenged();
    expect(session).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(asked.last_json.challenge.api_path).toMatch(/^\/challenge\//);
    for (const part of ["/auth/challenge/resolve", session, "security_code"])
      expect(asked.hint).toContain(part);
  });

  test("is finished by the code, from the session that waited", async () => {
    const { key, session, last_json, resolve } = await challenged();
    const sent = expectProblem(await resolve({ last_json }), "ChallengeRequired");
    expect(sent.detail).toContain("s*****x@e******.com");
    expect(sent.hint).toContain("security_code");
    const done = await resolve({ last_json, security_code: "123 456" });
    expect([done.status, done.text]).toEqual([200, "true"]);
    const account = await service.request("GET", "/account", { key, session });
    expect([account.status, account.body.username]).toEqual([200, "sandbox_challenge"]);
  });

  test("takes last_json as an object in JSON", async () => {
    const { key, session, asked } = await challenged();
    const resolve = (more: object) =>
      service.request("POST", "/auth/challenge/resolve", {
        key,
        session,
        json: { last_json: asked.last_json, ...more },
      });
    expectProblem(await resolve({}), "ChallengeRequired");
    expect((await resolve({ security_code: "123456" })).status).toBe(200);
  });

  test("goes on with last_json from the second answer too", async () => {
    const { last_json, resolve } = await challenged();
    const sent = (await resolve({ last_json })).body;
    const again = JSON.stringify(sent.last_json);
    expect((await resolve({ last_json: again, security_code: "123456" })).text).toBe("true");
  });

  test("takes no wrong code, and the right one afterwards", async () => {
    const { last_json, resolve } = await challenged();
    await resolve({ last_json });
    const wrong = expectProblem(
      await resolve({ last_json, security_code: "000000" }),
      "ChallengeRequired",
    );
    expect(wrong.detail).toContain("refused");
    expect((await resolve({ last_json, security_code: "123456" })).status).toBe(200);
  });

  test("rests after three wrong codes, for logins of the account, too", async () => {
    const { last_json, resolve, login } = await challenged();
    await resolve({ last_json });
    for (const security_code of ["000000", "000001", "000002"])
      expectProblem(await resolve({ last_json, security_code }), "ChallengeRequired");
    for (const answer of [await resolve({ last_json, security_code: "123456" }), await login()]) {
      expectProblem(answer, "SessionCoolingDown");
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(60);
      expect(Number(answer.headers.get("gramway-upstream-calls") ?? 0)).toBe(0);
    }
  });

  test("keeps its session from reading until then", async () => {
    const { key, session } = await challenged();
    const answer = await service.request("GET", "/account", { key, session });
    expect(expectProblem(answer, "ChallengeRequired").last_json.challenge).toBeObject();
  });

  test("keeps one waiting session, however often it is tried", async () => {
    const { login, session } = await challenged();
    expect((await login()).body.session_id).toBe(session);
  });

  test("does not turn another account's session into its own", async () => {
    const { key, last_json } = await challenged();
    const session = await service.login("sandbox", key);
    for (const security_code of ["", "123456"]) {
      const form = { last_json, security_code };
      const answer = await service.request("POST", "/auth/challenge/resolve", {
        key,
        session,
        form,
      });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    }
    const answer = await service.request("GET", "/account", { key, session });
    expect(answer.body.username).toBe("sandbox");
  });

  test("is nothing that another tenant's key can touch", async () => {
    const { session, last_json } = await challenged();
    const answer = await service.request("POST", "/auth/challenge/resolve", {
      key: service.testKey,
      session,
      form: { last_json, security_code: "123456" },
    });
    expectProblem(answer, "SessionNotFound");
  });
});

describe("POST /auth/challenge/resolve", () => {
  test("refuses what is no answer of Instagram's to a challenge", async () => {
    const { resolve } = await challenged();
    const wrong = ["", "x", "[]", "null", "1", "{}", '{"challenge":1}', '{"challenge":{}}'];
    wrong.push('{"challenge":{"api_path":""}}');
    wrong.push('{"challenge":{"api_path":"https://evil.example/challenge/1/a/"}}');
    for (const last_json of wrong) {
      const answer = await resolve({ last_json, security_code: "123456" });
      expect(faultyFields(answer), last_json).toEqual(["last_json"]);
    }
  });

  test("calls nothing for a challenge that only the app can end", async () => {
    const { resolve } = await challenged();
    const paths = ["/auth_platform/", "/auth_platform/?apc=x", "/users/1/info/", "//evil.example/"];
    paths.push("/challenge/../users/1/info/", "/challenge/1/a/?x=y", "/challenge/%2e%2e/users/");
    for (const api_path of paths) {
      const last_json = JSON.stringify({ challenge: { api_path } });
      const answer = await resolve({ last_json, security_code: "123456" });
      expect(expectProblem(answer, "ChallengeRequired").hint).toContain("app");
      expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
    }
  });

  test("refuses what is no code before anything is sent", async () => {
    const { last_json, resolve } = await challenged();
    for (const security_code of ["abc", "1", "12345678901"]) {
      const answer = await resolve({ last_json, security_code });
      expect(faultyFields(answer)).toEqual(["security_code"]);
      expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
    }
  });

  test("treats an empty code as none", async () => {
    const { last_json, resolve } = await challenged();
    expectProblem(await resolve({ last_json, security_code: "" }), "ChallengeRequired");
  });
});
