import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();
const { get, instagram } = sandbox;
const private_ = await sandbox.login("sandbox_private");

const threads = (await get("/direct/threads", { amount: "20" })).body;
const thread_id: string = threads[0].id;
const whole = (await get("/direct/thread", { thread_id, amount: "0" })).body;
const ids: string[] = whole.messages.map(({ id }: { id: string }) => id);

const WRONG_LINKS = [
  "https://www.instagram.com/direct/inbox/",
  "https://www.instagram.com/direct/t/abc/",
  `https://evil.example/direct/t/${thread_id}/`,
  `/direct/t/${thread_id}/`,
];
const OF_A_THREAD = ["/direct/thread", "/direct/messages", "/direct/media"];

describe("a thread", () => {
  test("has hundreds of messages, each once, newest first", () => {
    expect(ids.length).toBeGreaterThan(300);
    expect(new Set(ids).size).toBe(ids.length);
    const times = whole.messages.map(({ timestamp }: any) => timestamp);
    expect(times).toEqual(times.toSorted().reverse());
    expect(whole.last_activity_at).toBe(times[0]);
    for (const message of whole.messages) {
      expect(message.thread_id).toBe(thread_id);
      expect(message.id).toMatch(/^\d{35}$/);
    }
  });

  test("is read on until there are as many as wanted", async () => {
    for (const amount of [1, 19, 20, 21, 100, ids.length - 1, ids.length, ids.length + 1]) {
      const query = { thread_id, amount: String(amount) };
      const thread = await get("/direct/thread", query);
      const seen = thread.body.messages.map(({ id }: { id: string }) => id);
      expect(seen, `amount ${amount}`).toEqual(ids.slice(0, amount));
      const calls = Math.ceil(Math.min(amount, ids.length) / 20);
      expect(thread.headers.get("gramway-upstream-calls")).toBe(String(calls));
      const messages = await get("/direct/messages", query);
      expect(messages.body).toEqual(thread.body.messages);
    }
    expect((await get("/direct/messages", { thread_id })).body).toHaveLength(20);
  });

  test("is the one of the inbox, with its newest messages", async () => {
    for (const { messages, ...thread } of threads.slice(0, 8)) {
      const { body } = await get("/direct/thread", { thread_id: thread.id, amount: "10" });
      expect(body).toEqual({ ...thread, messages });
    }
  });

  test("is found by either of its ids, and by its link", async () => {
    const link = `https://www.instagram.com/direct/t/${thread_id}/`;
    const elsewhere = `http://m.instagram.com/direct/t/${thread_id}?hl=en#x`;
    for (const name of [whole.pk, ` ${thread_id} `, link, link.slice(8, -1), elsewhere]) {
      const { body } = await get("/direct/thread", { thread_id: name, amount: "1" });
      expect(body.id, name).toBe(thread_id);
    }
  });

  test("without messages has none", async () => {
    const empty = { thread: { thread_id: "77", thread_v2_id: "7" }, status: "ok" };
    instagram.on("direct_v2/threads/77/", reply(200, empty));
    expect((await get("/direct/messages?thread_id=77")).body).toEqual([]);
  });

  test("of another account, and one that is nobody's, is not found", async () => {
    for (const path of OF_A_THREAD) {
      expectProblem(await get(path, { thread_id }, private_), "DirectThreadNotFound", path);
      for (const unknown of ["1", "340282366841710300949128137443944319108", "9".repeat(38)])
        expectProblem(await get(path, { thread_id: unknown }), "DirectThreadNotFound", path);
    }
    const message = { thread_id: "1", message_id: ids[0] ?? "" };
    expectProblem(await get("/direct/message", message), "DirectThreadNotFound");
  });

  test("whose answer lacks its id is the one that was asked for", async () => {
    instagram.on("direct_v2/threads/76/", reply(200, { thread: { items: [] }, status: "ok" }));
    expect((await get("/direct/thread?thread_id=76")).body).toMatchObject({ id: "76" });
  });

  test("keeps what came first where a later page has no thread", async () => {
    const items = [{ item_id: "1", timestamp: 0 }];
    const first = { thread: { thread_id: "75", items, oldest_cursor: "QVFC" }, status: "ok" };
    instagram.on("direct_v2/threads/75/", reply(200, first), reply(200, { status: "ok" }));
    const { body } = await get("/direct/thread?thread_id=75");
    expect([body.id, body.messages.length]).toEqual(["75", 1]);
  });

  test("that an answer does not hold is not found", async () => {
    instagram.on("direct_v2/threads/78/", reply(200, { status: "ok" }));
    expectProblem(await get("/direct/thread?thread_id=78"), "DirectThreadNotFound");
  });

  test("with a wrong id or amount is refused before asking", async () => {
    const wrong = ["abc", "-1", "1.5", "340282366920938463463374607431768211456", "9".repeat(40)];
    for (const path of [...OF_A_THREAD, "/direct/message"]) {
      const rest: Record<string, string> = path === "/direct/message" ? { message_id: "1" } : {};
      for (const name of [...wrong, ...WRONG_LINKS]) {
        const answer = await get(path, { thread_id: name, ...rest });
        expect(faultyFields(answer), `${path} ${name}`).toEqual(["thread_id"]);
        expect(answer.headers.get("gramway-upstream-calls") ?? "0").toBe("0");
      }
      expect(faultyFields(await get(path, rest))).toEqual(["thread_id"]);
      const negative = { thread_id, amount: "-1", ...rest };
      expect(faultyFields(await get(path, negative))).toEqual(["amount"]);
    }
  });
});

describe("messages", () => {
  const of = (type: string): any[] =>
    whole.messages.filter(({ item_type }: any) => item_type === type);

  test("of every kind have what was sent", () => {
    const filled = {
      text: "text",
      link: "link",
      media: "media",
      voice_media: "media",
      raven_media: "visual_media",
      media_share: "media_share",
      clip: "clip",
      xma_clip: "xma_share",
      xma_media_share: "xma_share",
      xma_story_share: "raw_xma",
      xma_profile: "raw_xma",
      generic_xma: "generic_xma",
      reel_share: "reel_share",
      story_share: "story_share",
      felix_share: "felix_share",
      animated_media: "animated_media",
      placeholder: "placeholder",
    };
    for (const [type, field] of Object.entries(filled)) {
      expect(of(type).length, type).toBeGreaterThan(3);
      for (const message of of(type)) expect(message[field], type).toBeTruthy();
    }
    for (const type of ["like", "profile", "location", "hashtag", "action_log", "video_call_event"])
      expect(of(type).length, type).toBeGreaterThan(3);
  });

  test("are answered, reacted to, sent by either, and come with pictures and sound", () => {
    const { messages } = whole;
    expect(messages.filter(({ reply: answered }: any) => answered).length).toBeGreaterThan(10);
    const reacted = messages.filter(({ reactions }: any) => reactions);
    expect(reacted[0].reactions.emojis[0].sender_id).toBe("61000000001");
    expect(new Set(messages.map(({ user_id }: any) => user_id))).toEqual(
      new Set(["61000000001", "25025320"]),
    );
    for (const { user_id, is_sent_by_viewer } of messages)
      expect(is_sent_by_viewer).toBe(user_id === "61000000001");
    expect(of("voice_media")[0].media.audio_url).toMatch(/^https?:\/\//);
    const [video] = of("media").filter(({ media }) => media.media_type === 2);
    expect(video.media.video_url).toMatch(/^https?:\/\//);
    expect(new Set(of("raven_media").map((raven) => raven.visual_media.view_mode))).toEqual(
      new Set(["once", "replayable"]),
    );
  });

  test("hand what they share on with every digit", async () => {
    const { text } = await get("/direct/thread", { thread_id, amount: "40" });
    expect(text).toMatch(/"reel_share":\{[^{]*"media":\{"pk":"\d{19}","id":"\d{19}_/);
    expect(text).toMatch(/"raw_xma":\{"xma_clip":\[\{.*?"target_id":"3012345678901234\d{3}",/);
    const exact = `{"message_search_results":{"message_search_result_items":[{"matched_message_info":{"item_info":{"item_id":"5","timestamp":"0","placeholder":{"n":[3012345678901234567,1.50,-9007199254740993]}}},"thread":{"thread_id":"6"}}]},"status":"ok"}`;
    instagram.on("direct_v2/search_secondary/", reply(200, exact));
    const found = await get("/direct/messages/search?query=a");
    expect(found.text).toContain(
      '"placeholder":{"n":["3012345678901234567",1.5,"-9007199254740993"]}',
    );
  });
});

describe("GET /direct/message", () => {
  test("finds a message among the newest of the thread", async () => {
    for (const at of [0, 7, 19]) {
      const { body } = await get("/direct/message", { thread_id, message_id: ids[at] ?? "" });
      expect(body).toEqual(whole.messages[at]);
    }
    const older = { thread_id, message_id: ids[45] ?? "" };
    expectProblem(await get("/direct/message", older), "DirectMessageNotFound");
    const { body } = await get("/direct/message", { ...older, amount: "60" });
    expect(body).toEqual(whole.messages[45]);
    expect((await get("/direct/message", { ...older, amount: "0" })).status).toBe(200);
  });

  test("does not find what was never sent", async () => {
    const unknown = { thread_id, message_id: "31111111111111111111111111111111111", amount: "0" };
    expectProblem(await get("/direct/message", unknown), "DirectMessageNotFound");
  });

  test("with a wrong message id is refused before asking", async () => {
    for (const message_id of ["", "abc", "1_2", "9".repeat(40)]) {
      const answer = await get("/direct/message", { thread_id, message_id });
      expect(faultyFields(answer), message_id).toEqual(["message_id"]);
      expect(answer.headers.get("gramway-upstream-calls") ?? "0").toBe("0");
    }
  });
});

describe("GET /direct/messages/search", () => {
  test("finds messages of all threads, in any case, with their threads", async () => {
    const { body } = await get("/direct/messages/search", { query: "HELLO" });
    expect(body).toHaveLength(20);
    for (const { message, thread } of body) {
      expect((message.text ?? message.link.text).toLowerCase()).toContain("hello");
      expect(thread.viewer_id).toBe("61000000001");
      expect(threads.map(({ id }: { id: string }) => id)).toContain(thread.id);
    }
  });

  test("finds nothing where there is nothing", async () => {
    expect((await get("/direct/messages/search", { query: "zzzzzz" })).body).toEqual([]);
    instagram.on("direct_v2/search_secondary/", reply(200, { status: "ok" }));
    expect((await get("/direct/messages/search?query=a")).body).toEqual([]);
    for (const query of [{}, { query: "" }, { query: " " }] as Record<string, string>[])
      expect(faultyFields(await get("/direct/messages/search", query))).toEqual(["query"]);
  });
});

describe("GET /direct/media", () => {
  const sent: any[] = whole.messages
    .filter(({ item_type }: any) => item_type === "media")
    .map(({ media }: any) => media);

  test("gives the photos and videos of the thread, each once, newest first", async () => {
    for (const amount of [1, 19, 20, 21, 0]) {
      const answer = await get("/direct/media", { thread_id, amount: String(amount) });
      expect(answer.body, `amount ${amount}`).toEqual(sent.slice(0, amount || sent.length));
      const calls = amount === 0 || amount > 20 ? "2" : "1";
      expect(answer.headers.get("gramway-upstream-calls")).toBe(calls);
    }
    expect((await get("/direct/media", { thread_id })).body).toEqual(sent.slice(0, 20));
  });

  test("is empty where there is none, and leaves out what has no media", async () => {
    const items = [{ timestamp: "3" }, "odd", { media: { id: 1, media_type: 1 }, timestamp: "2" }];
    instagram.on(
      "direct_v2/threads/79/media/",
      reply(200, { items, more_available: true, status: "ok" }),
      // More is said to come, but nothing says from where.
      reply(200, { items: [{ media: { id: 2 } }], more_available: true, status: "ok" }),
    );
    const { body } = await get("/direct/media?thread_id=79&amount=0");
    expect(body.map(({ id }: { id: string }) => id)).toEqual(["1", "2"]);
    instagram.on("direct_v2/threads/80/media/", reply(200, { status: "ok" }));
    expect((await get("/direct/media?thread_id=80")).body).toEqual([]);
  });
});
