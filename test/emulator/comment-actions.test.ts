import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import {
  POSTS_OF_INSTAGRAM,
  SANDBOX_PK,
  SANDBOX_PRIVATE_PK,
} from "../../src/emulator/seed/fixtures.ts";
import { comment, comments, deleteComments, info, pkIn, postsOf } from "./acting.ts";
import { loggedIn } from "./client.ts";

const emulator = createEmulator();

describe("comments", () => {
  test("show first after what is pinned, are counted, and exist for the whole tenant and nobody else", async () => {
    const me = await loggedIn(emulator, "sandbox", "comments");
    const other = await loggedIn(emulator, "sandbox_private", "comments");
    const stranger = await loggedIn(emulator, "sandbox", "elsewhere");
    const [post] = await postsOf(me);
    const before = await comments(me, post.id);
    const written = await comment(me, post.id, 'nice "one" 🙌');
    expect(written.json).toMatchObject({
      comment: { text: 'nice "one" 🙌', user_id: SANDBOX_PK, comment_like_count: 0, type: 0 },
      status: "ok",
    });
    const pk = pkIn(written.text);
    expect(await comments(other, post.id)).toEqual([
      ...before.slice(0, 1),
      { pk, text: 'nice "one" 🙌' },
      ...before.slice(1),
    ]);
    expect((await info(other, post.id)).comment_count).toBe(post.comment_count + 1);
    const infos = (await me.get("media/comment_infos/", { media_ids: post.id })).json;
    expect(infos.comment_infos[post.id]).toMatchObject({
      comment_count: post.comment_count + 1,
      preview_comments: [{ text: before[0]?.text }, { text: 'nice "one" 🙌' }],
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
    const posts = await postsOf(me);
    const closed = posts[POSTS_OF_INSTAGRAM.withClosedComments];
    expect((await comment(me, closed.id, "hello")).json.comments_disabled).toBe(true);
    expect((await info(me, closed.id)).comment_count).toBe(0);
    const [post] = posts;
    expect((await comment(me, post.id, "x".repeat(2_201))).status).toBe(400);
    const idempotence_token = "x".repeat(400);
    expect((await comment(me, post.id, "x", { idempotence_token })).status).toBe(400);
    for (const name of ["comment_text", "idempotence_token", "user_breadcrumb"])
      expect((await comment(me, post.id, "x", { [name]: "" })).json.message).toBe(
        `Missing or invalid parameter: ${name}`,
      );
    const form = await me.send("POST", `/api/v1/media/${post.id}/comment/`, {
      form: { comment_text: "x", idempotence_token: "x", user_breadcrumb: "x" },
    });
    expect(form.json.message).toBe("Missing signed_body");
    expect(
      (await comment(me, post.id, "x", { _uid: String(SANDBOX_PRIVATE_PK) })).json.message,
    ).toBe("user_mismatch");
    const bare = await me.send("POST", `/api/v1/media/${post.id}/comment/`, {
      headers: { "X-IG-App-ID": undefined },
      signed: {},
    });
    expect(bare.json.message).toBe("Missing or invalid header: X-IG-App-ID");
    expect(await info(me, post.id)).toEqual(post);
  });

  test("of others can be deleted by the owner of the post, and by nobody else", async () => {
    const me = await loggedIn(emulator, "sandbox", "foreign");
    const other = await loggedIn(emulator, "sandbox_private", "foreign");
    const [post] = await postsOf(me);
    const [own] = await postsOf(me, SANDBOX_PK);
    const here = pkIn((await comment(other, post.id, "here")).text);
    const there = pkIn((await comment(other, own.id, "there")).text);
    // Either all comments are deleted or none.
    const mine = pkIn((await comment(me, post.id, "mine")).text);
    expect((await deleteComments(me, post.id, mine, here)).status).toBe(400);
    expect((await info(me, post.id)).comment_count).toBe(post.comment_count + 2);
    expect((await deleteComments(me, own.id, here)).status).toBe(400);
    expect((await deleteComments(me, own.id, there)).json.status).toBe("ok");
    expect((await info(me, own.id)).comment_count).toBe(own.comment_count);
  });
});

test("the same words again from one account under one post are refused, until they are deleted", async () => {
  const me = await loggedIn(emulator, "sandbox", "again");
  const other = await loggedIn(emulator, "sandbox_private", "again");
  const [post, another] = await postsOf(me);
  const first = await comment(me, post.id, "nice one");
  for (const words of ["nice one", " nice one\n"]) {
    const again = await comment(me, post.id, words);
    expect(again.status).toBe(400);
    expect(again.json).toMatchObject({ message: "feedback_required", spam: true, status: "fail" });
  }
  expect((await info(me, post.id)).comment_count).toBe(post.comment_count + 1);
  expect((await comment(other, post.id, "nice one")).status).toBe(200);
  expect((await comment(me, another?.id, "nice one")).status).toBe(200);
  await deleteComments(me, post.id, pkIn(first.text));
  expect((await comment(me, post.id, "nice one")).status).toBe(200);
});
