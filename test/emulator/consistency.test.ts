import { beforeAll, describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK } from "../../src/emulator/seed/fixtures.ts";
import { allPages, loggedIn, type ParsedJson, sectionPosts, type TestClient } from "./client.ts";

/* Different answers must say the same about the same thing. */

const emulator = createEmulator();
let me: TestClient;
let crowd: ParsedJson[];

beforeAll(async () => {
  me = await loggedIn(emulator);
  const { users } = (await me.get(`friendships/${INSTAGRAM_PK}/followers/`, { count: 40 })).json;
  crowd = users.filter((user: ParsedJson) => !user.is_private);
});

const profileOf = async (pk: number): Promise<ParsedJson> =>
  (await me.get(`users/${pk}/info/`)).json.user;

const pksOf = (users: ParsedJson[]): number[] => users.map(({ pk }) => pk);

async function allUsers(client: TestClient, path: string): Promise<ParsedJson[]> {
  const users: ParsedJson[] = [];
  for (let max_id: string | undefined = ""; max_id !== undefined; ) {
    const page: ParsedJson = (await client.get(path, { count: 200, max_id })).json;
    users.push(...page.users);
    max_id = page.next_max_id;
  }
  return users;
}

async function clipsOf(pk: number): Promise<ParsedJson[]> {
  const items: ParsedJson[] = [];
  for (let max_id: string | undefined = ""; max_id !== undefined; ) {
    const page: ParsedJson = (
      await me.post("clips/user/", { target_user_id: pk, page_size: 50, max_id })
    ).json;
    items.push(...page.items);
    max_id = page.paging_info.max_id;
  }
  return items;
}

describe("a profile counts", () => {
  const pks = () => [INSTAGRAM_PK, SANDBOX_PK, ...pksOf(crowd).slice(0, 12)];

  test("the posts, Reels and posts that tag the user", async () => {
    for (const pk of pks()) {
      const profile = await profileOf(pk);
      const { items: posts } = await allPages(me, `feed/user/${pk}/`, { count: "50" });
      const { items: tagging } = await allPages(me, `usertags/${pk}/feed/`, { count: "50" });
      const clips = await clipsOf(pk);
      expect([profile.media_count, profile.total_clips_count, profile.usertags_count]).toEqual([
        posts.length,
        clips.length,
        tagging.length,
      ]);
      expect(clips.length).toBe(posts.filter((p) => p.product_type === "clips").length);
      expect(profile.has_videos).toBe(posts.some(({ media_type }) => media_type === 2));
    }
  });

  test("who follows the user, and whom the user follows", async () => {
    for (const pk of pks().slice(1, 8)) {
      const profile = await profileOf(pk);
      const followers = await allUsers(me, `friendships/${pk}/followers/`);
      const following = await allUsers(me, `friendships/${pk}/following/`);
      expect(profile.follower_count).toBe(followers.length);
      expect(profile.following_count).toBe(following.length);
      expect(new Set(pksOf(followers)).size).toBe(followers.length);
    }
  });

  test("highlights and guides where there are any", async () => {
    const query = {
      supported_capabilities_new: "[]",
      phone_id: "x",
      battery_level: 50,
      is_charging: 0,
      will_sound_on: 0,
    };
    for (const pk of pks()) {
      const profile = await profileOf(pk);
      const { tray } = (await me.get(`highlights/${pk}/highlights_tray/`, query)).json;
      const { guides } = (await me.get(`guides/user/${pk}/`)).json;
      expect([profile.has_highlight_reels, profile.has_guides]).toEqual([
        tray.length > 0,
        guides.length > 0,
      ]);
    }
  });
});

describe("a post", () => {
  test("has as many likers as it counts, where they are few", async () => {
    const posts = (
      await Promise.all(
        crowd.map(async ({ pk }) => (await me.get(`feed/user/${pk}/`, { count: 50 })).json.items),
      )
    ).flat();
    const few = posts.filter(({ like_count }) => like_count < 100);
    expect(few.length).toBeGreaterThan(5);
    for (const { id, like_count } of few) {
      const { users, user_count } = (await me.get(`media/${id}/likers/`)).json;
      expect([users.length, user_count]).toEqual([like_count, like_count]);
      expect(new Set(pksOf(users)).size).toBe(like_count);
    }
  });

  test("names every account that came to like it", async () => {
    const friend = await loggedIn(emulator, "sandbox_private", "likers");
    const viewer = await loggedIn(emulator, "sandbox", "likers");
    const [post] = (await viewer.get(`feed/user/${INSTAGRAM_PK}/`)).json.items;
    const media_id = String(post.id.split("_")[0]);
    await friend.post(`media/${media_id}/like/`, { media_id });
    const { users, user_count } = (await viewer.get(`media/${post.id}/likers/`)).json;
    expect(users[0].username).toBe("sandbox_private");
    expect(user_count).toBe(post.like_count + 1);
    expect(users).toHaveLength(100);
  });

  test("is a photo of whoever is tagged on it, and of nobody else", async () => {
    const { items } = await allPages(me, `usertags/${SANDBOX_PK}/feed/`);
    expect(items.length).toBeGreaterThan(10);
    expect(items.every(({ photo_of_you }) => photo_of_you === true)).toBe(true);
    const other = await loggedIn(emulator, "sandbox_private");
    const again = (await other.get(`media/${items[0].id}/info/`)).json.items[0];
    expect(again).toEqual({ ...items[0], photo_of_you: false });
  });

  test("is the same in every list", async () => {
    const find = async (id: string) => (await me.get(`media/${id}/info/`)).json.items[0];
    const sections = await me.send("POST", "/api/v1/tags/berlin/sections/", {
      form: { _uuid: "x", tab: "recent" },
    });
    const place = await me.send("POST", "/api/v1/locations/213385402/sections/", {
      form: { _uuid: "x", session_id: "x", tab: "ranked" },
    });
    for (const media of sectionPosts(sections)) {
      expect(media.caption.text.toLowerCase()).toContain("#berlin");
      expect(await find(media.id)).toEqual(media);
    }
    for (const media of sectionPosts(place)) {
      expect(media.location.pk).toBe(213385402);
      expect(await find(media.id)).toEqual(media);
    }
    const lists = ["feed/liked/", "feed/saved/posts/", "discover/topical_explore/"];
    for (const path of lists) {
      const text = JSON.stringify((await me.get(path)).json);
      const [id] = /\d{17,20}_\d+/.exec(text) ?? [];
      expect(text).toContain(JSON.stringify(await find(id ?? "")));
    }
  });
});

describe("activity", () => {
  test("tells of likes, comments and tags that are there", async () => {
    const { text, json } = await me.get("news/inbox/");
    const stories: ParsedJson[] = [...json.new_stories, ...json.old_stories];
    // Read from the text: a parsed number would be rounded.
    const commentIds = [...text.matchAll(/"comment_id":(\d+)/g)].map(([, id]) => id);
    const named = (name: string) => stories.filter(({ notif_name }) => notif_name === name);
    for (const { args } of named("like")) {
      const { users } = (await me.get(`media/${args.media[0].id}/likers/`)).json;
      expect(pksOf(users)).toContain(args.profile_id);
    }
    for (const [index, { args }] of named("comment_on_post").entries()) {
      const answer = await me.get(`media/${args.media[0].id}/comments/`);
      const comment = `"pk":${commentIds[index]},"user_id":${args.profile_id},`;
      expect(answer.text.includes(comment)).toBe(true);
    }
    for (const { args } of named("usertag")) {
      const [post] = (await me.get(`media/${args.media[0].id}/info/`)).json.items;
      expect(post.user.pk).toBe(args.profile_id);
      expect(post.photo_of_you).toBe(true);
    }
    for (const name of ["like", "comment_on_post", "usertag", "user_followed"])
      expect(named(name).length).toBeGreaterThan(2);
  });
});

describe("an inbox", () => {
  test("counts what is unread the same, whatever is shown of it", async () => {
    const query = { visual_message_return_type: "unseen", persistentBadging: "true", limit: 100 };
    const inbox = async (more: object = {}) =>
      (await me.get("direct_v2/inbox/", { ...query, ...more })).json;
    const all = await inbox();
    const unread = all.inbox.threads.filter(({ read_state }: ParsedJson) => read_state === 1);
    expect(all.inbox.unseen_count).toBe(unread.length);
    expect((await inbox({ selected_filter: "flagged" })).inbox.unseen_count).toBe(unread.length);
    const asked = await inbox({ selected_filter: "unread" });
    expect(asked.inbox.threads).toHaveLength(unread.length);
    const pending = (await me.get("direct_v2/pending_inbox/", query)).json;
    expect(all.pending_requests_total).toBe(pending.inbox.threads.length);
  });
});

test("reading changes nothing: an answer is the same, whatever was read before it", async () => {
  const paths = [
    `users/${INSTAGRAM_PK}/info/`,
    `feed/user/${INSTAGRAM_PK}/`,
    `usertags/${SANDBOX_PK}/feed/`,
    "news/inbox/",
    "feed/saved/posts/",
    `users/${crowd[3]?.pk}/info/`,
  ];
  const read = async (order: string[]) => {
    const client = await loggedIn(createEmulator());
    const answers = new Map<string, string>();
    for (const path of order) answers.set(path, (await client.get(path)).text);
    return paths.map((path) => answers.get(path));
  };
  expect(await read(paths)).toEqual(await read(paths.toReversed()));
});
