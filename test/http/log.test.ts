import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { logForPeople } from "../../src/http/log-for-people.ts";
import { createLogger } from "../../src/http/logger.ts";
import { createTestService, type RequestOptions, type TestService } from "../support/service.ts";

type LogLine = Record<string, unknown> & { level: string; msg: string };

let service: TestService;

beforeAll(async () => {
  service = await createTestService();
});
afterAll(() => service.close());

/** The line of one request. */
async function lineOf(method: string, path: string, options: RequestOptions = {}) {
  const before = service.logLines.length;
  const answer = await service.request(method, path, options);
  const lines = service.logLines.slice(before).map((line) => JSON.parse(line) as LogLine);
  const line = lines.find(({ msg }) => msg === "request");
  if (!line) throw new Error("the request has no line");
  expect(line.status).toBe(answer.status);
  return line;
}

describe("the line of a request", () => {
  test("names route, operation, tenant, key, session and account", async () => {
    const { testKey: key } = service;
    const session = await service.login();
    const line = await lineOf("GET", "/user", { key, session, query: { username: "instagram" } });
    expect(line).toMatchObject({
      level: "info",
      route: "/user",
      operation: "getUser",
      tenant: service.tenantId,
      mode: "test",
      session,
      account: "sandbox",
      upstream_calls: 1,
    });
    expect(line).not.toHaveProperty("path");
    expect(line).not.toHaveProperty("cause");
  });

  test("names the account of a login that fails, and is no more than information", async () => {
    const form = { username: "sandbox", password: "wrong" };
    const line = await lineOf("POST", "/auth/login", { key: service.testKey, form });
    expect(line).toMatchObject({ level: "info", account: "sandbox", exc_type: "BadPassword" });
  });

  test("keeps the account's name short", async () => {
    const form = { username: "x".repeat(5000), password: "wrong" };
    const line = await lineOf("POST", "/auth/login", { key: service.testKey, form });
    expect(String(line.account).length).toBeLessThanOrEqual(200);
  });

  test("shows the path where no route matches, without its query, and not all of a long one", async () => {
    const line = await lineOf("GET", "/nothing/here?sessionid=77%3Ahush");
    expect(line).toMatchObject({ level: "info", route: "unmatched", path: "/nothing/here" });
    expect(JSON.stringify(line)).not.toContain("hush");
    for (const secret of [service.testKey, "77%3Ahush%3A1", "01K9ZJ5M0T6R3F4C2B1A0XYZWV"])
      expect((await lineOf("GET", `/user/${secret}/x`)).path).toBe("/user/***/x");
    const method = await lineOf("DELETE", "/user");
    expect(method).toMatchObject({ status: 405, path: "/user" });
    const long = await lineOf("GET", `/${"a".repeat(5000)}`);
    expect(String(long.path)).toHaveLength(200);
  });

  test("tells what lies behind a 5xx, and keeps credentials out", async () => {
    const { liveKey: key } = service;
    service.instagram.on(/./, () => {
      throw Object.assign(new Error("connect to http://agency:hush@proxy.example:1 failed"), {
        code: "ECONNREFUSED",
      });
    });
    const form = { username: "someone", password: "p" };
    const line = await lineOf("POST", "/auth/login", { key, form });
    expect(line).toMatchObject({ level: "error", status: 502, exc_type: "UpstreamError" });
    expect(String(line.cause)).toContain("UpstreamUnreachable: ");
    expect(JSON.stringify(line)).not.toContain("hush");
  });
});

test("at a terminal, what others have said forges no line and commands nothing", async () => {
  let shown = "";
  const destination = await logForPeople({
    write: (text: string) => {
      shown += text;
    },
  });
  const logger = createLogger("info", null, destination);
  const foreign = "a\u001b[2J\r\n12:00:00 INFO forged\u202e\u2028";
  logger.info({ method: "GET", route: "/user", status: 502, ms: 1, cause: foreign }, "request");
  logger.info(
    { method: "GET", path: foreign, status: 404, ms: 1, account: "a\u001b[2J\n" },
    "request",
  );
  logger.info(foreign);
  expect(shown.match(/\n/g)).toHaveLength(3);
  expect(shown).toContain("forged");
  for (const command of ["\u001b[2J", "\r", "\u202e", "\u2028"])
    expect(shown.includes(command), JSON.stringify(command)).toBe(false);
});
