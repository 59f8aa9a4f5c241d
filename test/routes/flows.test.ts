import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Gateway, IN_MEMORY, startGateway } from "../support/gateway.ts";
import { LONG_MS } from "../support/process.ts";

/*
 * What a stranger does with the service by its documentation alone: over the network, with plain
 * fetch, in the sandbox. Every action shows in the reads that follow it, of both accounts.
 */

const SANDBOX = "61000000001";
const PRIVATE = "61000000005";
const INSTAGRAM = "25025320";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway(IN_MEMORY);
}, LONG_MS);
afterAll(() => gateway?.stop());

type Fields = Record<string, string | readonly string[]>;

/** An account of the sandbox, as a stranger uses it. */
class Account {
  private constructor(
    private readonly key: string,
    private readonly session: string,
  ) {}

  static async login(key: string, username: string): Promise<Account> {
    const response = await fetch(`${gateway.url}/auth/login`, {
      method: "POST",
      headers: { "X-API-Key": key },
      body: new URLSearchParams({ username, password: "sandbox" }),
    });
    expect(response.status).toBe(200);
    return new Account(key, (await response.json()) as string);
  }

  get = (path: string, fields: Fields = {}) => this.#done("GET", path, fields);
  post = (path: string, fields: Fields) => this.#done("POST", path, fields);
  patch = (path: string, fields: Fields) => this.#done("PATCH", path, fields);
  remove = (path: string, fields: Fields) => this.#done("DELETE", path, fields);

  /** The `exc_type` of the problem that a call is answered with. */
  async refused(method: string, path: string, fields: Fields): Promise<string> {
    const response = await this.#send(method, path, fields);
    const body: any = await response.json();
    expect(response.status, JSON.stringify(body)).toBeGreaterThanOrEqual(400);
    return body.exc_type;
  }

  async #done(method: string, path: string, fields: Fields): Promise<any> {
    const response = await this.#send(method, path, fields);
    const text = await response.text();
    expect(response.status, `${method} ${path} ${JSON.stringify(fields)}: ${text}`).toBe(200);
    return JSON.parse(text);
  }

  #send(method: string, path: string, fields: Fields): Promise<Response> {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(fields))
      for (const one of [value].flat()) parameters.append(name, one);
    const inQuery = method === "GET" || method === "DELETE";
    return fetch(gateway.url + path + (inQuery ? `?${parameters}` : ""), {
      method,
      headers: { "X-API-Key": this.key, "X-Session-ID": this.session },
      ...(inQuery ? {} : { body: parameters }),
    });
  }
}

/** Two accounts of one tenant of their own, so that each flow finds a fresh sandbox. */
async function twoAccounts(): Promise<{ me: Account; other: Account }> {
  const key = await gateway.createKey("test");
  return {
    me: await Account.login(key, "sandbox"),
    other: await Account.login(key, "sandbox_private"),
  };
}

const pks = (items: readonly { pk: string }[]): string[] => items.map(({ pk }) => pk);
const postsOf = async (account: Account, user_id: string): Promise<any[]> =>
  (await account.get("/user/medias", { user_id, amount: "12" })).items;

describe("a stranger's flow", () => {
  test("of engagement: like, who likes it, unlike", async () => {
    const { me, other } = await twoAccounts();
    const [post] = await postsOf(other, SANDBOX);
    const read = (account: Account) => account.get("/media", { id: post.id });
    const before = await read(me);
    expect(await other.post("/media/like", { media_id: post.id })).toBe(true);
    expect(await read(other)).toMatchObject({ has_liked: true, like_count: before.like_count + 1 });
    expect(await read(me)).toMatchObject({ has_liked: false, like_count: before.like_count + 1 });
    expect(pks(await me.get("/media/likers", { media_id: post.id }))).toContain(PRIVATE);
    expect(pks(await other.get("/account/liked/media", { amount: "5" }))[0]).toBe(post.pk);
    const { new_stories } = await me.get("/notifications");
    expect(new_stories[0].args.text).toBe("sandbox_private liked your post.");
    expect(await other.remove("/media/like", { media_id: post.id })).toBe(true);
    expect(await read(me)).toEqual(before);
    expect(pks(await me.get("/media/likers", { media_id: post.id }))).not.toContain(PRIVATE);
    expect(await other.refused("POST", "/media/like", { media_id: "999_1" })).toBe("MediaNotFound");
  });

  test("of comments: comment, reply, like, pin, delete", async () => {
    const { me, other } = await twoAccounts();
    const [post] = await postsOf(me, SANDBOX);
    const media_id = post.id;
    const list = async (): Promise<any[]> =>
      (await me.get("/media/comments", { media_id, amount: "20" })).items;
    const count = async () => (await me.get("/media", { id: media_id })).comment_count;
    const before = await count();
    const first = await other.post("/media/comment", { media_id, text: "What a view!" });
    expect(first).toMatchObject({ text: "What a view!", user: { pk: PRIVATE } });
    expect((await list()).find(({ pk }) => pk === first.pk)?.text).toBe("What a view!");
    const reply = await me.post("/media/comment", {
      media_id,
      text: "@sandbox_private thank you",
      replied_to_comment_id: first.pk,
    });
    const replies = { media_id, comment_id: first.pk };
    expect(pks(await me.get("/media/comment/replies", replies))).toEqual([reply.pk]);
    expect(await count()).toBe(before + 2);
    expect(await me.post("/media/comment/like", { comment_pk: first.pk })).toBe(true);
    const liked = (await list()).find(({ pk }) => pk === first.pk);
    expect(liked).toMatchObject({ has_liked: true, like_count: 1 });
    const later = await other.post("/media/comment", { media_id, text: "And one more" });
    expect(await me.post("/media/comment/pin", { media_id, comment_pk: first.pk })).toBe(true);
    expect((await list())[0].pk).toBe(first.pk);
    expect(await me.remove("/media/comment/pin", { media_id, comment_pk: first.pk })).toBe(true);
    const order = pks(await list());
    expect(order.indexOf(first.pk)).toBeGreaterThan(order.indexOf(later.pk));
    expect(await other.remove("/media/comment", { media_id, comment_pk: first.pk })).toBe(true);
    expect(await me.remove("/media/comment", { media_id, comment_pk: later.pk })).toBe(true);
    expect(await count()).toBe(before);
  });

  test("of relations: follow, list, mute, unfollow; block, hidden, unblock; request, approve", async () => {
    const { me, other } = await twoAccounts();
    const friendship = (account: Account, user_id: string) =>
      account.get("/user/friendship", { user_id });
    const followers = async (user_id: string) =>
      (await me.get("/user", { user_id })).follower_count;

    const before = await followers(INSTAGRAM);
    expect(await me.post("/user/follow", { user_id: INSTAGRAM })).toBe(true);
    expect((await friendship(me, INSTAGRAM)).following).toBe(true);
    const query = { user_id: SANDBOX, query: "instagram" };
    expect(pks(await me.get("/search/following", query))).toContain(INSTAGRAM);
    expect(await me.post("/user/mute/posts", { user_id: INSTAGRAM })).toBe(true);
    expect((await friendship(me, INSTAGRAM)).muting).toBe(true);
    expect(await me.remove("/user/mute/posts", { user_id: INSTAGRAM })).toBe(true);
    expect(await me.remove("/user/follow", { user_id: INSTAGRAM })).toBe(true);
    expect(await friendship(me, INSTAGRAM)).toMatchObject({ following: false, muting: false });
    expect(await followers(INSTAGRAM)).toBe(before);

    expect(await me.post("/user/block", { user_id: PRIVATE })).toBe(true);
    expect(await other.refused("GET", "/user", { user_id: SANDBOX })).toBe("UserNotFound");
    expect(await me.remove("/user/block", { user_id: PRIVATE })).toBe(true);
    expect((await other.get("/user", { user_id: SANDBOX })).username).toBe("sandbox");

    const posts = { user_id: PRIVATE, amount: "3" };
    expect(await me.refused("GET", "/user/medias", posts)).toBe("PrivateAccount");
    // It is a request: the account does not follow yet.
    expect(await me.post("/user/follow", { user_id: PRIVATE })).toBe(false);
    expect(await friendship(me, PRIVATE)).toMatchObject({
      following: false,
      outgoing_request: true,
    });
    const requests = async () => pks((await other.get("/user/follow/requests")).items);
    expect(await requests()).toContain(SANDBOX);
    expect(await other.post("/account/follow/request/approve", { user_id: SANDBOX })).toBe(true);
    expect(await requests()).not.toContain(SANDBOX);
    expect((await me.get("/user/medias", posts)).items.length).toBeGreaterThan(0);
    expect((await friendship(other, SANDBOX)).followed_by).toBe(true);
    expect(await other.remove("/user/follower", { user_id: SANDBOX })).toBe(true);
    expect(await me.refused("GET", "/user/medias", posts)).toBe("PrivateAccount");
  });

  test("of collections: save, read, take out", async () => {
    const { me } = await twoAccounts();
    const [post] = await postsOf(me, INSTAGRAM);
    const collections = async (): Promise<any[]> => me.get("/account/collections");
    const chosen = (await collections()).find(({ type }) => type === "MEDIA");
    const collection_pk = chosen.id;
    const count = async () =>
      (await collections()).find(({ id }) => id === collection_pk).media_count;
    const medias = async () =>
      pks(await me.get("/account/collection/media", { collection_pk, amount: "5" }));
    const before = { count: await count(), medias: await medias() };
    expect(await me.post("/media/save", { media_id: post.id, collection_pk })).toBe(true);
    expect((await medias())[0]).toBe(post.pk);
    expect(await count()).toBe(before.count + 1);
    expect(await me.remove("/media/save", { media_id: post.id, collection_pk })).toBe(true);
    expect({ count: await count(), medias: await medias() }).toEqual(before);
  });

  test("of the profile: edit it, be found by it, close it", async () => {
    const { me, other } = await twoAccounts();
    const edited = { username: "renamed.sandbox", full_name: "Ada", biography: "Café 🧪 #tokyo" };
    expect(await me.patch("/account", edited)).toMatchObject(edited);
    expect(await me.get("/account")).toMatchObject(edited);
    expect(await other.get("/user", { username: edited.username })).toMatchObject({
      pk: SANDBOX,
      ...edited,
    });
    expect(await other.refused("GET", "/user", { username: "sandbox" })).toBe("UserNotFound");
    expect(pks(await other.get("/search/users", { query: edited.username }))).toContain(SANDBOX);
    const [post] = await postsOf(other, SANDBOX);
    expect(post.user.username).toBe(edited.username);
    expect(await me.patch("/account/privacy", { is_private: "true" })).toBe(true);
    const posts = { user_id: SANDBOX };
    expect(await other.refused("GET", "/user/medias", posts)).toBe("PrivateAccount");
    expect(await me.patch("/account/privacy", { is_private: "false" })).toBe(true);
    expect((await other.get("/user/medias", posts)).items[0].pk).toBe(post.pk);
  });

  test("of stories, highlights and notes", async () => {
    const { me, other } = await twoAccounts();
    const stories: any[] = await other.get("/user/stories", { user_id: SANDBOX });
    const [first, second] = stories;
    expect(await other.patch("/story/seen", { story_pks: [first.pk, second.pk] })).toBe(true);
    expect(await other.post("/story/like", { story_id: first.id })).toBe(true);
    const viewers = async (story_pk: string) =>
      pks((await me.get("/story/viewers", { story_pk, amount: "20" })).items);
    for (const { pk } of [first, second]) expect(await viewers(pk)).toContain(PRIVATE);

    const story_ids = [first.id, second.id];
    const made = await me.post("/highlight", { title: "Spring", story_ids });
    expect(made).toMatchObject({ title: "Spring", media_count: 2 });
    const highlights = async () =>
      pks(await other.get("/user/highlights", { user_id: SANDBOX, amount: "20" }));
    expect(await highlights()).toContain(made.pk);
    const highlight_pk = made.pk;
    const fewer = await me.remove("/highlight/story", { highlight_pk, story_ids: [first.id] });
    expect(pks(fewer.items)).toEqual([second.pk]);
    const more = await me.post("/highlight/story", { highlight_pk, story_ids: [first.id] });
    expect(more.media_count).toBe(2);
    const renamed = await me.patch("/highlight", { highlight_pk, title: "Summer" });
    expect(renamed.title).toBe("Summer");
    expect((await other.get("/highlight", { highlight_pk })).title).toBe("Summer");
    expect(await me.remove("/highlight", { highlight_pk })).toBe(true);
    expect(await highlights()).not.toContain(made.pk);

    expect(await me.remove("/story", { story_pk: second.pk })).toBe(true);
    expect(pks(await other.get("/user/stories", { user_id: SANDBOX }))).not.toContain(second.pk);

    const note = await me.post("/note", { text: "back at five" });
    expect(note).toMatchObject({ text: "back at five", user: { pk: SANDBOX } });
    const notes = async (): Promise<any[]> => me.get("/notes");
    expect((await notes()).map(({ text }) => text)).toContain("back at five");
    expect(await me.remove("/note", { note_id: note.id })).toBe(true);
    expect((await notes()).map(({ text }) => text)).not.toContain("back at five");
  });

  test("of Direct: send, read, react, seen, delete; a thread of three", async () => {
    const { me, other } = await twoAccounts();
    const sent = await me.post("/direct/message", { text: "Hello there", user_ids: [PRIVATE] });
    const pending: any[] = (await other.get("/direct/pending")).items;
    const received =
      pending.find(({ users }) => pks(users).includes(SANDBOX)) ??
      (await other.get("/direct/threads", { amount: "5" }))[0];
    const thread_id = received.id;
    const messages = async (account: Account, id: string): Promise<any[]> =>
      account.get("/direct/messages", { thread_id: id, amount: "10" });
    const [message] = await messages(other, thread_id);
    expect(message).toMatchObject({ text: "Hello there", user_id: SANDBOX });
    expect(await other.patch("/direct/pending", { thread_id, approved: "true" })).toBe(true);
    const inbox: any[] = await other.get("/direct/threads", { amount: "5" });
    expect(inbox.map(({ id }) => id)).toContain(thread_id);
    const named = { thread_id, message_id: message.id };
    expect(await other.post("/direct/message/reaction", { ...named, emoji: "🎉" })).toBe(true);
    const [reacted] = await messages(me, sent.thread_id);
    expect(JSON.stringify(reacted.reactions)).toContain("🎉");
    expect(await other.patch("/direct/message/seen", named)).toBe(true);
    const answer = await other.post("/direct/message", { text: "Hi!", thread_ids: [thread_id] });
    const mine: any[] = await me.get("/direct/threads", { amount: "1" });
    expect([mine[0].id, mine[0].messages[0].text]).toEqual([sent.thread_id, "Hi!"]);
    expect(await other.remove("/direct/message", { thread_id, message_id: answer.id })).toBe(true);
    expect((await messages(me, sent.thread_id)).map(({ text }) => text)).toEqual(["Hello there"]);

    const group = await me.post("/direct/thread", {
      user_ids: [PRIVATE, INSTAGRAM],
      title: "Planning",
    });
    const read = () => me.get("/direct/thread", { thread_id: group });
    expect(await read()).toMatchObject({ thread_title: "Planning", is_group: true });
    expect(await me.patch("/direct/thread", { thread_id: group, title: "Trip" })).toBe(true);
    expect((await read()).thread_title).toBe("Trip");
    expect(await me.post("/direct/thread/mute", { thread_id: group })).toBe(true);
    expect((await read()).muted).toBe(true);
    await me.post("/direct/message", { text: "To all of you", thread_ids: [group] });
    expect((await messages(me, group))[0].text).toBe("To all of you");
    expect(await me.remove("/direct/thread", { thread_id: group })).toBe(true);
    const left: any[] = await me.get("/direct/threads", { amount: "20" });
    expect(left.map(({ id }) => id)).not.toContain(group);
  });
});
