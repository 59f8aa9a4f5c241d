import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { loggedIn, type ParsedJson } from "./client.ts";

const emulator = createEmulator();
const me = await loggedIn(emulator);

const UUID = "bbbbbbbb-0002-4bbb-8bbb-bbbbbbbbbbbb";
const byId = (id: string, maxId = "") =>
  me.post("clips/music/", {
    audio_cluster_id: id,
    original_sound_audio_asset_id: id,
    ...(maxId === "" ? {} : { max_id: maxId }),
  });
const stream = (id: string, maxId = "") =>
  me.post("clips/stream_clips_pivot_page/", {
    pivot_page_type: "audio",
    music_page: { tab_type: "clips", audio_asset_id: id, audio_cluster_id: id, max_id: maxId },
    _uuid: UUID,
  });
const byCanonicalId = (id: string) =>
  me.post("clips/music/", {
    tab_type: "clips",
    referrer_media_id: "",
    _uuid: UUID,
    music_canonical_id: id,
  });
const search = async (query: string, page: Record<string, string> = {}) =>
  (await me.get("music/audio_global_search/", { query, browse_session_id: UUID, ...page })).json;
const tracks = async (query: string): Promise<ParsedJson[]> =>
  (await search(query)).items.map(({ track }: ParsedJson) => track);

/** Reels of `instagram` with their texts: ids in them pass 2^53. */
const reels: ParsedJson[] = (
  await me.get(`feed/user/${INSTAGRAM_PK}/`, { count: 50 })
).json.items.filter(({ product_type }: ParsedJson) => product_type === "clips");
const withMusic = reels.find(({ clips_metadata }) => clips_metadata.music_info !== null);
const withOwnSound = reels.find(({ clips_metadata }) => clips_metadata.music_info === null);

/** The page of a sound, with all digits of its ids. */
async function originalSoundId(mediaId: string): Promise<string> {
  const { text } = await me.get(`media/${mediaId}/info/`);
  return /"original_sound_info":\{"audio_asset_id":(\d+)/.exec(text)?.[1] ?? "";
}

/** All Reels of a sound, page after page. */
async function allReels(id: string, page = byId): Promise<string[]> {
  const ids: string[] = [];
  let cursor = "";
  for (let pages = 0; pages < 200; pages++) {
    const { json } = await page(id, cursor);
    ids.push(...json.items.map(({ media }: ParsedJson) => media.id));
    expect(json.paging_info.more_available).toBe(json.paging_info.max_id !== "");
    if (!json.paging_info.more_available) return ids;
    expect(json.items).toHaveLength(12);
    cursor = json.paging_info.max_id;
  }
  throw new Error("does not end");
}

describe("music", () => {
  test("is found by title and artist, in any case and script", async () => {
    for (const query of ["midnight", "SONG", "ночной", "Été", "kolibri", "青い鳥", "größenwahn"]) {
      const found = await tracks(query);
      expect(found.length, query).toBeGreaterThan(10);
      for (const { title, display_artist } of found)
        expect(`${title} ${display_artist}`.toLowerCase()).toContain(query.toLowerCase());
    }
  });

  test("comes page by page to an end, each piece once, by ids that no double holds", async () => {
    const ids: string[] = [];
    let page: Record<string, string> = {};
    for (let pages = 0; pages < 50; pages++) {
      const { items, page_info } = await search("midnight", page);
      ids.push(...items.map(({ track }: ParsedJson) => track.audio_cluster_id));
      if (!page_info.more_available) break;
      page = { max_id: page_info.next_max_id };
    }
    expect(ids).toHaveLength(50);
    expect(new Set(ids).size).toBe(50);
    for (const id of ids) expect(String(Number(id))).not.toBe(id);
    const other = { query: "song", browse_session_id: UUID, ...page };
    expect((await me.get("music/audio_global_search/", other)).status).toBe(400);
  });

  test("has all the forms that music comes in", async () => {
    const found = (await Promise.all(["a", "e", "i", "o"].map(tracks))).flat();
    for (const [field, values] of Object.entries({
      is_explicit: [true, false],
      has_lyrics: [true, false],
      allows_saving: [true, false],
    }))
      expect(new Set(found.map((track) => track[field])), field).toEqual(new Set(values));
    for (const field of ["subtitle", "cover_artwork_uri", "dash_manifest"]) {
      const empty = found.filter((track) => track[field] === "").length;
      expect(empty > 0 && empty < found.length, field).toBe(true);
    }
    for (const field of ["artist_id", "dark_message", "fast_start_progressive_download_url"]) {
      const missing = found.filter((track) => track[field] === null).length;
      expect(missing > 0 && missing < found.length, field).toBe(true);
    }
    const lengths = found.map(({ highlight_start_times_in_ms: times }) => times.length);
    expect(new Set(lengths)).toEqual(new Set([0, 1, 2, 3]));
  });

  test("has a page that says what it is, by any of its ids", async () => {
    const [track] = await tracks("midnight");
    const page = (await byId(track.audio_cluster_id)).json;
    expect(page.metadata).toMatchObject({
      music_info: { music_asset_info: track, music_consumption_info: { is_bookmarked: false } },
      original_sound_info: null,
    });
    expect((await byId(track.audio_asset_id)).json).toEqual(page);
    expect((await byCanonicalId(track.music_canonical_id)).json).toEqual(page);
    expect((await stream(track.audio_cluster_id)).json).toEqual(page);
  });

  test("is used by Reels that name it, to the last one", async () => {
    const [track] = await tracks("midnight");
    const ids = await allReels(track.audio_cluster_id);
    expect(ids.length).toBeGreaterThan(300);
    expect(new Set(ids).size).toBe(ids.length);
    expect(await allReels(track.audio_cluster_id, stream)).toEqual(ids);
    for (const id of ids.filter((_, at) => at % 97 === 0)) {
      const { clips_metadata } = (await me.get(`media/${id}/info/`)).json.items[0];
      expect(clips_metadata.audio_type).toBe("licensed_music");
      expect(clips_metadata.music_info.music_asset_info).toEqual(track);
    }
  });

  test("of a Reel has that Reel on its page", async () => {
    const { music_asset_info } = withMusic.clips_metadata.music_info;
    expect(withMusic.clips_metadata.music_canonical_id).toBe(music_asset_info.music_canonical_id);
    const page = (await byId(music_asset_info.audio_cluster_id)).json;
    expect(page.items[0].media).toEqual(withMusic);
  });
});

describe("original sounds", () => {
  test("have a page by asset id and by canonical id, with the Reel they were made for", async () => {
    const id = await originalSoundId(withOwnSound.id);
    expect(String(Number(id))).not.toBe(id);
    const page = (await byId(id)).json;
    expect(page.metadata).toEqual({
      music_info: null,
      original_sound_info: withOwnSound.clips_metadata.original_sound_info,
    });
    expect(page.items[0].media).toEqual(withOwnSound);
    const { music_canonical_id } = withOwnSound.clips_metadata;
    expect((await byCanonicalId(music_canonical_id)).json).toEqual(page);
  });

  test("of a popular account are used by others, who name it", async () => {
    const ids = await allReels(await originalSoundId(withOwnSound.id));
    expect(ids.length).toBeGreaterThan(100);
    const { clips_metadata, user } = (await me.get(`media/${ids.at(-1)}/info/`)).json.items[0];
    expect(user.pk).not.toBe(INSTAGRAM_PK);
    expect(clips_metadata.original_sound_info.ig_artist.pk).toBe(INSTAGRAM_PK);
  });

  test("of most others have the one Reel", async () => {
    const { json } = await me.get(`feed/user/${SANDBOX_PK}/`, { count: 50 });
    const own = json.items.filter(
      ({ clips_metadata, user }: ParsedJson) =>
        clips_metadata?.original_sound_info?.ig_artist.pk === user.pk,
    );
    expect(own.length).toBeGreaterThan(0);
    for (const { id } of own) expect(await allReels(await originalSoundId(id))).toEqual([id]);
  });

  test("of a private account are not found by users who do not follow it", async () => {
    const owner = await loggedIn(emulator, "sandbox_private");
    const { text } = await owner.get(`feed/user/${SANDBOX_PRIVATE_PK}/`, { count: 50 });
    const ids = [
      ...text.matchAll(/"audio_asset_id":(\d+),"music_canonical_id":"\d+","original_media_id"/g),
    ];
    const found = await Promise.all(
      ids.map(async ([, id = ""]) => [(await byId(id)).status, id] as const),
    );
    const hidden = found.filter(([status]) => status === 404);
    expect(hidden.length).toBeGreaterThan(0);
    for (const [, id] of hidden) {
      const fields = { audio_cluster_id: id, original_sound_audio_asset_id: id };
      expect((await owner.post("clips/music/", fields)).status).toBe(200);
    }
  });
});

describe("the page of a sound", () => {
  test("is not found, without JSON, for ids that are nobody's", async () => {
    const [track] = await tracks("midnight");
    const near = String(BigInt(track.audio_cluster_id) + 1n);
    for (const id of ["5", near, "587331875231676001", "x", "99999999999999999999"]) {
      for (const answer of [await byId(id), await byCanonicalId(id), await stream(id)])
        expect([answer.status, answer.json]).toEqual([404, undefined]);
    }
  });

  test("refuses requests that lack what the app sends", async () => {
    const plain = { form: { audio_cluster_id: "5" } };
    expect((await me.send("POST", "/api/v1/clips/music/", plain)).json.message).toBe(
      "Missing signed_body",
    );
    expect((await me.post("clips/music/", {})).json.message).toContain("audio_cluster_id");
    const pivot = { pivot_page_type: "audio", music_page: { audio_asset_id: "5" }, _uuid: UUID };
    for (const [name, value] of [
      ["pivot_page_type", "hashtag"],
      ["music_page", "5"],
      ["_uuid", ""],
    ] as const) {
      const changed = { ...pivot, [name]: value };
      const answer = await me.post("clips/stream_clips_pivot_page/", changed);
      expect([answer.status, answer.json.message]).toEqual([
        400,
        `Missing or invalid parameter: ${name}`,
      ]);
    }
  });

  test("refuses a cursor of another sound", async () => {
    const [one, other] = await tracks("midnight");
    const { max_id } = (await byId(one.audio_cluster_id)).json.paging_info;
    expect((await byId(one.audio_cluster_id, max_id)).status).toBe(200);
    for (const answer of [
      await byId(other.audio_cluster_id, max_id),
      await stream(other.audio_cluster_id, max_id),
      await byId(one.audio_cluster_id, "12"),
    ])
      expect(answer.json.message).toBe("Missing or invalid parameter: max_id");
  });
});

describe("the music browser", () => {
  const browse = (form: Record<string, string>) =>
    me.send("POST", "/api/v1/music/music_in_feed_audio_browser/", { form });
  const whole = { product: "music_in_feed", _uuid: UUID, browse_session_id: UUID };

  test("offers a playlist and pieces of music that have a page", async () => {
    const { json } = await browse(whole);
    expect(json.items[0].playlist.preview_items).toHaveLength(3);
    const offered: ParsedJson[] = json.items.flatMap(({ track }: ParsedJson) => track ?? []);
    expect(offered).toHaveLength(24);
    expect(json.alacorn_session_id).toBeString();
    const page = (await byId(offered.at(-1).audio_cluster_id)).json;
    expect(page.metadata.music_info.music_asset_info).toEqual(offered.at(-1));
  });

  test("refuses requests that lack what the app sends", async () => {
    for (const change of [
      { product: "" },
      { product: "music_notes" },
      { _uuid: "" },
      { browse_session_id: "" },
    ])
      expect((await browse({ ...whole, ...change })).status).toBe(400);
  });
});
