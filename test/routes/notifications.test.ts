import { describe, expect, test } from "bun:test";
import { faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { testKey: key } = sandbox;
const get = (path: string, query: Record<string, string> = {}, session = sandbox.session) =>
  sandbox.request("GET", path, { key, session, query });

describe("GET /notifications", () => {
  test("hands on what Instagram answers, and marks it as seen where that is wanted", async () => {
    const session = await sandbox.login("sandbox_private");
    const first = await get("/notifications", {}, session);
    expect(first.status, first.text).toBe(200);
    expect(first.headers.get("gramway-upstream-calls")).toBe("1");
    expect(first.body.status).toBe("ok");
    expect(first.body.new_stories.length).toBeGreaterThan(0);
    expect(first.body.old_stories.length).toBeGreaterThan(0);
    expect((await get("/notifications", {}, session)).text).toBe(first.text);
    // The answer that marks them as seen still has them as new.
    expect((await get("/notifications", { mark_as_seen: "true" }, session)).text).toBe(first.text);
    const after = await get("/notifications", { mark_as_seen: "false" }, session);
    expect(after.body.new_stories).toEqual([]);
    expect(after.body.old_stories).toEqual([...first.body.new_stories, ...first.body.old_stories]);
  });

  test("changes nothing of the answer, not a digit", async () => {
    const text =
      '{"counts": {"likes": 1.0}, "new_stories": [{"pk": 17950000000000000123}],\n "status": "ok"}';
    sandbox.instagram.on("/api/v1/news/inbox/", new Response(text));
    expect((await get("/notifications")).text).toBe(text);
  });

  test("takes a boolean only", async () => {
    const answer = await get("/notifications", { mark_as_seen: "perhaps" });
    expect(faultyFields(answer)).toEqual(["mark_as_seen"]);
    expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
  });
});

describe("GET /notifications/settings", () => {
  test("lists what can be set, and to what, without asking Instagram", async () => {
    const answer = await get("/notifications/settings");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
    expect(Object.keys(answer.body)).toEqual(["content_types", "setting_values"]);
    expect(answer.body.setting_values).toEqual(["off", "following_only", "everyone"]);
    expect(answer.body.content_types).toHaveLength(24);
    expect(answer.body.content_types).toContain("pending_direct_share");
  });
});
