import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { loggedIn, TestClient } from "./client.ts";

const emulator = createEmulator();

describe("activity", () => {
  test("is of many kinds, counted as far as it is new", async () => {
    const me = await loggedIn(emulator);
    const { new_stories, old_stories, counts } = (await me.get("news/inbox/")).json;
    const stories = [...new_stories, ...old_stories];
    expect(new_stories).toHaveLength(7);
    expect(new Set(stories.map((story) => story.pk)).size).toBe(36);
    expect(new Set(stories.map((story) => story.notif_name)).size).toBe(4);
    const total = Object.values<number>(counts).reduce((sum, count) => sum + count, 0);
    expect(total).toBe(7);
    const times = stories.map((story) => story.args.timestamp);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    const [about] = stories.filter((story) => story.args.media !== undefined);
    expect((await me.get(`media/${about.args.media[0].id}/info/`)).status).toBe(200);
  });

  test("is seen when that is asked for, by that account in that world", async () => {
    const me = await loggedIn(emulator, "sandbox", "seen");
    const inbox = async (client: TestClient, mark_as_seen: string) =>
      (await client.get("news/inbox/", { mark_as_seen })).json.new_stories.length;
    expect(await inbox(me, "false")).toBe(7);
    expect(await inbox(me, "true")).toBe(7);
    expect(await inbox(me, "false")).toBe(0);
    expect(await inbox(await loggedIn(emulator, "sandbox_private", "seen"), "false")).toBe(7);
    expect(await inbox(await loggedIn(emulator), "false")).toBe(7);
  });

  test("needs a session", async () => {
    const answer = await new TestClient(emulator).get("news/inbox/");
    expect(answer.json.message).toBe("login_required");
  });
});
