import { describe, expect, test } from "bun:test";
import { POSTS_OF_INSTAGRAM } from "../../src/emulator/seed/fixtures.ts";
import { reply } from "../support/fake-instagram.ts";
import { listOf, newestFirst, pksOf, withinCursor } from "../support/pages.ts";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { get } = sandbox;

interface NamedPost {
  taken_at: string;
  pk: string;
  id: string;
  code: string;
  comment_count: number;
  comments_disabled: boolean | null;
}
const posts: NamedPost[] = newestFirst(
  (await get("/user/medias", { username: "instagram", amount: "12" })).body.items,
);
const busy = posts[POSTS_OF_INSTAGRAM.withManyComments]!;
const closed = posts[POSTS_OF_INSTAGRAM.withClosedComments]!;
const quiet = posts[POSTS_OF_INSTAGRAM.withoutComments]!;
const few = posts.find(({ comment_count }) => comment_count > 20 && comment_count < 90)!;

type Comment = { pk: string; like_count: number; replied_to_comment_id: string | null } & Record<
  string,
  unknown
>;

/** A post's comments, page by page to the end. */
const allComments = (media_id: string, amount: number) =>
  listOf<Comment>((cursor) => get("/media/comments", { media_id, amount: String(amount), cursor }));

const repliesOf = async (media_id: string, comment_id: string, amount = "0"): Promise<Comment[]> =>
  (await get("/media/comment/replies", { media_id, comment_id, amount })).body;

describe("GET /media/comments", () => {
  test("and their replies are as many as the post counts", async () => {
    for (const { id, comment_count } of [few, busy]) {
      const { items } = await allComments(id, 100);
      const all = pksOf(items);
      for (const { pk } of items) all.push(...pksOf(await repliesOf(id, pk)));
      expect(all).toHaveLength(comment_count);
      expect(new Set(all).size).toBe(comment_count);
    }
  });

  test("tells author, text, time and likes of each, ids with every digit", async () => {
    const { items } = await allComments(busy.id, 200);
    // Were they rounded on the way, all would be even.
    expect(items.every(({ pk }) => BigInt(pk) % 2n === 1n)).toBe(true);
    const texts = items.map(({ text }) => text);
    for (const text of ["最高です！", "line one\nline two", "🙌🏽👩‍🚀🏳️‍🌈"])
      expect(texts).toContain(text);
    for (const comment of items)
      expect(comment).toMatchObject({
        pk: expect.stringMatching(/^18\d{15}$/),
        text: expect.any(String),
        user: { pk: expect.stringMatching(/^\d+$/), username: expect.any(String) },
        created_at_utc: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        content_type: "comment",
        status: "Active",
        replied_to_comment_id: null,
        has_liked: false,
        like_count: expect.any(Number),
      });
  });

  test("costs as many requests as it takes, and one more for an unknown owner", async () => {
    const calls = async (media_id: string, amount: string) =>
      (await get("/media/comments", { media_id, amount })).headers.get("gramway-upstream-calls");
    expect(await calls(busy.id, "15")).toBe("1");
    expect(await calls(busy.id, "16")).toBe("2");
    expect(await calls(busy.pk, "15")).toBe("2");
  });

  test("of a post without any is empty", async () => {
    expect(quiet.comment_count).toBe(0);
    const answer = await get("/media/comments", { media_id: quiet.id });
    expect(answer.body).toEqual({ items: [], next_cursor: "" });
  });

  test("leaves out a comment without an id or author, and hands out the others", async () => {
    const user = '{"pk":3012345678901234567,"username":"big"}';
    sandbox.instagram.on(
      /\/comments\/$/,
      reply(
        200,
        `{"comments":[{"pk":9007199254740993,"user":${user},"text":"a","created_at_utc":1760000000,"replied_to_comment_id":18014398509481985},{"pk":1,"text":"nobody's"},null,{"user":${user}}],"status":"ok"}`,
      ),
    );
    const { body } = await get("/media/comments", { media_id: busy.id });
    expect(body.items).toHaveLength(1);
    expect(body.items[0]).toMatchObject({
      pk: "9007199254740993",
      user: { pk: "3012345678901234567" },
      replied_to_comment_id: "18014398509481985",
      created_at_utc: "2025-10-09T08:53:20Z",
      has_liked: null,
      like_count: null,
    });
  });
});

describe("GET /media/comments/stream", () => {
  const page = async (query: Record<string, string>) => {
    const answer = await get("/media/comments/stream", { media_id: busy.id, ...query });
    expect(answer.status, answer.text.slice(0, 300)).toBe(200);
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    return answer.body;
  };

  test("leads on with min_id to the end and back with max_id to the start", async () => {
    const { items } = await allComments(busy.id, 200);
    let current = await page({});
    expect(current.max_cursor).toBe("");
    const onward: Comment[] = [...current.items];
    for (let pages = 0; current.min_cursor !== "" && pages < 100; pages++) {
      current = await page({ min_id: current.min_cursor });
      onward.push(...current.items);
    }
    expect(onward).toEqual(items);

    let back: Comment[] = [...current.items];
    for (let pages = 0; current.max_cursor !== "" && pages < 100; pages++) {
      current = await page({ max_id: current.max_cursor });
      back = [...current.items, ...back];
    }
    expect(back).toEqual(items);
  });

  test("takes the post by pk without looking its owner up", async () => {
    expect(await page({ media_id: busy.pk })).toEqual(await page({}));
  });

  test("reads an answer that comes in several objects, one a line", async () => {
    const row = (pk: number, rest: string) =>
      `{"comments":[{"pk":${pk},"user":{"pk":1},"text":"x"}],${rest}"status":"ok"}`;
    sandbox.instagram.on(
      /\/stream_comments\/$/,
      reply(
        200,
        `${row(11, '"next_min_id":"QVFB",')}\n${row(12, '"next_min_id":"QVFC",')}\n\n${row(13, '"max_id":77,')}\n`,
      ),
    );
    const { body } = await get("/media/comments/stream", { media_id: busy.id });
    expect(pksOf(body.items)).toEqual(["11", "12", "13"]);
    expect([body.min_cursor, body.max_cursor].map(withinCursor)).toEqual(["QVFC", "77"]);
  });

  test("reads an answer of one object that is written over several lines", async () => {
    const comments = [{ pk: 11, user: { pk: 1 }, text: "x" }];
    // Of two names for a cursor the newer one counts.
    const cursors = { min_id: "a", next_min_id: "QVFC", max_id: "b", next_max_id: "QVFD" };
    sandbox.instagram.on(
      /\/stream_comments\/$/,
      reply(200, JSON.stringify({ comments, ...cursors, status: "ok" }, null, 2)),
    );
    const { body } = await get("/media/comments/stream", { media_id: busy.id });
    expect(pksOf(body.items)).toEqual(["11"]);
    expect([body.min_cursor, body.max_cursor].map(withinCursor)).toEqual(["QVFC", "QVFD"]);
  });

  test("that breaks off is an upstream error, one that refuses in a line a refusal", async () => {
    const broken = '{"comments":[]}\n{"comments":[{"pk":';
    const refused = '{"comments":[],"status":"ok"}\n{"comments_disabled":true,"status":"ok"}';
    sandbox.instagram.on(/\/stream_comments\/$/, reply(200, broken), reply(200, refused));
    const ask = () => get("/media/comments/stream", { media_id: busy.id });
    expectProblem(await ask(), "UpstreamError");
    expectProblem(await ask(), "CommentsDisabled");
  });
});

const [, long] = (await get("/media/comments", { media_id: busy.id })).body.items;

describe("GET /media/comment/replies", () => {
  test("gives all of a long thread, or the first of it", async () => {
    const all = await repliesOf(busy.id, long.pk);
    expect(all.length).toBeGreaterThanOrEqual(25);
    expect(new Set(pksOf(all)).size).toBe(all.length);
    for (const amount of [1, 11, 12, 13, all.length, 500])
      expect(await repliesOf(busy.id, long.pk, String(amount))).toEqual(all.slice(0, amount));
    expect(
      (await get("/media/comment/replies", { media_id: busy.id, comment_id: long.pk })).body,
    ).toEqual(all);
    const times = all.map(({ created_at_utc }) => String(created_at_utc));
    expect(times).toEqual(times.toSorted());
    const answered = new Set(all.map(({ replied_to_comment_id }) => replied_to_comment_id));
    expect(answered).toContain(long.pk);
    for (const pk of answered) expect([long.pk, ...pksOf(all)]).toContain(pk!);
  });

  test("asks for no more pages than it needs", async () => {
    const query = { media_id: busy.id, comment_id: long.pk, amount: "12" };
    const answer = await get("/media/comment/replies", query);
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    const byCode = await get("/media/comment/replies", { ...query, media_id: busy.code });
    expect(byCode.headers.get("gramway-upstream-calls")).toBe("2");
    expect(byCode.text).toBe(answer.text);
  });

  test("are none for a comment that nobody answered", async () => {
    const { items } = await allComments(few.id, 200);
    const sizes: number[] = [];
    for (const { pk } of items) sizes.push((await repliesOf(few.id, pk)).length);
    expect(sizes).toContain(0);
  });

  test("of a comment that is not under the post are refused", async () => {
    const [reply] = await repliesOf(busy.id, long.pk, "1");
    for (const [media_id, comment_id] of [
      [busy.id, "18000000000000011"],
      [busy.id, "1"],
      [busy.id, reply!.pk],
      [few.id, long.pk],
    ] as const)
      expectProblem(
        await get("/media/comment/replies", { media_id, comment_id }),
        "CommentUnavailable",
      );
  });
});

describe("the comments of a post", () => {
  const ways: [string, Record<string, string>][] = [
    ["/media/comments", {}],
    ["/media/comments/stream", {}],
    ["/media/comment/replies", { comment_id: "18000000000000011" }],
  ];
  for (const [path, rest] of ways) {
    test(`${path} says when its owner has closed them`, async () => {
      expect(closed.comments_disabled).toBe(true);
      for (const media_id of [closed.id, closed.pk])
        expectProblem(await get(path, { media_id, ...rest }), "CommentsDisabled");
    });
  }
});
