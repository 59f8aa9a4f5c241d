import { beforeEach, describe, expect, test } from "bun:test";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import type { Answer } from "../support/service.ts";

const sandbox = await sandboxOfFile();
const { testKey: key, session: me } = sandbox;
const friend = await sandbox.login("sandbox_private");

const SANDBOX = "61000000001";

beforeEach(() => sandbox.instagram.beginAnew());

const storiesOf = async (user_id: string, session = me): Promise<any[]> =>
  (await sandbox.get("/user/stories", { user_id }, session)).body;
const viewersOf = async (story_pk: string): Promise<any[]> =>
  (await sandbox.get("/story/viewers", { story_pk, amount: "200" })).body.items;
const viewer = async (story_pk: string) =>
  (await viewersOf(story_pk)).find(({ username }) => username === "sandbox_private");

const like = (story_id: string, session = friend, more = {}) =>
  sandbox.request("POST", "/story/like", { key, session, form: { story_id, ...more } });
const unlike = (story_id: string, session = friend) =>
  sandbox.request("DELETE", "/story/like", { key, session, query: { story_id } });
const see = (form: Record<string, string>, session = friend) =>
  sandbox.request("PATCH", "/story/seen", { key, session, form });
const remove = (story_pk: string, session = me) =>
  sandbox.request("DELETE", "/story", { key, session, query: { story_pk } });

const calls = ({ headers }: Answer) => headers.get("gramway-upstream-calls");
const expectDone = (answer: Answer) => expect([answer.status, answer.text]).toEqual([200, "true"]);

describe("PATCH /story/seen", () => {
  test("puts the account first among the viewers, once", async () => {
    const [story, other] = await storiesOf(SANDBOX, friend);
    const before = await viewersOf(story.pk);
    expect(await viewer(story.pk)).toBeUndefined();
    const answer = await see({ story_pks: story.id });
    expectDone(answer);
    expect(calls(answer)).toBe("1");
    await see({ story_pks: story.id });
    const after = await viewersOf(story.pk);
    expect(after[0]).toMatchObject({ username: "sandbox_private", has_liked: false });
    expect(after.slice(1)).toEqual(before);
    expect(await viewer(other.pk)).toBeUndefined();
  });

  test("looks each story without its owner up, and reports all of them at once", async () => {
    const [one, two, three] = await storiesOf(SANDBOX, friend);
    const answer = await see({ story_pks: `${one.pk},${two.id}`, skipped_story_pks: three.pk });
    expectDone(answer);
    expect(calls(answer)).toBe("3");
    expect([await viewer(one.pk), await viewer(two.pk)]).not.toContain(undefined);
    // What was skipped has not been seen.
    expect(await viewer(three.pk)).toBeUndefined();
  });

  test("of a story that there is not answers 404, and reports none", async () => {
    const [story] = await storiesOf(SANDBOX, friend);
    expectProblem(await see({ story_pks: `${story.id},1` }), "MediaNotFound");
    expect(await viewer(story.pk)).toBeUndefined();
    expect(sandbox.instagram.callsOf("/api/v2/media/seen/")).toEqual([]);
  });

  test("names the story that is wrong, and takes a hundred", async () => {
    const { errors } = expectProblem(await see({ story_pks: "1,x" }), "ValidationError");
    expect(errors[0]).toMatchObject({
      field: "story_pks",
      message: expect.stringMatching(/^item 2 /),
    });
    const many = Array.from({ length: 101 }, (_, at) => `${at + 1}_25025320`);
    expectProblem(await see({ story_pks: many.join() }), "ValidationError");
    expectDone(await see({ story_pks: many.slice(1).join() }));
  });
});

describe("POST and DELETE /story/like", () => {
  test("show in the list of viewers", async () => {
    const [story] = await storiesOf(SANDBOX, friend);
    const answer = await like(story.id);
    expectDone(answer);
    expect(calls(answer)).toBe("1");
    expect(await viewer(story.pk)).toMatchObject({ has_liked: true });
    expectDone(await unlike(story.id));
    expect(await viewer(story.pk)).toMatchObject({ has_liked: false });
    expectDone(await like(story.pk));
    expectDone(await like(story.pk, friend, { revert: "true" }));
    expect(await viewer(story.pk)).toMatchObject({ has_liked: false });
  });

  test("of a story that the account may not see answer 404", async () => {
    const [theirs] = await storiesOf("sandbox_private", friend);
    for (const id of [theirs.id, theirs.pk, "1", "1_25025320"]) {
      expectProblem(await like(id, me), "MediaNotFound");
      expectProblem(await unlike(id, me), "MediaNotFound");
    }
  });
});

describe("DELETE /story", () => {
  test("takes a story from everywhere: the owner's stories, links to it, viewers", async () => {
    const [story, ...others] = await storiesOf(SANDBOX);
    const answer = await remove(story.pk);
    expectDone(answer);
    expect(calls(answer)).toBe("2");
    expect(await storiesOf(SANDBOX, friend)).toEqual(others);
    expectProblem(await sandbox.get("/story", { story_pk: story.id }), "StoryNotFound");
    expectProblem(await sandbox.get("/story/viewers", { story_pk: story.pk }), "MediaNotFound");
    expectProblem(await like(story.id), "MediaNotFound");
    expectProblem(await remove(story.id), "MediaNotFound");
  });

  test("takes it from highlights; one without another story is gone", async () => {
    const kept = "17900000000000033";
    const highlight = async () => sandbox.get("/highlight", { highlight_pk: kept });
    const { items } = (await highlight()).body;
    for (const [gone, { id }] of items.entries()) {
      const { body } = await highlight();
      expect([body.media_count, body.items.length]).toEqual(Array(2).fill(items.length - gone));
      expectDone(await remove(id));
    }
    expectProblem(await highlight(), "HighlightNotFound");
    const left = await sandbox.get("/user/highlights", { user_id: SANDBOX });
    expect(left.body.map(({ pk }: { pk: string }) => pk)).not.toContain(kept);
  });

  test("refuses another account's story", async () => {
    const [theirs] = await storiesOf("instagram");
    expectProblem(await remove(theirs.id), "UnknownError");
    expect((await storiesOf("instagram"))[0]).toEqual(theirs);
  });
});
