import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { get } = sandbox;

interface Node {
  node: {
    instagram_media_id: string;
    instagram_media_type: string;
    like_count: number;
    inline_insights_node: { metrics: { reach_count: number } };
  };
}
const ids = (edges: Node[]): string[] => edges.map(({ node }) => node.instagram_media_id);
const falls = (values: number[]): boolean =>
  values.every((value, index) => index === 0 || value <= (values[index - 1] ?? 0));

describe("GET /insights/account", () => {
  test("gives the account's figures, with one request", async () => {
    const answer = await get("/insights/account");
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    expect(answer.body.followers_unit.followers_count).toBe(342);
    expect(answer.body.top_posts_unit.top_posts.edges.length).toBeGreaterThan(0);
  });
});

describe("GET /insights/media/feed", () => {
  test("gives all of the account's posts, read on until the end", async () => {
    for (const path of ["/insights/media/feed", "/insights/media/feed/all"]) {
      const answer = await get(path);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.headers.get("gramway-upstream-calls")).toBe("2");
      expect(new Set(ids(answer.body)).size).toBe(36);
      const reach = (answer.body as Node[]).map(
        ({ node }) => node.inline_insights_node.metrics.reach_count,
      );
      expect(falls(reach)).toBe(true);
    }
  });

  test("gives as many as are wanted, with no more requests than that takes", async () => {
    const all = ids((await get("/insights/media/feed")).body);
    for (const [count, calls] of [
      ["1", "1"],
      ["25", "1"],
      ["26", "2"],
      ["500", "2"],
    ] as const) {
      const answer = await get("/insights/media/feed", { count });
      expect(ids(answer.body)).toEqual(all.slice(0, Number(count)));
      expect(answer.headers.get("gramway-upstream-calls")).toBe(calls);
    }
  });

  test("chooses by kind and time, and sorts", async () => {
    const images = (await get("/insights/media/feed", { post_type: "IMAGE" })).body as Node[];
    expect(images.length).toBeGreaterThan(5);
    for (const { node } of images) expect(node.instagram_media_type).toBe("IMAGE");
    const month = (await get("/insights/media/feed", { time_frame: "ONE_MONTH" })).body;
    expect(month.length).toBeGreaterThan(0);
    expect(month.length).toBeLessThan(36);
    const liked = (await get("/insights/media/feed", { data_ordering: "LIKE_COUNT" }))
      .body as Node[];
    expect(falls(liked.map(({ node }) => node.like_count))).toBe(true);
    expect((await get("/insights/media/feed", { post_type: "SHOPPING" })).text).toBe("[]");
  });

  test("takes every name that the Python client has", async () => {
    const names = {
      post_type: "ALL CAROUSEL_V2 IMAGE SHOPPING VIDEO",
      time_frame: "ONE_WEEK ONE_MONTH THREE_MONTHS SIX_MONTHS ONE_YEAR TWO_YEARS",
      data_ordering:
        "REACH_COUNT LIKE_COUNT FOLLOW SHARE_COUNT BIO_LINK_CLICK COMMENT_COUNT IMPRESSION_COUNT PROFILE_VIEW VIDEO_VIEW_COUNT SAVE_COUNT",
    };
    for (const [field, values] of Object.entries(names))
      for (const value of values.split(" "))
        expect((await get("/insights/media/feed", { [field]: value })).status, value).toBe(200);
  });

  test("refuses names that there are not, and a negative count, without asking", async () => {
    for (const [field, value] of [
      ["post_type", "image"],
      ["time_frame", "ONE_DAY"],
      ["data_ordering", ""],
      ["count", "-1"],
      ["count", "many"],
    ] as const) {
      const answer = await get("/insights/media/feed", { [field]: value });
      expect(faultyFields(answer), field).toEqual([field]);
      expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
    }
  });
});

describe("GET /insights/media", () => {
  test("gives the figures of one of the account's posts, by pk, id, shortcode and link", async () => {
    const [post] = (await get("/user/medias", { username: "sandbox", amount: "1" })).body.items;
    const byPk = await get("/insights/media", { media_pk: post.pk });
    expect(byPk.status, byPk.text).toBe(200);
    expect(byPk.body).toMatchObject({
      instagram_media_id: post.pk,
      like_count: post.like_count,
      comment_count: post.comment_count,
      inline_insights_node: { metrics: { reach_count: expect.any(Number) } },
    });
    expect(byPk.headers.get("gramway-upstream-calls")).toBe("1");
    for (const media_pk of [post.id, post.code, `https://www.instagram.com/p/${post.code}/`])
      expect((await get("/insights/media", { media_pk })).text, media_pk).toBe(byPk.text);
  });

  test("has none of other people's posts, nor of none", async () => {
    const [post] = (await get("/user/medias", { username: "instagram", amount: "1" })).body.items;
    for (const media_pk of [post.pk, "1"])
      expectProblem(await get("/insights/media", { media_pk }), "MediaError");
  });

  test("takes nothing else", async () => {
    for (const media_pk of ["", "no post!", "1_x", "99999999999999999999"])
      expect(faultyFields(await get("/insights/media", { media_pk }))).toEqual(["media_pk"]);
  });
});

test("an account that is not professional has no insights", async () => {
  const own = await sandbox.login("sandbox_private");
  const [post] = (await get("/user/medias", { username: "sandbox_private" }, own)).body.items;
  const problem = expectProblem(await get("/insights/account", {}, own), "UserError");
  expect(problem.detail).toBe("Account is not business account");
  expect(problem.hint).toContain("professional");
  expectProblem(await get("/insights/media/feed", {}, own), "UserError");
  expectProblem(await get("/insights/media", { media_pk: post.pk }, own), "MediaError");
});

describe("what Instagram answers", () => {
  const { instagram, get: ask } = sandbox;
  const answering = (...texts: string[]) =>
    instagram.on("ads/graphql/", ...texts.map((text) => reply(200, text)));

  const manager = (text: string) =>
    `{"data":{"shadow_instagram_user":{"business_manager":${text}}},"status":"ok"}`;
  const page = (edges: string, info: string) =>
    manager(`{"top_posts_unit":{"top_posts":{"edges":${edges},"page_info":${info}}}}`);

  test("passes through with every digit", async () => {
    answering(manager('{"ids":[17950000000000000123,"7"],"ratio":0.5,"none":null}'));
    expect((await ask("/insights/account")).text).toBe(
      '{"ids":[17950000000000000123,"7"],"ratio":0.5,"none":null}',
    );
    answering('{"data":{"instagram_post_by_igid":{"id":17950000000000000123}},"status":"ok"}');
    expect((await ask("/insights/media?media_pk=1")).text).toBe('{"id":17950000000000000123}');
    answering(
      page('[{"node":{"id":17950000000000000123}}]', '{"has_next_page":false,"end_cursor":"QVFC"}'),
    );
    expect((await ask("/insights/media/feed")).text).toBe('[{"node":{"id":17950000000000000123}}]');
  });

  test("is no business account without a manager, whatever stands in its place", async () => {
    for (const text of ["null", "{}", "[]", "0"]) {
      answering(manager(text));
      expectProblem(await ask("/insights/account"), "UserError", text);
      expectProblem(await ask("/insights/media/feed"), "UserError", text);
    }
    answering('{"data":null,"status":"ok"}');
    expectProblem(await ask("/insights/account"), "UserError");
    expectProblem(await ask("/insights/media?media_pk=1"), "MediaError");
  });

  test("ends a list that promises a page without saying which", async () => {
    answering(page('[{"node":{"id":"1"}},7]', '{"has_next_page":true,"end_cursor":null}'));
    expect((await ask("/insights/media/feed")).text).toBe('[{"node":{"id":"1"}}]');
    answering(manager('{"top_posts_unit":null}'));
    expect((await ask("/insights/media/feed")).text).toBe("[]");
  });

  test("is read to its end where no count is given, however long it is", async () => {
    const edges = (from: number) =>
      JSON.stringify(Array.from({ length: 150 }, (_, at) => ({ node: { id: from + at } })));
    const pages = () => [
      page(edges(0), '{"has_next_page":true,"end_cursor":"QVFC"}'),
      page(edges(150), '{"has_next_page":false}'),
    ];
    answering(...pages());
    expect((await ask("/insights/media/feed")).body).toHaveLength(300);
    answering(...pages());
    expect((await ask("/insights/media/feed?count=299")).body).toHaveLength(299);
  });

  const refusals = [
    [400, { message: "Media not found or unavailable", status: "fail" }, "MediaError"],
    [404, { message: "", status: "fail" }, "MediaError"],
    [400, { message: "Something went wrong", status: "fail" }, "MediaError"],
    [400, { message: "Not authorized to view user", status: "fail" }, "MediaError"],
    [400, { message: "Media is unavailable", status: "fail" }, "MediaError"],
    [400, { message: "Invalid media_id 1", status: "fail" }, "MediaError"],
    [403, { message: "", status: "fail" }, "MediaError"],
    [400, { message: "feedback_required", status: "fail" }, "FeedbackRequired"],
    [403, { message: "login_required", status: "fail" }, "LoginRequired"],
    [429, { message: "", status: "fail" }, "RateLimitError"],
    [400, { message: "challenge_required", status: "fail" }, "ChallengeRequired"],
    [500, "", "UpstreamError"],
  ] as const;
  for (const [status, body, type] of refusals)
    test(`of a post that is refused with ${status} ${JSON.stringify(body)} is a ${type}`, async () => {
      instagram.on("ads/graphql/", reply(status, body));
      // A session of its own: one refusal ends it.
      expectProblem(await ask("/insights/media", { media_pk: "1" }, await sandbox.login()), type);
    });
});
