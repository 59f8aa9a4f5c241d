import { afterAll, beforeAll, expect, test } from "bun:test";
import { newSecret } from "../../src/tenants/api-key-text.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { LONG_MS, productionEnvironment, SECRETS } from "../support/process.ts";

/*
 * That the address of a connection reaches the limits on failures, and a proxy's header only where it
 * is trusted, is the server's part: these go over the network.
 */

const directory = temporaryDirectory();
let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({
    ...productionEnvironment(directory.path),
    TRUST_PROXY: "X-Real-IP",
    METRICS_TOKEN: "a-token-for-the-metrics-of-tests",
  });
}, LONG_MS);

afterAll(async () => {
  await gateway.stop();
  directory.remove();
});

const guess = async (from: Record<string, string>): Promise<number> => {
  const key = `gw_live_${"0".repeat(26)}${newSecret()}`;
  const answer = await fetch(`${gateway.url}/account`, { headers: { "X-API-Key": key, ...from } });
  await answer.text();
  return answer.status;
};

test("who guesses keys is slowed by the address of the connection, or the proxy's word for it", async () => {
  const statuses: number[] = [];
  for (let guesses = 0; guesses < 21; guesses++) statuses.push(await guess({}));
  expect(statuses.slice(0, 20)).toEqual(new Array(20).fill(401));
  expect(statuses[20]).toBe(429);
  expect(await guess({ "X-Real-IP": "192.0.2.1" })).toBe(401);
  expect(await guess({ "X-Forwarded-For": "192.0.2.2" }), "a header nobody trusts").toBe(429);
  const headers = { Authorization: `Bearer ${SECRETS.ADMIN_TOKEN}` };
  expect((await fetch(`${gateway.url}/admin/tenants`, { headers })).status).toBe(200);
  const clients = await gateway.printed(/"client":"192\.0\.2\.1"/);
  expect(clients).not.toBeNull();
});

test("the metrics ask for their token", async () => {
  const ask = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(`${gateway.url}/metrics`, { headers })).status;
  expect(await ask({})).toBe(401);
  expect(await ask({ Authorization: "Bearer wrong" })).toBe(401);
  expect(await ask({ Authorization: "Bearer a-token-for-the-metrics-of-tests" })).toBe(200);
});
