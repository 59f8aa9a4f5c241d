import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { parseAllowList } from "../../../src/net/address-rules.ts";
import { createHostGuard } from "../../../src/net/host-guard.ts";
import { createBunPlatform } from "../../../src/platform/bun.ts";
import { importSession } from "../../support/live.ts";
import { listen } from "../../support/servers.ts";
import { createTestService, type TestService } from "../../support/service.ts";

/*
 * What a caller is told of a request that was at Instagram when the machine's lease ran out.
 */

const GOOD = 'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"status":"ok"}';
const guard = createHostGuard(parseAllowList(["127.0.0.1", "localhost"]));
const platform = createBunPlatform({ guard });

let upstream: Awaited<ReturnType<typeof listen>>;
let requests = 0;
let asked = Promise.withResolvers<void>();
let answers = true;
beforeAll(async () => {
  upstream = await listen((socket) => {
    socket.on("data", () => {
      requests++;
      asked.resolve();
      if (answers) socket.write(GOOD);
    });
  });
});
afterAll(() => upstream[Symbol.dispose]());

let service: TestService;
let session: string;
let later = 0;
beforeEach(async () => {
  later = 0;
  answers = true;
  service = await createTestService({
    platform,
    guard,
    monotonicNow: () => performance.now() + later,
    config: { upstreamUrl: `http://127.0.0.1:${upstream.port}`, machineId: "m1", region: "fra" },
  });
  session = await importSession(service);
  answers = false;
  requests = 0;
  asked = Promise.withResolvers();
});
afterEach(() => service.close());

/** The lease runs out while the request waits for its answer. */
async function brokenOff(method: string, path: string, form?: Record<string, string>) {
  const given = { key: service.liveKey, session, ...(form ? { form } : {}) };
  const answer = service.request(method, path, given);
  await asked.promise;
  later = 60_000;
  return answer;
}

test("a write may have taken place: its outcome is unknown", async () => {
  const form = { media_id: "3755350675776297567_25025320", text: "hello" };
  const { status, body, headers } = await brokenOff("POST", "/media/comment", form);
  expect({ status, ...body }).toMatchObject({
    status: 503,
    exc_type: "SessionElsewhere",
    outcome: "unknown",
  });
  expect(body.hint).not.toContain("Nothing was sent");
  // When it can be looked at: the hint says that it is not to be repeated before.
  expect(headers.get("retry-after")).toBe("1");
  expect(headers.get("fly-replay")).toBeNull();
  expect(requests).toBe(1);
});

test("a read is simply sent again later, by the caller", async () => {
  const { status, body, headers } = await brokenOff("GET", "/user?user_id=25025320");
  expect([status, body.exc_type, body.outcome]).toEqual([503, "SessionElsewhere", undefined]);
  expect(headers.get("retry-after")).toMatch(/^\d+$/);
  expect(requests).toBe(1);
});

test("afterwards the machine goes on, as soon as its lease holds again", async () => {
  await brokenOff("GET", "/user?user_id=25025320");
  answers = true;
  const form = { media_id: "3755350675776297567_25025320" };
  for (let status = 0; status !== 200; ) {
    const answer = await service.request("POST", "/media/like", {
      key: service.liveKey,
      session,
      form,
    });
    status = answer.status;
    if (status !== 200) expect(answer.body).toMatchObject({ status: 503, outcome: "not_sent" });
  }
});
