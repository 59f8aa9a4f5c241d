import { afterAll, describe, expect, test } from "bun:test";
import { Gate, until } from "../support/gate.ts";
import { expectProblem } from "../support/problems.ts";
import { type Answer, createTestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());
/** Reads of user 7 hang until they are let go. */
const held = new Gate();
service.instagram.on("users/7/info/", () => held.pass(undefined));

const tenantWith = async (fields: Record<string, unknown>) => {
  const { key } = await service.createKey(await service.createTenant("Busy", fields));
  return { key, login: () => service.login("sandbox", key) };
};
const read = (key: string, session: string, user_id = "7") =>
  service.request("GET", "/user", { key, session, query: { user_id } });

describe("a tenant's requests in flight", () => {
  test("are capped, whatever hangs; what waits in a session's queue does not count", async () => {
    const { key, login } = await tenantWith({ max_in_flight: 6 });
    const [first, second] = [await login(), await login()];
    const other = await tenantWith({});
    const otherSession = await other.login();

    // Four run, six wait in the session's queue.
    const work: Promise<Answer>[] = [];
    for (let request = 0; request < 10; request++) {
      work.push(read(key, first));
      // Each reaches its queue before the next one comes.
      await Bun.sleep(1);
    }
    await until(() => held.running === 4);
    work.push(read(key, second), read(key, second));
    await until(() => held.running === 6);

    const refused = await read(key, second);
    const { detail } = expectProblem(refused, "GatewayRateLimited");
    expect(detail).toContain("6 requests under way");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    const login7 = { username: "sandbox", password: "sandbox" };
    expectProblem(
      await service.request("POST", "/auth/login", { key, form: login7 }),
      "GatewayRateLimited",
    );
    expect((await read(other.key, otherSession, "25025320")).status, "another tenant's").toBe(200);

    held.letGo();
    for (const answer of await Promise.all(work)) expect(answer.status).not.toBe(429);
    // All places are free again: six at once are admitted, and again.
    for (let round = 0; round < 2; round++) {
      const again = Array.from({ length: 6 }, () => read(key, second, "25025320"));
      for (const answer of await Promise.all(again)) expect(answer.status).toBe(200);
    }
  });

  test("give their place back when they fail", async () => {
    const { key } = await tenantWith({ max_in_flight: 1 });
    for (let request = 0; request < 3; request++) {
      expectProblem(await read(key, "nobody"), "SessionNotFound");
      const headers = { "Content-Type": "application/json" };
      const login = await service.request("POST", "/auth/login", { key, body: "{", headers });
      expectProblem(login, "ValidationError");
    }
  });

  test("are 64 where nothing else is said", async () => {
    const tenantId = await service.createTenant();
    const tenant = await service.admin("GET", `/admin/tenants/${tenantId}`);
    expect(tenant.body.max_in_flight).toBe(64);
  });
});
