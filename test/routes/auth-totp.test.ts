import { afterAll, describe, expect, test } from "bun:test";
import { expectProblem, expectProblemForm, faultyFields } from "../http/problems.ts";
import { createTestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());

/** A session in a sandbox of its own. */
async function newSession() {
  const { key } = await service.createKey(await service.createTenant("With an authenticator"));
  const session = await service.login("sandbox", key);
  const enable = (verification_code: string, path = "/auth/totp") =>
    service.request("POST", path, { key, session, form: { verification_code } });
  const disable = () => service.request("DELETE", "/auth/totp", { key, session });
  const login = (more = {}) =>
    service.request("POST", "/auth/login", {
      key,
      form: { username: "sandbox", password: "sandbox", ...more },
    });
  return { enable, disable, login };
}

describe("two-factor authentication by an authenticator", () => {
  for (const path of ["/auth/totp", "/auth/totp/enable"])
    test(`is turned on by POST ${path}, which answers with backup codes`, async () => {
      const { enable, login } = await newSession();
      const answer = await enable("123 456", path);
      expect(answer.status).toBe(200);
      expect(answer.body).toHaveLength(5);
      for (const code of answer.body) expect(code).toMatch(/^\d{4} \d{4}$/);
      expectProblem(await login(), "TwoFactorRequired");
      expect((await login({ verification_code: answer.body[0] })).status).toBe(200);
    });

  test("is turned off by DELETE /auth/totp, twice as well", async () => {
    const { enable, disable, login } = await newSession();
    await enable("123456");
    for (let time = 0; time < 2; time++) {
      const answer = await disable();
      expect([answer.status, answer.text]).toEqual([200, "true"]);
    }
    expect((await login()).status).toBe(200);
  });

  test("is not turned on by a wrong code", async () => {
    const { enable, login } = await newSession();
    const answer = await enable("000000");
    expect(answer.status).toBe(400);
    expectProblemForm(answer);
    expect((await login()).status).toBe(200);
  });

  test("is not even asked for with what is no code", async () => {
    const { enable } = await newSession();
    for (const code of ["", " ", "-", "abcdef", "12", "12345678901"]) {
      const answer = await enable(code);
      expect(faultyFields(answer), code).toEqual(["verification_code"]);
      expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
    }
  });
});
