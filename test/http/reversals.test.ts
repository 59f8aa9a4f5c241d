import { describe, expect, test } from "bun:test";
import type { Operation } from "../../src/http/route.ts";
import { acts, sandboxOfFile } from "../support/sandbox.ts";
import type { Answer } from "../support/service.ts";

/*
 * Actions and their reversals: POST and DELETE of one path. What an action did shows in a read, doing it
 * twice is as doing it once, and its reversal leaves nothing behind.
 */

const SANDBOX = "61000000001";

const sandbox = await sandboxOfFile();

type Fields = Record<string, string>;
/** What shows an action: something in a read. Null where no operation shows it. */
type Seen = ((fields: Fields) => Promise<unknown>) | null;

const read = async (path: string, query: Fields): Promise<any> => {
  const answer = await sandbox.get(path, query);
  expect(answer.status, answer.text.slice(0, 300)).toBe(200);
  return answer.body;
};
const pksIn = (items: { pk: string }[]): string[] => items.map(({ pk }) => pk);
const friendship =
  (field: string): Seen =>
  async ({ user_id = "" }) =>
    (await read("/user/friendship", { user_id }))[field];
const thread =
  (field: string): Seen =>
  async ({ thread_id = "" }) =>
    (await read("/direct/thread", { thread_id, amount: "1" }))[field];
/** Without time and token, which are new each time. */
const reactions: Seen = async ({ thread_id = "", message_id = "" }) => {
  const message = await read("/direct/message", { thread_id, message_id });
  return message.reactions?.emojis.map(({ sender_id, emoji }: any) => [sender_id, emoji]) ?? null;
};

const PAIRS: Readonly<Record<string, Seen>> = {
  "/direct/message/like": reactions,
  "/direct/message/reaction": reactions,
  "/direct/thread/mute": thread("muted"),
  "/direct/thread/video/call/mute": thread("vc_muted"),
  "/hashtag/follow": null,
  "/highlight/story": async ({ highlight_pk = "" }) =>
    pksIn((await read("/highlight", { highlight_pk })).items).sort(),
  "/media/archive": async () =>
    pksIn((await read("/user/medias", { user_id: SANDBOX, amount: "50" })).items),
  "/media/comment/like": async ({ comment_pk = "" }) =>
    (await read("/media/comment/likers", { comment_pk })).map(({ id }: { id: string }) => id),
  "/media/comment/pin": async ({ media_id = "" }) =>
    pksIn((await read("/media/comments", { media_id, amount: "20" })).items),
  "/media/like": async ({ media_id = "" }) => {
    const { has_liked, like_count } = await read("/media", { id: media_id });
    return { has_liked, like_count };
  },
  "/media/pin": async () => pksIn(await read("/user/pinned/posts", { user_id: SANDBOX })),
  "/media/save": async () => read("/account/collections", {}),
  "/story/like": null,
  "/user/block": friendship("blocking"),
  "/user/close-friend": friendship("is_bestie"),
  "/user/follow": friendship("following"),
  "/user/mute/posts": friendship("muting"),
  "/user/mute/stories": friendship("is_muting_reel"),
  "/user/notifications/posts": null,
  "/user/notifications/reels": null,
  "/user/notifications/stories": null,
  "/user/notifications/videos": null,
};

/** Fields with which an action changes something, where those of the example undo it. */
const OTHER_FIELDS: Readonly<Record<string, Fields>> = {
  "/highlight/story": { story_ids: "3594192877433608784_61000000001" },
};

/** Their DELETE removes what their POST has made, by an id that only its answer gives. */
const NO_REVERSALS = new Set([
  "/direct/message",
  "/direct/thread",
  "/highlight",
  "/media/comment",
  "/note",
]);

const actions = sandbox.entries.filter(acts);
const reversal = ({ path }: Operation): Operation | undefined =>
  actions.find((entry) => entry.path === path && entry.method === "DELETE");
const pairs = actions.flatMap((entry) => {
  const undo = entry.method === "POST" ? reversal(entry) : undefined;
  return undo === undefined || NO_REVERSALS.has(entry.path) ? [] : [{ act: entry, undo }];
});

/** Expects that the action was done, and gives its fields. */
async function done({ method, path }: Operation, options: object): Promise<void> {
  const answer: Answer = await sandbox.request(method, path, options);
  expect(answer.status, `${method} ${path} ${answer.text.slice(0, 300)}`).toBe(200);
  if (typeof answer.body !== "object") expect(answer.body, `${method} ${path}`).toBe(true);
}

describe("an action and its reversal", () => {
  test("are all tried here", () => {
    const known = Object.keys(PAIRS);
    expect(pairs.map(({ act }) => act.path).filter((path) => !known.includes(path))).toEqual([]);
  });

  for (const { act, undo } of pairs) {
    const seen = PAIRS[act.path] ?? (async () => null);

    test(`${act.path} is done and undone, however often`, async () => {
      const { options } = await sandbox.example(act);
      const { form, ...caller } = options;
      const fields = { ...form, ...OTHER_FIELDS[act.path] };
      const before = await seen(fields);
      const posted = { ...caller, form: fields };
      const deleted = { ...caller, query: fields };
      await done(act, posted);
      const after = await seen(fields);
      if (PAIRS[act.path] !== null) expect(after).not.toEqual(before);
      await done(act, posted);
      expect(await seen(fields)).toEqual(after);
      await done(undo, deleted);
      expect(await seen(fields)).toEqual(before);
      await done(undo, deleted);
      expect(await seen(fields)).toEqual(before);
      await done(act, posted);
      expect(await seen(fields)).toEqual(after);
    });

    const field = ["revert", "unfollow"].find((name) => act.body?.properties[name]);
    if (field !== undefined)
      test(`${act.path} is undone by ${field}, too`, async () => {
        const { options } = await sandbox.example(act);
        const { form, ...caller } = options;
        const fields = { ...form, ...OTHER_FIELDS[act.path] };
        const before = await seen(fields);
        await done(act, { ...caller, form: { ...fields, [field]: "false" } });
        for (const value of ["true", "1"]) {
          await done(act, { ...caller, form: { ...fields, [field]: value } });
          expect(await seen(fields)).toEqual(before);
        }
      });
  }
});
