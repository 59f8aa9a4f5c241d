import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type Json,
  type JsonObject,
  parsePlain,
  stringifyJson,
} from "../../../src/instagram/json.ts";
import { Account } from "../../../src/instagram/models/account.ts";
import { DirectThread } from "../../../src/instagram/models/direct-thread.ts";
import type { DriftReporter } from "../../../src/instagram/models/drift.ts";
import { readList } from "../../../src/instagram/models/lists.ts";
import { Location } from "../../../src/instagram/models/location.ts";
import { Media } from "../../../src/instagram/models/media.ts";
import { Note } from "../../../src/instagram/models/note.ts";
import { Relationship } from "../../../src/instagram/models/relationship.ts";
import { User } from "../../../src/instagram/models/user.ts";
import { UserShort } from "../../../src/instagram/models/user-short.ts";
import { cursorOf } from "../../../src/instagram/paging.ts";
import { faultsOfModel } from "../../support/contract-models.ts";
import { ignoreDrift } from "../../support/models/drift.ts";
import { fullClips, fullMedia, fullUser } from "../../support/models/full.ts";
import { fields, listOf } from "../../support/models/recorded.ts";

function counted<T>(read: (drift: DriftReporter) => T): { result: T; drift: string[] } {
  const drift: string[] = [];
  return { result: read((model, field) => drift.push(`${model}.${field}`)), drift };
}
const without = (value: JsonObject, ...keys: string[]): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));

describe("a user", () => {
  test("keeps every digit of ids beyond 2^53, through parsing and all", () => {
    const id = fc.bigInt({ min: 1n, max: (1n << 64n) - 1n });
    fc.assert(
      fc.property(id, id, (pk, fbid) => {
        const text = `{"pk":${pk},"interop_messaging_user_fbid":${fbid}}`;
        const user = User.read(parsePlain(text), ignoreDrift);
        expect(user?.pk).toBe(pk.toString());
        expect(user?.interop_messaging_user_fbid).toBe(fbid.toString());
      }),
    );
  });

  test("has its links, channels and place", () => {
    const { result, drift } = counted((report) => User.read(fullUser, report));
    expect(drift).toEqual([]);
    expect(result).toMatchObject({
      external_url: null,
      city_id: "106078429431815",
      latitude: 52.51,
      bio_links: [{ link_id: "17842000000000001", url: "https://example.com/", is_pinned: true }],
      broadcast_channel: [{ thread_igid: "3012345678901234567", number_of_members: 2_000_000 }],
    });
  });

  test("without a pk is null and counted once", () => {
    const values: (Json | undefined)[] = [undefined, null, [], "25025320", {}, { pk: 0 }];
    for (const value of [...values, { pk: "me" }])
      expect(counted((report) => User.read(value, report))).toEqual({
        result: null,
        drift: ["User.pk"],
      });
  });

  test("takes the single HD picture when there are no versions", () => {
    const picture = { url: "https://example.com/hd.jpg" };
    for (const hd_profile_pic_versions of [[], null, undefined])
      expect(
        User.read(
          { ...fullUser, hd_profile_pic_url_info: picture, hd_profile_pic_versions } as JsonObject,
          ignoreDrift,
        )?.profile_pic_url_hd,
      ).toBe(picture.url);
  });

  test("counts what has another type and what is missing, not what is optional and missing", () => {
    const raw = { ...without(fullUser, "username", "category"), media_count: "many", zip: null };
    const { result, drift } = counted((report) => User.read(raw, report));
    expect(drift.sort()).toEqual(["User.media_count", "User.username"]);
    expect(result).toMatchObject({ username: "", media_count: 0, category: null, zip: null });
  });

  test("has a harmless URI where a required picture is missing", () => {
    const raw = { ...fullUser, profile_pic_url: "javascript:alert(1)" };
    const { result, drift } = counted((report) => User.read(raw, report));
    expect(result?.profile_pic_url).toBe("about:blank");
    expect(drift).toEqual(["User.profile_pic_url"]);
  });

  test("in short form is known by id before pk", () => {
    expect(UserShort.read({ id: "1", pk: 2 }, ignoreDrift)?.pk).toBe("1");
    expect(UserShort.read({ pk: 2 }, ignoreDrift)?.pk).toBe("2");
  });
});

test("an account's explicit null outranks the default of its biography", () => {
  expect(Account.read({ pk: 1, biography: null }, ignoreDrift)?.biography).toBeNull();
  expect(Account.read({ pk: 1 }, ignoreDrift)?.biography).toBe("");
});

test("a relationship that nothing is said of is none, and each missing field counts", () => {
  const { result, drift } = counted((report) => Relationship.read({ user_id: "1" }, report));
  const { user_id, ...flags } = result;
  expect(user_id).toBe("1");
  expect(new Set(Object.values(flags))).toEqual(new Set([false]));
  expect(drift.sort()).toEqual(Object.keys(flags).map((field) => `Relationship.${field}`));
});

test("each flag of a relationship, a thread and a note is read from the field of its name", () => {
  const ids = { thread_id: "1", id: "1", user: { pk: 1 } };
  for (const read of [
    (raw: JsonObject) => Relationship.read({ ...raw, user_id: "1" }, ignoreDrift),
    (raw: JsonObject) => DirectThread.read({ ...ids, ...raw }, ignoreDrift),
    (raw: JsonObject) => Note.read({ ...ids, ...raw }, ignoreDrift),
  ]) {
    const trueIn = (raw: JsonObject) =>
      Object.entries(read(raw) ?? {}).flatMap(([name, value]) => (value === true ? [name] : []));
    const flags = Object.entries(read({}) ?? {}).filter(([, value]) => value === false);
    expect(flags.length).toBeGreaterThan(1);
    for (const [name] of flags) expect(trueIn({ [name]: true })).toEqual([name]);
  }
});

describe("a page", () => {
  test("leaves out items without identity and keeps the others in order", () => {
    const odd = fc.constantFrom<Json[]>(null, 1, "x", [], {}, { pk: null }, { username: "x" });
    const good = fc.integer({ min: 1 }).map((pk) => ({ pk }));
    fc.assert(
      fc.property(fc.array(fc.oneof(odd, good)), (users) => {
        const pks = users.flatMap((user) => (fields(user).pk ? [String(fields(user).pk)] : []));
        const { result, drift } = counted((report) =>
          readList(users, UserShort.read, report, "UserShortPage", "items"),
        );
        expect(result.map(({ pk }) => pk)).toEqual(pks);
        expect(drift).toHaveLength(users.length - pks.length);
      }),
    );
  });

  test("has an empty cursor at the end and a text otherwise", () => {
    expect([undefined, null, "QVFC==", 3012345678901234567n].map(cursorOf)).toEqual([
      "",
      "",
      "QVFC==",
      "3012345678901234567",
    ]);
  });
});

describe("a media", () => {
  const { result: media, drift } = counted((report) => Media.read(fullMedia, report));

  test("has the URLs of its largest candidates", () => {
    expect(media?.thumbnail_url).toEndWith("size=large");
    expect(media?.video_url).toEndWith("size=large");
  });

  test("of type video without a product type is one of the feed", () => {
    expect(media?.product_type).toBe("feed");
    expect(Media.read({ ...fullMedia, media_type: 1 }, ignoreDrift)?.product_type).toBeNull();
  });

  test("has its tags in the text order of the user's pk", () => {
    expect(media?.usertags.map(({ user, x, y }) => [user.pk, x, y])).toEqual([
      ["25025320", 0.3, 0.25],
      ["3012345678901234567", 0.2, 0.25],
      ["9", 0.1, 0.25],
    ]);
  });

  test("has its sponsor, place and Reels metadata without drift", () => {
    expect(drift).toEqual([]);
    expect(media).toMatchObject({
      sponsor_tags: [{ pk: "528817151" }],
      location: { pk: "213385402", external_id: "3012345678901234567", zip: "10117" },
      clips_metadata: {
        audio_type: "original_sounds",
        music_info: null,
        mashup_info: { mashups_allowed: false, is_reuse_allowed: true },
        original_sound_info: {
          audio_asset_id: "3012345678901234567",
          ig_artist: { pk: "3012345678901234568" },
          original_audio_title: "Original audio",
        },
        reusable_text_info: [{ is_animated: false, colors: [{ count: 4 }] }],
      },
    });
  });

  test("of type album has no picture or video of its own", () => {
    const album = Media.read({ ...fullMedia, media_type: 8 }, ignoreDrift);
    expect([album?.thumbnail_url, album?.video_url]).toEqual([null, null]);
  });

  test("gets its code and id from the pk, and its owner from the id, when they are missing", () => {
    const raw = without(fullMedia, "code", "user");
    const found = counted((report) => Media.read(raw, report));
    expect(found.result).toMatchObject({ code: "C_4-0q4Vmw1", user: { pk: "25025320" } });
    expect(found.drift.sort()).toEqual(["Media.code", "UserShort.pk"]);
    expect(Media.read(without(fullMedia, "id"), ignoreDrift)?.id).toBe(
      "3456789012345678901_25025320",
    );
    expect(Media.read(without(fullMedia, "pk"), ignoreDrift)?.pk).toBe("3456789012345678901");
  });

  test("passes Reels metadata through that lacks what the model requires", () => {
    const clips = { ...without(fullClips, "branded_content_tag_info"), newer_field: 1 };
    const found = counted((report) => Media.read({ ...fullMedia, clips_metadata: clips }, report));
    expect(found.result?.clips_metadata).toBe(clips);
    expect(found.drift).toEqual(["Media.clips_metadata"]);
  });

  const LACKING = [
    "achievements_info",
    "additional_audio_info",
    "audio_ranking_info",
    "content_appreciation_info",
  ] as const;
  const read = (changes: JsonObject) =>
    counted((report) => Media.read({ ...fullMedia, clips_metadata: changes }, report));

  for (const part of LACKING)
    test(`has typed Reels metadata without ${part}, and no drift`, () => {
      const missing = read(without(fullClips, part));
      const none = read({ ...fullClips, [part]: null });
      for (const { result, drift } of [missing, none]) {
        expect([faultsOfModel("ClipsMetadata", result?.clips_metadata), drift]).toEqual([[], []]);
        expect(result?.clips_metadata).toHaveProperty("show_tips", null);
      }
      expect(read({ ...fullClips, [part]: [] }).drift).toEqual(["Media.clips_metadata"]);
    });

  test("has plays and views under the names that newer and web answers give them", () => {
    const counts = (raw: JsonObject) => {
      const media = Media.read(
        { ...without(fullMedia, "play_count", "view_count"), ...raw },
        ignoreDrift,
      );
      return [media?.play_count, media?.view_count];
    };
    expect(counts({})).toEqual([0, 0]);
    expect(counts({ ig_play_count: 7, video_view_count: 8 })).toEqual([7, 8]);
    expect(counts({ play_count: 5, ig_play_count: 7 })).toEqual([5, 0]);
  });

  test("has what gifts on a Reel show as the upstream's object", () => {
    const gifts = { enabled: true, entry_point_container: { pill: { action_type: "gift" } } };
    const found = read({ ...fullClips, content_appreciation_info: gifts });
    expect(found.result?.clips_metadata).toHaveProperty("content_appreciation_info", gifts);
    expect(found.result?.clips_metadata).toHaveProperty("show_tips", null);
    expect(found.drift).toEqual([]);
  });

  test("has no sprite sheet where its picture URLs are missing", () => {
    const versions = { candidates: [], scrubber_spritesheet_info_candidates: { default: {} } };
    const found = counted((report) =>
      Media.read({ ...fullMedia, image_versions2: versions }, report),
    );
    expect(found.result?.image_versions2?.scrubber_spritesheet_info_candidates).toBeNull();
  });

  test("leaves out album items and tags without identity and keeps the others", () => {
    const carousel_media: Json[] = [
      { media_type: 1 },
      null,
      { pk: "3456789012345678903", media_type: 1 },
    ];
    const tags = [...listOf(fields(fullMedia.usertags).in), { position: [0, 0] }, 7];
    const odd = Media.read({ ...fullMedia, carousel_media, usertags: { in: tags } }, ignoreDrift);
    expect(odd?.resources).toEqual([
      { pk: "3456789012345678903", video_url: null, thumbnail_url: null, media_type: 1 },
    ]);
    expect(odd?.usertags).toHaveLength(3);
  });

  test("serialises with all its fields, nulls included", () => {
    const bare = Media.read({ pk: 1 }, ignoreDrift);
    const keys = Object.keys(fields(parsePlain(stringifyJson(bare as never))));
    expect(keys).toEqual(Object.keys(media ?? {}));
    expect(bare).toMatchObject({ taken_at: "1970-01-01T00:00:00Z", id: "1", caption_text: "" });
  });
});

describe("a location", () => {
  test("is null when it is missing or empty, counted when it is no object", () => {
    for (const value of [undefined, null, {}])
      expect(counted((report) => Location.read(value, report))).toEqual({
        result: null,
        drift: [],
      });
    expect(counted((report) => Location.read("Berlin", report))).toEqual({
      result: null,
      drift: ["Location.pk"],
    });
  });

  test("is found inside a place, with the fields of each endpoint", () => {
    const inner = {
      location_id: 213385402,
      name: "Berlin",
      external_id: 0,
      facebook_places_id: "111777152182368",
      external_source: "facebook_places",
      location_address: "Street 1",
      location_city: "Berlin",
      location_zip: "10117",
    };
    expect(Location.read({ place: { location: inner } }, ignoreDrift)).toMatchObject({
      pk: "213385402",
      external_id: "111777152182368",
      external_id_source: "facebook_places",
      address: "Street 1",
      city: "Berlin",
      zip: "10117",
    });
  });

  test("survives an address that is no JSON", () => {
    const raw = { name: "x", address: "plain", address_json: "{broken" };
    expect(counted((report) => Location.read(raw, report))).toMatchObject({
      result: { address: "plain" },
      drift: ["Location.address_json"],
    });
  });
});
