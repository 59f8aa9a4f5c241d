import { afterAll, beforeEach, expect, test } from "bun:test";
import { SERVICE } from "../../src/announcements.ts";
import { moveSessionsFrom } from "../../src/sessions/verbs/proxy-moves.ts";
import { newProxyTenant, type ProxyTenant } from "../support/proxies.ts";
import { createTestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());
const { stores, sessions } = service.service;
const { assignment, proxyDirectory: proxies } = stores;
const deps = { ways: { assignment, proxies, region: null }, sessions, store: stores.sessions };
const about = { by: SERVICE, reason: "the proxy before was down" };

let tenant: ProxyTenant;
beforeEach(async () => {
  tenant = await newProxyTenant(service);
});
const add = async (fields: Record<string, unknown>): Promise<string> => {
  const body = await tenant.add(fields);
  return body.id ?? body.proxy_id;
};
const logIn = async (proxy_id: string): Promise<string> => {
  const form = { username: "sandbox", password: "sandbox", new_session: "true", proxy_id };
  const answer = await tenant.ask("POST", "/auth/login", { form });
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
};
const read = async (session: string): Promise<string | null> => {
  const answer = await tenant.ask("GET", "/account", { session });
  expect(answer.status, answer.text).toBe(200);
  return answer.headers.get("gramway-proxy");
};

test("sessions leave a proxy for others of its country, evenly, and those without a place stay", async () => {
  const left = await add({ country: "DE" });
  const others = [
    await add({ country: "DE", max_sessions: 2 }),
    await add({ country: "DE", max_sessions: 2 }),
  ];
  await add({ country: "FR" });
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push(await logIn(left));
  const reasons: (string | null)[] = [];
  stores.announcements.on(["session.changed"], ({ reason, changed }) => {
    if (changed.includes("proxyId")) reasons.push(reason);
  });
  expect(await moveSessionsFrom(deps, left, about)).toEqual({ moved: 4, left: 1 });
  expect(reasons).toEqual(Array(4).fill(about.reason));
  const used = await Promise.all(ids.map(read));
  expect(used.toSorted()).toEqual([left, ...others, ...others].toSorted());
  // Doing it again moves none twice.
  expect(await moveSessionsFrom(deps, left, about)).toEqual({ moved: 0, left: 1 });
});

test("two that move the same sessions at the same time move each once", async () => {
  const left = await add({});
  const other = await add({ max_sessions: 3 });
  for (let n = 0; n < 3; n++) await logIn(left);
  const moves = await Promise.all([1, 2].map(() => moveSessionsFrom(deps, left, about)));
  expect(moves.map(({ moved }) => moved).reduce((a, b) => a + b)).toBe(3);
  const { body } = await tenant.ask("GET", "/proxies");
  expect(body.items.map((one: any) => [one.id ?? one.proxy_id, one.sessions])).toEqual([
    [left, 0],
    [other, 3],
  ]);
});
