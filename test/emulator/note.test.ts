import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { SANDBOX_PK } from "../../src/emulator/seed/fixtures.ts";
import { loggedIn, TestClient } from "./client.ts";

const START = Date.UTC(2026, 5, 1, 12);

describe("notes", () => {
  let now = START;
  const emulator = createEmulator({ now: () => now });

  test("are those of people whom one follows, of many kinds", async () => {
    const me = await loggedIn(emulator);
    const { items: all, status } = (await me.get("notes/get_notes/")).json;
    expect(status).toBe("ok");
    // One's own comes first.
    const items = all.slice(1);
    expect(all[0].user_id).toBe(String(SANDBOX_PK));
    expect(items.length).toBeGreaterThan(10);
    // Not everybody writes one.
    const { users } = (await me.get(`friendships/${SANDBOX_PK}/following/`, { count: 90 })).json;
    expect(items.length).toBeLessThan(users.length);
    for (const kind of ["audience", "is_emoji_only", "has_translation", "note_style"])
      expect(new Set(items.map((note: any) => note[kind])).size, kind).toBe(2);
    for (const note of items) {
      expect((await me.get(`friendships/show/${note.user_id}/`)).json.following).toBe(true);
      expect(note.created_at).toBeLessThanOrEqual(now / 1_000);
      expect(note.expires_at).toBeGreaterThan(now / 1_000);
    }
  });

  test("stay for a day, and follow the given clock", async () => {
    const me = await loggedIn(emulator);
    const [, note] = (await me.get("notes/get_notes/")).json.items;
    now = note.expires_at * 1_000 - 1;
    expect((await me.get("notes/get_notes/")).json.items[1]).toEqual(note);
    now = note.expires_at * 1_000;
    const next = (await me.get("notes/get_notes/")).json.items[1];
    expect(next.user_id).toBe(note.user_id);
    expect([next.id === note.id, next.created_at]).toEqual([false, note.expires_at]);
    now = START;
  });

  test("of somebody unfollowed are gone", async () => {
    const me = await loggedIn(emulator, "sandbox", "unfollowing");
    const [, note] = (await me.get("notes/get_notes/")).json.items;
    await me.post(`friendships/destroy/${note.user_id}/`, { user_id: note.user_id });
    const left = (await me.get("notes/get_notes/")).json.items;
    expect(left.map(({ id }: { id: string }) => id)).not.toContain(note.id);
  });

  test("need a session", async () => {
    const answer = await new TestClient(emulator).get("notes/get_notes/");
    expect(answer.json.message).toBe("login_required");
  });
});
