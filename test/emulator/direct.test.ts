import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { loggedIn, type ParsedJson, TestClient } from "./client.ts";

// Somebody goes on writing.
const now = () => Date.UTC(2025, 10, 1);
const emulator = createEmulator({ now });
const me = await loggedIn(emulator);
const other = await loggedIn(emulator, "sandbox_private");

const INBOX = { visual_message_return_type: "unseen", persistentBadging: "true" };
const THREAD = { visual_message_return_type: "unseen", direction: "older" };

const inbox = (query = {}, client = me) => client.get("direct_v2/inbox/", { ...INBOX, ...query });
const threads: ParsedJson[] = (await inbox({ limit: 57 })).json.inbox.threads;
const longest = `direct_v2/threads/${threads[0].thread_id}/`;

describe("an inbox", () => {
  test("is the same for every client and in every world, and another for another account", async () => {
    const twin = await loggedIn(createEmulator({ now }));
    expect((await inbox({}, twin)).text).toBe((await inbox()).text);
    const elsewhere = await loggedIn(emulator, "sandbox", "elsewhere");
    expect((await inbox({}, elsewhere)).text).toBe((await inbox()).text);
    expect((await inbox({}, other)).json.inbox.threads[0].thread_id).not.toBe(threads[0].thread_id);
  });

  test("lacks what old conversations lack only among the hidden requests", async () => {
    const missing = async (folder: string): Promise<string[]> => {
      const found: string[] = [];
      for (let cursor = ""; ; ) {
        const { json } = await me.get(`direct_v2/${folder}/`, {
          ...INBOX,
          limit: 20,
          thread_message_limit: 20,
          ...(cursor && { cursor }),
        });
        for (const { items, last_seen_at } of json.inbox.threads) {
          for (const { media } of items) if (media && !("id" in media)) found.push("id");
          for (const seen of Object.values<ParsedJson>(last_seen_at))
            if (!("created_at" in seen)) found.push("created_at");
        }
        if (!json.inbox.has_older) return [...new Set(found)].sort();
        cursor = json.inbox.oldest_cursor;
      }
    };
    expect(await missing("inbox")).toEqual([]);
    expect(await missing("pending_inbox")).toEqual([]);
    expect(await missing("spam_inbox")).toEqual(["created_at", "id"]);
  });

  test("has other threads under another seed, with the same ids", async () => {
    const seeded = await loggedIn(createEmulator({ seed: 7 }));
    const { json } = await inbox({ limit: 57 }, seeded);
    const ids = json.inbox.threads.map(({ thread_id }: ParsedJson) => thread_id);
    expect(ids).toEqual(threads.map(({ thread_id }) => thread_id));
    const users = ({ users }: ParsedJson) => users.map(({ pk }: ParsedJson) => pk);
    expect(json.inbox.threads.slice(1).map(users)).not.toEqual(threads.slice(1).map(users));
  });

  test("ends without a cursor, and counts what is unread", async () => {
    const { json } = await inbox();
    expect(json.inbox).toMatchObject({ has_older: true, unseen_count: 14 });
    expect(json.pending_requests_total).toBe(23);
    const { json: all } = await inbox({ limit: 57 });
    expect(all.inbox.has_older).toBe(false);
    expect("oldest_cursor" in all.inbox).toBe(false);
  });

  test("takes its cursors only for the list they were made for", async () => {
    const { oldest_cursor: cursor } = (await inbox()).json.inbox;
    expect((await inbox({ cursor })).json.inbox.threads).toHaveLength(20);
    const foreign = [
      await inbox({ cursor: "QVFCinbox" }),
      await inbox({ cursor, selected_filter: "unread" }),
      await inbox({ cursor }, other),
      await me.get("direct_v2/pending_inbox/", { ...INBOX, cursor }),
      await me.get(longest, { ...THREAD, cursor }),
    ];
    for (const answer of foreign)
      expect([answer.status, answer.json.message]).toEqual([
        400,
        "Missing or invalid parameter: cursor",
      ]);
  });

  test("refuses what it does not know and what lacks a parameter", async () => {
    for (const [query, name] of [
      [{ selected_filter: "starred" }, "selected_filter"],
      [{ folder: "9" }, "folder"],
      [{ direction: "newer" }, "direction"],
    ] as const)
      expect((await inbox(query)).json.message).toContain(name);
    for (const path of ["inbox", "pending_inbox", "spam_inbox"])
      expect((await me.get(`direct_v2/${path}/`)).status).toBe(400);
  });

  test("is nobody's without a session", async () => {
    const answer = await inbox({}, new TestClient(emulator));
    expect([answer.status, answer.json.message]).toEqual([403, "login_required"]);
  });
});

describe("a thread", () => {
  test("shows every kind of message within its first forty", async () => {
    const { json } = await me.get(longest, { ...THREAD, limit: 40 });
    const kinds = new Set(json.thread.items.map(({ item_type }: ParsedJson) => item_type));
    expect(kinds.size).toBeGreaterThan(24);
    expect(json.thread.items.some((item: ParsedJson) => item.reactions)).toBe(true);
    expect(json.thread.items.some((item: ParsedJson) => item.replied_to_message)).toBe(true);
  });

  test("has ids and times that fit, also digit by digit", async () => {
    const { text, json } = await me.get(longest, THREAD);
    expect(text).toMatch(/"media":\{"id":179\d{14},/);
    for (const item of json.thread.items) {
      expect(String(BigInt(item.item_id) >> 64n)).toBe(item.timestamp);
      expect(item.client_context).toMatch(/^68000\d{14}$/);
    }
    expect(json.thread.last_activity_at).toBe(Number(json.thread.items[0].timestamp));
  });

  test("is read to its end by its cursors, which say where it ends", async () => {
    const seen: string[] = [];
    let { thread } = (await me.get(longest, THREAD)).json;
    expect([thread.has_newer, thread.next_cursor]).toEqual([false, "MAXCURSOR"]);
    for (;;) {
      seen.push(...thread.items.map(({ item_id }: ParsedJson) => item_id));
      if (!thread.has_older) break;
      expect(thread.prev_cursor).toBe(thread.oldest_cursor);
      ({ thread } = (await me.get(longest, { ...THREAD, cursor: thread.oldest_cursor })).json);
      expect(thread.has_newer).toBe(true);
    }
    expect([thread.oldest_cursor, thread.prev_cursor]).toEqual(["", "MINCURSOR"]);
    expect(seen.length).toBeGreaterThan(300);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test("in which something is unread was seen up to the message before", () => {
    for (const { items, last_seen_at: seen, read_state } of threads) {
      const before = read_state === 1 ? items[1] : items[0];
      expect(seen[String(SANDBOX_PK)]?.item_id).toBe(before?.item_id);
    }
  });

  test("is not another account's, nor one of a made-up id", async () => {
    for (const path of [longest, `${longest}media/`, "direct_v2/threads/17840000000000000/"]) {
      const query = { ...THREAD, media_type: "photos_and_videos" };
      const answer = await other.get(path, query);
      expect([answer.status, answer.json.message]).toEqual([400, "Thread does not exist"]);
    }
  });

  test("has photos and videos before a time, and refuses other kinds of media", async () => {
    const media = (query: object) => me.get(`${longest}media/`, { limit: "5", ...query });
    const first = (await media({ media_type: "photos_and_videos" })).json;
    const last = first.items.at(-1).timestamp;
    const next = (await media({ media_type: "photos_and_videos", max_timestamp: last })).json;
    expect(Number(next.items[0].timestamp)).toBeLessThan(Number(last));
    expect([first.items.length, first.more_available]).toEqual([5, true]);
    for (const query of [{}, { media_type: "voice" }, { media_type: "", max_timestamp: "x" }])
      expect((await media(query)).status).toBe(400);
  });
});

describe("other look-ups", () => {
  test("find threads by their others, as numbers or as text", async () => {
    for (const recipient_users of [`[${INSTAGRAM_PK}]`, `["${INSTAGRAM_PK}"]`]) {
      const { json } = await me.get("direct_v2/threads/get_by_participants/", { recipient_users });
      expect(json.thread.thread_id).toBe(threads[0].thread_id);
    }
    for (const recipient_users of ["", "[]", String(INSTAGRAM_PK), "{}", '["a"]', "[1"])
      expect(
        (await me.get("direct_v2/threads/get_by_participants/", { recipient_users })).status,
      ).toBe(400);
  });

  test("introduce somebody with whom there is no thread", async () => {
    const query = { recipient_users: `[${SANDBOX_PRIVATE_PK}]` };
    const { json } = await me.get("direct_v2/threads/get_by_participants/", query);
    expect(json.thread).toBeUndefined();
    expect(json.users[0]).toMatchObject({ username: "sandbox_private", media_count: 12 });
  });

  test("find no thread where one of the others is nobody", async () => {
    const query = { recipient_users: `[${INSTAGRAM_PK},1]` };
    const { json } = await me.get("direct_v2/threads/get_by_participants/", query);
    expect(json.thread).toBeUndefined();
    expect(json.users.map(({ pk }: ParsedJson) => pk)).toEqual([INSTAGRAM_PK]);
  });

  test("rank users and the groups of the inbox", async () => {
    const find = async (query: string, show_threads = "true") =>
      (await me.get("direct_v2/ranked_recipients/", { mode: "raven", query, show_threads })).json
        .ranked_recipients as ParsedJson[];
    const { thread_title: title } = threads.find(({ named }) => named);
    expect((await find(title)).map(({ thread }) => thread?.thread_title)).toContain(title);
    expect(await find(title, "false")).toEqual([]);
    expect((await find("insta"))[0].user.pk).toBe(INSTAGRAM_PK);
    const odd = await me.get("direct_v2/ranked_recipients/", { mode: "odd", query: "" });
    expect(odd.status).toBe(400);
  });

  test("tell who is active, and want a list of ids for it", async () => {
    const path = "/api/v1/direct_v2/fetch_and_subscribe_presence/";
    const ask = (form: Record<string, string>) => me.send("POST", path, { form });
    const { json } = await ask({ _uuid: "u", request_data: `[${INSTAGRAM_PK},1]` });
    expect(Object.keys(json.user_presence)).toEqual([String(INSTAGRAM_PK)]);
    for (const form of [{ _uuid: "u" }, { request_data: "[1]" }, { _uuid: "u", request_data: "1" }])
      expect((await ask(form as Record<string, string>)).status).toBe(400);
    for (const active of ["get_presence_active_now", "get_presence"])
      expect(
        (await me.get(`direct_v2/${active}/`)).json.user_presence[String(INSTAGRAM_PK)],
      ).toMatchObject({
        is_active: true,
      });
  });

  test("search messages, with a query in the upstream's form", async () => {
    const query = { query: "hello", offsets: "{}", result_types: "[]" };
    const { json } = await me.get("direct_v2/search_secondary/", query);
    expect(json.message_search_results.message_search_result_items).toHaveLength(20);
    for (const wrong of [{ offsets: "{" }, { result_types: "message" }])
      expect((await me.get("direct_v2/search_secondary/", { ...query, ...wrong })).status).toBe(
        400,
      );
    expect((await me.get("direct_v2/search_secondary/", { query: "a" })).status).toBe(400);
  });
});
