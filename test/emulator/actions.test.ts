import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createEmulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { comment, comments, deleteComments, info, pkIn, postsOf } from "./acting.ts";
import { allPages, idsOf, loggedIn, type ParsedJson, type TestClient } from "./client.ts";

/* What an account does shows in every read of its tenant, and in no other tenant's. */

const emulator = createEmulator();

describe("saving", () => {
  test("puts a post on top of what is saved, and into collections", async () => {
    const me = await loggedIn(emulator, "sandbox", "saving");
    const [post] = await postsOf(me);
    const types = { collection_types: '["ALL_MEDIA_AUTO_COLLECTION","MEDIA"]' };
    const list = async () => (await allPages(me, "collections/list/", types)).items;
    const [all, first, second] = await list();
    const save = (fields: object) => me.post(`media/${post.id}/save/`, fields);
    await save({ added_collection_ids: `[${first.collection_id}]` });
    await save({});
    const after = await list();
    expect(after.map(({ collection_media_count }) => collection_media_count).slice(0, 3)).toEqual([
      all.collection_media_count + 1,
      first.collection_media_count + 1,
      second.collection_media_count,
    ]);
    expect(after[0].cover_media.id).toBe(post.id);
    expect(after[1].cover_media.id).toBe(post.id);
    const saved = async () => (await me.get("feed/saved/posts/")).json.items[0].media.id;
    expect(await saved()).toBe(post.id);
    expect(await info(me, post.id)).toMatchObject({
      has_viewer_saved: true,
      saved_collection_ids: [first.collection_id],
    });
    await me.post(`media/${post.id}/unsave/`, {
      removed_collection_ids: `["${first.collection_id}"]`,
    });
    expect((await info(me, post.id)).saved_collection_ids).toEqual([]);
    await save({ added_collection_ids: `[${first.collection_id}]` });
    await me.post(`media/${post.id}/unsave/`, {});
    expect(await list()).toEqual([all, first, second, ...after.slice(3)]);
    expect(await info(me, post.id)).toEqual(post);
  });

  test("is refused for a collection that is not one's own", async () => {
    const me = await loggedIn(emulator, "sandbox", "saving");
    const [post] = await postsOf(me);
    for (const ids of ["[17850000000000001]", "17850000000000001", "[x]"]) {
      const answer = await me.post(`media/${post.id}/save/`, { added_collection_ids: ids });
      expect(answer.json.message).toBe("Missing or invalid parameter: added_collection_ids");
    }
    expect((await info(me, post.id)).has_viewer_saved).toBe(false);
  });
});

describe("deleting a post", () => {
  test("takes it out of every list and counter", async () => {
    const me = await loggedIn(emulator, "sandbox", "deleting");
    const other = await loggedIn(emulator, "sandbox_private", "deleting");
    const profile = async () => (await me.get(`users/${SANDBOX_PK}/info/`)).json.user;
    const before = await profile();
    const { items } = await allPages(me, `feed/user/${SANDBOX_PK}/`);
    const clip = items.find(({ product_type }) => product_type === "clips");
    const tagging = items.find(({ usertags }) => usertags?.in.length > 0);
    expect(tagging).toBeDefined();
    const page = await me.get(`feed/user/${SANDBOX_PK}/`, { count: 3 });
    const last = page.json.items.at(-1);
    for (const post of [clip, tagging, last]) {
      await other.post(`media/${post.id}/like/`, { media_id: post.id });
      await other.post(`media/${post.id}/save/`, {});
      const foreign = await other.post(`media/${post.id}/delete/`, { media_id: post.id });
      expect(foreign.json.message).toBe("You cannot delete this media.");
    }
    const tagged = tagging.usertags.in[0].user.pk;
    const usertags = async () => (await me.get(`users/${tagged}/info/`)).json.user.usertags_count;
    const taggedBefore = await usertags();
    const gone = new Set<string>([clip.id, tagging.id, last.id]);
    for (const id of gone)
      expect((await me.post(`media/${id}/delete/`, { media_id: id })).json).toEqual({
        did_delete: true,
        status: "ok",
      });
    const left = items.filter(({ id }) => !gone.has(id));
    expect(idsOf((await allPages(me, `feed/user/${SANDBOX_PK}/`)).items)).toEqual(idsOf(left));
    // A cursor stays valid when the post that it names is deleted.
    const next = await me.get(`feed/user/${SANDBOX_PK}/`, {
      count: 50,
      max_id: page.json.next_max_id,
    });
    expect(idsOf(next.json.items)).toEqual(idsOf(items.slice(3).filter(({ id }) => !gone.has(id))));
    const after = await profile();
    const clips = left.filter(({ product_type }) => product_type === "clips");
    expect([after.media_count, after.total_clips_count]).toEqual([left.length, clips.length]);
    expect(after.follower_count).toBe(before.follower_count);
    expect(await usertags()).toBe(
      taggedBefore - items.filter((p) => gone.has(p.id) && tags(p, tagged)).length,
    );
    const still = idsOf((await allPages(me, `usertags/${tagged}/feed/`)).items);
    expect(still.filter((id) => gone.has(id))).toEqual([]);
    for (const id of gone) {
      for (const path of ["info", "likers", "comments"])
        expect((await me.get(`media/${id}/${path}/`)).json.message).toBe(
          "Media not found or unavailable",
        );
      expect((await me.post(`media/${id}/delete/`, { media_id: id })).status).toBe(400);
    }
    for (const path of ["feed/liked/", "feed/saved/posts/"]) {
      const { items: kept } = await allPages(other, path);
      expect(idsOf(kept).filter((id) => gone.has(id))).toEqual([]);
    }
  });

  const tags = (post: ParsedJson, pk: number): boolean =>
    (post.usertags?.in ?? []).some(({ user }: ParsedJson) => user.pk === pk);
});

test("an account that becomes private shows its posts to followers only, until it is public again", async () => {
  const me = await loggedIn(emulator, "sandbox", "privacy");
  const other = await loggedIn(emulator, "sandbox_private", "privacy");
  const [post] = await postsOf(other, SANDBOX_PK);
  expect((await me.post("accounts/set_private/", {})).json.user.is_private).toBe(true);
  expect((await other.get(`users/${SANDBOX_PK}/info/`)).json.user.is_private).toBe(true);
  expect((await other.get("users/sandbox/usernameinfo/")).json.user.is_private).toBe(true);
  const closed = (await me.get(`media/${post.id}/info/`)).json.items[0];
  expect(closed.user.is_private).toBe(true);
  expect(await postsOf(me, SANDBOX_PK)).toContainEqual(closed);
  for (const path of [
    `feed/user/${SANDBOX_PK}/`,
    `friendships/${SANDBOX_PK}/followers/`,
    `media/${post.id}/info/`,
  ])
    expect((await other.get(path)).status).toBe(400);
  const asked = await other.post(`friendships/create/${SANDBOX_PK}/`, {
    user_id: String(SANDBOX_PK),
  });
  expect(asked.json.friendship_status).toMatchObject({ following: false, outgoing_request: true });
  await me.post("accounts/set_public/", {});
  expect(await postsOf(other, SANDBOX_PK)).toContainEqual(post);
});

test("a follow is in both users' lists, whoever had whom in the list from the start", async () => {
  const me = await loggedIn(emulator, "sandbox", "both-lists");
  const count = async (pk: number) => (await me.get(`users/${pk}/info/`)).json.user.follower_count;
  const listed = async (pk: number) =>
    (await me.get(`friendships/${pk}/followers/`, { count: 200, query: "sandbox" })).json.users.map(
      (user: ParsedJson) => user.username,
    );
  const { users } = (await me.get(`friendships/${SANDBOX_PK}/following/`, { count: 60 })).json;
  const friend = users.find(({ is_private }: ParsedJson) => !is_private);
  const before = await count(friend.pk);
  expect(await listed(friend.pk)).toContain("sandbox");
  const change = (action: string) =>
    me.post(`friendships/${action}/${friend.pk}/`, { user_id: String(friend.pk) });
  await change("destroy");
  expect(await count(friend.pk)).toBe(before - 1);
  expect(await listed(friend.pk)).not.toContain("sandbox");
  await change("create");
  expect(await count(friend.pk)).toBe(before);
  expect(await listed(friend.pk)).toContain("sandbox");
});

test("counters say what the lists hold, after whatever is done", async () => {
  const action = fc.record({
    by: fc.constantFrom("sandbox", "sandbox_private"),
    kind: fc.constantFrom(
      "create",
      "destroy",
      "block",
      "unblock",
      "approve",
      "remove_follower",
      "like",
      "unlike",
      "comment",
      "uncomment",
    ),
    whom: fc.integer({ min: 0, max: 3 }),
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 15 }), async (actions) => {
      const world = `counters ${run++}`;
      const clients = {
        sandbox: await loggedIn(emulator, "sandbox", world),
        sandbox_private: await loggedIn(emulator, "sandbox_private", world),
      };
      const me = clients.sandbox;
      const { users } = (await me.get(`friendships/${SANDBOX_PK}/following/`, { count: 2 })).json;
      const pks = [SANDBOX_PK, SANDBOX_PRIVATE_PK, ...users.map(({ pk }: ParsedJson) => pk)];
      const [post] = await postsOf(me, SANDBOX_PK);
      const written: string[] = [];
      for (const { by, kind, whom } of actions) {
        const client = clients[by];
        if (kind === "like" || kind === "unlike")
          await client.post(`media/${post.id}/${kind}/`, { media_id: post.id });
        else if (kind === "comment")
          written.push(pkIn((await comment(client, post.id, "any")).text));
        else if (kind === "uncomment")
          await deleteComments(client, post.id, written.at(whom) ?? "0");
        else await client.post(`friendships/${kind}/${pks[whom]}/`, { user_id: String(pks[whom]) });
      }
      for (const pk of pks) {
        const asker = pk === SANDBOX_PRIVATE_PK ? clients.sandbox_private : me;
        const { status, json } = await asker.get(`users/${pk}/info/`);
        // Users who blocked the viewer are not found.
        if (status !== 200) continue;
        for (const list of ["followers", "following"]) {
          const length = await lengthOf(asker, `friendships/${pk}/${list}/`);
          const counted = json.user[list === "followers" ? "follower_count" : "following_count"];
          // Users who blocked the viewer are counted, but not shown.
          if (length !== undefined) expect(counted - length).toBeWithin(0, 2);
        }
      }
      const now = await info(me, post.id);
      const likers = (await me.get(`media/${post.id}/likers/`)).json;
      expect(likers.user_count).toBe(now.like_count);
      const all = await comments(me, post.id);
      const threads = (await me.get(`media/${post.id}/comments/`)).json;
      expect(threads.comment_count).toBe(now.comment_count);
      const shown = all.filter(({ pk }) => written.includes(pk)).length;
      const hidden = now.comment_count - post.comment_count - shown;
      // Comments of users who blocked the viewer are counted, too, but not shown.
      const mayHide = actions.some(({ kind }) => kind === "block");
      expect(hidden).toBeWithin(0, mayHide ? written.length + 1 : 1);
    }),
    { numRuns: 15 },
  );
});

/** How many users a list shows; undefined where the viewer may not see it. */
async function lengthOf(client: TestClient, path: string): Promise<number | undefined> {
  let length = 0;
  for (let max_id: string | undefined = ""; max_id !== undefined; ) {
    const page: ParsedJson = await client.get(path, { count: 200, max_id });
    if (page.status !== 200) return undefined;
    length += page.json.users.length;
    max_id = page.json.next_max_id;
  }
  return length;
}

test("a tenant that fills its world is refused, keeps what it has, and makes room by undoing", async () => {
  // A second passes between requests: nobody may act faster.
  let time = Date.UTC(2025, 10, 3);
  const slowly = createEmulator({
    now: () => {
      time += 1_000;
      return time;
    },
  });
  const me = await loggedIn(slowly, "sandbox", "full");
  const [post] = await postsOf(me);
  const written: string[] = [];
  // No two are the same.
  const text = () => `${written.length} `.padEnd(2_200, "x");
  for (;;) {
    const answer = await comment(me, post.id, text());
    if (answer.status !== 200) {
      expect(answer.json).toMatchObject({ message: "feedback_required", status: "fail" });
      break;
    }
    written.push(pkIn(answer.text));
  }
  expect(written.length).toBeGreaterThan(500);
  expect((await info(me, post.id)).comment_count).toBe(post.comment_count + written.length);
  const [first = ""] = written;
  expect((await deleteComments(me, post.id, first)).status).toBe(200);
  expect((await comment(me, post.id, text())).status).toBe(200);

  // An action that changes several lists changes all of them or none.
  const { items } = await allPages(me, `feed/user/${INSTAGRAM_PK}/`, { count: "50" });
  for (const { id } of items) await me.post(`media/${id}/like/`, { media_id: id });
  const { users } = (await me.get(`friendships/${SANDBOX_PK}/following/`)).json;
  const friend = users[1].pk;
  const status = async () => (await me.get(`friendships/show/${friend}/`)).json;
  const before = await status();
  const block = await me.post(`friendships/block/${friend}/`, { user_id: String(friend) });
  expect(block.json.message).toBe("feedback_required");
  expect(await status()).toEqual(before);
  const mute = await me.post("friendships/mute_posts_or_story_from_follow/", {
    container_module: "media_mute_sheet",
    target_posts_author_id: String(friend),
    target_reel_author_id: String(friend),
  });
  expect(mute.json.message).toBe("feedback_required");
  const besties = { module: "x", source: "x", add: [String(friend), String(users[2].pk)] };
  const closeFriends = await me.post("friendships/set_besties/", besties);
  expect(closeFriends.json.message).toBe("feedback_required");
  expect(await status()).toEqual(before);
});
