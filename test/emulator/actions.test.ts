import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createEmulator } from "../../src/emulator/index.ts";
import { allPages, idsOf, loggedIn, type ParsedJson, type TestClient } from "./client.ts";

/** What accounts do, and that every read of their tenant shows it, and none of another. */

const emulator = createEmulator();
const INSTAGRAM = 25025320;
const ME = 61000000001;
const OTHER = 61000000005;
const BREADCRUMB = "bm90IGNoZWNrZWQ=";

let tokens = 0;
const comment = (client: TestClient, media: string, comment_text: string, more: object = {}) =>
  client.post(`media/${media}/comment/`, {
    comment_text,
    user_breadcrumb: BREADCRUMB,
    idempotence_token: `token ${++tokens}`,
    ...more,
  });

const deleteComments = (client: TestClient, media: string, ...pks: string[]) =>
  client.post(`media/${media}/comment/bulk_delete/`, { comment_ids_to_delete: pks.join(",") });

const postsOf = async (client: TestClient, pk = INSTAGRAM): Promise<ParsedJson[]> =>
  (await client.get(`feed/user/${pk}/`)).json.items;

const info = async (client: TestClient, id: string): Promise<ParsedJson> =>
  (await client.get(`media/${id}/info/`)).json.items[0];

/** The pk in an answer's text: a parsed number would be rounded. */
const pkIn = (text: string): string => /"pk":(\d+)/.exec(text)?.[1] ?? "";

/** All comments under a post, page after page; `between` is called before each page but the first. */
async function comments(client: TestClient, id: string, between = async () => {}) {
  const found: { pk: string; text: string }[] = [];
  for (let min_id: string | undefined = ""; min_id !== undefined; ) {
    if (min_id !== "") await between();
    const page = await client.get(`media/${id}/comments/`, min_id === "" ? {} : { min_id });
    for (const [, pk = "", text = ""] of page.text.matchAll(
      /\{"pk":(\d+),"user_id":.*?"text":("(?:[^"\\]|\\.)*")/g,
    ))
      found.push({ pk, text: JSON.parse(text) });
    min_id = page.json.next_min_id;
  }
  return found;
}

describe("comments", () => {
  test("show first, are counted, and are there for the whole tenant and nobody else", async () => {
    const me = await loggedIn(emulator, "sandbox", "comments");
    const other = await loggedIn(emulator, "sandbox_private", "comments");
    const stranger = await loggedIn(emulator, "sandbox", "elsewhere");
    const [post] = await postsOf(me);
    const before = await comments(me, post.id);
    const written = await comment(me, post.id, 'nice "one" 🙌');
    expect(written.json).toMatchObject({
      comment: { text: 'nice "one" 🙌', user_id: ME, comment_like_count: 0, type: 0 },
      status: "ok",
    });
    const pk = pkIn(written.text);
    expect(await comments(other, post.id)).toEqual([{ pk, text: 'nice "one" 🙌' }, ...before]);
    expect((await info(other, post.id)).comment_count).toBe(post.comment_count + 1);
    const infos = (await me.get("media/comment_infos/", { media_ids: post.id })).json;
    expect(infos.comment_infos[post.id]).toMatchObject({
      comment_count: post.comment_count + 1,
      preview_comments: [{ text: 'nice "one" 🙌' }, { text: before[0]?.text }],
    });
    expect(await comments(stranger, post.id)).toEqual(before);
    expect((await info(stranger, post.id)).comment_count).toBe(post.comment_count);
    expect((await deleteComments(me, post.id, pk)).json.status).toBe("ok");
    expect(await comments(other, post.id)).toEqual(before);
    expect(await info(other, post.id)).toEqual(post);
  });

  test("stay each once while others write and delete between two pages", async () => {
    const me = await loggedIn(emulator, "sandbox", "paging");
    const other = await loggedIn(emulator, "sandbox_private", "paging");
    const [post] = await postsOf(me);
    const before = await comments(me, post.id);
    const later: string[] = [];
    const read = await comments(me, post.id, async () => {
      const last = later.at(-1);
      if (later.length % 2 === 1 && last !== undefined) await deleteComments(other, post.id, last);
      later.push(pkIn((await comment(other, post.id, `later ${later.length}`)).text));
    });
    expect(later.length).toBeGreaterThan(5);
    expect(read).toEqual(before);
  });

  test("have replies in their thread, which go with them", async () => {
    const me = await loggedIn(emulator, "sandbox", "replies");
    const [post] = await postsOf(me);
    const [first] = await comments(me, post.id);
    const thread = async (pk = "") =>
      await me.get(`media/${post.id}/comments/${pk}/inline_child_comments/`);
    const seeded = (await thread(first?.pk)).json.child_comment_count;
    const reply = await comment(me, post.id, "@instagram yes", {
      replied_to_comment_id: first?.pk,
    });
    expect(reply.json.comment).toMatchObject({ type: 2, text: "@instagram yes" });
    const { text, json } = await thread(first?.pk);
    expect(json.child_comment_count).toBe(seeded + 1);
    expect(json.parent_comment.child_comment_count).toBe(seeded + 1);
    expect(text).toContain(`"parent_comment_id":${first?.pk},"replied_to_comment_id":${first?.pk}`);
    expect((await info(me, post.id)).comment_count).toBe(post.comment_count + 1);
    // A reply to a reply stays in the same thread.
    const nested = await comment(me, post.id, "and again", {
      replied_to_comment_id: pkIn(reply.text),
    });
    expect(nested.text).toContain(
      `"parent_comment_id":${first?.pk},"replied_to_comment_id":${pkIn(reply.text)}`,
    );
    await deleteComments(me, post.id, pkIn(nested.text), pkIn(reply.text));
    expect((await info(me, post.id)).comment_count).toBe(post.comment_count);

    const own = pkIn((await comment(me, post.id, "mine")).text);
    const under = await comment(me, post.id, "under mine", { replied_to_comment_id: own });
    expect((await info(me, post.id)).comment_count).toBe(post.comment_count + 2);
    await deleteComments(me, post.id, own);
    expect((await info(me, post.id)).comment_count).toBe(post.comment_count);
    expect((await thread(own)).json.message).toBe("Sorry, this comment is unavailable");
    const like = await me.post(`media/${pkIn(under.text)}/comment_like/`, {});
    expect(like.json.message).toBe("Sorry, this comment is unavailable");
  });

  test("are written once for a token", async () => {
    const me = await loggedIn(emulator, "sandbox", "tokens");
    const [post] = await postsOf(me);
    const once = await comment(me, post.id, "once", { idempotence_token: "the same" });
    const again = await comment(me, post.id, "once", { idempotence_token: "the same" });
    expect(pkIn(again.text)).toBe(pkIn(once.text));
    expect((await info(me, post.id)).comment_count).toBe(post.comment_count + 1);
  });

  test("can be liked and unliked", async () => {
    const me = await loggedIn(emulator, "sandbox", "likes");
    const [post] = await postsOf(me);
    const first = async () => (await me.get(`media/${post.id}/comments/`)).json.comments[0];
    const [{ pk = "" } = {}] = await comments(me, post.id);
    const before = await first();
    const likers = async () =>
      (
        await me.send("GET", "/graphql/query/", {
          host: "www.instagram.com",
          query: {
            query_hash: "5f0b1f6281e72053cbc07909c8d154ae",
            variables: JSON.stringify({ comment_id: pk, first: 50 }),
          },
        })
      ).json.data.comment.edge_liked_by;
    await me.post(`media/${pk}/comment_like/`, {});
    await me.post(`media/${pk}/comment_like/`, {});
    expect(await first()).toMatchObject({
      has_liked_comment: true,
      comment_like_count: before.comment_like_count + 1,
    });
    const liked = await likers();
    expect(liked.count).toBe(before.comment_like_count + 1);
    expect(liked.edges[0].node.username).toBe("sandbox");
    await me.post(`media/${pk}/comment_unlike/`, {});
    expect(await first()).toEqual(before);
    expect((await likers()).count).toBe(before.comment_like_count);
  });

  test("are refused where they are closed, too long, unsigned or incomplete", async () => {
    const me = await loggedIn(emulator, "sandbox", "refusals");
    const posts = (await me.get(`feed/user/${INSTAGRAM}/`, { count: 50 })).json.items;
    const closed = posts.find(({ comments_disabled }: ParsedJson) => comments_disabled === true);
    expect((await comment(me, closed.id, "hello")).json.comments_disabled).toBe(true);
    expect((await info(me, closed.id)).comment_count).toBe(0);
    const [post] = posts;
    expect((await comment(me, post.id, "x".repeat(2_201))).status).toBe(400);
    for (const name of ["comment_text", "idempotence_token", "user_breadcrumb"])
      expect((await comment(me, post.id, "x", { [name]: "" })).json.message).toBe(
        `Missing or invalid parameter: ${name}`,
      );
    const form = await me.send("POST", `/api/v1/media/${post.id}/comment/`, {
      form: { comment_text: "x", idempotence_token: "x", user_breadcrumb: "x" },
    });
    expect(form.json.message).toBe("Missing signed_body");
    expect((await comment(me, post.id, "x", { _uid: String(OTHER) })).json.message).toBe(
      "user_mismatch",
    );
    const bare = await me.send("POST", `/api/v1/media/${post.id}/comment/`, {
      headers: { "X-IG-App-ID": undefined },
      signed: {},
    });
    expect(bare.json.message).toBe("Missing or invalid header: X-IG-App-ID");
    expect(await info(me, post.id)).toEqual(post);
  });

  test("of others are deleted by whose post it is, and by nobody else", async () => {
    const me = await loggedIn(emulator, "sandbox", "foreign");
    const other = await loggedIn(emulator, "sandbox_private", "foreign");
    const [post] = await postsOf(me);
    const [own] = await postsOf(me, ME);
    const here = pkIn((await comment(other, post.id, "here")).text);
    const there = pkIn((await comment(other, own.id, "there")).text);
    // All of them or none.
    const mine = pkIn((await comment(me, post.id, "mine")).text);
    expect((await deleteComments(me, post.id, mine, here)).status).toBe(400);
    expect((await info(me, post.id)).comment_count).toBe(post.comment_count + 2);
    expect((await deleteComments(me, own.id, here)).status).toBe(400);
    expect((await deleteComments(me, own.id, there)).json.status).toBe("ok");
    expect((await info(me, own.id)).comment_count).toBe(own.comment_count);
  });
});

describe("saving", () => {
  test("puts a post on top of what is saved, and into collections", async () => {
    const me = await loggedIn(emulator, "sandbox", "saving");
    const [post] = await postsOf(me);
    const types = { collection_types: '["ALL_MEDIA_AUTO_COLLECTION","MEDIA"]' };
    const list = async () => (await allPages(me, "collections/list/", types)).items;
    const [all, first, second] = await list();
    const save = (fields: object) => me.post(`media/${post.id}/save/`, fields);
    await save({ added_collection_ids: `[${first.collection_id}]` });
    await save({});
    const after = await list();
    expect(after.map(({ collection_media_count }) => collection_media_count).slice(0, 3)).toEqual([
      all.collection_media_count + 1,
      first.collection_media_count + 1,
      second.collection_media_count,
    ]);
    expect(after[0].cover_media.id).toBe(post.id);
    expect(after[1].cover_media.id).toBe(post.id);
    const saved = async () => (await me.get("feed/saved/posts/")).json.items[0].media.id;
    expect(await saved()).toBe(post.id);
    expect(await info(me, post.id)).toMatchObject({
      has_viewer_saved: true,
      saved_collection_ids: [first.collection_id],
    });
    await me.post(`media/${post.id}/unsave/`, {
      removed_collection_ids: `["${first.collection_id}"]`,
    });
    expect((await info(me, post.id)).saved_collection_ids).toEqual([]);
    await save({ added_collection_ids: `[${first.collection_id}]` });
    await me.post(`media/${post.id}/unsave/`, {});
    expect(await list()).toEqual([all, first, second, ...after.slice(3)]);
    expect(await info(me, post.id)).toEqual(post);
  });

  test("is refused for a collection that is not one's own", async () => {
    const me = await loggedIn(emulator, "sandbox", "saving");
    const [post] = await postsOf(me);
    for (const ids of ["[17850000000000001]", "17850000000000001", "[x]"]) {
      const answer = await me.post(`media/${post.id}/save/`, { added_collection_ids: ids });
      expect(answer.json.message).toBe("Missing or invalid parameter: added_collection_ids");
    }
    expect((await info(me, post.id)).has_viewer_saved).toBe(false);
  });
});

describe("deleting a post", () => {
  test("takes it out of every list and counter", async () => {
    const me = await loggedIn(emulator, "sandbox", "deleting");
    const other = await loggedIn(emulator, "sandbox_private", "deleting");
    const profile = async () => (await me.get(`users/${ME}/info/`)).json.user;
    const before = await profile();
    const { items } = await allPages(me, `feed/user/${ME}/`);
    const clip = items.find(({ product_type }) => product_type === "clips");
    const tagging = items.find(({ usertags }) => usertags?.in.length > 0);
    expect(tagging).toBeDefined();
    const page = await me.get(`feed/user/${ME}/`, { count: 3 });
    const last = page.json.items.at(-1);
    for (const post of [clip, tagging, last]) {
      await other.post(`media/${post.id}/like/`, { media_id: post.id });
      await other.post(`media/${post.id}/save/`, {});
      const foreign = await other.post(`media/${post.id}/delete/`, { media_id: post.id });
      expect(foreign.json.message).toBe("You cannot delete this media.");
    }
    const tagged = tagging.usertags.in[0].user.pk;
    const usertags = async () => (await me.get(`users/${tagged}/info/`)).json.user.usertags_count;
    const taggedBefore = await usertags();
    const gone = new Set<string>([clip.id, tagging.id, last.id]);
    for (const id of gone)
      expect((await me.post(`media/${id}/delete/`, { media_id: id })).json).toEqual({
        did_delete: true,
        status: "ok",
      });
    const left = items.filter(({ id }) => !gone.has(id));
    expect(idsOf((await allPages(me, `feed/user/${ME}/`)).items)).toEqual(idsOf(left));
    // A cursor stays true when the post that it names is deleted.
    const next = await me.get(`feed/user/${ME}/`, { count: 50, max_id: page.json.next_max_id });
    expect(idsOf(next.json.items)).toEqual(idsOf(items.slice(3).filter(({ id }) => !gone.has(id))));
    const after = await profile();
    const clips = left.filter(({ product_type }) => product_type === "clips");
    expect([after.media_count, after.total_clips_count]).toEqual([left.length, clips.length]);
    expect(after.follower_count).toBe(before.follower_count);
    expect(await usertags()).toBe(
      taggedBefore - items.filter((p) => gone.has(p.id) && tags(p, tagged)).length,
    );
    const still = idsOf((await allPages(me, `usertags/${tagged}/feed/`)).items);
    expect(still.filter((id) => gone.has(id))).toEqual([]);
    for (const id of gone) {
      for (const path of ["info", "likers", "comments"])
        expect((await me.get(`media/${id}/${path}/`)).json.message).toBe(
          "Media not found or unavailable",
        );
      expect((await me.post(`media/${id}/delete/`, { media_id: id })).status).toBe(400);
    }
    for (const path of ["feed/liked/", "feed/saved/posts/"]) {
      const { items: kept } = await allPages(other, path);
      expect(idsOf(kept).filter((id) => gone.has(id))).toEqual([]);
    }
  });

  const tags = (post: ParsedJson, pk: number): boolean =>
    (post.usertags?.in ?? []).some(({ user }: ParsedJson) => user.pk === pk);
});

test("an account that becomes private shows its posts to followers only, until it is public again", async () => {
  const me = await loggedIn(emulator, "sandbox", "privacy");
  const other = await loggedIn(emulator, "sandbox_private", "privacy");
  const [post] = await postsOf(other, ME);
  expect((await me.post("accounts/set_private/", {})).json.user.is_private).toBe(true);
  expect((await other.get(`users/${ME}/info/`)).json.user.is_private).toBe(true);
  expect((await other.get("users/sandbox/usernameinfo/")).json.user.is_private).toBe(true);
  expect((await me.get(`media/${post.id}/info/`)).json.items[0].user.is_private).toBe(true);
  for (const path of [`feed/user/${ME}/`, `friendships/${ME}/followers/`, `media/${post.id}/info/`])
    expect((await other.get(path)).status).toBe(400);
  const asked = await other.post(`friendships/create/${ME}/`, { user_id: String(ME) });
  expect(asked.json.friendship_status).toMatchObject({ following: false, outgoing_request: true });
  await me.post("accounts/set_public/", {});
  expect(await postsOf(other, ME)).toContainEqual(post);
});

test("a follow is in both users' lists, whoever had whom in the list from the start", async () => {
  const me = await loggedIn(emulator, "sandbox", "both-lists");
  const count = async (pk: number) => (await me.get(`users/${pk}/info/`)).json.user.follower_count;
  const listed = async (pk: number) =>
    (await me.get(`friendships/${pk}/followers/`, { count: 200, query: "sandbox" })).json.users.map(
      (user: ParsedJson) => user.username,
    );
  const { users } = (await me.get(`friendships/${ME}/following/`, { count: 60 })).json;
  const friend = users.find(({ is_private }: ParsedJson) => !is_private);
  const before = await count(friend.pk);
  expect(await listed(friend.pk)).toContain("sandbox");
  const change = (action: string) =>
    me.post(`friendships/${action}/${friend.pk}/`, { user_id: String(friend.pk) });
  await change("destroy");
  expect(await count(friend.pk)).toBe(before - 1);
  expect(await listed(friend.pk)).not.toContain("sandbox");
  await change("create");
  expect(await count(friend.pk)).toBe(before);
  expect(await listed(friend.pk)).toContain("sandbox");
});

test("counters say what the lists hold, after whatever is done", async () => {
  const action = fc.record({
    by: fc.constantFrom("sandbox", "sandbox_private"),
    kind: fc.constantFrom(
      "create",
      "destroy",
      "block",
      "unblock",
      "approve",
      "remove_follower",
      "like",
      "unlike",
      "comment",
      "uncomment",
    ),
    whom: fc.integer({ min: 0, max: 3 }),
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 15 }), async (actions) => {
      const world = `counters ${run++}`;
      const clients = {
        sandbox: await loggedIn(emulator, "sandbox", world),
        sandbox_private: await loggedIn(emulator, "sandbox_private", world),
      };
      const me = clients.sandbox;
      const { users } = (await me.get(`friendships/${ME}/following/`, { count: 2 })).json;
      const pks = [ME, OTHER, ...users.map(({ pk }: ParsedJson) => pk)];
      const [post] = await postsOf(me, ME);
      const written: string[] = [];
      for (const { by, kind, whom } of actions) {
        const client = clients[by];
        if (kind === "like" || kind === "unlike")
          await client.post(`media/${post.id}/${kind}/`, { media_id: post.id });
        else if (kind === "comment")
          written.push(pkIn((await comment(client, post.id, "any")).text));
        else if (kind === "uncomment")
          await deleteComments(client, post.id, written.at(whom) ?? "0");
        else await client.post(`friendships/${kind}/${pks[whom]}/`, { user_id: String(pks[whom]) });
      }
      for (const pk of pks) {
        const asker = pk === OTHER ? clients.sandbox_private : me;
        const { status, json } = await asker.get(`users/${pk}/info/`);
        // Whoever blocked the asker is not there for it.
        if (status !== 200) continue;
        for (const list of ["followers", "following"]) {
          const length = await lengthOf(asker, `friendships/${pk}/${list}/`);
          const counted = json.user[list === "followers" ? "follower_count" : "following_count"];
          // Those who blocked the asker are counted, and not shown.
          if (length !== undefined) expect(counted - length).toBeWithin(0, 2);
        }
      }
      const now = await info(me, post.id);
      const likers = (await me.get(`media/${post.id}/likers/`)).json;
      expect(likers.user_count).toBe(now.like_count);
      const all = await comments(me, post.id);
      const threads = (await me.get(`media/${post.id}/comments/`)).json;
      expect(threads.comment_count).toBe(now.comment_count);
      expect(now.comment_count - post.comment_count).toBe(
        all.filter(({ pk }) => written.includes(pk)).length,
      );
    }),
    { numRuns: 15 },
  );
});

/** How many users a list shows; undefined where it is not for whoever asks. */
async function lengthOf(client: TestClient, path: string): Promise<number | undefined> {
  let length = 0;
  for (let max_id: string | undefined = ""; max_id !== undefined; ) {
    const page: ParsedJson = await client.get(path, { count: 200, max_id });
    if (page.status !== 200) return undefined;
    length += page.json.users.length;
    max_id = page.json.next_max_id;
  }
  return length;
}

test("a tenant that fills its world is refused, keeps what it has, and makes room by undoing", async () => {
  const me = await loggedIn(emulator, "sandbox", "full");
  const [post] = await postsOf(me);
  const text = "x".repeat(2_200);
  const written: string[] = [];
  for (;;) {
    const answer = await comment(me, post.id, text);
    if (answer.status !== 200) {
      expect(answer.json).toMatchObject({ message: "feedback_required", status: "fail" });
      break;
    }
    written.push(pkIn(answer.text));
  }
  expect(written.length).toBeGreaterThan(500);
  expect((await info(me, post.id)).comment_count).toBe(post.comment_count + written.length);
  const [first = ""] = written;
  expect((await deleteComments(me, post.id, first)).status).toBe(200);
  expect((await comment(me, post.id, text)).status).toBe(200);
});
