import { describe, expect, test } from "bun:test";
import { POSTS_OF_INSTAGRAM } from "../../src/emulator/seed/fixtures.ts";
import { reply } from "../support/fake-instagram.ts";
import { newestFirst } from "../support/pages.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { get, testKey: key, session } = sandbox;

interface NamedPost {
  taken_at: string;
  pk: string;
  id: string;
  comment_count: number;
}
const posts: NamedPost[] = newestFirst(
  (await get("/user/medias", { username: "instagram", amount: "12" })).body.items,
);
const busy = posts[POSTS_OF_INSTAGRAM.withManyComments]!;
const few = posts[POSTS_OF_INSTAGRAM.withFewComments]!;
const closed = posts[POSTS_OF_INSTAGRAM.withClosedComments]!;
const quiet = posts[POSTS_OF_INSTAGRAM.withoutComments]!;
const first: { pk: string; like_count: number }[] = (
  await get("/media/comments", { media_id: busy.id, amount: "100" })
).body.items;

/** A comment that only its post's owner and followers see, and that somebody likes. */
async function commentOfPrivateAccount(): Promise<string> {
  const owner = await sandbox.login("sandbox_private");
  const own = await get("/user/medias", { username: "sandbox_private" }, owner);
  const post = own.body.items.find((item: NamedPost) => item.comment_count > 0);
  const { items } = (await get("/media/comments", { media_id: post.id }, owner)).body;
  expect(items[0].like_count).toBeGreaterThan(0);
  return items[0].pk;
}

describe("GET /media/comment/likers", () => {
  const likersOf = (comment_pk: string, amount = "0") =>
    get("/media/comment/likers", { comment_pk, amount });

  test("gives as many as like the comment, or the first of them", async () => {
    const [top] = first;
    expect(top!.like_count).toBeGreaterThan(100);
    const all = await likersOf(top!.pk);
    expect(all.body).toHaveLength(top!.like_count);
    expect(all.headers.get("gramway-upstream-calls")).toBe(String(Math.ceil(top!.like_count / 50)));
    expect(new Set(all.body.map(({ id }: { id: string }) => id)).size).toBe(top!.like_count);
    for (const amount of [1, 49, 50, 51, 200])
      expect((await likersOf(top!.pk, String(amount))).body).toEqual(all.body.slice(0, amount));
    const [user] = all.body;
    const { body } = await get("/user", { user_id: user.id });
    expect(user).toMatchObject({ username: body.username, full_name: body.full_name });
  });

  test("are none where nobody likes it, and for a comment that does not exist", async () => {
    const unliked = first.find(({ like_count }) => like_count === 0)!;
    const hidden = await commentOfPrivateAccount();
    for (const pk of [unliked.pk, "1", "18446744073709551615", hidden])
      expect((await likersOf(pk)).body, pk).toEqual([]);
  });

  test("are handed on as the website has them, numbers with every digit", async () => {
    const node = '{"id":3012345678901234567,"username":"big","new_field":{"a":[1.5,null]}}';
    sandbox.instagram.on(
      /\/graphql\/query\/$/,
      reply(
        200, // It says that this is the last page, and names a cursor all the same.
        `{"data":{"comment":{"edge_liked_by":{"page_info":{"has_next_page":false,"end_cursor":"QVFC"},"edges":[{"node":${node}},{"node":null},7]}}},"status":"ok"}`,
      ),
    );
    const { text } = await get("/media/comment/likers", { comment_pk: "1" });
    expect(text).toBe(`[${node}]`);
  });

  test("are throttled as the website words it", async () => {
    const body =
      '{"message":"Please wait a few minutes before you try again.","require_login":true,"status":"fail"}';
    sandbox.instagram.on(/\/graphql\/query\/$/, reply(401, body));
    const answer = await get("/media/comment/likers", { comment_pk: "1" });
    expectProblem(answer, "PleaseWaitFewMinutes");
  });
});

describe("GET /media/comment/infos", () => {
  const infos = async (search: string) =>
    sandbox.request("GET", `/media/comment/infos?${search}`, { key, session });

  test("tells of several posts at once, repeated or in one with commas", async () => {
    const ids = [busy.id, few.id, quiet.id, closed.id];
    const repeated = await infos(ids.map((id) => `media_ids=${id}`).join("&"));
    expect(repeated.status, repeated.text.slice(0, 300)).toBe(200);
    expect(repeated.headers.get("gramway-upstream-calls")).toBe("1");
    const { comment_infos } = repeated.body;
    expect(Object.keys(comment_infos)).toEqual(ids);
    for (const { id, comment_count } of [busy, few, quiet, closed])
      expect(comment_infos[id].comment_count).toBe(comment_count);
    expect(comment_infos[closed.id].comments_disabled).toBe(true);
    expect((await infos(`media_ids=${ids.join("%2C%20")}%2C`)).text).toBe(repeated.text);
  });

  test("hands the answer on with every digit", async () => {
    const { text } = await infos(`media_ids=${busy.pk}`);
    const [comment] = (await get("/media/comments", { media_id: busy.id })).body.items;
    expect(text).toContain(`"pk":${comment.pk},`);
    expect(text).toContain(`"media_id":${busy.pk},`);
  });

  test("leaves out posts that are not there", async () => {
    const { body } = await infos(`media_ids=999&media_ids=${few.id}`);
    expect(Object.keys(body.comment_infos)).toEqual([few.id]);
  });

  test("refuses what names no post", async () => {
    for (const search of ["media_ids=x", `media_ids=${few.id}&media_ids=1_2_3`, "media_ids=,", ""])
      expect(faultyFields(await infos(search)), search).toEqual(["media_ids"]);
  });
});
