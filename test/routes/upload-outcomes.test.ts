import { beforeEach, describe, expect, test } from "bun:test";
import type { Operation } from "../../src/http/route.ts";
import type { Asked } from "../support/fake-instagram.ts";
import { lost, newKey } from "../support/idempotency.ts";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import type { Answer } from "../support/service.ts";
import { HurriedTime } from "../support/uploads.ts";

/* What is posted is posted once, whatever happens to the answers. */

const time = new HurriedTime();
const sandbox = await sandboxOfFile(time.options);
const { get, instagram } = sandbox;
const SANDBOX = "61000000001";
const CONFIGURE = /\/media\/configure/;
const OWN_POSTS = `feed/user/${SANDBOX}/`;

const posting = sandbox.entries
  .filter(({ uploads, tag }) => uploads === "media" && tag !== "Direct")
  .map((entry) => [entry.operationId, entry] as const);

beforeEach(() => instagram.beginAnew());

/** The documentation's call of an upload, as often as wanted, under one key. */
async function asked(entry: Operation, form: Record<string, string> = {}) {
  const { path, options } = await sandbox.example(entry);
  const headers = { "Idempotency-Key": newKey() };
  const given = { ...options, form: { ...options.form, ...form }, headers };
  return () => sandbox.request(entry.method, path, given);
}

const postsOf = async (): Promise<any[]> =>
  (await get("/user/medias", { user_id: SANDBOX, amount: "50" })).body.items;
const postedSince = async (before: any[]): Promise<string[]> =>
  (await postsOf()).map(({ id }) => id).filter((id) => !before.some((post) => post.id === id));
const sent = (): string[] =>
  instagram
    .takePaths()
    .filter((path) => /upload|configure/.test(path))
    .map((path) => path.replace(/^\w+ \/?/, "").split("/")[0] ?? "");

/** The answer is lost after Instagram has acted, and so not while it converts a video. */
const actsAndLoses = async (_: Asked, usual: () => Promise<Response>): Promise<Response> => {
  const answer = await usual();
  return answer.status === 202 ? answer : lost();
};

test("posts are uploaded in nine ways", () => expect(posting).toHaveLength(9));

describe.each(posting)("%s", (_, entry) => {
  test.each(["#sandbox_drop_answer", "#sandbox_fail_after"])(
    "answers with the post when the answer to the last request is lost: %s",
    async (caption) => {
      const before = await postsOf();
      const ask = await asked(entry, { caption });
      const answer = await ask();
      expect([answer.status, answer.text.slice(0, 200)]).toEqual([200, expect.any(String)]);
      expect(answer.body.caption_text).toBe(caption);
      expect(await postedSince(before)).toEqual([answer.body.id]);
    },
  );

  test("finds the post with a retry where it could not be looked for", async () => {
    const before = await postsOf();
    const ask = await asked(entry, { caption: "once" });
    instagram.on(CONFIGURE, actsAndLoses).on(OWN_POSTS, lost);
    const broken = await ask();
    expect([broken.status, broken.body.outcome], broken.text).toEqual([502, "unknown"]);
    instagram.reset();

    const again = await ask();
    expect([again.status, again.body.caption_text]).toEqual([200, "once"]);
    expect(sent()).toEqual([]);
    expect(await postedSince(before)).toEqual([again.body.id]);
    // And from then on the answer is known.
    const third: Answer = await ask();
    expect([third.text, third.headers.get("idempotency-replayed")]).toEqual([again.text, "true"]);
  });

  test("posts with a retry what was not posted, and once", async () => {
    const before = await postsOf();
    const ask = await asked(entry, { caption: "in the end" });
    instagram.on(CONFIGURE, lost);
    const broken = await ask();
    expect([broken.status, broken.body.outcome], broken.text).toEqual([502, "unknown"]);
    instagram.reset();

    const again = await ask();
    expect([again.status, again.body.caption_text]).toEqual([200, "in the end"]);
    expect(await postedSince(before)).toEqual([again.body.id]);
  });

  test("posts nothing while it cannot be looked for what an earlier try has posted", async () => {
    const ask = await asked(entry, { caption: "perhaps" });
    instagram.on(CONFIGURE, actsAndLoses).on(OWN_POSTS, lost);
    await ask();
    sent();
    const again = await ask();
    expect([again.status, again.body.outcome], again.text).toEqual([502, "unknown"]);
    expect(sent()).toEqual([]);
  });

  test("is looked for where the answer names no post", async () => {
    const before = await postsOf();
    instagram.on(CONFIGURE, async (_asked, usual) => {
      const { media: _media, ...rest } = (await (await usual()).json()) as Record<string, unknown>;
      return { status: rest.message ? 202 : 200, body: rest };
    });
    const answer = await (await asked(entry, { caption: "unnamed" }))();
    expect(answer.body.caption_text).toBe("unnamed");
    expect(await postedSince(before)).toEqual([answer.body.id]);
  });

  test("does not take another post with the same caption for its own", async () => {
    const first = await (await asked(entry, { caption: "good morning" }))();
    const before = await postsOf();
    const ask = await asked(entry, { caption: "good morning" });
    instagram.on(CONFIGURE, lost);
    expect((await ask()).status).toBe(502);
    instagram.reset();
    const second = await ask();
    expect(second.status).toBe(200);
    expect(second.body.id).not.toBe(first.body.id);
    expect(await postedSince(before)).toEqual([second.body.id]);
  });

  test("is not hidden by what goes wrong after it was posted", async () => {
    instagram.on("qe/expose/", lost);
    expect((await (await asked(entry))()).status).toBe(200);
  });
});

test("a post that Instagram says it has made, and that nobody sees, is told of as unknown", async () => {
  instagram.on(CONFIGURE, { status: 200, body: { status: "ok" } });
  const answer = await (await asked(sandbox.entry("postPhotoUpload"), { caption: "nowhere" }))();
  expect(expectProblem(answer, "PhotoConfigureError").outcome).toBe("unknown");
});

test("tags that Instagram has dropped are put on the new photo", async () => {
  const edits = () => instagram.callsOf(/\/edit_media\/$/);
  instagram.on(CONFIGURE, async (_, usual) => {
    const body = (await (await usual()).json()) as { media: Record<string, unknown> };
    delete body.media.usertags;
    return { status: 200, body };
  });
  const usertags = '{"user": {"pk": "25025320"}, "x": 0.5, "y": 0.5}';
  const ask = await asked(sandbox.entry("postPhotoUpload"), { usertags });
  const { body } = await ask();
  expect(edits()).toHaveLength(1);
  expect(body.usertags).toMatchObject([{ user: { pk: "25025320" }, x: 0.5, y: 0.5 }]);
});
