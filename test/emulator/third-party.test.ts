import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Server } from "bun";
import {
  type IgApiClient,
  IgCheckpointError,
  IgLoginBadPasswordError,
  IgLoginTwoFactorRequiredError,
} from "instagram-private-api";
import { INSTAGRAM_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { emulatorServer, thirdPartyClient } from "./third-party-client.ts";

let server: Server<undefined>;

beforeAll(() => {
  server = emulatorServer();
});

afterAll(() => server.stop(true));

const clientFor = (username: string): IgApiClient => thirdPartyClient(server, username);

/** The id of an item in a feed. */
function keyOf(item: unknown): string {
  const { user, track, thread_id, id, pk } = item as Record<string, never>;
  const inner = (user && !pk ? user : track) as { pk?: number; id?: string } | undefined;
  return String(id ?? thread_id ?? pk ?? inner?.pk ?? inner?.id);
}

describe("instagram-private-api, unchanged, over plain HTTP", () => {
  test("logs in with both of its simulated flows, reads profiles and pages feeds", async () => {
    const ig = clientFor("sandbox");
    await ig.simulate.preLoginFlow();
    const me = await ig.account.login("sandbox", "sandbox");
    expect(me.username).toBe("sandbox");
    await ig.simulate.postLoginFlow();

    const profile = await ig.user.info(INSTAGRAM_PK);
    expect(profile.username).toBe("instagram");
    expect(profile.follower_count).toBeGreaterThan(600_000_000);
    expect((await ig.user.searchExact("instagram")).pk).toBe(INSTAGRAM_PK);
    expect((await ig.user.usernameinfo("instagram")).pk).toBe(INSTAGRAM_PK);
    expect((await ig.account.currentUser()).username).toBe("sandbox");

    const followers = ig.feed.accountFollowers(INSTAGRAM_PK);
    const first = await followers.items();
    const second = await followers.items();
    const pks = new Set([...first, ...second].map((user) => user.pk));
    expect(pks.size).toBe(first.length + second.length);
    expect(followers.isMoreAvailable()).toBe(true);

    const posts = ig.feed.user(INSTAGRAM_PK);
    const ids = [...(await posts.items()), ...(await posts.items())].map((post) => post.id);
    expect(new Set(ids).size).toBe(24);
    expect(ids.every((id) => id.endsWith(`_${INSTAGRAM_PK}`))).toBe(true);

    const timeline = ig.feed.timeline();
    const seen = [...(await timeline.items()), ...(await timeline.items())].map((post) => post.id);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(10);

    expect(await ig.friendship.create(INSTAGRAM_PK)).toMatchObject({ following: true });
    expect(await ig.friendship.show(INSTAGRAM_PK)).toMatchObject({ following: true });
    expect(await ig.friendship.destroy(INSTAGRAM_PK)).toMatchObject({ following: false });

    await ig.account.logout();
    await expect(ig.user.info(INSTAGRAM_PK)).rejects.toThrow("login_required");
  });

  test("pages through saved and liked posts, and the explore grid", async () => {
    const ig = clientFor("sandbox");
    await ig.account.login("sandbox", "sandbox");
    const post = (await ig.feed.user(INSTAGRAM_PK).items())[0]!;
    const moduleInfo = {
      module_name: "profile",
      user_id: INSTAGRAM_PK,
      username: "instagram",
    } as const;
    await ig.media.like({ mediaId: post.id, moduleInfo, d: 0 });

    const liked = ig.feed.liked();
    const likedIds = [...(await liked.items()), ...(await liked.items())].map(({ id }) => id);
    expect(likedIds[0]).toBe(post.id);
    expect(new Set(likedIds).size).toBe(likedIds.length);
    expect(liked.isMoreAvailable()).toBe(true);

    const saved = ig.feed.saved();
    const savedIds: string[] = [];
    do savedIds.push(...(await saved.items()).map(({ id }) => id));
    while (saved.isMoreAvailable());
    expect(savedIds.length).toBeGreaterThan(90);
    expect(new Set(savedIds).size).toBe(savedIds.length);

    const sections = await ig.feed.topicalExplore().items();
    expect(sections.map(({ layout_type }) => layout_type)).toContain("media_grid");
    await ig.account.logout();
  });

  test("pages through the posts of hashtags and places", async () => {
    const ig = clientFor("sandbox");
    await ig.account.login("sandbox", "sandbox");
    for (const tab of ["top", "recent"] as const) {
      const feed = ig.feed.tags("größe", tab);
      const pages = [await feed.items(), await feed.items(), await feed.items()];
      // Sections of other layouts are undefined there.
      const ids = pages.flat().flatMap((media) => media?.id ?? []);
      if (tab === "recent") expect(ids).toHaveLength(81);
      else expect(ids.length).toBeGreaterThan(24);
      expect(new Set(ids).size).toBe(ids.length);
      expect(feed.isMoreAvailable()).toBe(true);
    }
    for (const tab of ["ranked", "recent"] as const) {
      const feed = ig.feed.location(213385402, tab);
      const ids = [...(await feed.items()), ...(await feed.items())].map(({ id }) => id);
      if (tab === "recent") expect(ids).toHaveLength(54);
      else expect(ids.length).toBeGreaterThan(20);
      expect(new Set(ids).size).toBe(ids.length);
    }
    expect((await ig.location.info(213385402)).location.name).toBe("Berlin, Germany");
    await ig.account.logout();
  });

  test("reads tags, requests to follow, activity and insights", async () => {
    const ig = clientFor("sandbox");
    const me = await ig.account.login("sandbox", "sandbox");

    const tagged = ig.feed.usertags(INSTAGRAM_PK);
    const ids = [...(await tagged.items()), ...(await tagged.items())].map((post) => post.id);
    expect([ids.length, new Set(ids).size]).toEqual([24, 24]);

    const pending = ig.feed.pendingFriendships();
    const asking = [...(await pending.items()), ...(await pending.items())].map(({ pk }) => pk);
    expect([asking.length, new Set(asking).size]).toEqual([100, 100]);

    const channel = ig.feed.igtvChannel(INSTAGRAM_PK);
    const videos = [...(await channel.items()), ...(await channel.items())].map(({ id }) => id);
    expect([videos.length, new Set(videos).size]).toEqual([24, 24]);

    expect((await ig.news.inbox()).new_stories.length).toBeGreaterThan(0);
    const { data } = await ig.insights.account({ userId: String(me.pk) });
    expect(data.user.business_manager.followers_unit.followers_unit_state).toBe("AVAILABLE");
    const posts = ig.feed.postsInsightsFeed({} as never);
    const seen = [...(await posts.items()), ...(await posts.items())];
    expect(new Set(seen.map(({ node }) => node.instagram_media_id)).size).toBe(30);
    const { media } = (await ig.insights.post(seen[0]?.node.instagram_media_id ?? "")).data;
    expect(media.like_count).toBe(seen[0]?.node.like_count ?? -1);
  });

  test("searches users, hashtags and places", async () => {
    const ig = clientFor("sandbox");
    await ig.account.login("sandbox", "sandbox");
    expect((await ig.user.search("anna")).users).toHaveLength(30);
    expect((await ig.tag.search("berlin")).results[0]?.name).toBe("berlin");
    const places = await ig.fbsearch.places("berlin");
    expect(places.items[0]?.location.name).toBe("Berlin, Germany");
    const { venues } = await ig.locationSearch.index(52.5296, 13.4011, "café");
    expect(venues[0]?.name).toBe("Café Müller");
    expect((await ig.locationSearch.index(52.5296, 13.4011)).venues.length).toBeGreaterThan(10);
    expect((await ig.fbsearch.recentSearches()).recent.length).toBeGreaterThan(3);
  });

  test("reads its inboxes, threads and messages", async () => {
    const ig = clientFor("sandbox");
    await ig.account.login("sandbox", "sandbox");

    const inbox = ig.feed.directInbox();
    const threads = [...(await inbox.items()), ...(await inbox.items())];
    expect(new Set(threads.map((thread) => thread.thread_id)).size).toBe(40);
    expect(inbox.isMoreAvailable()).toBe(true);
    expect(await ig.feed.directPending().items()).toHaveLength(20);

    const [latest] = threads;
    if (latest === undefined) throw new Error("no thread");
    const messages = ig.feed.directThread({ thread_id: latest.thread_id, oldest_cursor: "" });
    const ids = [...(await messages.items()), ...(await messages.items())];
    expect(new Set(ids.map((message) => message.item_id)).size).toBe(20);

    const found = await ig.direct.rankedRecipients("raven", "insta");
    expect(found.ranked_recipients[0]).toMatchObject({ user: { username: "instagram" } });
    const { thread } = await ig.directThread.getByParticipants([String(INSTAGRAM_PK)]);
    expect(thread.thread_id).toBe(latest.thread_id);
    expect(await ig.direct.getPresence()).toMatchObject({ status: "ok" });
  });

  test("reads comments, replies to them, and who likes a post", async () => {
    const ig = clientFor("sandbox");
    await ig.account.login("sandbox", "sandbox");
    const [post] = await ig.feed.user(INSTAGRAM_PK).items();
    const mediaId = post?.id ?? "";

    const comments = ig.feed.mediaComments(mediaId);
    const read = [];
    do read.push(...(await comments.items()));
    while (comments.isMoreAvailable());
    const replies = read.reduce((sum, { child_comment_count }) => sum + child_comment_count, 0);
    expect(read.length + replies).toBe(post?.comment_count ?? -1);
    expect(new Set(read.map(({ pk }) => pk)).size).toBe(read.length);

    const commentId = String(read[1]?.pk);
    const thread = ig.feed.mediaInlineChildComments(mediaId, commentId);
    const answers = [];
    do answers.push(...(await thread.items()));
    while (thread.isMoreAvailable());
    expect(answers).toHaveLength(read[1]?.child_comment_count ?? -1);
    expect(new Set(answers.map(({ pk }) => pk)).size).toBe(answers.length);

    expect((await ig.media.likers(mediaId)).users.length).toBeGreaterThan(50);
  });

  test("writes and deletes comments and messages, saves and deletes posts", async () => {
    const ig = clientFor("sandbox");
    const me = await ig.account.login("sandbox", "sandbox");
    const [post] = await ig.feed.user(INSTAGRAM_PK).items();
    const mediaId = post?.id ?? "";
    const info = async (id: string) => (await ig.media.info(id)).items[0];
    const { pk } = await ig.media.comment({ mediaId, text: "nice one" });
    const shown = await ig.feed.mediaComments(mediaId).items();
    expect(shown.find(({ user_id }) => user_id === me.pk)?.text).toBe("nice one");
    const reply = { mediaId, text: "@sandbox yes", replyToCommentId: String(pk) };
    await ig.media.comment(reply);
    expect((await info(mediaId))?.comment_count).toBe((post?.comment_count ?? 0) + 2);
    await ig.media.commentsBulkDelete(mediaId, [String(pk)]);
    expect((await info(mediaId))?.comment_count).toBe(post?.comment_count ?? -1);

    await ig.media.save(mediaId);
    expect((await ig.feed.saved().items())[0]?.id).toBe(mediaId);

    const [own] = await ig.feed.user(me.pk).items();
    expect(await ig.media.delete({ mediaId: own?.id ?? "" })).toMatchObject({ did_delete: true });
    expect((await ig.feed.user(me.pk).items()).map(({ id }) => id)).not.toContain(own?.id);

    const talk = ig.entity.directThread([String(SANDBOX_PRIVATE_PK)]);
    await talk.broadcastText("hello");
    await talk.broadcastText("again");
    const [thread] = await ig.feed.directInbox().items();
    expect([thread?.thread_id, thread?.users[0]?.pk]).toEqual([talk.threadId, SANDBOX_PRIVATE_PK]);
    const sent = await ig.feed.directThread({ thread_id: talk.threadId ?? "" } as never).items();
    expect(sent.map(({ text }) => text)).toEqual(["again", "hello"]);
    await talk.deleteItem(sent[0]?.item_id ?? "");
    const left = await ig.feed.directThread({ thread_id: talk.threadId ?? "" } as never).items();
    expect(left.map(({ text }) => text)).toEqual(["hello"]);
  });

  test("sends everything that Direct takes without a file, and keeps order among its threads", async () => {
    const ig = clientFor("sandbox");
    await ig.account.login("sandbox", "sandbox");
    const [post] = await ig.feed.user(INSTAGRAM_PK).items();
    const [story] = await ig.feed.userStory(INSTAGRAM_PK).items();
    const talk = ig.entity.directThread([String(SANDBOX_PRIVATE_PK)]);
    await talk.broadcastText("see https://example.com/a");
    await talk.broadcastLink("there", ["https://example.com/b"]);
    await talk.broadcastPost(post?.id ?? "");
    await talk.broadcastProfile(INSTAGRAM_PK);
    await talk.broadcastReel({ mediaId: story?.id ?? "", text: "nice" });
    await talk.broadcastUserStory({ mediaId: story?.id ?? "", text: "look" });
    await ig.directThread.broadcast({ item: "like", threadIds: talk.threadId ?? "", form: {} });
    const messages = ig.feed.directThread({ thread_id: talk.threadId ?? "" } as never);
    const items = await messages.items();
    expect(items.slice(0, 7).map(({ item_type }) => item_type as string)).toEqual([
      "like",
      "story_share",
      "reel_share",
      "profile",
      post?.media_type === 2 ? "clip" : "media_share",
      "link",
      "link",
    ]);
    await talk.markItemSeen(items[0]?.item_id ?? "");

    const threads = await ig.feed.directInbox().items();
    const group = threads.find(({ is_group }) => is_group);
    const ofGroup = ig.entity.directThread(group?.thread_id ?? "");
    ofGroup.threadId = group?.thread_id ?? "";
    await ofGroup.updateTitle("New name");
    await ofGroup.addUser([String(INSTAGRAM_PK)]);
    await ofGroup.mute();
    const inboxed = async () => {
      const all = await ig.feed.directInbox().items();
      return all.find(({ thread_id }) => thread_id === group?.thread_id);
    };
    expect(await inboxed()).toMatchObject({ thread_title: "New name", muted: true });
    expect((await inboxed())?.users.map(({ pk }) => pk)).toContain(INSTAGRAM_PK);
    await ofGroup.unmute();
    expect((await inboxed())?.muted).toBe(false);
    await ofGroup.hide();
    expect(await inboxed()).toBeUndefined();

    const [asked, declined] = await ig.feed.directPending().items();
    await ig.directThread.approve(asked?.thread_id ?? "");
    await ig.directThread.decline(declined?.thread_id ?? "");
    const left = (await ig.feed.directPending().items()).map(({ thread_id }) => thread_id);
    expect(left).not.toContain(asked?.thread_id);
    expect(left).not.toContain(declined?.thread_id);
  });

  test("reads stories, who has seen them, and highlights", async () => {
    const ig = clientFor("sandbox");
    const me = await ig.account.login("sandbox", "sandbox");

    const shown = await ig.feed.userStory(INSTAGRAM_PK).items();
    expect(shown.length).toBeGreaterThan(10);
    const both = await ig.feed.reelsMedia({ userIds: [INSTAGRAM_PK, me.pk] }).items();
    expect(both.slice(0, shown.length).map(({ id }) => id)).toEqual(shown.map(({ id }) => id));
    expect((await ig.media.info(shown[0]?.id ?? "")).items[0]?.id).toBe(shown[0]?.id ?? "");

    const own = both.slice(shown.length);
    const seen = await Promise.all(
      own.map(async ({ id }) => {
        const viewers = ig.feed.listReelMediaViewers(id);
        const pks: number[] = [];
        do pks.push(...(await viewers.items()).map(({ pk }) => pk));
        while (viewers.isMoreAvailable());
        expect(new Set(pks).size).toBe(pks.length);
        return pks.length;
      }),
    );
    expect(Math.max(...seen)).toBeGreaterThan(100);

    const { tray } = await ig.highlights.highlightsTray(INSTAGRAM_PK);
    // The client does not follow the cursor of a long tray.
    expect(tray).toHaveLength(10);
    const kept = await ig.feed.reelsMedia({ userIds: [tray[1]?.id ?? ""] }).items();
    expect(kept).toHaveLength(tray[1]?.media_count ?? 0);
  });

  test("reads every other feed to its end, each item once", async () => {
    const ig = clientFor("sandbox");
    const me = await ig.account.login("sandbox", "sandbox");
    const feeds = {
      followers: ig.feed.accountFollowers(me.pk),
      following: ig.feed.accountFollowing(me.pk),
      user: ig.feed.user(INSTAGRAM_PK),
      timeline: ig.feed.timeline(),
      tag: ig.feed.tag("tokyolover"),
      usertags: ig.feed.usertags(INSTAGRAM_PK),
      liked: ig.feed.liked(),
      saved: ig.feed.saved(),
      videos: ig.feed.igtvChannel(INSTAGRAM_PK),
      requests: ig.feed.pendingFriendships(),
      inbox: ig.feed.directInbox(),
      pending: ig.feed.directPending(),
      suggested: ig.feed.discover(),
      news: ig.feed.news(),
      trending: ig.feed.musicTrending(),
      songs: ig.feed.musicSearch("midnight"),
    };
    for (const [name, feed] of Object.entries(feeds)) {
      const keys: string[] = [];
      do keys.push(...((await feed.items()) as unknown[]).map(keyOf));
      while (feed.isMoreAvailable());
      expect([name, keys.length > 20, new Set(keys).size]).toEqual([name, true, keys.length]);
    }

    const { thread } = await ig.directThread.getByParticipants([String(INSTAGRAM_PK)]);
    const messages = ig.feed.directThread({ thread_id: thread.thread_id, oldest_cursor: "" });
    const ids: string[] = [];
    do ids.push(...(await messages.items()).map(({ item_id }) => item_id));
    while (messages.isMoreAvailable());
    expect(ids.length).toBeGreaterThan(300);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("reads the tray of stories, those of a place, and music", async () => {
    const ig = clientFor("sandbox");
    await ig.account.login("sandbox", "sandbox");
    const tray = await ig.feed.reelsTray("cold_start").items();
    expect(tray.length).toBeGreaterThan(20);
    const shown = await ig.feed
      .reelsMedia({ userIds: tray.slice(0, 3).map(({ id }) => id) })
      .items();
    const promised = tray.slice(0, 3).reduce((sum, { media_count }) => sum + media_count, 0);
    expect(shown).toHaveLength(promised);
    const { story } = await ig.location.story(213385402);
    expect(story.items.length).toBeGreaterThan(5);

    const { items: genres } = await ig.music.genres();
    const { items: moods } = await ig.music.moods();
    for (const feed of [
      ig.feed.musicGenre(genres[0]?.genre.id ?? ""),
      ig.feed.musicMood(moods[0]?.mood.id ?? ""),
    ]) {
      const tracks = [...(await feed.items()), ...(await feed.items())];
      expect(new Set(tracks.map(({ track }) => track.id)).size).toBe(40);
    }
    const song = (await ig.feed.musicTrending().items()).find(({ track }) => track.has_lyrics);
    expect((await ig.music.lyrics(song?.track.id ?? "")).lyrics.phrases.length).toBeGreaterThan(3);

    const found = await ig.search.users("anna");
    expect(found[0]?.username).toContain("anna");
    expect((await ig.fbsearch.topsearchFlat("berlin")).list.length).toBeGreaterThan(3);
    expect(await ig.fbsearch.suggestedSearches("users")).toMatchObject({ status: "ok" });
    const { users } = await ig.discover.chaining(String(INSTAGRAM_PK));
    expect(users).toHaveLength(40);
    await ig.friendship.block(users[0]?.pk ?? 0);
    const [blocked] = await ig.feed.blockedUsers().items();
    expect(blocked?.user_id).toBe(users[0]?.pk ?? 0);
  });

  test("logs in with a second factor", async () => {
    const ig = clientFor("sandbox_2fa");
    const asked = await ig.account.login("sandbox_2fa", "sandbox").catch((error: unknown) => error);
    expect(asked).toBeInstanceOf(IgLoginTwoFactorRequiredError);
    if (!(asked instanceof IgLoginTwoFactorRequiredError)) return;
    const { two_factor_identifier } = asked.response.body.two_factor_info;
    const login = (verificationCode: string) =>
      ig.account.twoFactorLogin({
        username: "sandbox_2fa",
        verificationCode,
        twoFactorIdentifier: two_factor_identifier,
      });
    await expect(login("000000")).rejects.toThrow("Please check the security code");
    await login("123456");
    expect((await ig.account.currentUser()).username).toBe("sandbox_2fa");
  });

  test("is told of a wrong password", async () => {
    const ig = clientFor("sandbox");
    const error = await ig.account.login("sandbox", "wrong").catch((reason: unknown) => reason);
    expect(error instanceof IgLoginBadPasswordError).toBe(true);
  });

  test("resolves a challenge by itself", async () => {
    const ig = clientFor("sandbox_challenge");
    const error = await ig.account
      .login("sandbox_challenge", "sandbox")
      .catch((reason: unknown) => reason);
    expect(error instanceof IgCheckpointError).toBe(true);
    await ig.challenge.auto(true);
    await ig.challenge.sendSecurityCode("123456");
    expect((await ig.account.currentUser()).username).toBe("sandbox_challenge");
    expect((await ig.account.login("sandbox_challenge", "sandbox")).username).toBe(
      "sandbox_challenge",
    );
  });
});
