import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { loggedIn, type ParsedJson, TestClient } from "./client.ts";

const emulator = createEmulator();
const me = await loggedIn(emulator);

const clips = (target_user_id: unknown, fields: object = {}, client = me) =>
  client.post("clips/user/", {
    target_user_id,
    max_id: "",
    page_size: 12,
    include_feed_video: "true",
    ...fields,
  });
const videos = (id: string, query: Record<string, string | number> = {}, client = me) =>
  client.get("igtv/channel/", { id, ...query });

/** All posts of a list: `ask` gets a page, `read` its posts and the next cursor. */
async function all(
  ask: (cursor: string) => Promise<ParsedJson>,
  read: (json: ParsedJson) => { medias: ParsedJson[]; next: string | undefined },
) {
  const ids: string[] = [];
  const medias: ParsedJson[] = [];
  for (let cursor = ""; ; ) {
    const page = read((await ask(cursor)).json);
    expect(page.medias.length).toBeGreaterThan(0);
    medias.push(...page.medias);
    ids.push(...page.medias.map(({ id }) => id));
    if (page.next === undefined) break;
    cursor = page.next;
  }
  expect(new Set(ids).size).toBe(ids.length);
  return medias;
}

const allClips = (fields: object = {}) =>
  all(
    (max_id) => clips(INSTAGRAM_PK, { max_id, ...fields }),
    ({ items, paging_info }) => {
      expect(paging_info.more_available).toBe(paging_info.max_id !== undefined);
      return { medias: items.map(({ media }: ParsedJson) => media), next: paging_info.max_id };
    },
  );
const allVideos = () =>
  all(
    (max_id) => videos(`uservideo_${INSTAGRAM_PK}`, { max_id }),
    ({ items, max_id, more_available }) => {
      expect(more_available).toBe(max_id !== undefined);
      return { medias: items, next: max_id };
    },
  );
const allTagged = (pk: number) =>
  all(
    (max_id) => me.get(`usertags/${pk}/feed/`, { max_id }),
    ({ items, next_max_id, num_results }) => {
      expect(num_results).toBe(items.length);
      return { medias: items, next: next_max_id };
    },
  );

describe("clips", () => {
  test("come each once, with other videos where these are asked for", async () => {
    const both = await allClips();
    const alone = await allClips({ include_feed_video: "false" });
    expect(new Set(alone.map((media) => media.product_type))).toEqual(new Set(["clips"]));
    expect(both.length).toBeGreaterThan(alone.length);
    expect(alone.length).toBeGreaterThan(50);
    expect((await allClips({ page_size: 50 })).map(({ id }) => id)).toEqual(
      both.map(({ id }) => id),
    );
  });

  test("refuse a plain form, no user, a broken cursor and one of another list", async () => {
    const unsigned = await me.send("POST", "/api/v1/clips/user/", {
      form: { target_user_id: String(INSTAGRAM_PK) },
    });
    expect(unsigned.status).toBe(400);
    expect((await clips(undefined)).status).toBe(400);
    expect((await clips(INSTAGRAM_PK, { max_id: "x" })).status).toBe(400);
    const { max_id } = (await clips(INSTAGRAM_PK)).json.paging_info;
    expect((await clips(INSTAGRAM_PK, { max_id, include_feed_video: "false" })).status).toBe(400);
    expect((await clips(SANDBOX_PK, { max_id })).status).toBe(400);
  });
});

describe("a channel of videos", () => {
  test("gives each once, and answers older apps, which post a form", async () => {
    const medias = await allVideos();
    expect(medias.length).toBeGreaterThan(20);
    expect(new Set(medias.map((media) => media.media_type))).toEqual(new Set([2]));
    const posted = await me.send("POST", "/api/v1/igtv/channel/", {
      form: { id: `user_${INSTAGRAM_PK}`, phone_id: "x", will_sound_on: "0" },
    });
    expect(posted.json.items).toEqual(medias.slice(0, 12));
  });

  test("refuses what is no channel, and cursors of others", async () => {
    expect((await me.get("igtv/channel/")).status).toBe(400);
    for (const id of ["", String(INSTAGRAM_PK), "hashtag_1"])
      expect((await videos(id)).status).toBe(400);
    const { max_id } = (await videos(`uservideo_${INSTAGRAM_PK}`)).json;
    expect((await videos(`uservideo_${SANDBOX_PK}`, { max_id })).status).toBe(400);
  });
});

test("a user's posts go on after one of the user's own only", async () => {
  const { next_max_id: max_id } = (await me.get(`feed/user/${INSTAGRAM_PK}/`)).json;
  expect((await me.get(`feed/user/${INSTAGRAM_PK}/`, { max_id })).status).toBe(200);
  expect((await me.get(`feed/user/${SANDBOX_PK}/`, { max_id })).status).toBe(400);
});

describe("posts that tag a user", () => {
  test("are others' posts, newest first, with the user on them, also when asked for singly", async () => {
    const anybody = (await me.get(`friendships/${INSTAGRAM_PK}/followers/`)).json.users;
    const crowd = anybody.slice(0, 30).map(({ pk }: ParsedJson) => pk);
    let found = 0;
    for (const pk of [INSTAGRAM_PK, SANDBOX_PK, ...crowd]) {
      const first = (await me.get(`usertags/${pk}/feed/`)).json;
      // Some of these users are private, and some have no posts.
      if (first.status !== "ok" || first.items.length === 0) continue;
      found++;
      const medias = await allTagged(pk);
      expect(medias).toHaveLength(first.total_count);
      const times = medias.map((media) => media.taken_at);
      expect(times).toEqual([...times].sort((a, b) => b - a));
      for (const media of medias) {
        expect(media.user.pk).not.toBe(pk);
        expect(media.usertags.in.map((tag: ParsedJson) => tag.user.pk)).toContain(pk);
      }
      const [media] = medias;
      expect((await me.get(`media/${media.id}/info/`)).json.items[0].usertags).toEqual(
        media.usertags,
      );
    }
    expect(found).toBeGreaterThan(10);
  });

  test("list every post that tags the user", async () => {
    const { items } = (await me.get(`feed/user/${INSTAGRAM_PK}/`, { count: 50 })).json;
    const tags = items.flatMap((item: ParsedJson) =>
      item.usertags.in.map((tag: ParsedJson) => ({ id: item.id, user: tag.user })),
    );
    const shown = tags.filter(({ user }: ParsedJson) => !user.is_private);
    expect(shown.length).toBeGreaterThan(5);
    for (const { id, user } of shown)
      expect((await allTagged(user.pk)).map((media) => media.id)).toContain(id);
  });

  test("refuse a cursor of another user's", async () => {
    const { next_max_id: max_id } = (await me.get(`usertags/${INSTAGRAM_PK}/feed/`)).json;
    expect((await me.get(`usertags/${SANDBOX_PK}/feed/`, { max_id })).status).toBe(400);
  });
});

describe("guides", () => {
  test("are as many as the profile promises, with a cover of the owner's", async () => {
    const { json } = await me.get(`guides/user/${INSTAGRAM_PK}/`);
    expect((await me.get(`users/${INSTAGRAM_PK}/info/`)).json.user.has_guides).toBe(true);
    expect(json.guides.length).toBeGreaterThan(3);
    const ids = json.guides.map(({ summary }: ParsedJson) => summary.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { summary } of json.guides) {
      expect(summary.owner.pk).toBe(INSTAGRAM_PK);
      expect(summary.cover_media.user.pk).toBe(INSTAGRAM_PK);
    }
    expect((await me.get("guides/user/61000000002/")).json.guides).toEqual([]);
  });
});

test("a profile pins some of its newest posts, and says of others that nobody does", async () => {
  const { items } = (await me.get(`feed/user/${INSTAGRAM_PK}/`)).json;
  const pinned = items.filter((item: ParsedJson) => item.timeline_pinned_user_ids?.length > 0);
  expect(pinned).toHaveLength(3);
  const lengths = items.map((item: ParsedJson) => item.timeline_pinned_user_ids?.length);
  expect(new Set(lengths)).toEqual(new Set([undefined, 0, 1]));
  expect(pinned[0].timeline_pinned_user_ids).toEqual([INSTAGRAM_PK]);
  const older = await me.get(`feed/user/${INSTAGRAM_PK}/`, { max_id: items.at(-1).id });
  expect(/"timeline_pinned_user_ids":\[\d/.test(older.text)).toBe(false);
});

describe("all of these", () => {
  const ask = (client: TestClient, pk: number) => [
    clips(pk, {}, client),
    videos(`uservideo_${pk}`, {}, client),
    client.get(`usertags/${pk}/feed/`),
    client.get(`guides/user/${pk}/`),
  ];

  test("are hidden by private accounts, but not from their followers or owners", async () => {
    const owner = await loggedIn(emulator, "sandbox_private");
    for (const answer of await Promise.all(ask(me, SANDBOX_PRIVATE_PK))) {
      expect(answer.status).toBe(400);
      expect(answer.json.message).toBe("Not authorized to view user");
    }
    for (const answer of await Promise.all(ask(owner, SANDBOX_PRIVATE_PK)))
      expect(answer.status).toBe(200);
  });

  test("are not found for ids that do not exist", async () => {
    for (const answer of await Promise.all(ask(me, 5))) expect(answer.status).toBe(404);
  });

  test("are for those with a session", async () => {
    for (const answer of await Promise.all(ask(new TestClient(emulator), INSTAGRAM_PK)))
      expect(answer.json.message).toBe("login_required");
  });

  test("depend on the seed, and on nothing else", async () => {
    const texts = async (seed: number) => {
      const client = await loggedIn(createEmulator({ seed }));
      return (await Promise.all(ask(client, INSTAGRAM_PK))).map(({ text }) => text);
    };
    expect(await texts(7)).toEqual(await texts(7));
    expect(await texts(7)).not.toEqual(await texts(8));
  });
});
