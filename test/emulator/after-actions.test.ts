import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createEmulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { comment, comments, deleteComments, pkIn } from "./acting.ts";
import { type Answer, allPages, loggedIn, type ParsedJson, type TestClient } from "./client.ts";
import { child, configureAlbum, configurePhoto, configureReel } from "./publishing.ts";
import { uploadedPhoto, uploadedVideo } from "./uploading.ts";

/*
 * Whatever two accounts do, in whatever order: what one read says of a thing, every other read says, and
 * what is deleted, archived or hidden shows nowhere.
 */

const CAPABLE = { supported_capabilities_new: "[]" };
const DEVICE = { ...CAPABLE, phone_id: "x", battery_level: 50, is_charging: 0, will_sound_on: 0 };
const INBOX = { visual_message_return_type: "unseen", persistentBadging: "true", limit: 100 };

// Ten seconds pass between requests: nobody is too fast, however much is done.
let time = Date.UTC(2025, 10, 3);
const emulator = createEmulator({
  now: () => {
    time += 10_000;
    return time;
  },
});

interface Actor {
  readonly client: TestClient;
  readonly pk: number;
  /** Its posts, those that it has made included, and its stories at the beginning, by their ids. */
  readonly posts: string[];
  readonly stories: readonly string[];
  readonly collections: readonly string[];
}

async function actorOf(username: string, pk: number, world: string): Promise<Actor> {
  const client = await loggedIn(emulator, username, world);
  const { items } = (await client.get(`feed/user/${pk}/`, { count: 12 })).json;
  const { reel } = (await client.get(`feed/user/${pk}/story/`, CAPABLE)).json;
  const { items: collections } = await allPages(client, "collections/list/", {
    collection_types: '["MEDIA"]',
  });
  return {
    client,
    pk,
    posts: items.map(({ id }: ParsedJson) => id),
    stories: reel.items.map(({ id }: ParsedJson) => id),
    collections: collections.map(({ collection_id }) => collection_id),
  };
}

/** What a sequence of actions has made so far. */
interface Made {
  readonly comments: { post: string; pk: string }[];
  readonly messages: string[];
  readonly notes: string[];
  readonly highlights: string[];
  /** Hashtags that were written into captions. */
  readonly tags: Set<string>;
}

/** One action: who does it, and a number that chooses on what. */
type Act = (by: Actor, other: Actor, at: number, made: Made) => Promise<Answer>;

const one = <Item>(items: readonly Item[], at: number): Item | undefined =>
  items[at % Math.max(1, items.length)];
const own = ({ posts }: Actor, at: number): string => one(posts, at) ?? "1";
/** A post of one of the two. */
const some = (by: Actor, other: Actor, at: number): string =>
  own(at % 2 === 0 ? by : other, at >> 1);
const bare = (id: string): string => id.split("_")[0] ?? "";
let texts = 0;

const onPost =
  (action: string, fields: object = {}): Act =>
  (by, other, at) => {
    const id = some(by, other, at);
    return by.client.post(`media/${id}/${action}/`, { media_id: id, ...fields });
  };
const onOwnPost =
  (action: string): Act =>
  (by, _other, at) => {
    const id = own(by, at);
    return by.client.post(`media/${id}/${action}/`, { media_id: id });
  };
const onPerson =
  (action: string): Act =>
  (by, other, at) => {
    const pk = at % 3 === 0 ? INSTAGRAM_PK : other.pk;
    return by.client.post(`friendships/${action}/${pk}/`, { user_id: String(pk) });
  };
const highlight =
  (action: string, fields: (by: Actor, at: number) => object): Act =>
  (by, _other, at, { highlights }) =>
    by.client.post(`highlights/${one(highlights, at) ?? "highlight:1"}/${action}/`, {
      ...CAPABLE,
      source: "self_profile",
      ...fields(by, at),
    });

const ACTIONS: Readonly<Record<string, Act>> = {
  like: onPost("like"),
  unlike: onPost("unlike"),
  comment: async (by, other, at, made) => {
    const post = some(by, other, at);
    const answer = await comment(by.client, post, `text ${++texts}`);
    const pk = pkIn(answer.text);
    if (answer.status === 200 && pk !== "") made.comments.push({ post, pk });
    return answer;
  },
  reply: (by, _other, at, { comments }) => {
    const { post = "1", pk = "1" } = one(comments, at) ?? {};
    return comment(by.client, post, `text ${++texts}`, { replied_to_comment_id: pk });
  },
  uncomment: (by, _other, at, { comments }) => {
    const { post = "1", pk = "1" } = one(comments, at) ?? {};
    return deleteComments(by.client, post, pk);
  },
  likeComment: (by, _other, at, { comments }) =>
    by.client.post(`media/${one(comments, at)?.pk ?? "1"}/comment_like/`, {}),
  save: (by, other, at) =>
    onPost("save", { added_collection_ids: `[${one(by.collections, at) ?? ""}]` })(
      by,
      other,
      at,
      nothing(),
    ),
  unsave: onPost("unsave"),
  delete: onOwnPost("delete"),
  archive: onOwnPost("only_me"),
  unarchive: onOwnPost("undo_only_me"),
  pin: (by, _other, at) =>
    by.client.post("users/pin_timeline_media/", { post_id: bare(own(by, at)) }),
  unpin: (by, _other, at) =>
    by.client.post("users/unpin_timeline_media/", { post_id: bare(own(by, at)) }),
  edit: (by, other, at, { tags }) => {
    const tag = `wave${at % 3}`;
    tags.add(tag);
    const people = at % 2 === 0 ? [{ user_id: String(other.pk), position: [0.5, 0.5] }] : [];
    return by.client.post(`media/${own(by, at)}/edit_media/`, {
      caption_text: at % 4 === 0 ? "nothing" : `hello #${tag}`,
      usertags: JSON.stringify({ in: people }),
      location: "{}",
    });
  },
  post: async (by, other, at, { tags }) => {
    tags.add("wave1");
    const more = {
      caption: at % 2 === 0 ? "new" : "new #wave1",
      usertags: `{"in": [{"user_id": "${other.pk}", "position": [0.5, 0.5]}]}`,
    };
    const { client } = by;
    const answer =
      at % 3 === 0
        ? await configureReel(client, await uploadedVideo(client), more)
        : at % 3 === 1
          ? await configurePhoto(client, await uploadedPhoto(client), more)
          : await configureAlbum(client, [child(await uploadedPhoto(client))], more);
    const id = answer.json?.media?.id;
    // First, so that what follows is done to it, too.
    if (id !== undefined) by.posts.unshift(id);
    return answer;
  },
  follow: onPerson("create"),
  unfollow: onPerson("destroy"),
  block: onPerson("block"),
  unblock: onPerson("unblock"),
  approve: onPerson("approve"),
  ignore: onPerson("ignore"),
  removeFollower: onPerson("remove_follower"),
  close: ({ client }) => client.post("accounts/set_private/", {}),
  open: ({ client }) => client.post("accounts/set_public/", {}),
  message: async (by, other, at, { messages }) => {
    const answer = await by.client.send("POST", "/api/v1/direct_v2/threads/broadcast/text/", {
      form: {
        action: "send_item",
        text: `text ${++texts}`,
        client_context: `context ${texts}`,
        recipient_users: `[[${at % 3 === 0 ? INSTAGRAM_PK : other.pk}]]`,
      },
    });
    const { thread_id, item_id } = answer.json?.payload ?? {};
    if (thread_id) messages.push(`${thread_id}/items/${item_id}`);
    return answer;
  },
  unsend: (by, _other, at, { messages }) =>
    by.client.post(`direct_v2/threads/${one(messages, at) ?? "1/items/1"}/delete/`, {}),
  hide: (by, _other, at, { messages }) => {
    const [thread] = (one(messages, at) ?? "1").split("/");
    return by.client.send("POST", `/api/v1/direct_v2/threads/${thread}/hide/`, {
      form: { should_move_future_requests_to_spam: "false" },
    });
  },
  note: async (by, _other, at, { notes }) => {
    const answer = await by.client.post("notes/create_note", {
      note_style: 0,
      text: `text ${++texts}`,
      audience: at % 2,
    });
    const [, id] = /"id":"?(\d+)/.exec(answer.text) ?? [];
    if (answer.status === 200 && id) notes.push(id);
    return answer;
  },
  deleteNote: (by, _other, at, { notes }) =>
    by.client.post("notes/delete_note/", { id: one(notes, at) ?? "1" }),
  keep: async (by, _other, at, { highlights }) => {
    const ids = [one(by.stories, at), one(by.stories, at + 1)].filter((id) => id !== undefined);
    const answer = await by.client.post("highlights/create_reel/", {
      ...CAPABLE,
      source: "self_profile",
      creation_id: String(++texts),
      title: `Title ${texts}`,
      cover: JSON.stringify({ media_id: ids[0] }),
      media_ids: JSON.stringify(ids),
    });
    const id = answer.json?.reel?.id;
    if (id) highlights.push(id);
    return answer;
  },
  add: highlight("edit_reel", (by, at) => ({
    added_media_ids: JSON.stringify([one(by.stories, at + 2)]),
    removed_media_ids: "[]",
  })),
  takeOut: highlight("edit_reel", (by, at) => ({
    added_media_ids: "[]",
    removed_media_ids: JSON.stringify([one(by.stories, at)]),
  })),
  deleteHighlight: highlight("delete_reel", () => ({})),
  deleteStory: (by, _other, at) => {
    const id = one(by.stories, at) ?? "1";
    return by.client.post(`media/${id}/delete/`, { media_id: id });
  },
};

const nothing = (): Made => ({
  comments: [],
  messages: [],
  notes: [],
  highlights: [],
  tags: new Set(),
});

const action = fc.record({
  by: fc.constantFrom(0, 1),
  kind: fc.constantFrom(...Object.keys(ACTIONS)),
  at: fc.nat({ max: 11 }),
});

type Both = readonly [Actor, Actor];

const bothIn = async (world: string): Promise<Both> => [
  await actorOf("sandbox", SANDBOX_PK, world),
  await actorOf("sandbox_private", SANDBOX_PRIVATE_PK, world),
];

interface Action {
  readonly by: number;
  readonly kind: string;
  readonly at: number;
}

async function act([first, second]: Both, actions: readonly Action[], made: Made): Promise<void> {
  for (const { by, kind, at } of actions) {
    const [actor, other] = by === 0 ? [first, second] : [second, first];
    const answer = await ACTIONS[kind]?.(actor, other, at, made);
    // Instagram knows each of these: at worst it refuses.
    expect(answer?.json?.status, `${kind} ${answer?.text.slice(0, 200)}`).toBeDefined();
    expect(answer?.status, `${kind} ${answer?.text.slice(0, 200)}`).toBeLessThan(500);
  }
}

async function checkAll(both: Both, made: Made): Promise<void> {
  for (const actor of both) {
    await checkPosts(actor, both, made);
    await checkProfile(actor);
    await checkCollections(actor);
    await checkStories(actor);
    await checkInbox(actor);
    await checkActivity(actor);
  }
}

let runs = 0;

describe("after any actions of two accounts", () => {
  test("all reads agree, and what is gone shows nowhere", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
        const both = await bothIn(`actions ${runs++}`);
        const made = nothing();
        await act(both, actions, made);
        await checkAll(both, made);
      }),
      { numRuns: 12, seed: 20_261_127, endOnFailure: true },
    );
  }, 120_000);

  test("that a full world refuses, reads agree as before, and undoing makes room", async () => {
    const both = await bothIn("full");
    const [me, friend] = both;
    const made = nothing();
    const actions = Object.keys(ACTIONS).flatMap((kind) =>
      [0, 1, 2].map((at) => ({ by: at % 2, kind, at })),
    );
    await act(both, actions.slice(0, 20), made);
    const post = friend.posts[7] ?? "1";
    const written: string[] = [];
    for (let full = false; !full; ) {
      const answer = await comment(friend.client, post, `${++texts} ${"x".repeat(2_100)}`);
      full = answer.status !== 200;
      if (full) expect(answer.json).toMatchObject({ message: "feedback_required", spam: true });
      else written.push(pkIn(answer.text));
    }
    await act(both, actions, made);
    await checkAll(both, made);
    expect((await deleteComments(friend.client, post, ...written.slice(0, 5))).status).toBe(200);
    expect((await comment(me.client, me.posts[11] ?? "1", "room again")).status).toBe(200);
  }, 60_000);
});

/** Every list shows only posts that exist and are on their owner's profile, as they are. */
async function checkPosts({ client, pk }: Actor, both: readonly Actor[], { tags }: Made) {
  const shown = new Map<string, Set<string>>();
  for (const owner of both) {
    const path = `feed/user/${owner.pk}/`;
    if ((await client.get(path)).status !== 200) continue;
    const { items } = await allPages(client, path, { count: "50" });
    shown.set(String(owner.pk), new Set(items.map(({ id }) => id)));
    for (const post of items.slice(0, 12)) await checkPost(client, post);
    const pinned = items.filter(({ timeline_pinned_user_ids: by = [] }) => by.includes(owner.pk));
    expect(pinned.length).toBeLessThanOrEqual(3);
  }
  const lists = ["feed/liked/", "feed/saved/posts/", `usertags/${pk}/feed/`];
  const listed = await Promise.all(lists.map((path) => allPages(client, path)));
  const posts = listed.flatMap(({ items }) => items.map((item) => item.media ?? item));
  for (const tag of tags) {
    const recent = await client.send("POST", `/api/v1/tags/${tag}/sections/`, {
      form: { _uuid: "x", tab: "recent" },
    });
    for (const section of recent.json.sections ?? [])
      for (const { media } of section.layout_content.medias) {
        expect(media.caption?.text).toContain(`#${tag}`);
        posts.push(media);
      }
  }
  for (const { id } of posts) {
    const [, owner = ""] = String(id).split("_");
    if (!both.some((actor) => String(actor.pk) === owner)) continue;
    expect(shown.get(owner)?.has(id), `${id} for ${pk}`).toBe(true);
  }
}

async function checkPost(client: TestClient, post: ParsedJson) {
  const now = (await client.get(`media/${post.id}/info/`)).json.items[0];
  expect(now).toEqual(post);
  const likers = (await client.get(`media/${post.id}/likers/`)).json;
  expect(likers.user_count).toBe(now.like_count);
  if (now.comments_disabled || now.comment_count > 60) return;
  const listed = await comments(client, post.id);
  const threads = (await client.get(`media/${post.id}/comments/`)).json;
  expect(threads.comment_count, post.id).toBe(now.comment_count);
  expect(listed.length).toBeLessThanOrEqual(now.comment_count);
}

async function checkProfile({ client, pk }: Actor) {
  const { user } = (await client.get(`users/${pk}/info/`)).json;
  const { items } = await allPages(client, `feed/user/${pk}/`, { count: "50" });
  expect(user.media_count).toBe(items.length);
  const clips = items.filter(({ product_type }) => product_type === "clips").length;
  expect(user.total_clips_count).toBe(clips);
  const tagging = await client.get(`usertags/${pk}/feed/`);
  expect(tagging.json.total_count).toBe(user.usertags_count);
}

async function checkCollections({ client }: Actor) {
  const types = { collection_types: '["ALL_MEDIA_AUTO_COLLECTION","MEDIA"]' };
  const { items } = await allPages(client, "collections/list/", types);
  for (const { collection_id: id, collection_media_count: count } of items) {
    const path = /^\d+$/.test(id) ? `feed/collection/${id}/` : "feed/saved/posts/";
    const held = (await allPages(client, path)).items;
    // Posts of accounts that are closed to the viewer are counted, but not shown.
    expect(held.length, path).toBeLessThanOrEqual(count);
    for (const { media } of held) expect(media.has_viewer_saved, media.id).toBe(true);
  }
}

async function checkStories({ client, pk }: Actor) {
  const { reel } = (await client.get(`feed/user/${pk}/story/`, CAPABLE)).json;
  for (const { id } of reel?.items ?? [])
    expect((await client.get(`media/${id}/info/`)).json.items[0].id).toBe(id);
  const { tray } = (await client.get(`highlights/${pk}/highlights_tray/`, DEVICE)).json;
  for (const { id, media_count } of tray.slice(0, 5)) {
    const opened = await client.post("feed/reels_media/", {
      ...CAPABLE,
      source: "profile",
      user_ids: [id],
    });
    expect(opened.json.reels[id].items.length, id).toBe(media_count);
    expect(media_count).toBeGreaterThan(0);
  }
  const { items: notes } = (await client.get("notes/get_notes/")).json;
  const authors = notes.map(({ user_id, user }: ParsedJson) => user_id ?? user.pk);
  expect(new Set(authors).size).toBe(authors.length);
}

async function checkInbox({ client }: Actor) {
  const { inbox, pending_requests_total: pending } = (await client.get("direct_v2/inbox/", INBOX))
    .json;
  const unread = inbox.threads.filter(({ read_state }: ParsedJson) => read_state === 1);
  expect(inbox.unseen_count).toBe(unread.length);
  const requests = (await client.get("direct_v2/pending_inbox/", INBOX)).json.inbox.threads;
  expect(pending).toBe(requests.length);
  for (const threads of [inbox.threads, requests]) {
    const times = threads.map(({ last_activity_at }: ParsedJson) => last_activity_at);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    for (const { items, last_activity_at } of threads)
      if (items.length > 0) expect(last_activity_at).toBe(Number(items[0].timestamp));
  }
}

async function checkActivity({ client, pk }: Actor) {
  const { new_stories, counts } = (await client.get("news/inbox/")).json;
  const total = Object.values<number>(counts).reduce((sum, count) => sum + count, 0);
  expect(total).toBe(new_stories.length);
  for (const { args } of new_stories) {
    const [media] = args.media ?? [];
    if (media === undefined || args.profile_id === pk) continue;
    const { status, json } = await client.get(`media/${media.id}/info/`);
    // What was done by an account that has closed itself since is still told.
    if (status === 200) expect(json.items[0].id).toBe(media.id);
  }
}
