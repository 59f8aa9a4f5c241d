import { beforeAll, describe, expect, test } from "bun:test";
import { createEmulator, sandboxSessionId } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { type Answer, loggedIn, type ParsedJson, type TestClient } from "./client.ts";

/* No endpoint may show what an account hides from the viewer. */

const emulator = createEmulator();
const CAPABLE = { supported_capabilities_new: "[]" };
const DEVICE = { phone_id: "x", battery_level: 50, is_charging: 0, will_sound_on: 0 };
const DIRECT = { visual_message_return_type: "unseen", persistentBadging: "true" };

type Ask = (viewer: TestClient, of: Shown) => Promise<Answer>;

/** What an owner sees of the account. */
interface Shown {
  readonly pk: number;
  readonly username: string;
  readonly postId: string;
  readonly code: string;
  readonly commentId: string;
  readonly storyId: string;
}

async function shownBy(owner: TestClient, pk: number, username: string): Promise<Shown> {
  const { items } = (await owner.get(`feed/user/${pk}/`, { count: 50 })).json;
  const post = items.find(({ comment_count }: ParsedJson) => comment_count > 5);
  const comments = (await owner.get(`media/${post.id}/comments/`)).text;
  const story = (await owner.get(`feed/user/${pk}/story/`, CAPABLE)).json.reel.items[0];
  const [, commentId = ""] = /"comments":\[\{"pk":(\d+)/.exec(comments) ?? [];
  return { pk, username, postId: post.id, code: post.code, commentId, storyId: story.id };
}

/** Endpoints that refuse to show a hidden account's things. */
const REFUSING: Record<string, Ask> = {
  posts: (viewer, { pk }) => viewer.get(`feed/user/${pk}/`),
  clips: (viewer, { pk }) => viewer.post("clips/user/", { target_user_id: pk }),
  videos: (viewer, { pk }) => viewer.get("igtv/channel/", { id: `uservideo_${pk}` }),
  tags: (viewer, { pk }) => viewer.get(`usertags/${pk}/feed/`),
  guides: (viewer, { pk }) => viewer.get(`guides/user/${pk}/`),
  followers: (viewer, { pk }) => viewer.get(`friendships/${pk}/followers/`),
  following: (viewer, { pk }) => viewer.get(`friendships/${pk}/following/`),
  stories: (viewer, { pk }) => viewer.get(`feed/user/${pk}/story/`, CAPABLE),
  highlights: (viewer, { pk }) =>
    viewer.get(`highlights/${pk}/highlights_tray/`, { ...CAPABLE, ...DEVICE }),
  "users like it": (viewer, { pk }) => viewer.get("discover/chaining/", { target_id: pk }),
  post: (viewer, { postId }) => viewer.get(`media/${postId}/info/`),
  story: (viewer, { storyId }) => viewer.get(`media/${storyId}/info/`),
  metadata: (viewer, { postId }) => viewer.get("discover/media_metadata/", { media_id: postId }),
  likers: (viewer, { postId }) => viewer.get(`media/${postId}/likers/`),
  comments: (viewer, { postId }) => viewer.get(`media/${postId}/comments/`),
  "streamed comments": (viewer, { postId }) => viewer.get(`media/${postId}/stream_comments/`),
  replies: (viewer, { postId, commentId }) =>
    viewer.get(`media/${postId}/comments/${commentId}/inline_child_comments/`),
  viewers: (viewer, { storyId }) => viewer.get(`media/${storyId}/list_reel_media_viewer/`),
  oembed: (viewer, { code }) =>
    viewer.get("oembed", { url: `https://www.instagram.com/p/${code}/` }),
  like: (viewer, { postId }) => {
    const media_id = postId.split("_")[0];
    return viewer.post(`media/${media_id}/like/`, { media_id });
  },
};

/** Endpoints that leave a hidden account's things out. */
const SILENT: Record<string, Ask> = {
  reels: (viewer, { pk }) =>
    viewer.post("feed/reels_media/", { ...CAPABLE, source: "x", user_ids: [String(pk)] }),
  "comment summaries": (viewer, { postId }) =>
    viewer.get("media/comment_infos/", { media_ids: postId }),
  "results of a search": (viewer, { username }) =>
    viewer.get("fbsearch/top_serp/", { search_surface: "top_serp", query: username }),
  tray: (viewer) => viewer.post("feed/reels_tray/", { reason: "cold_start" }),
  timeline: (viewer) => viewer.post("feed/timeline/", { reason: "x", _uuid: "x" }),
  "likers of a comment": (viewer, { commentId }) =>
    viewer.send("GET", "/graphql/query/", {
      host: "www.instagram.com",
      query: {
        query_hash: "5f0b1f6281e72053cbc07909c8d154ae",
        variables: JSON.stringify({ comment_id: commentId, first: 10 }),
      },
      headers: { Cookie: `sessionid=${sandboxSessionId("sandbox")}` },
    }),
  "post on the website": (viewer, { code }) =>
    viewer.send("POST", "/graphql/query/", {
      host: "www.instagram.com",
      form: { doc_id: "8845758582119845", variables: JSON.stringify({ shortcode: code }) },
    }),
};

/** Endpoints that name accounts: users blocked by an account must not find it there. */
const NAMING: Record<string, Ask> = {
  profile: (viewer, { pk }) => viewer.get(`users/${pk}/info/`),
  "profile by name": (viewer, { username }) => viewer.get(`users/${username}/usernameinfo/`),
  search: (viewer, { username }) => viewer.get("users/search/", { q: username }),
  "followers of another": (viewer) =>
    viewer.get(`friendships/${INSTAGRAM_PK}/followers/`, { query: "sandbox" }),
  "search of everything": (viewer, { username }) =>
    viewer.get("fbsearch/topsearch_flat/", { query: username }),
  accounts: (viewer, { username }) =>
    viewer.get("fbsearch/account_serp/", { search_surface: "account_serp", query: username }),
  recipients: (viewer, { username }) =>
    viewer.get("direct_v2/ranked_recipients/", { mode: "raven", query: username }),
  participants: (viewer, { pk }) =>
    viewer.get("direct_v2/threads/get_by_participants/", { recipient_users: `[${pk}]` }),
  presence: (viewer, { pk }) =>
    viewer.send("POST", "/api/v1/direct_v2/fetch_and_subscribe_presence/", {
      form: { _uuid: "x", request_data: `["${pk}"]` },
    }),
  likers: (viewer) => viewer.get(`media/${likedPost}/likers/`),
  inbox: (viewer) => viewer.get("direct_v2/inbox/", DIRECT),
};

let likedPost = "";

describe("a private account", () => {
  let viewer: TestClient;
  let owner: TestClient;
  let shown: Shown;

  beforeAll(async () => {
    viewer = await loggedIn(emulator);
    owner = await loggedIn(emulator, "sandbox_private");
    shown = await shownBy(owner, SANDBOX_PRIVATE_PK, "sandbox_private");
  });

  for (const [name, ask] of Object.entries(REFUSING))
    test(`refuses a stranger: ${name}`, async () => {
      const { status, json } = await ask(viewer, shown);
      expect([400, 403, 404]).toContain(status);
      expect(json.status).toBe("fail");
      if (name !== "like") expect((await ask(owner, shown)).status).toBe(200);
    });

  for (const [name, ask] of Object.entries(SILENT))
    test(`is left out for a stranger: ${name}`, async () => {
      const { status, text } = await ask(viewer, shown);
      expect(status).toBe(200);
      expect(text.includes(shown.postId) || text.includes(shown.storyId)).toBe(false);
      expect(text.includes("edge_liked_by") || text.includes("preview_comments")).toBe(false);
    });

  test("is open to those whom it lets follow", async () => {
    const friend = await loggedIn(emulator, "sandbox", "friends");
    const approving = await loggedIn(emulator, "sandbox_private", "friends");
    await friend.post(`friendships/create/${SANDBOX_PRIVATE_PK}/`, { user_id: SANDBOX_PRIVATE_PK });
    await approving.post(`friendships/approve/${SANDBOX_PK}/`, { user_id: SANDBOX_PK });
    for (const [name, ask] of Object.entries(REFUSING))
      if (name !== "viewers" && name !== "like")
        expect([name, (await ask(friend, shown)).status]).toEqual([name, 200]);
    const { tray } = (await friend.post("feed/reels_tray/", { reason: "x" })).json;
    expect(tray.map(({ user }: ParsedJson) => user.pk)).toContain(SANDBOX_PRIVATE_PK);
  });
});

describe("an account that blocked the viewer", () => {
  const WORLD = "blocked";
  let viewer: TestClient;
  let shown: Shown;

  beforeAll(async () => {
    // The public account blocks the private one.
    viewer = await loggedIn(emulator, "sandbox_private", WORLD);
    const owner = await loggedIn(emulator, "sandbox", WORLD);
    shown = await shownBy(owner, SANDBOX_PK, "sandbox");
    await owner.post(`friendships/create/${INSTAGRAM_PK}/`, { user_id: INSTAGRAM_PK });
    [likedPost] = (await owner.get(`feed/user/${INSTAGRAM_PK}/`, { count: 1 })).json.items.map(
      ({ id }: ParsedJson) => id,
    );
    const media_id = likedPost.split("_")[0];
    await owner.post(`media/${media_id}/like/`, { media_id });
    expect((await NAMING["followers of another"]?.(viewer, shown))?.text).toContain(
      `${SANDBOX_PK}`,
    );
    await owner.post(`friendships/block/${SANDBOX_PRIVATE_PK}/`, { user_id: SANDBOX_PRIVATE_PK });
    const { blocked_list } = (await owner.get("users/blocked_list/")).json;
    expect(blocked_list).toMatchObject([
      { user_id: SANDBOX_PRIVATE_PK, username: "sandbox_private" },
    ]);
  });

  for (const [name, ask] of Object.entries(REFUSING))
    test(`refuses: ${name}`, async () => {
      expect([400, 403, 404]).toContain((await ask(viewer, shown)).status);
    });

  for (const [name, ask] of Object.entries(NAMING))
    test(`is not named: ${name}`, async () => {
      const { text } = await ask(viewer, shown);
      expect(text.includes(String(SANDBOX_PK))).toBe(false);
    });
});
