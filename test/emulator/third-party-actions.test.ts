import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Server } from "bun";
import type { IgApiClient } from "instagram-private-api";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { emulatorServer, thirdPartyClient } from "./third-party-client.ts";

let server: Server<undefined>;
let me: IgApiClient;
let other: IgApiClient;

beforeAll(async () => {
  server = emulatorServer();
  me = await loggedIn("sandbox");
  other = await loggedIn("sandbox_private");
});

afterAll(() => server.stop(true));

async function loggedIn(username: string): Promise<IgApiClient> {
  const ig = thirdPartyClient(server, username);
  await ig.account.login(username, "sandbox");
  return ig;
}

describe("instagram-private-api, unchanged, acts, and reads back", () => {
  test("likes and comments of a post", async () => {
    const [post] = await other.feed.user(SANDBOX_PK).items();
    const mediaId = post?.id ?? "";
    const moduleInfo = {
      module_name: "profile",
      user_id: SANDBOX_PK,
      username: "sandbox",
    } as const;
    const read = async (ig: IgApiClient) => (await ig.media.info(mediaId)).items[0];
    await other.media.like({ mediaId, moduleInfo, d: 0 });
    expect(await read(other)).toMatchObject({ has_liked: true });
    expect((await read(me))?.like_count).toBe((post?.like_count ?? 0) + 1);
    const likers = (await me.media.likers(mediaId)).users.map(({ pk }) => pk);
    expect(likers).toContain(SANDBOX_PRIVATE_PK);
    const { pk } = await other.media.comment({ mediaId, text: "by another client" });
    const listed = await me.feed.mediaComments(mediaId).items();
    const written = listed.find(({ text }) => text === "by another client");
    expect(written?.user_id).toBe(SANDBOX_PRIVATE_PK);
    await me.media.likeComment(String(pk));
    const { new_stories } = await me.news.inbox();
    expect(new_stories.slice(0, 2).map(({ args }: any) => args.text)).toEqual([
      "sandbox_private commented: by another client",
      "sandbox_private liked your post.",
    ]);
    await other.media.commentsBulkDelete(mediaId, [String(pk)]);
    await other.media.unlike({ mediaId, moduleInfo, d: 0 });
    expect(await read(me)).toMatchObject({
      like_count: post?.like_count,
      comment_count: post?.comment_count,
    });
  });

  test("follows, of open and of private accounts", async () => {
    expect(await me.friendship.create(INSTAGRAM_PK)).toMatchObject({ following: true });
    expect((await me.friendship.show(INSTAGRAM_PK)).following).toBe(true);
    expect(await me.friendship.destroy(INSTAGRAM_PK)).toMatchObject({ following: false });
    expect(await me.friendship.create(SANDBOX_PRIVATE_PK)).toMatchObject({
      following: false,
      outgoing_request: true,
    });
    const asking = (await other.feed.pendingFriendships().items()).map(({ pk }) => pk);
    expect(asking).toContain(SANDBOX_PK);
    await other.friendship.approve(SANDBOX_PK);
    expect((await me.friendship.show(SANDBOX_PRIVATE_PK)).following).toBe(true);
    await other.friendship.removeFollower(SANDBOX_PK);
    expect((await me.friendship.show(SANDBOX_PRIVATE_PK)).following).toBe(false);
  });

  test("a message, seen and deleted", async () => {
    const talk = me.entity.directThread([String(SANDBOX_PRIVATE_PK)]);
    await talk.broadcastText("from another client");
    const threads = [
      ...(await other.feed.directPending().items()),
      ...(await other.feed.directInbox().items()),
    ];
    const received = threads.find(({ users }) => users.some(({ pk }) => pk === SANDBOX_PK));
    const [message] = received?.items ?? [];
    expect(message?.text).toBe("from another client");
    await other.directThread.approve(received?.thread_id ?? "");
    const inbox = (await other.feed.directInbox().items()).map(({ thread_id }) => thread_id);
    expect(inbox).toContain(received?.thread_id ?? "");
    await other.directThread.markItemSeen(received?.thread_id ?? "", message?.item_id ?? "");
    const [mine] = await me.feed.directInbox().items();
    await talk.deleteItem(mine?.items[0]?.item_id ?? "");
    const left = me.feed.directThread({ thread_id: talk.threadId ?? "", oldest_cursor: "" });
    expect(await left.items()).toEqual([]);
  });

  test("its own profile", async () => {
    const now = await me.account.currentUser();
    const edited = await me.account.editProfile({
      external_url: "https://example.com/ada",
      gender: "3",
      phone_number: now.phone_number ?? "",
      username: "sandbox",
      first_name: "Ada",
      biography: "Edited elsewhere",
      email: now.email ?? "",
    });
    expect(edited).toMatchObject({ full_name: "Ada", biography: "Edited elsewhere" });
    await me.account.setBiography("And once more");
    expect(await other.user.info(SANDBOX_PK)).toMatchObject({
      full_name: "Ada",
      biography: "And once more",
      external_url: "https://example.com/ada",
    });
  });

  test("saves a post, and edits and deletes one of its own", async () => {
    const [post] = await me.feed.user(INSTAGRAM_PK).items();
    await me.media.save(post?.id ?? "");
    expect((await me.feed.saved().items())[0]?.id).toBe(post?.id ?? "");
    await me.media.unsave(post?.id ?? "");
    expect((await me.feed.saved().items())[0]?.id).not.toBe(post?.id ?? "");
    const [own] = await me.feed.user(SANDBOX_PK).items();
    const mediaId = own?.id ?? "";
    await me.media.editMedia({ mediaId, captionText: "rewritten" });
    expect((await other.media.info(mediaId)).items[0]?.caption?.text).toBe("rewritten");
    await me.media.delete({ mediaId });
    expect((await other.feed.user(SANDBOX_PK).items()).map(({ id }) => id)).not.toContain(mediaId);
  });

  test("a highlight of its stories", async () => {
    const [first, second] = await me.feed.userStory(SANDBOX_PK).items();
    const ids = [first?.id ?? "", second?.id ?? ""];
    const made = await me.highlights.createReel({ title: "Elsewhere", mediaIds: ids });
    const highlightId = made.reel.id;
    const kept = async () =>
      (await other.feed.reelsMedia({ userIds: [highlightId] }).items()).map(({ id }) => id);
    expect((await kept()).sort()).toEqual(ids.toSorted());
    const removed = ids.slice(0, 1);
    await me.highlights.editReel({ highlightId, title: "Renamed", coverId: ids[1] ?? "", removed });
    expect(await kept()).toEqual(ids.slice(1));
    const { tray } = await other.highlights.highlightsTray(SANDBOX_PK);
    expect(tray.find(({ id }) => id === highlightId)?.title).toBe("Renamed");
    await me.highlights.deleteReel(highlightId);
    const left = (await other.highlights.highlightsTray(SANDBOX_PK)).tray.map(({ id }) => id);
    expect(left).not.toContain(highlightId);
  });
});
