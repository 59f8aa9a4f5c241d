import { describe, expect, test } from "bun:test";
import { sandboxSessionId } from "../../src/emulator/index.ts";
import { listOf, pksOf } from "../support/pages.ts";
import { faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { testKey: key, session } = sandbox;
const requests = (query: Record<string, string> = {}, mine = session) =>
  sandbox.request("GET", "/user/follow/requests", { key, session: mine, query });

async function allOf(amount: string, mine: string) {
  const { items, sizes } = await listOf((cursor) => requests({ amount, cursor }, mine));
  return { pks: pksOf(items), sizes };
}

describe("GET /user/follow/requests", () => {
  test("gives everybody who asks exactly once, in order, whatever the size of the pages", async () => {
    const mine = await sandbox.login("sandbox_private");
    const whole = await allOf("200", mine);
    expect(whole.pks.length).toBeGreaterThan(60);
    expect(new Set(whole.pks).size).toBe(whole.pks.length);
    for (const amount of ["1", "7", "50", "74", "75", "76"]) {
      const { pks, sizes } = await allOf(amount, mine);
      expect(pks, amount).toEqual(whole.pks);
      for (const size of sizes.slice(0, -1)) expect(size).toBe(Number(amount));
    }
  });

  test("gives 50 users where no amount is given, under both paths, with one request", async () => {
    const answer = await requests();
    expect(answer.body.items).toHaveLength(50);
    expect(answer.body.items[0]).toMatchObject({ pk: expect.any(String), stories: [] });
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    const alias = await sandbox.request("GET", "/account/follow/requests", { key, session });
    expect(alias.text).toBe(answer.text);
  });

  test("tells the same as the friendship with each of them", async () => {
    const { items } = (await requests({ amount: "2" })).body;
    for (const { pk } of items) {
      const query = { user_id: pk };
      const { body } = await sandbox.request("GET", "/user/friendship", { key, session, query });
      expect(body).toMatchObject({ incoming_request: true, followed_by: false });
    }
  });

  test("is empty where nobody asks", async () => {
    const form = { sessionid: sandboxSessionId("sandbox_2fa") ?? "" };
    const imported = await sandbox.request("POST", "/auth/login/by/sessionid", { key, form });
    const answer = await requests({}, imported.body);
    expect([answer.status, answer.body]).toEqual([200, { items: [], next_cursor: "" }]);
  });

  test("refuses bad input, and cursors that it never gave", async () => {
    for (const amount of ["0", "201", "many"])
      expect(faultyFields(await requests({ amount }))).toEqual(["amount"]);
    for (const cursor of ["nonsense", "gw2.nonsense"])
      expect(faultyFields(await requests({ cursor }))).toEqual(["cursor"]);
    const { next_cursor: cursor } = (await requests({ amount: "3" })).body;
    const other = await sandbox.login("sandbox_private");
    expect(faultyFields(await requests({ cursor }, other))).toEqual(["cursor"]);
  });
});
