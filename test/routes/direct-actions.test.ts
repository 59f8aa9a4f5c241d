import { beforeEach, describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import type { Answer } from "../support/service.ts";

const INSTAGRAM = "25025320";
const SANDBOX = "61000000001";
const CHALLENGE = "61000000003";
const PRIVATE = "61000000005";

const sandbox = await sandboxOfFile();
const { get, instagram } = sandbox;
let other: string;
beforeEach(async () => {
  instagram.beginAnew();
  other = await sandbox.login("sandbox_private");
});

type Fields = Record<string, string>;
const caller = (session = sandbox.session) => ({ key: sandbox.testKey, session });
const post = (path: string, form: Fields, session?: string): Promise<Answer> =>
  sandbox.request("POST", path, { ...caller(session), form });
const patch = (path: string, form: Fields, session?: string): Promise<Answer> =>
  sandbox.request("PATCH", path, { ...caller(session), form });
const remove = (path: string, query: Fields, session?: string): Promise<Answer> =>
  sandbox.request("DELETE", path, { ...caller(session), query });

async function bodyOf(answer: Promise<Answer>): Promise<any> {
  const { status, text, body } = await answer;
  expect([status, text.slice(0, 300)]).toEqual([200, expect.any(String)]);
  return body;
}
async function done(answer: Promise<Answer>): Promise<void> {
  expect(await bodyOf(answer)).toBe(true);
}

const threads = (session?: string): Promise<any[]> =>
  bodyOf(get("/direct/threads", { amount: "0" }, session));
const thread = (thread_id: string, session?: string): Promise<any> =>
  bodyOf(get("/direct/thread", { thread_id }, session));
const messageIn = (sent: any, session?: string): Promise<any> =>
  bodyOf(get("/direct/message", { thread_id: sent.thread_id, message_id: sent.id }, session));
const idsOf = (list: any[]): string[] => list.map(({ id }) => id);

/** A thread of two with messages of both, not the one to which new messages come by themselves. */
async function usualThread(): Promise<any> {
  const [, ...rest] = await threads();
  const found = rest.find(({ is_group, messages }) => {
    const mine = messages.filter((message: any) => message.is_sent_by_viewer);
    return !is_group && mine.length > 0 && mine.length < messages.length;
  });
  return found;
}

describe("a text", () => {
  test("to a thread is confirmed, stands first in it, and moves it up", async () => {
    const before = idsOf(await threads());
    const thread_id = before[9] ?? "";
    const sent = await bodyOf(post("/direct/message", { text: "hello ❤", thread_ids: thread_id }));
    expect(sent).toMatchObject({ thread_id, id: expect.stringMatching(/^\d{30,39}$/) });
    expect(sent.client_context).toMatch(/^\d{19}$/);
    const now = await thread(thread_id);
    expect(now.messages[0]).toMatchObject({ id: sent.id, text: "hello ❤", user_id: SANDBOX });
    expect(now.last_activity_at).toBe(sent.timestamp);
    expect(idsOf(await threads())).toEqual([thread_id, ...before.filter((id) => id !== thread_id)]);
  });

  test("to a user makes a thread of two, which takes the next one, too", async () => {
    const first = await bodyOf(post("/direct/message", { text: "one", user_ids: PRIVATE }));
    const second = await bodyOf(post("/direct/message", { text: "two", user_ids: PRIVATE }));
    expect(second.thread_id).toBe(first.thread_id);
    const asked = idsOf(await bodyOf(get("/direct/requests", {}, other)));
    expect(asked[0]).toBe(first.thread_id);
    const answer = { text: "three", thread_ids: first.thread_id };
    await bodyOf(post("/direct/message", answer, other));
    const texts = (await thread(first.thread_id)).messages.map(({ text }: any) => text);
    expect(texts).toEqual(["three", "two", "one"]);
  });

  test("to several threads is confirmed by the first of them", async () => {
    const [one = "", two = ""] = idsOf((await threads()).slice(4));
    const form = { text: "to both", thread_ids: `${one},${two}` };
    const sent = await bodyOf(post("/direct/message", form));
    expect(sent.thread_id).toBe(one);
    for (const id of [one, two]) expect((await thread(id)).messages[0].text).toBe("to both");
  });

  test("with links is shown as one", async () => {
    const text = "see https://example.com/größe?a=1 and http://example.org";
    const sent = await bodyOf(post("/direct/message", { text, user_ids: INSTAGRAM }));
    const message = await messageIn(sent);
    expect(message).toMatchObject({ item_type: "link", link: { text } });
    expect(message.link.link_context.link_url).toBe("https://example.com/größe?a=1");
  });

  test("is taken as JSON, too, with ids as numbers or texts, and by the link of a thread", async () => {
    const [{ id }] = (await threads()).slice(5);
    const json = (fields: object) =>
      sandbox.request("POST", "/direct/message", { ...caller(), json: { text: "x", ...fields } });
    expect((await bodyOf(json({ user_ids: [25025320, PRIVATE] }))).id).toBeString();
    const link = `https://www.instagram.com/direct/t/${id}/`;
    expect((await bodyOf(json({ thread_ids: [link] }))).thread_id).toBe(id);
  });

  test("needs users or threads, and not both", async () => {
    const neither = await post("/direct/message", { text: "x" });
    expect(faultyFields(neither)).toEqual(["user_ids"]);
    expect(neither.body.errors[0].message).toContain("thread_ids");
    const both = { text: "x", user_ids: INSTAGRAM, thread_ids: "1" };
    expect(faultyFields(await post("/direct/message", both))).toEqual(["user_ids"]);
    const wrong: [Fields, string][] = [
      [{ user_ids: "25025320,abc" }, "user_ids"],
      [{ thread_ids: "1,-1" }, "thread_ids"],
      [{ user_ids: INSTAGRAM, send_attribute: "inbox" }, "send_attribute"],
      [{ user_ids: INSTAGRAM, text: "" }, "text"],
    ];
    for (const [fields, field] of wrong) {
      const answer = await post("/direct/message", { text: "x", ...fields });
      expect(faultyFields(answer), JSON.stringify(fields)).toEqual([field]);
      expect(answer.headers.get("gramway-upstream-calls") ?? "0").toBe("0");
    }
  });

  test("is refused by threads that are not the account's and accounts that take none", async () => {
    const before = await threads();
    const to = (fields: Fields) => post("/direct/message", { text: "x", ...fields });
    expectProblem(await to({ thread_ids: "340282366841710300949128" }), "DirectThreadNotFound");
    const known = before[3].id;
    expectProblem(await to({ thread_ids: `${known},99` }), "DirectThreadNotFound");
    expectProblem(await to({ user_ids: CHALLENGE }), "DirectMessageRequestsDisabled");
    expect((await to({ user_ids: "99" })).status).toBe(400);
    expect((await to({ text: "x".repeat(1_001), thread_ids: known })).status).toBe(400);
    // Nothing was sent to the others of a list.
    expect(await threads()).toEqual(before);
  });

  test("that Instagram confirms only in its list is confirmed", async () => {
    const confirmed = { item_id: "31", thread_id: "77", timestamp: "1760000000000000" };
    for (const payload of [{}, null, undefined]) {
      const body = { payload, message_metadata: [confirmed, { item_id: "32" }], status: "ok" };
      instagram.on("direct_v2/threads/broadcast/text/", reply(200, body));
      const sent = await bodyOf(post("/direct/message", { text: "x", thread_ids: "77,78" }));
      expect(sent).toMatchObject({ id: "31", thread_id: "77" });
    }
  });

  test("whose confirmation names no message may have been sent", async () => {
    instagram.on("direct_v2/threads/broadcast/text/", reply(200, { payload: {}, status: "ok" }));
    const answer = await post("/direct/message", { text: "x", thread_ids: "77" });
    expect(answer.status).toBe(502);
    expect(answer.body.detail).toContain("names no message");
  });

  test("to users or a thread that Instagram answers with 404 says which of them is missing", async () => {
    const at = "direct_v2/threads/broadcast/text/";
    instagram.on(at, reply(404, { status: "fail" }), reply(404, { status: "fail" }));
    const toUser = await post("/direct/message", { text: "x", user_ids: INSTAGRAM });
    expectProblem(toUser, "UserNotFound");
    const toThread = await post("/direct/message", { text: "x", thread_ids: "77" });
    expectProblem(toThread, "DirectThreadNotFound");
  });
});

describe("what is shared", () => {
  const POST = "3755350675776297567";

  test("is the post, by its id, its pk, its shortcode or its link", async () => {
    const { code, id } = await bodyOf(get("/media", { id: POST }));
    for (const media_id of [id, POST, code, `https://www.instagram.com/p/${code}/`]) {
      const sent = await bodyOf(post("/direct/media", { media_id, user_ids: PRIVATE }));
      const message = await messageIn(sent);
      expect(message.media_share?.id ?? message.clip?.id, media_id).toBe(id);
    }
  });

  test("is the story or the profile", async () => {
    const story = await bodyOf(
      post("/direct/story", { story_id: "3513075028443486808", user_ids: PRIVATE }),
    );
    expect(await messageIn(story)).toMatchObject({
      item_type: "story_share",
      story_share: { media: { id: `3513075028443486808_${INSTAGRAM}` } },
    });
    for (const user_id of [INSTAGRAM, "instagram", "@Instagram"]) {
      const form = { user_id, thread_ids: story.thread_id };
      const sent = await bodyOf(post("/direct/profile", form));
      expect((await messageIn(sent)).item_type).toBe("profile");
    }
  });

  test("is refused where it does not exist, or not for the account", async () => {
    const media = (media_id: string) =>
      post("/direct/media", { media_id, user_ids: INSTAGRAM }).then((answer) =>
        expectProblem(answer, "MediaNotFound", media_id),
      );
    await media("1_25025320");
    await media("2");
    const [{ id }] = (await bodyOf(get("/user/medias", { user_id: PRIVATE }, other))).items;
    await media(id);
    const story = { story_id: "3513075028443486809_25025320", user_ids: INSTAGRAM };
    expectProblem(await post("/direct/story", story), "MediaNotFound");
    const profile = { user_id: "999", user_ids: INSTAGRAM };
    expectProblem(await post("/direct/profile", profile), "UserNotFound");
    expect(faultyFields(await post("/direct/media", { media_id: "1", user_ids: "" }))).toEqual([
      "user_ids",
    ]);
    expect(faultyFields(await post("/direct/profile", { user_id: "1" }))).toEqual(["user_ids"]);
    expect(faultyFields(await post("/direct/story", { story_id: "1" }))).toEqual(["user_ids"]);
  });

  test("becomes a placeholder when its post is deleted", async () => {
    const [own] = (await bodyOf(get("/user/medias", { user_id: SANDBOX }))).items;
    const form = { media_id: own.id, user_ids: PRIVATE };
    const sent = await bodyOf(post("/direct/media", form));
    await done(remove("/media", { media_id: own.id }));
    expect((await messageIn(sent)).item_type).toBe("placeholder");
  });
});

describe("a message", () => {
  test("of the account is deleted for everyone, another's is not", async () => {
    const { id: thread_id, messages } = await usualThread();
    const mine = messages.find((message: any) => message.is_sent_by_viewer);
    const theirs = messages.find((message: any) => !message.is_sent_by_viewer);
    await done(remove("/direct/message", { thread_id, message_id: mine.id }));
    const left = (await thread(thread_id)).messages;
    expect(idsOf(left)).not.toContain(mine.id);
    expect((await remove("/direct/message", { thread_id, message_id: theirs.id })).status).toBe(
      400,
    );
    const again = await remove("/direct/message", { thread_id, message_id: mine.id });
    expectProblem(again, "DirectMessageNotFound");
  });

  test("has one reaction of each user, which can be replaced and taken back", async () => {
    const form = { text: "hello", user_ids: PRIVATE };
    const { id: message_id, thread_id } = await bodyOf(post("/direct/message", form));
    const at = { thread_id, message_id };
    const reactions = async (session?: string) =>
      ((await messageIn({ id: message_id, thread_id }, session)).reactions?.emojis ?? []).map(
        ({ sender_id, emoji }: any) => [sender_id, emoji],
      );
    await done(post("/direct/message/like", at));
    expect(await reactions()).toEqual([[SANDBOX, "❤"]]);
    await done(post("/direct/message/reaction", { ...at, emoji: "👍🏽" }));
    await done(post("/direct/message/reaction", { ...at, emoji: "🔥" }, other));
    for (const session of [sandbox.session, other])
      expect(await reactions(session)).toEqual([
        [SANDBOX, "👍🏽"],
        [PRIVATE, "🔥"],
      ]);
    await done(remove("/direct/message/reaction", { ...at, emoji: "👍🏽" }));
    expect(await reactions()).toEqual([[PRIVATE, "🔥"]]);
    await done(remove("/direct/message/like", at, other));
    expect(await reactions()).toEqual([]);
    expect((await post("/direct/message/reaction", { ...at, emoji: "text" })).status).toBe(400);
  });

  test("that the thread does not have is not found", async () => {
    const { id: thread_id } = await usualThread();
    const missing = { thread_id, message_id: "32501184014493589702306580697160035" };
    const elsewhere = { thread_id: "99", message_id: "32501184014493589702306580697160034" };
    for (const path of ["/direct/message/like", "/direct/message/reaction"]) {
      expectProblem(await post(path, missing), "DirectMessageNotFound", path);
      expectProblem(await remove(path, missing), "DirectMessageNotFound", path);
      expectProblem(await post(path, elsewhere), "DirectThreadNotFound", path);
    }
    expectProblem(await remove("/direct/message", missing), "DirectMessageNotFound");
    expectProblem(await remove("/direct/message", elsewhere), "DirectThreadNotFound");
    expectProblem(await patch("/direct/message/seen", missing), "DirectMessageNotFound");
    expectProblem(await patch("/direct/message/seen", elsewhere), "DirectThreadNotFound");
    const wrong = { thread_id, message_id: "x" };
    expect(faultyFields(await post("/direct/message/like", wrong))).toEqual(["message_id"]);
  });
});

describe("a thread", () => {
  const unseen = async (session?: string): Promise<string[]> =>
    idsOf(
      await bodyOf(get("/direct/threads", { amount: "0", selected_filter: "unread" }, session)),
    );

  test("is seen by its newest message or as a whole, and marked as unread again", async () => {
    const [first = "", second = ""] = await unseen();
    const { messages } = await thread(first);
    await done(patch("/direct/message/seen", { thread_id: first, message_id: messages[0].id }));
    const seen = await patch("/direct/thread/seen", { thread_id: second });
    expect([seen.body, seen.headers.get("gramway-upstream-calls")]).toEqual([true, "2"]);
    expect(await unseen()).not.toContain(first);
    expect(await unseen()).not.toContain(second);
    await done(patch("/direct/thread", { thread_id: first, is_unread: "true" }));
    expect(await unseen()).toContain(first);
    await done(patch("/direct/thread/seen", { thread_id: first }));
    expect(await unseen()).not.toContain(first);
  });

  test("of a group is made, named and joined, for everybody in it", async () => {
    const form = { user_ids: `${INSTAGRAM},${PRIVATE}`, title: "Größe ❤" };
    const thread_id = await bodyOf(post("/direct/thread", form));
    expect(await thread(thread_id)).toMatchObject({
      is_group: true,
      thread_title: "Größe ❤",
      messages: [],
    });
    const asked = await bodyOf(get("/direct/requests", {}, other));
    expect(asked[0]).toMatchObject({ id: thread_id, thread_title: "Größe ❤" });
    await done(patch("/direct/thread", { thread_id, title: "New", is_unread: "true" }));
    expect(await thread(thread_id, other)).toMatchObject({ thread_title: "New" });
    await done(post("/direct/thread/user", { thread_id, user_ids: `${INSTAGRAM},61000000002` }));
    for (const session of [sandbox.session, other]) {
      const pks = (await thread(thread_id, session)).users.map(({ pk }: any) => pk);
      expect(pks).toContain("61000000002");
      expect(pks).toHaveLength(3);
    }
    expect(await bodyOf(post("/direct/thread", form))).not.toBe(thread_id);
    const seen = await patch("/direct/thread/seen", { thread_id });
    expectProblem(seen, "DirectMessageNotFound");
  });

  test("of two has no name and nobody joins it", async () => {
    const { id: thread_id } = await usualThread();
    expect((await patch("/direct/thread", { thread_id, title: "New" })).status).toBe(400);
    const adding = { thread_id, user_ids: INSTAGRAM };
    expect((await post("/direct/thread/user", adding)).status).toBe(400);
  });

  test("is muted, its video calls too, and both end", async () => {
    const { id: thread_id, muted, vc_muted } = await usualThread();
    expect([muted, vc_muted]).toEqual([false, false]);
    for (const [path, field] of [
      ["/direct/thread/mute", "muted"],
      ["/direct/thread/video/call/mute", "vc_muted"],
    ] as const) {
      await done(post(path, { thread_id }));
      expect((await thread(thread_id))[field], path).toBe(true);
      await done(remove(path, { thread_id }));
      expect((await thread(thread_id))[field], path).toBe(false);
    }
  });

  test("that is hidden leaves the inbox until a new message, or is a hidden request", async () => {
    const [, one = "", two = ""] = idsOf(await threads());
    await done(remove("/direct/thread", { thread_id: one }));
    expect(idsOf(await threads())).not.toContain(one);
    await bodyOf(post("/direct/message", { text: "again", thread_ids: one }));
    expect(idsOf(await threads())[0]).toBe(one);
    await done(remove("/direct/thread", { thread_id: two, move_to_spam: "true" }));
    expect(idsOf(await threads())).not.toContain(two);
    expect(idsOf((await bodyOf(get("/direct/spam"))).items)).toContain(two);
  });

  test("that is a request is accepted", async () => {
    const [{ id: thread_id }] = await bodyOf(get("/direct/requests"));
    await done(patch("/direct/pending", { thread_id, approved: "true" }));
    expect(idsOf(await bodyOf(get("/direct/requests")))).not.toContain(thread_id);
    expect(idsOf(await threads())).toContain(thread_id);
    const declined = await patch("/direct/pending", { thread_id, approved: "false" });
    expect(faultyFields(declined)).toEqual(["approved"]);
  });

  test("that is not the account's is not found by any action", async () => {
    const thread_id = "340282366841710300949128";
    const answers = [
      patch("/direct/thread", { thread_id, title: "x" }),
      patch("/direct/thread", { thread_id, is_unread: "true" }),
      remove("/direct/thread", { thread_id }),
      patch("/direct/thread/seen", { thread_id }),
      post("/direct/thread/mute", { thread_id }),
      remove("/direct/thread/mute", { thread_id }),
      post("/direct/thread/video/call/mute", { thread_id }),
      remove("/direct/thread/video/call/mute", { thread_id }),
      post("/direct/thread/user", { thread_id, user_ids: INSTAGRAM }),
      patch("/direct/pending", { thread_id, approved: "true" }),
    ];
    for (const answer of answers) expectProblem(await answer, "DirectThreadNotFound");
  });

  test("is not changed by requests that say nothing", async () => {
    const { id: thread_id } = await usualThread();
    for (const [fields, field] of [
      [{}, "title"],
      [{ title: "" }, "title"],
      [{ is_unread: "false" }, "is_unread"],
      [{ title: "x", is_unread: "false" }, "is_unread"],
    ] as [Fields, string][])
      expect(faultyFields(await patch("/direct/thread", { thread_id, ...fields }))).toEqual([
        field,
      ]);
    for (const user_ids of ["", INSTAGRAM])
      expect(faultyFields(await post("/direct/thread", { user_ids }))).toEqual(["user_ids"]);
  });
});

test("an answer of Instagram's that is not ok is false, and the rest is not asked for", async () => {
  const thread = { thread_id: "77" };
  instagram.on("direct_v2/threads/77/update_title/", reply(200, {}));
  const named = await patch("/direct/thread", { ...thread, title: "x", is_unread: "true" });
  expect([named.body, named.headers.get("gramway-upstream-calls")]).toEqual([false, "1"]);
  instagram.on("direct_v2/create_group_thread/", reply(200, { status: "ok" }));
  const made = await post("/direct/thread", { user_ids: `${INSTAGRAM},${PRIVATE}` });
  expect([made.status, made.body.detail.includes("names no thread")]).toEqual([502, true]);
});
