import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createEmulator } from "../../src/emulator/index.ts";
import { MOST_IN_A_MINUTE } from "../../src/emulator/pace.ts";
import {
  BLOCKED_TARGETS,
  HURRIED_TARGETS,
  INSTAGRAM_PK,
} from "../../src/emulator/seed/fixtures.ts";
import { project } from "../support/source.ts";
import { comment, info } from "./acting.ts";
import { allPages, loggedIn, type TestClient } from "./client.ts";

/* Who acts too fast, or on what always refuses, is told so in Instagram's words. */

const FEEDBACK = {
  message: "feedback_required",
  spam: true,
  feedback_title: "Try Again Later",
  feedback_action: "report_problem",
  status: "fail",
};
const WAIT = { message: "Please wait a few minutes before you try again.", status: "fail" };

let time = Date.UTC(2025, 10, 3);
const emulator = createEmulator({ now: () => time });

const sandboxDocument = Bun.file(join(project, "docs", "sandbox.md")).text();

const likeOf = (client: TestClient, id: string) =>
  client.post(`media/${id}/like/`, { media_id: id });

describe("an account that acts too fast", () => {
  test("is blocked from that kind of action for the rest of the minute, and from no other", async () => {
    const me = await loggedIn(emulator, "sandbox", "fast");
    const other = await loggedIn(emulator, "sandbox_private", "fast");
    const { items } = await allPages(me, `feed/user/${INSTAGRAM_PK}/`, { count: "50" });
    const [first, second] = items;
    for (let done = 0; done < MOST_IN_A_MINUTE.like; done++)
      expect((await likeOf(me, first.id)).status).toBe(200);
    time += 59_999;
    const refused = await likeOf(me, second.id);
    expect([refused.status, refused.json.message]).toEqual([400, "feedback_required"]);
    expect(refused.json).toMatchObject(FEEDBACK);
    expect(refused.json.feedback_url).toBe("repute/report_problem/instagram_like_add/");
    expect(await info(me, second.id)).toEqual(second);
    expect((await comment(me, second.id, "still here")).status).toBe(200);
    expect((await likeOf(other, second.id)).status).toBe(200);
    const elsewhere = await loggedIn(emulator, "sandbox", "another world");
    expect((await likeOf(elsewhere, second.id)).status).toBe(200);
    time += 1;
    expect((await likeOf(me, second.id)).status).toBe(200);
  });

  test("is asked to wait with its messages", async () => {
    const me = await loggedIn(emulator, "sandbox", "many messages");
    const { inbox } = (
      await me.get("direct_v2/inbox/", {
        visual_message_return_type: "unseen",
        persistentBadging: "true",
        limit: 20,
      })
    ).json;
    const send = (n: number) =>
      me.send("POST", "/api/v1/direct_v2/threads/broadcast/text/", {
        form: {
          action: "send_item",
          text: `message ${n}`,
          client_context: `context ${n}`,
          thread_ids: `[${inbox.threads[0].thread_id}]`,
        },
      });
    for (let n = 0; n < MOST_IN_A_MINUTE.message; n++) expect((await send(n)).status).toBe(200);
    const refused = await send(MOST_IN_A_MINUTE.message);
    expect([refused.status, refused.json]).toEqual([429, WAIT]);
  });

  test("may read as before", async () => {
    const me = await loggedIn(emulator, "sandbox", "fast reader");
    for (let reads = 0; reads < 400; reads++) await me.get("accounts/current_user/");
    expect((await me.get("accounts/current_user/")).status).toBe(200);
  });
});

describe("the targets that always refuse", () => {
  test("are users and posts that can be read", async () => {
    const me = await loggedIn(emulator, "sandbox", "targets");
    const { items } = await allPages(me, `feed/user/${INSTAGRAM_PK}/`, { count: "50" });
    for (const [{ pk, post }, status, answer] of [
      [BLOCKED_TARGETS, 400, FEEDBACK],
      [HURRIED_TARGETS, 429, WAIT],
    ] as const) {
      const { id } = items[post];
      expect(await sandboxDocument).toContain(`\`${id}\``);
      const refused = [
        await likeOf(me, id),
        await comment(me, id, "hello"),
        await me.post(`media/${id}/save/`, {}),
        await me.post(`friendships/create/${pk}/`, { user_id: String(pk) }),
        await me.send("POST", "/api/v1/direct_v2/threads/broadcast/text/", {
          form: {
            action: "send_item",
            text: "hello",
            client_context: "a context",
            recipient_users: `[[${pk}]]`,
          },
        }),
      ];
      for (const one of refused) {
        expect(one.status).toBe(status);
        expect(one.json).toMatchObject(answer);
      }
      expect((await me.get(`users/${pk}/info/`)).status).toBe(200);
      expect(await info(me, id)).toEqual(items[post]);
    }
  });
});
