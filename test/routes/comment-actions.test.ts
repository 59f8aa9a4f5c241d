import { beforeEach, describe, expect, test } from "bun:test";
import { unblock } from "../support/guard.ts";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import type { Answer } from "../support/service.ts";

const sandbox = await sandboxOfFile();
const { testKey: key, session: me, get } = sandbox;
const friend = await sandbox.login("sandbox_private");

const THEIRS = "3755350675776297567_25025320";
const CLOSED = "3752358003499293279_25025320";
/** A post of `sandbox` and two comments of others under it. */
const OWN = "3742221707221097047_61000000001";
const FIRST = "18047748196917703";
const THIRD = "18047748196917447";

beforeEach(() => sandbox.instagram.beginAnew());

type Fields = Record<string, string>;
const post = (path: string, form: Fields, session = me) =>
  sandbox.request("POST", path, { key, session, form });
const remove = (path: string, query: Fields, session = me) =>
  sandbox.request("DELETE", path, { key, session, query });
const write = (text: string, more: Fields = {}) =>
  post("/media/comment", { media_id: THEIRS, text, ...more });

const commentsOf = async (media_id: string): Promise<any[]> =>
  (await get("/media/comments", { media_id, amount: "30" })).body.items;
const countOf = async (id: string): Promise<number> =>
  (await get("/media", { id })).body.comment_count;
const pksIn = (comments: any[]): string[] => comments.map(({ pk }) => pk);
const expectDone = (answer: Answer) => expect([answer.status, answer.text]).toEqual([200, "true"]);

describe("POST /media/comment", () => {
  test("writes comments and replies, which are listed and counted until they are deleted", async () => {
    const count = await countOf(THEIRS);
    const { status, body: written } = await write("Größe 🙌");
    expect(status).toBe(200);
    expect(written).toMatchObject({ text: "Größe 🙌", user: { username: "sandbox" } });
    const reply = await write("Yes", { replied_to_comment_id: written.pk });
    expect(reply.body.replied_to_comment_id).toBe(written.pk);
    expect(pksIn(await commentsOf(THEIRS))).toContain(written.pk);
    const replies = await get("/media/comment/replies", {
      media_id: THEIRS,
      comment_id: written.pk,
    });
    expect(pksIn(replies.body)).toEqual([reply.body.pk]);
    expect(await countOf(THEIRS)).toBe(count + 2);
    expectDone(await remove("/media/comment", { media_id: THEIRS, comment_pk: written.pk }));
    expect(await countOf(THEIRS)).toBe(count);
  });

  test("is refused for the same words again, closed comments, too long a text, and unknown targets", async () => {
    await write("nice one");
    expectProblem(await write("nice one"), "FeedbackRequired");
    await unblock(sandbox, me, key);
    expectProblem(await write("nice", { media_id: CLOSED }), "CommentsDisabled");
    expect((await write("x".repeat(2_201))).status).toBe(400);
    expectProblem(await write("nice", { replied_to_comment_id: FIRST }), "CommentUnavailable");
    expectProblem(await write("nice", { media_id: "3755350675776297999" }), "MediaNotFound");
    expectProblem(await write("nice", { replied_to_comment_id: "first" }), "ValidationError");
  });

  test("under an Idempotency-Key writes one comment, however often it is sent", async () => {
    const count = await countOf(THEIRS);
    const send = () =>
      sandbox.request("POST", "/media/comment", {
        key,
        session: me,
        form: { media_id: THEIRS, text: "once" },
        headers: { "Idempotency-Key": "comment-once" },
      });
    const first = await send();
    const again = await send();
    expect(again.text).toBe(first.text);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(await countOf(THEIRS)).toBe(count + 1);
  });
});

describe("DELETE /media/comment", () => {
  test("deletes anybody's under one's own post, and one's own elsewhere", async () => {
    expectDone(await remove("/media/comment", { media_id: OWN, comment_pk: THIRD }));
    expect(pksIn(await commentsOf(OWN))).not.toContain(THIRD);
    const [theirs] = await commentsOf(THEIRS);
    const refused = await remove("/media/comment", { media_id: THEIRS, comment_pk: theirs.pk });
    expect(refused.status).toBe(400);
    expect(pksIn(await commentsOf(THEIRS))).toContain(theirs.pk);
  });
});

describe("a like of a comment", () => {
  test("counts, and is the account's own", async () => {
    const [before] = await commentsOf(OWN);
    expectDone(await post("/media/comment/like", { comment_pk: FIRST }));
    expect((await commentsOf(OWN))[0]).toEqual({
      ...before,
      has_liked: true,
      like_count: before.like_count + 1,
    });
    expectDone(await post("/media/comment/like", { comment_pk: FIRST, revert: "true" }));
    expect((await commentsOf(OWN))[0]).toEqual(before);
  });

  test("of an unknown comment is refused", async () => {
    expectProblem(await post("/media/comment/like", { comment_pk: "17" }), "CommentUnavailable");
  });
});

describe("pinning a comment", () => {
  test("shows it first, under one's own post only", async () => {
    const before = pksIn(await commentsOf(OWN));
    expectDone(await post("/media/comment/pin", { media_id: OWN, comment_pk: THIRD }));
    expect(pksIn(await commentsOf(OWN))).toEqual([
      FIRST,
      THIRD,
      ...before.filter((pk) => pk !== FIRST && pk !== THIRD),
    ]);
    expectDone(await remove("/media/comment/pin", { media_id: OWN, comment_pk: THIRD }));
    expect(pksIn(await commentsOf(OWN))).toEqual(before);
    expectProblem(
      await post("/media/comment/pin", { media_id: OWN, comment_pk: THIRD }, friend),
      "ClientForbiddenError",
    );
  });
});

test("POST /media/comment/check/offensive says whether, and writes nothing", async () => {
  const check = async (text: string) =>
    (await post("/media/comment/check/offensive", { media_id: OWN, text })).body;
  const before = await commentsOf(OWN);
  expect(await check("You are stupid")).toBe(true);
  expect(await check("You are great")).toBe(false);
  expect(await commentsOf(OWN)).toEqual(before);
});
