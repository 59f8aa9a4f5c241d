import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import {
  INSTAGRAM_PK,
  POSTS_OF_INSTAGRAM,
  SANDBOX_PRIVATE_PK,
} from "../../src/emulator/seed/fixtures.ts";
import { newestFirst } from "../support/pages.ts";
import { loggedIn, type ParsedJson, TestClient } from "./client.ts";

const emulator = createEmulator();
const me = await loggedIn(emulator);
const host = "www.instagram.com";

/** Ids of the comments, read from the text: JSON.parse would round them. */
const idsIn = (text: string): string[] =>
  [...text.matchAll(/[[{,]\{"pk":(\d+),"user_id":\d+,"type":\d,/g)].map(([, pk = ""]) => pk);

interface Post {
  taken_at: number;
  id: string;
  comment_count: number;
  comments_disabled: true | null;
}
const posts: Post[] = newestFirst(
  (await me.get(`feed/user/${INSTAGRAM_PK}/`, { count: 50 })).json.items,
);
const busy = posts[POSTS_OF_INSTAGRAM.withManyComments]!;
const few = posts[POSTS_OF_INSTAGRAM.withFewComments]!;
const closed = posts[POSTS_OF_INSTAGRAM.withClosedComments]!;
const quiet = posts[POSTS_OF_INSTAGRAM.withoutComments]!;

/** Reads all pages from the first one on, by one of the cursors. */
async function walk(path: string, cursor: "min_id" | "max_id", next: string, verb = "GET") {
  const ids: string[] = [];
  const items: ParsedJson[] = [];
  let value = "";
  for (let pages = 0; pages < 60; pages++) {
    const answer =
      value === ""
        ? await me.get(path)
        : verb === "POST"
          ? await me.post(path, { [cursor]: value })
          : await me.get(path, { [cursor]: value });
    expect(answer.status, answer.text.slice(0, 300)).toBe(200);
    ids.push(...idsIn(answer.text.replace(/"parent_comment":\{"pk":\d+,/, "")));
    items.push(...(answer.json.comments ?? answer.json.child_comments));
    value = answer.json[next] ?? "";
    if (value === "") return { ids, items };
  }
  throw new Error(`${path} does not end`);
}

const commentsOf = (post: Post) => walk(`media/${post.id}/comments/`, "min_id", "next_min_id");

describe("the comments of a post", () => {
  test("are none, a few dozen, or hundreds, or closed by the owner", () => {
    const counts = posts.map(({ comment_count }) => comment_count);
    expect(counts.some((count) => count > 300)).toBe(true);
    expect(counts.some((count) => count > 0 && count < 40)).toBe(true);
    expect(quiet.comment_count).toBe(0);
    expect([closed.comment_count, closed.comments_disabled]).toEqual([0, true]);
    expect(busy.comments_disabled).toBeNull();
  });

  test("with their replies are as many as the post's count, in the feed and in the list", async () => {
    for (const post of [busy, quiet, ...posts.slice(1, 4)]) {
      const { ids, items } = await commentsOf(post);
      const replies = items.map(({ child_comment_count }) => child_comment_count);
      expect(replies.reduce((sum, count) => sum + count, items.length)).toBe(post.comment_count);
      expect(new Set(ids).size).toBe(items.length);
      const { json } = await me.get(`media/${post.id}/comments/`);
      expect(json.comment_count).toBe(post.comment_count);
    }
  });

  test("have 64-bit ids that JSON.parse rounds, authors, and texts in many scripts", async () => {
    const { ids, items } = await commentsOf(busy);
    const rounded = items.filter(({ pk }, index) => String(pk) !== ids[index]);
    expect(rounded.length).toBe(items.length);
    const texts = new Set(items.map(({ text }) => text));
    expect(texts).toContain("最高です！");
    expect(texts).toContain("line one\nline two");
    for (const { user, user_id, created_at_utc } of items) {
      expect(user.pk).toBe(user_id);
      expect(created_at_utc).toBeGreaterThan(1_000_000_000);
    }
  });

  test("are read with GET and a query, or with POST and a signed body", async () => {
    const path = `media/${busy.id}/comments/`;
    const posted = await walk(path, "min_id", "next_min_id", "POST");
    expect(posted.ids).toEqual((await commentsOf(busy)).ids);
    expect((await me.post(path, {})).status).toBe(400);
    const { next_min_id } = (await me.get(path)).json;
    const unsigned = { form: { min_id: next_min_id } };
    expect((await me.send("POST", `/api/v1/${path}`, unsigned)).status).toBe(400);
  });

  test("stream with the cursors of both directions, which lead to the same", async () => {
    const path = `media/${busy.id}/stream_comments/`;
    const first = await me.get(path);
    expect(first.json).toMatchObject({
      has_more_comments: false,
      has_more_headload_comments: true,
    });
    const second = await me.get(path, { min_id: first.json.next_min_id });
    expect(second.json).toMatchObject({
      has_more_comments: true,
      has_more_headload_comments: true,
    });
    const back = await me.get(path, { max_id: second.json.next_max_id });
    expect(idsIn(back.text)).toEqual(idsIn(first.text));
    const both = { min_id: first.json.next_min_id, max_id: second.json.next_max_id };
    expect(idsIn((await me.get(path, both)).text)).toEqual(idsIn(second.text));
  });

  test("in the list go on in the direction they were asked for, and end there", async () => {
    const stream = await me.get(`media/${busy.id}/stream_comments/`);
    const second = await me.get(`media/${busy.id}/stream_comments/`, {
      min_id: stream.json.next_min_id,
    });
    const path = `media/${busy.id}/comments/`;
    const onward = await me.get(path, { min_id: stream.json.next_min_id });
    expect(onward.json.next_max_id).toBeUndefined();
    const back = await me.get(path, { max_id: second.json.next_max_id });
    expect(back.json).toMatchObject({
      has_more_comments: false,
      has_more_headload_comments: false,
    });
    expect(idsIn(back.text)).toEqual(idsIn(stream.text));
  });

  test("are closed with an answer that says so", async () => {
    for (const end of ["comments/", "stream_comments/", "comments/1/inline_child_comments/"]) {
      const answer = await me.get(`media/${closed.id}/${end}`);
      expect(answer.status).toBe(200);
      expect(answer.json).toMatchObject({ comments_disabled: true, status: "ok" });
    }
  });

  test("are refused of unknown posts, of private accounts, and after a foreign cursor", async () => {
    const owner = await loggedIn(emulator, "sandbox_private");
    const [hidden] = (await owner.get(`feed/user/${SANDBOX_PRIVATE_PK}/`)).json.items;
    for (const end of ["comments/", "stream_comments/", "comments/1/inline_child_comments/"]) {
      for (const id of ["x", "999", hidden.id]) {
        const answer = await me.get(`media/${id}/${end}`);
        expect(answer.status, `${id} ${end}`).toBe(400);
        expect(answer.json.message).toMatch(/^Invalid media_id$|^Media not found or unavailable$/);
      }
      expect((await new TestClient(emulator).get(`media/${busy.id}/${end}`)).status).toBe(403);
    }
    expect((await owner.get(`media/${hidden.id}/comments/`)).status).toBe(200);

    const { next_min_id } = (await me.get(`media/${busy.id}/comments/`)).json;
    const path = `media/${few.id}/comments/`;
    for (const cursor of [next_min_id, "x", "{}", '{"bifilter_token": "x"}', "QVFC"])
      for (const name of ["min_id", "max_id"])
        expect((await me.get(path, { [name]: cursor })).status, `${name} ${cursor}`).toBe(400);
  });

  test("are the same at another emulator of the same seed, and others for another seed", async () => {
    const path = `media/${busy.id}/comments/`;
    const again = await (await loggedIn(createEmulator())).get(path);
    expect(again.text).toBe((await me.get(path)).text);
    const other = await loggedIn(createEmulator({ seed: 2 }));
    const [post] = (await other.get(`feed/user/${INSTAGRAM_PK}/`, { count: 1 })).json.items;
    expect((await other.get(`media/${post.id}/comments/`)).text).not.toBe(again.text);
  });
});

describe("replies", () => {
  const threadOf = (pk: string) => `media/${busy.id}/comments/${pk}/inline_child_comments/`;

  test("of a long thread come each once, oldest first, whichever cursor is followed", async () => {
    const first = await me.get(`media/${busy.id}/comments/`);
    const [, pk = ""] = idsIn(first.text);
    const total = first.json.comments[1].child_comment_count;
    expect(total).toBeGreaterThanOrEqual(25);
    const head = await walk(threadOf(pk), "min_id", "next_min_child_cursor", "POST");
    const tail = await walk(threadOf(pk), "max_id", "next_max_child_cursor");
    expect(head.items).toHaveLength(total);
    expect(new Set(head.ids).size).toBe(total);
    expect(tail.ids).toEqual(head.ids);
    const times = head.items.map(({ created_at }) => created_at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(head.items.some(({ user_id }) => user_id === INSTAGRAM_PK)).toBe(true);
  });

  test("are refused for an id that is not a comment of the post", async () => {
    const [pk = ""] = idsIn((await me.get(`media/${busy.id}/comments/`)).text);
    const other = idsIn((await me.get(`media/${few.id}/comments/`)).text)[0] ?? "";
    expect((await me.get(threadOf(pk))).status).toBe(200);
    for (const wrong of ["x", "1", "99999999999999999999", `${BigInt(pk) + 1n}`, other]) {
      const answer = await me.get(threadOf(wrong));
      expect(answer.status, wrong).toBe(400);
      expect(answer.json.message).toBe("Sorry, this comment is unavailable");
    }
    expect((await me.get(threadOf(pk), { min_id: "x" })).status).toBe(400);
  });
});

describe("summaries of comments", () => {
  test("come for each post that can be seen, by the ids asked for", async () => {
    const [pk = ""] = busy.id.split("_");
    const media_ids = `${pk},${quiet.id},${closed.id},999`;
    const { json } = await me.get("media/comment_infos/", { media_ids });
    expect(Object.keys(json.comment_infos).sort()).toEqual([pk, quiet.id, closed.id].sort());
    expect(json.comment_infos[pk]).toMatchObject({ comment_count: busy.comment_count });
    expect(json.comment_infos[pk].preview_comments).toHaveLength(2);
    expect(json.comment_infos[closed.id].comments_disabled).toBe(true);
  });

  test("want ids", async () => {
    expect((await me.get("media/comment_infos/")).status).toBe(400);
    expect((await me.get("media/comment_infos/", { media_ids: "1,x" })).status).toBe(400);
  });
});

describe("who likes a comment", () => {
  const ask = (variables: string, query_hash = "5f0b1f6281e72053cbc07909c8d154ae", client = me) =>
    client.send("GET", "/graphql/query/", { host, query: { variables, query_hash } });
  const likersOf = async (comment_id: string, after?: string) =>
    (await ask(JSON.stringify({ comment_id, first: 50, after }))).json.data.comment?.edge_liked_by;

  test("is shown by the website, page by page, each once", async () => {
    const first = await me.get(`media/${busy.id}/comments/`);
    const [pk = ""] = idsIn(first.text);
    const ids: string[] = [];
    let page = await likersOf(pk);
    for (;;) {
      ids.push(...page.edges.map(({ node }: ParsedJson) => node.id));
      if (!page.page_info.has_next_page) break;
      page = await likersOf(pk, page.page_info.end_cursor);
    }
    expect(ids).toHaveLength(first.json.comments[0].comment_like_count);
    expect(new Set(ids).size).toBe(ids.length);
    expect(page.page_info.end_cursor).toBe("");
    expect((await me.get(`users/${ids[0]}/info/`)).status).toBe(200);
  });

  test("is nothing for an unknown comment, and refused after a foreign cursor", async () => {
    const [pk = "", other = ""] = idsIn((await me.get(`media/${busy.id}/comments/`)).text);
    for (const unknown of ["1", "x", `${BigInt(pk) + 2n}`])
      expect(await likersOf(unknown)).toBeUndefined();
    const { end_cursor } = (await likersOf(pk)).page_info;
    const foreign = JSON.stringify({ comment_id: other, first: 50, after: end_cursor });
    expect((await ask(foreign)).status).toBe(400);
  });

  test("wants a session, the query's hash and variables that can be read", async () => {
    const good = JSON.stringify({ comment_id: "1", first: 50 });
    expect((await ask(good, undefined, new TestClient(emulator))).status).toBe(401);
    expect((await ask(good, "0123456789abcdef")).status).toBe(400);
    for (const variables of ["", "{", "[]", "{}"]) expect((await ask(variables)).status).toBe(400);
  });
});
