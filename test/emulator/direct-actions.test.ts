import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { loggedIn, type ParsedJson, type TestClient } from "./client.ts";

const emulator = createEmulator();
let tokens = 0;

describe("messages", () => {
  const INBOX = { visual_message_return_type: "unseen", persistentBadging: "true", limit: 100 };
  const inbox = async (client: TestClient, folder = "inbox"): Promise<ParsedJson> =>
    (await client.get(`direct_v2/${folder}/`, INBOX)).json.inbox;
  const thread = async (client: TestClient, id: string, more: object = {}): Promise<ParsedJson> =>
    (
      await client.get(`direct_v2/threads/${id}/`, {
        visual_message_return_type: "unseen",
        direction: "older",
        ...more,
      })
    ).json.thread;
  const send = (client: TestClient, fields: Record<string, string>) =>
    client.send("POST", "/api/v1/direct_v2/threads/broadcast/text/", {
      form: { action: "send_item", client_context: `context ${++tokens}`, ...fields },
    });
  const textsOf = ({ items }: ParsedJson): string[] => items.map(({ text }: ParsedJson) => text);

  test("move their thread up, and stand first in it", async () => {
    const me = await loggedIn(emulator, "sandbox", "messages");
    const before = await inbox(me);
    const old = before.threads[9];
    const first = await thread(me, old.thread_id);
    const sent = await send(me, { text: "hello ❤", thread_ids: `[${old.thread_id}]` });
    expect(sent.json).toMatchObject({
      action: "item_ack",
      payload: { thread_id: old.thread_id, client_context: `context ${tokens}` },
      status: "ok",
    });
    const after = await inbox(me);
    const order = (box: ParsedJson) => box.threads.map((one: ParsedJson) => one.thread_id);
    expect(order(after)).toEqual([
      old.thread_id,
      ...order(before).filter((id: string) => id !== old.thread_id),
    ]);
    const now = await thread(me, old.thread_id);
    expect(now.items[0]).toMatchObject({
      item_id: sent.json.payload.item_id,
      text: "hello ❤",
      user_id: SANDBOX_PK,
      is_sent_by_viewer: true,
    });
    expect(now.items.slice(1)).toEqual(first.items.slice(0, now.items.length - 1));
    expect(now.last_activity_at).toBe(Number(sent.json.payload.timestamp));
    const found = await me.get("direct_v2/search_secondary/", {
      query: "hello ❤",
      offsets: "{}",
      result_types: "[]",
    });
    expect(found.json.message_search_results.message_search_result_items).toHaveLength(1);
    const item = `direct_v2/threads/${old.thread_id}/items/${sent.json.payload.item_id}`;
    expect((await me.post(`${item}/delete/`, {})).json.status).toBe("ok");
    expect((await thread(me, old.thread_id)).items).toEqual(first.items);
    expect(order(await inbox(me))).toEqual(order(before));
    const foreign = first.items.find((one: ParsedJson) => one.user_id !== SANDBOX_PK);
    const theirs = `direct_v2/threads/${old.thread_id}/items/${foreign.item_id}`;
    expect((await me.post(`${theirs}/delete/`, {})).status).toBe(400);
  });

  test("are in the one thread of both accounts, as a request where nobody follows", async () => {
    const me = await loggedIn(emulator, "sandbox", "talk");
    const other = await loggedIn(emulator, "sandbox_private", "talk");
    const stranger = await loggedIn(emulator, "sandbox_private", "elsewhere");
    const before = await inbox(other, "pending_inbox");
    const sent = await send(me, { text: "one", recipient_users: `[[${SANDBOX_PRIVATE_PK}]]` });
    const { thread_id } = sent.json.payload;
    const pending = await inbox(other, "pending_inbox");
    expect(pending.threads[0]).toMatchObject({
      thread_id,
      read_state: 1,
      viewer_id: SANDBOX_PRIVATE_PK,
    });
    expect(pending.threads[0].users[0].pk).toBe(SANDBOX_PK);
    expect(pending.unseen_count).toBe(before.unseen_count + 1);
    await send(other, { text: "two", thread_ids: `[${thread_id}]` });
    // An answer accepts the request.
    expect((await inbox(other)).threads[0]).toMatchObject({ thread_id, read_state: 0 });
    expect(await inbox(other, "pending_inbox")).toEqual(before);
    const mine = (await inbox(me)).threads[0];
    expect([mine.thread_id, mine.read_state, mine.users[0].pk]).toEqual([
      thread_id,
      1,
      SANDBOX_PRIVATE_PK,
    ]);
    expect(textsOf(mine)).toEqual(["two", "one"]);
    expect(mine.items.map((one: ParsedJson) => one.is_sent_by_viewer)).toEqual([false, true]);
    const [{ item_id }] = mine.items;
    const seen = await me.send(
      "POST",
      `/api/v1/direct_v2/threads/${thread_id}/items/${item_id}/seen/`,
      { form: { thread_id, action: "mark_seen" } },
    );
    expect(seen.json.status).toBe("ok");
    expect((await inbox(me)).threads[0].read_state).toBe(0);
    // The same users share the same thread.
    await send(me, { text: "three", recipient_users: `[[${SANDBOX_PRIVATE_PK}]]` });
    expect(textsOf(await thread(other, thread_id))).toEqual(["three", "two", "one"]);
    const missing = await stranger.get(`direct_v2/threads/${thread_id}/`, {
      visual_message_return_type: "unseen",
      direction: "older",
    });
    expect(missing.json.message).toBe("Thread does not exist");
  });

  test("are sent once for a context, and not to users who do not exist", async () => {
    const me = await loggedIn(emulator, "sandbox", "contexts");
    const [{ thread_id }] = (await inbox(me)).threads;
    const message = { text: "once", thread_ids: `[${thread_id}]`, client_context: "the same" };
    const once = await send(me, message);
    const again = await send(me, message);
    expect(again.json).toEqual(once.json);
    expect(textsOf(await thread(me, thread_id)).filter((text) => text === "once")).toHaveLength(1);
    const before = await inbox(me);
    for (const fields of [
      { recipient_users: "[[99]]" },
      { recipient_users: `[${SANDBOX_PRIVATE_PK}]` },
      { recipient_users: "" },
      { thread_ids: "[34028236684171030094912813744394431]" },
    ])
      expect((await send(me, { text: "lost", ...(fields as object) })).status).toBe(400);
    const long = { recipient_users: `[[${SANDBOX_PRIVATE_PK}]]`, client_context: "x".repeat(400) };
    expect((await send(me, { text: "lost", ...long })).status).toBe(400);
    const text = "x".repeat(1_001);
    expect((await send(me, { text, thread_ids: `[${thread_id}]` })).status).toBe(400);
    expect(await inbox(me)).toEqual(before);
  });

  test("stay in order with those that come by themselves, also while one pages", async () => {
    const HOUR = 3_600_000;
    let now = Date.UTC(2027, 2, 4);
    const me = await loggedIn(createEmulator({ now: () => now }), "sandbox");
    const [{ thread_id }] = (await inbox(me)).threads;
    const older = await thread(me, thread_id, { limit: 30 });
    for (let turn = 0; turn < 5; turn++) {
      await send(me, { text: `mine ${turn}`, thread_ids: `[${thread_id}]` });
      now += HOUR;
    }
    const rest = await thread(me, thread_id, { limit: 30, cursor: older.oldest_cursor });
    const all: ParsedJson[] = [];
    for (let cursor = ""; ; ) {
      const page = await thread(me, thread_id, { limit: 7, cursor });
      all.push(...page.items);
      if (!page.has_older) break;
      cursor = page.oldest_cursor;
    }
    const times = all.map(({ timestamp }) => Number(timestamp));
    expect(times).toEqual(times.toSorted((one, other) => other - one));
    expect(new Set(all.map(({ item_id }) => item_id)).size).toBe(all.length);
    const mine = all.flatMap(({ text }, index) => (/^mine \d$/.test(text) ? [index] : []));
    expect(mine).toHaveLength(5);
    // Three messages come each hour.
    expect(mine.slice(1).map((at, index) => at - (mine[index] ?? 0))).toEqual([4, 4, 4, 4]);
    const ids = all.map(({ item_id }) => item_id);
    const start = ids.indexOf(rest.items[0].item_id);
    expect(ids.slice(start, start + 30)).toEqual(
      rest.items.map(({ item_id }: ParsedJson) => item_id),
    );
    expect(ids[start - 1]).toBe(older.items.at(-1).item_id);
  });
});
