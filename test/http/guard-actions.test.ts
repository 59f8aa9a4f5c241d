import { expect, test } from "bun:test";
import { actionOf } from "../../src/http/handler.ts";
import { createGuardedService } from "../support/guard.ts";
import { acts, sandboxOfFile } from "../support/sandbox.ts";

const { entries } = await sandboxOfFile();

/** The kind of each operation that has one; every other one that acts is `other`. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  follow: ["postUserFollow", "postHashtagFollow"],
  unfollow: ["deleteUserFollow", "deleteHashtagFollow"],
  like: [
    "postMediaLike",
    "deleteMediaLike",
    "postMediaCommentLike",
    "deleteMediaCommentLike",
    "postStoryLike",
    "deleteStoryLike",
  ],
  comment: ["postMediaComment"],
  message: [
    "postDirectMessage",
    "postDirectMedia",
    "postDirectProfile",
    "postDirectStory",
    "postDirectThread",
    "postDirectPhoto",
    "postDirectVideo",
    "postDirectVoice",
    "postDirectFile",
    "postDirectMessageLike",
    "deleteDirectMessageLike",
    "postDirectMessageReaction",
    "deleteDirectMessageReaction",
  ],
  post: [
    "postPhotoUpload",
    "postPhotoUploadByUrl",
    "postVideoUpload",
    "postVideoUploadByUrl",
    "postClipUpload",
    "postClipUploadByUrl",
    "postIgtvUpload",
    "postIgtvUploadByUrl",
    "postAlbumUpload",
  ],
  story: ["postStoryUpload", "postStoryUploadByUrl"],
};

test("every operation that acts has the kind of action that Instagram limits it by", () => {
  const kinds = new Map(
    Object.entries(KINDS).flatMap(([kind, ids]) => ids.map((id) => [id, kind] as const)),
  );
  const acting = entries.filter(acts);
  expect(acting.map((entry) => [entry.operationId, actionOf(entry)])).toEqual(
    acting.map(({ operationId }) => [operationId, kinds.get(operationId) ?? "other"]),
  );
  const known = new Set(acting.map(({ operationId }) => operationId));
  expect([...kinds.keys()].filter((id) => !known.has(id))).toEqual([]);
});

test("what only reads is no action, and what brings a login is one of its own", () => {
  for (const entry of entries) {
    const { method, access, operationId } = entry;
    if (acts(entry) || access.kind !== "session") continue;
    const expected =
      access.scope === "auth"
        ? "login"
        : method === "GET" || operationId.includes("Check")
          ? "read"
          : "other";
    expect(actionOf(entry), operationId).toBe(expected);
  }
});

test("a POST that undoes is the other action of its pair", async () => {
  await using service = await createGuardedService();
  await service.limit({ daily_budgets: { follow: 0, unfollow: 5 } });
  const follow = (unfollow: string) =>
    service.request("POST", "/hashtag/follow", {
      key: service.testKey,
      session: service.session,
      form: { hashtag: "berlin", unfollow },
    });
  expect((await follow("false")).body).toMatchObject({ exc_type: "BudgetSpent", action: "follow" });
  const undone = await follow("true");
  expect(undone.headers.get("gramway-budget")).toStartWith("unfollow;remaining=4;");
});
