import { describe, expect, test } from "bun:test";
import type { Operation } from "../../src/http/route.ts";
import { reply } from "../support/fake-instagram.ts";
import { faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { get: ask } = sandbox;
const callsOf = ({ headers }: { headers: Headers }): number =>
  Number(headers.get("gramway-upstream-calls"));

const paged = sandbox.entries.filter(
  ({ query, access }) => query?.properties.cursor && access.kind === "session",
);

/** Where each list has a second page, and what else it could be a list of. */
const TARGETS: Record<string, [of: Record<string, string>, other: Record<string, string>]> = {
  ...Object.fromEntries(
    [
      "getUserFollowers",
      "getUserFollowing",
      "getUserMedias",
      "getUserClips",
      "getUserVideos",
      "getUserTaggedMedias",
    ].map((name) => [name, [{ user_id: "25025320" }, { user_id: "61000000001" }]]),
  ),
  getHashtagMediasTop: [{ name: "berlin" }, { name: "paris" }],
  getHashtagMediasRecent: [{ name: "berlin" }, { name: "paris" }],
  getLocationMediasTop: [{ location_pk: "213385402" }, { location_pk: "213385403" }],
  getLocationMediasRecent: [{ location_pk: "213385402" }, { location_pk: "213385403" }],
  getDirectInbox: [{ box: "primary" }, { box: "general" }],
};

async function secondPageOf(entry: Operation, target: Record<string, string>): Promise<string> {
  const small: Record<string, string> = entry.query?.properties.amount ? { amount: "1" } : {};
  const answer = await ask(entry.path, { ...target, ...small });
  expect(answer.status, `${entry.path} ${answer.text.slice(0, 200)}`).toBe(200);
  return answer.body.next_cursor;
}

describe("a cursor", () => {
  const cursors = new Map<string, string>();

  for (const entry of paged) {
    const { operationId } = entry;
    const [of, other] = TARGETS[operationId] ?? [null, {}];

    test(`of ${operationId} opens nothing else, and no part of it opens anything`, async () => {
      const { options } = await sandbox.example(entry);
      const target = of ?? options.query ?? {};
      const cursor = await secondPageOf(entry, target);
      if (of) expect(cursor).not.toBe("");
      if (cursor === "") return;
      cursors.set(operationId, cursor);
      const refused = async (query: Record<string, string>, about: string): Promise<void> => {
        const answer = await ask(entry.path, query);
        expect(faultyFields(answer), about).toEqual(["cursor"]);
        expect(callsOf(answer), about).toBe(0);
      };
      if (of) await refused({ ...other, cursor }, "of another target");
      for (const [name, foreign] of cursors)
        if (name !== operationId) await refused({ ...target, cursor: foreign }, name);
      for (const damaged of [
        cursor.slice(0, -1),
        cursor.slice(0, 8),
        `${cursor}x`,
        cursor.replace(/^gwc./, (start) => (start === "gwc0" ? "gwc1" : "gwc0")),
        "gwc",
        "gw1.x",
        "nonsense",
        "x",
        "%",
        "1".repeat(80),
        "\u0000",
        "a\nb",
        "💥",
        "a%2Bb",
        `QVFC${"x".repeat(10_000)}`,
      ])
        await refused({ ...target, cursor: damaged }, JSON.stringify(damaged.slice(0, 100)));
      const next = await ask(entry.path, { ...target, cursor });
      expect(next.status, next.text.slice(0, 200)).toBe(200);
    });
  }

  test("of an account's own list is of no other account", async () => {
    const { next_cursor: cursor } = (await ask("/user/follow/requests", { amount: "1" })).body;
    const other = await sandbox.login("sandbox_private");
    const refused = await ask("/user/follow/requests", { cursor }, other);
    expect(faultyFields(refused)).toEqual(["cursor"]);
    expect(callsOf(refused)).toBe(0);
  });

  test("of a stream of comments goes in its own direction only", async () => {
    const { media_id = "" } = (await sandbox.example(sandbox.entry("getMediaCommentsStream")))
      .options.query as Record<string, string>;
    const { min_cursor, max_cursor } = (await ask("/media/comments/stream", { media_id })).body;
    for (const [right, wrong, cursor] of [
      ["min_id", "max_id", min_cursor],
      ["max_id", "min_id", max_cursor],
    ] as const) {
      if (cursor === "") continue;
      expect((await ask("/media/comments/stream", { media_id, [right]: cursor })).status).toBe(200);
      const refused = await ask("/media/comments/stream", { media_id, [wrong]: cursor });
      expect(faultyFields(refused)).toEqual([wrong]);
    }
  });
});

describe("paging by username", () => {
  for (const path of ["/user/followers", "/user/medias"])
    test(`costs one look-up in all, at ${path}`, async () => {
      const calls: number[] = [];
      const items: string[] = [];
      let cursor = "";
      for (let page = 0; page < 3; page++) {
        const answer = await ask(path, { user_id: "instagram", amount: "3", cursor });
        calls.push(callsOf(answer));
        items.push(...answer.body.items.map(({ pk }: { pk: string }) => pk));
        cursor = answer.body.next_cursor;
      }
      expect(calls).toEqual([2, 1, 1]);
      expect(new Set(items).size).toBe(9);
    });

  test("may go on by pk, and the other way round, of the same user only", async () => {
    const path = "/user/followers";
    const byName = (await ask(path, { user_id: "instagram", amount: "3" })).body;
    const byPk = (await ask(path, { user_id: "25025320", amount: "3" })).body;
    const on = await ask(path, { user_id: "25025320", amount: "3", cursor: byName.next_cursor });
    expect([on.status, callsOf(on)]).toEqual([200, 1]);
    const back = await ask(path, { user_id: "instagram", amount: "3", cursor: byPk.next_cursor });
    expect([back.status, callsOf(back)]).toEqual([200, 2]);
    expect(back.body.items).toEqual(on.body.items);
    for (const cursor of [byName.next_cursor, byPk.next_cursor]) {
      const other = await ask(path, { user_id: "sandbox", amount: "3", cursor });
      expect(faultyFields(other)).toEqual(["cursor"]);
      // By another name only Instagram knows whether it is the same user.
      expect(callsOf(other)).toBe(cursor === byName.next_cursor ? 0 : 1);
    }
  });
});

test("a cursor of Instagram's own is handed to it as it is", async () => {
  const { instagram } = sandbox;
  instagram.on("friendships/25025320/followers/", reply(200, { users: [], status: "ok" }));
  for (const cursor of [
    "QVFCcursor==",
    "3456789012345678901_25025320",
    '{"a": "KA=="}',
    "100",
    "25|QVFC",
  ]) {
    expect((await ask("/user/followers", { user_id: "25025320", cursor })).status).toBe(200);
    expect(new URL(instagram.calls.at(-1)?.url ?? "").searchParams.get("max_id")).toBe(cursor);
  }
});
