import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import {
  INSTAGRAM_PK,
  SANDBOX_CHALLENGE_PK,
  SANDBOX_PK,
  SANDBOX_PRIVATE_PK,
} from "../../src/emulator/seed/fixtures.ts";
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

describe("what is written with a token", () => {
  const DEVICE = { _uuid: "uuid", device_id: "android-1" };
  const broadcast = (client: TestClient, kind: string, form: Record<string, string>) =>
    client.send("POST", `/api/v1/direct_v2/threads/broadcast/${kind}/`, {
      form: { ...DEVICE, action: "send_item", ...form },
    });
  const inbox = async (client: TestClient, folder = "inbox"): Promise<ParsedJson> => {
    const query = {
      visual_message_return_type: "unseen",
      persistentBadging: "true",
      limit: 100,
      thread_message_limit: 20,
    };
    return (await client.get(`direct_v2/${folder}/`, query)).json.inbox;
  };
  const onThread = (client: TestClient, id: string, action: string, more = {}) =>
    client.send("POST", `/api/v1/direct_v2/threads/${id}/${action}/`, {
      form: { _uuid: "uuid", ...more },
    });
  const group = (client: TestClient, form: Record<string, string>) =>
    client.send("POST", "/api/v1/direct_v2/create_group_thread/", {
      form: { _uuid: "uuid", thread_title: "Group", ...form },
    });

  test("is done once for it, whatever the retry says, and also after what it made is gone", async () => {
    const me = await loggedIn(emulator, "sandbox", "once");
    const [{ thread_id }, other] = (await inbox(me)).threads;
    const token = { client_context: "6812345678901234567", thread_ids: `[${thread_id}]` };
    const first = await broadcast(me, "text", { ...token, text: "first" });
    // The retry of a request whose answer was lost, and one with other contents.
    for (const [kind, form] of [
      ["text", { text: "first" }],
      ["text", { text: "second" }],
      ["link", { link_text: "http://a.example", link_urls: '["http://a.example"]' }],
    ] as const)
      expect((await broadcast(me, kind, { ...token, ...form })).json).toEqual(first.json);
    const { item_id } = first.json.payload;
    const item = `direct_v2/threads/${thread_id}/items/${item_id}`;
    await me.post(`${item}/delete/`, {});
    const before = await inbox(me);
    expect((await broadcast(me, "text", { ...token, text: "first" })).json).toEqual(first.json);
    expect(await inbox(me)).toEqual(before);
    // Another thread and another account have tokens of their own.
    const there = { ...token, thread_ids: `[${other.thread_id}]`, text: "there" };
    expect((await broadcast(me, "text", there)).json.payload.thread_id).toBe(other.thread_id);
  });

  test("goes to all threads or to none, and a retry to those that it has not reached", async () => {
    const me = await loggedIn(emulator, "sandbox", "several");
    const before = await inbox(me);
    const [one, two, three] = before.threads.map((thread: ParsedJson) => thread.thread_id);
    const token = { client_context: "several", text: "all" };
    const lost = await broadcast(me, "text", { ...token, thread_ids: `[${one},99]` });
    expect(lost.json.message).toBe("Thread does not exist");
    expect(await inbox(me)).toEqual(before);
    const sent = await broadcast(me, "text", { ...token, thread_ids: `[${one},${two},${one}]` });
    expect(sent.json.payload).toBeUndefined();
    expect(sent.json.message_metadata).toHaveLength(2);
    const again = await broadcast(me, "text", { ...token, thread_ids: `[${one},${two},${three}]` });
    expect(again.json.message_metadata.slice(0, 2)).toEqual(sent.json.message_metadata);
    const many = Array.from({ length: 33 }, () => one).join(",");
    expect((await broadcast(me, "text", { ...token, thread_ids: `[${many}]` })).status).toBe(400);
  });

  test("makes a group or a reaction once", async () => {
    const me = await loggedIn(emulator, "sandbox", "groups");
    const users = `[${INSTAGRAM_PK},${SANDBOX_PRIVATE_PK}]`;
    const form = { recipient_users: users, client_context: "group" };
    const made = await group(me, form);
    expect((await group(me, { ...form, thread_title: "Other" })).json).toEqual(made.json);
    const { threads } = await inbox(me);
    expect(threads[0]).toMatchObject({ thread_title: "Group", admin_user_ids: [SANDBOX_PK] });
    expect(threads[1].thread_id).not.toBe(made.json.thread_id);
    expect((await group(me, { ...form, client_context: "new" })).json).not.toEqual(made.json);

    const { thread_id, items } = threads.at(-1);
    const reaction = (client_context: string, reaction_status: string) =>
      broadcast(me, "reaction", {
        client_context,
        reaction_status,
        thread_ids: `["${thread_id}"]`,
        item_type: "reaction",
        reaction_type: "like",
        node_type: "item",
        item_id: items[0].item_id,
        emoji: "👍",
      });
    await reaction("a", "created");
    await reaction("b", "deleted");
    // A late copy of the first request.
    expect((await reaction("a", "created")).json.status).toBe("ok");
    const shown = (await inbox(me)).threads.find((one: ParsedJson) => one.thread_id === thread_id);
    const emojis = shown.items[0].reactions?.emojis ?? [];
    expect(emojis.filter((one: ParsedJson) => one.sender_id === SANDBOX_PK)).toEqual([]);
  });

  test("is refused by blocked users, accounts without requests, and beyond 250 users", async () => {
    const me = await loggedIn(emulator, "sandbox", "refused");
    const other = await loggedIn(emulator, "sandbox_private", "refused");
    const to = async (users: string) =>
      (await broadcast(me, "like", { client_context: `${++tokens}`, recipient_users: users })).json;
    const toOther = `[[${SANDBOX_PRIVATE_PK}]]`;
    const { thread_id } = (await to(toOther)).payload;
    const before = await inbox(me);
    expect((await to(`[[${SANDBOX_CHALLENGE_PK}]]`)).message).toContain("can't message");
    const people = await me.get(`friendships/${INSTAGRAM_PK}/followers/`, { count: 200 });
    const more = await me.get(`friendships/${INSTAGRAM_PK}/followers/`, {
      count: 200,
      max_id: people.json.next_max_id,
    });
    const pks = [...people.json.users, ...more.json.users].map(({ pk }: ParsedJson) => pk);
    expect(new Set(pks).size).toBeGreaterThan(250);
    expect((await to(`[[${pks.slice(0, 251).join(",")}]]`)).message).toBe("Invalid recipients");
    await other.post(`friendships/block/${SANDBOX_PK}/`, { user_id: String(SANDBOX_PK) });
    expect((await to(toOther)).message).toBe("Invalid recipients");
    const inThread = { client_context: "t", thread_ids: `[${thread_id}]` };
    expect((await broadcast(me, "like", inThread)).json.message).toBe("Invalid recipients");
    expect(await inbox(me)).toEqual(before);
  });

  test("shows to the other what was seen", async () => {
    const me = await loggedIn(emulator, "sandbox", "seen");
    const other = await loggedIn(emulator, "sandbox_private", "seen");
    const to = { client_context: "seen", recipient_users: `[[${SANDBOX_PRIVATE_PK}]]` };
    const { thread_id, item_id } = (await broadcast(me, "like", to)).json.payload;
    const seenBy = async () => (await inbox(me)).threads[0].last_seen_at[SANDBOX_PRIVATE_PK];
    expect(await seenBy()).toBeUndefined();
    await onThread(other, thread_id, `items/${item_id}/seen`, { thread_id, action: "mark_seen" });
    expect(await seenBy()).toMatchObject({ item_id });
  });

  test("is in one box at a time, which counts it", async () => {
    const me = await loggedIn(emulator, "sandbox", "boxes");
    const pending = await inbox(me, "pending_inbox");
    const [{ thread_id }, { thread_id: declined }] = pending.threads;
    const total = async () =>
      (
        await me.get("direct_v2/inbox/", {
          visual_message_return_type: "unseen",
          persistentBadging: "true",
        })
      ).json.pending_requests_total;
    const before = await total();
    await onThread(me, thread_id, "approve");
    await onThread(me, declined, "decline");
    expect(await total()).toBe(before - 2);
    const after = (await inbox(me, "pending_inbox")).threads;
    expect(after.map((one: ParsedJson) => one.thread_id)).toEqual(
      pending.threads.slice(2).map((one: ParsedJson) => one.thread_id),
    );
    expect((await onThread(me, thread_id, "decline")).status).toBe(400);
    const unseen = (await inbox(me)).unseen_count;
    await onThread(me, thread_id, "hide");
    expect((await inbox(me)).unseen_count).toBe(unseen - 1);
  });

  test("is no title or group that Instagram would not take", async () => {
    const me = await loggedIn(emulator, "sandbox", "titles");
    const { threads } = await inbox(me);
    const two = threads.find((one: ParsedJson) => !one.is_group).thread_id;
    const many = threads.find((one: ParsedJson) => one.is_group).thread_id;
    expect((await onThread(me, two, "update_title", { title: "x" })).status).toBe(400);
    expect((await onThread(me, many, "update_title", { title: "x".repeat(101) })).status).toBe(400);
    expect((await onThread(me, many, "update_title", {})).status).toBe(400);
    expect((await onThread(me, two, "add_user", { user_ids: `["${INSTAGRAM_PK}"]` })).status).toBe(
      400,
    );
    expect((await onThread(me, many, "add_user", { user_ids: '["99"]' })).status).toBe(400);
    expect((await group(me, { recipient_users: `[${INSTAGRAM_PK}]` })).status).toBe(400);
    expect(await inbox(me)).toEqual(await inbox(me));
    expect((await inbox(me)).threads).toEqual(threads);
  });

  test("is refused by a full world as a whole, and again possible when there is room", async () => {
    const me = await loggedIn(emulator, "sandbox", "full of messages");
    const { threads } = await inbox(me);
    const ids = threads.slice(1, 33).map((thread: ParsedJson) => thread.thread_id);
    const text = "x".repeat(1_000);
    const sent: string[] = [];
    let refused: ParsedJson;
    for (let turn = 0; turn < 600 && refused === undefined; turn++) {
      const form = { client_context: `full ${turn}`, text, thread_ids: `[${ids.join(",")}]` };
      const { json, status } = await broadcast(me, "text", form);
      if (status === 200) sent.push(form.client_context);
      else refused = { json, form };
    }
    expect(refused?.json.message).toBe("feedback_required");
    const before = await inbox(me);
    expect((await broadcast(me, "text", refused.form)).json).toEqual(refused.json);
    expect(await inbox(me)).toEqual(before);
    expect(sent.length).toBeGreaterThan(20);
    const [{ thread_id, items }] = before.threads;
    for (const { item_id } of items)
      await me.post(`direct_v2/threads/${thread_id}/items/${item_id}/delete/`, {});
    const one = { client_context: "room", text: "room", thread_ids: `[${thread_id}]` };
    expect((await broadcast(me, "text", one)).status).toBe(200);
  });
});
