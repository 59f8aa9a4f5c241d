import { afterAll, describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { testEmulatorClock } from "../support/fake-instagram.ts";
import { expectProblem, expectProblemForm, faultyFields } from "../support/problems.ts";
import { createTestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());

/** The code that an authenticator shows now (RFC 6238). */
function codeOf(seed: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...seed].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0"));
  const key = Buffer.from(
    bits
      .join("")
      .match(/.{8}/g)!
      .map((byte) => Number.parseInt(byte, 2)),
  );
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(testEmulatorClock() / 30_000)));
  const hash = createHmac("sha1", key).update(counter).digest();
  const number = hash.readUInt32BE((hash[19] ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** A session in a sandbox of its own. */
async function newSession() {
  const { key } = await service.createKey(await service.createTenant("With an authenticator"));
  const session = await service.login("sandbox", key);
  const enable = (verification_code?: string, path = "/auth/totp") =>
    service.request("POST", path, {
      key,
      session,
      ...(verification_code === undefined ? {} : { form: { verification_code } }),
    });
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

  test("begins with a secret for the authenticator, whose code turns it on", async () => {
    const { enable, login } = await newSession();
    for (const path of ["/auth/totp", "/auth/totp/enable"]) {
      const answer = await enable(undefined, path);
      expect(answer.status).toBe(200);
      const { seed, uri } = answer.body;
      expect(Object.keys(answer.body)).toEqual(["seed", "uri"]);
      expect(seed).toMatch(/^[A-Z2-7]{16,}$/);
      expect(uri).toBe(`otpauth://totp/Instagram:sandbox?secret=${seed}&issuer=Instagram`);
      expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    }
    const { seed } = (await enable("")).body;
    expect((await login()).status, "nothing is on yet").toBe(200);
    const wrong = String((Number(codeOf(seed)) + 1) % 1_000_000).padStart(6, "0");
    expectProblemForm(await enable(wrong));
    const enabled = await enable(codeOf(seed));
    expect([enabled.status, enabled.body.length]).toEqual([200, 5]);
    expectProblem(await login(), "TwoFactorRequired");
    expect((await login({ verification_code: codeOf(seed) })).status).toBe(200);
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
    for (const code of [" ", "-", "abcdef", "12", "12345678901"]) {
      const answer = await enable(code);
      expect(faultyFields(answer), code).toEqual(["verification_code"]);
      expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
    }
  });
});
