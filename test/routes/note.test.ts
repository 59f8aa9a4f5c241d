import { describe, expect, test } from "bun:test";
import { sandboxSessionId } from "../../src/emulator/index.ts";
import { testEmulatorClock } from "../support/fake-instagram.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();
const { get } = sandbox;

const SANDBOX = "61000000001";

describe("GET /notes", () => {
  test("gives notes of those whom the account follows, with one request", async () => {
    const answer = await get("/notes");
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    expect(answer.body.length).toBeGreaterThan(10);
    const following = await get("/user/following", { user_id: "sandbox", amount: "200" });
    const pks = new Set(following.body.items.map(({ pk }: { pk: string }) => pk));
    // Its own comes first.
    pks.add(SANDBOX);
    expect(answer.body[0].user_id).toBe(SANDBOX);
    for (const note of answer.body) {
      expect(note.id).toMatch(/^\d{17,}$/);
      expect(note.user.pk).toBe(note.user_id);
      expect(pks).toContain(note.user_id);
      const [created, expires] = [note.created_at, note.expires_at].map(Date.parse);
      expect(expires! - created!).toBe(86_400_000);
      expect(created).toBeLessThanOrEqual(testEmulatorClock());
      expect(expires).toBeGreaterThan(testEmulatorClock());
    }
    expect(new Set(answer.body.map((note: any) => note.audience))).toEqual(new Set([0, 1]));
    expect(new Set(answer.body.map((note: any) => note.is_emoji_only)).size).toBe(2);
  });

  test("is empty for somebody who follows nobody", async () => {
    const { testKey: key } = sandbox;
    const form = { sessionid: sandboxSessionId("sandbox_2fa") ?? "" };
    const imported = await sandbox.request("POST", "/auth/login/by/sessionid", { key, form });
    const answer = await get("/notes", {}, imported.body);
    expect([answer.status, answer.text]).toEqual([200, "[]"]);
  });

  test("keeps a note whose fields are odd, and leaves out one that is nobody's", async () => {
    sandbox.instagram.on(
      "/api/v1/notes/get_notes/",
      new Response(
        `{"items":[7,{"id":"5","text":"whose?"},{"id":17860000000000000001,"user_id":49123456789,
             "user":{"pk":49123456789,"username":"me.account"},"text":null,"audience":"1",
             "created_at":1760000000,"expires_at":"1760086400","is_emoji_only":1},
             {"id":"6","user_id":"3012345678901234567","user":null}],"status":"ok"}`,
      ),
    );
    const answer = await get("/notes");
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toEqual([
      {
        id: "17860000000000000001",
        text: "",
        user_id: "49123456789",
        user: expect.objectContaining({ pk: "49123456789", username: "me.account" }),
        audience: 1,
        created_at: "2025-10-09T08:53:20Z",
        expires_at: "2025-10-10T08:53:20Z",
        is_emoji_only: true,
        has_translation: false,
        note_style: 0,
      },
      expect.objectContaining({
        id: "6",
        user_id: "3012345678901234567",
        user: expect.objectContaining({ pk: "3012345678901234567", username: null }),
      }),
    ]);
  });
});
