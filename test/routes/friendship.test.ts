import { describe, expect, test } from "bun:test";
import { sandboxSessionId } from "../../src/emulator/index.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { get, testKey: key } = sandbox;

describe("GET /user/follow/requests", () => {
  test("tells the same as the friendship with each of them", async () => {
    const { items } = (await get("/user/follow/requests", { amount: "2" })).body;
    expect(items).toHaveLength(2);
    for (const { pk } of items) {
      const { body } = await get("/user/friendship", { user_id: pk });
      expect(body).toMatchObject({ incoming_request: true, followed_by: false });
    }
  });

  test("is empty where nobody asks", async () => {
    const form = { sessionid: sandboxSessionId("sandbox_2fa") ?? "" };
    const imported = await sandbox.request("POST", "/auth/login/by/sessionid", { key, form });
    const answer = await get("/user/follow/requests", {}, imported.body);
    expect([answer.status, answer.body]).toEqual([200, { items: [], next_cursor: "" }]);
  });
});
