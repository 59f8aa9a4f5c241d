import { beforeAll, describe, expect, test } from "bun:test";
import { type TSchema, Type } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import fc from "fast-check";
import type { Json, JsonObject } from "../../../src/instagram/json.ts";
import { Account } from "../../../src/instagram/models/account.ts";
import { Comment } from "../../../src/instagram/models/comment.ts";
import {
  DirectMessage,
  DirectMessageSearchResult,
} from "../../../src/instagram/models/direct-message.ts";
import { DirectThread } from "../../../src/instagram/models/direct-thread.ts";
import type { DriftReporter } from "../../../src/instagram/models/drift.ts";
import { Guide } from "../../../src/instagram/models/guide.ts";
import { Hashtag } from "../../../src/instagram/models/hashtag.ts";
import { Highlight } from "../../../src/instagram/models/highlight.ts";
import { readList } from "../../../src/instagram/models/lists.ts";
import { Location } from "../../../src/instagram/models/location.ts";
import { Media, MediaPage } from "../../../src/instagram/models/media.ts";
import { MediaOembed } from "../../../src/instagram/models/media-oembed.ts";
import { Note } from "../../../src/instagram/models/note.ts";
import {
  RecentSearchItem,
  readRecentSearchItems,
} from "../../../src/instagram/models/recent-search-item.ts";
import { Relationship } from "../../../src/instagram/models/relationship.ts";
import { Story } from "../../../src/instagram/models/story.ts";
import { StoryArchiveDay } from "../../../src/instagram/models/story-archive.ts";
import { Track } from "../../../src/instagram/models/track.ts";
import { User } from "../../../src/instagram/models/user.ts";
import { UserShort, UserShortPage } from "../../../src/instagram/models/user-short.ts";
import { Viewer } from "../../../src/instagram/models/viewer.ts";
import { cursorOf } from "../../../src/instagram/paging.ts";
import { everyKind, found } from "../../support/models/direct.ts";
import { ignoreDrift } from "../../support/models/drift.ts";
import { fullMedia, fullUser } from "../../support/models/full.ts";
import { fullHighlight, fullStory } from "../../support/models/full-story.ts";
import { fields, listOf, recordingsOf, registerFormats } from "../../support/models/recorded.ts";

beforeAll(registerFormats);

const answerOf = (operation: string): JsonObject =>
  recordingsOf(operation)[0]?.answers.at(-1) ?? {};

interface Case {
  schema: TSchema;
  samples: Json[];
  read: (value: Json | undefined, drift: DriftReporter) => unknown;
}
const medias = listOf(answerOf("getUserMedias").items);
const place = fields(listOf(answerOf("getSearchPlaces").items)[0]).location ?? {};
const oembed: JsonObject = {
  version: "1.0",
  title: "title",
  author_name: "instagram",
  author_url: "https://www.instagram.com/instagram",
  author_id: "3012345678901234567",
  media_id: "3456789012345678901_25025320",
  provider_name: "Instagram",
  provider_url: "https://www.instagram.com",
  type: "rich",
  width: 658,
  height: null,
  html: "<b/>",
  thumbnail_url: "https://scontent-fra3-1.cdninstagram.com/t.jpg",
  thumbnail_width: 640,
  thumbnail_height: 800,
  can_view: true,
};
const cases: Record<string, Case> = {
  Account: {
    schema: Account.schema,
    samples: [answerOf("patchAccount").user ?? {}],
    read: Account.read,
  },
  User: {
    schema: User.schema,
    samples: [answerOf("getUser").user ?? {}, fullUser],
    read: User.read,
  },
  UserShort: {
    schema: UserShort.schema,
    samples: listOf(answerOf("getUserFollowers").users),
    read: UserShort.read,
  },
  Relationship: {
    schema: Relationship.schema,
    samples: [answerOf("getUserFriendship")],
    read: (value, drift) => Relationship.read({ ...fields(value), user_id: "25025320" }, drift),
  },
  Location: {
    schema: Location.schema,
    samples: [place, { place: { location: place } }],
    read: Location.read,
  },
  Comment: {
    schema: Comment.schema,
    samples: listOf(answerOf("getMediaComments").comments),
    read: Comment.read,
  },
  MediaOembed: {
    schema: MediaOembed.schema,
    samples: [oembed],
    read: MediaOembed.read,
  },
  Guide: {
    schema: Guide.schema,
    samples: listOf(answerOf("getUserGuides").guides),
    read: Guide.read,
  },
  Hashtag: {
    schema: Hashtag.schema,
    samples: listOf(answerOf("getSearchHashtags").results),
    read: Hashtag.read,
  },
  Note: { schema: Note.schema, samples: [answerOf("postNote")], read: Note.read },
  Media: { schema: Media.schema, samples: [...medias, fullMedia], read: Media.read },
  Story: {
    schema: Story.schema,
    samples: [...listOf(fields(answerOf("getStory").reel).items), fullStory],
    read: Story.read,
  },
  Highlight: {
    schema: Highlight.schema,
    samples: [...listOf(answerOf("getUserHighlights").tray), fullHighlight],
    read: Highlight.read,
  },
  StoryArchiveDay: {
    schema: StoryArchiveDay.schema,
    samples: [{ id: "archiveDay:1", timestamp: 1760000000, media_count: 1, reel_type: "r" }],
    read: StoryArchiveDay.read,
  },
  Viewer: {
    schema: Viewer.schema,
    samples: listOf(answerOf("getStoryViewers").viewers),
    read: Viewer.read,
  },
  DirectThread: {
    schema: DirectThread.schema,
    samples: [{ ...everyKind.answer, items: listOf(everyKind.answer.items).slice(0, 2) }],
    read: DirectThread.read,
  },
  DirectMessage: {
    schema: DirectMessage.schema,
    samples: listOf(everyKind.answer.items),
    read: DirectMessage.read,
  },
  DirectMessageSearchResult: {
    schema: DirectMessageSearchResult.schema,
    samples: found.answer,
    read: DirectMessageSearchResult.read,
  },
  Track: {
    schema: Track.schema,
    samples: [fields(listOf(answerOf("getSearchMusic").items)[0]).track ?? {}],
    read: Track.read,
  },
  RecentSearchItem: {
    schema: Type.Array(RecentSearchItem.schema),
    samples: [
      { client_time: 1760000000, user: listOf(answerOf("getUserFollowers").users)[0] ?? null },
      { client_time: 1, hashtag: { id: "17843787490014522", name: "a", formatted_media_count: 5 } },
      { keyword: { id: "1", name: "berlin" } },
    ],
    read: readRecentSearchItems,
  },
  UserShortPage: {
    schema: UserShortPage.schema,
    samples: [answerOf("getUserFollowers")],
    read: (value, drift) => ({
      items: readList(fields(value).users, UserShort.read, drift, "UserShortPage", "items"),
      next_cursor: cursorOf(fields(value).next_max_id),
    }),
  },
  MediaPage: {
    schema: MediaPage.schema,
    samples: [{ items: [...medias, fullMedia], next_max_id: "QVFC" }],
    read: (value, drift) => ({
      items: readList(fields(value).items, Media.read, drift, "MediaPage", "items"),
      next_cursor: cursorOf(fields(value).next_max_id),
    }),
  },
};

const scalar: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json[]>(null, true, false, 0, 1, -1, 4.5, 1e300, 1e19, Number.NaN, Infinity, ""),
  fc.constantFrom<Json[]>("0", "12", "4.5", "1e999", "0x10", "NaN", "None", "{}", "http://", "//x"),
  fc.constantFrom<Json[]>("https://exa mple.com/ü%zz|#a#b", "https://[", "https://x\ud800/", "{"),
  fc.constantFrom<Json[]>("3012345678901234567", "-3012345678901234567", "1".repeat(400)),
  fc.double(),
  fc.integer(),
  fc.bigInt().map(String),
  fc.string({ unit: "binary" }),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
);
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie("json"), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom("url", "pk", "id", "text", "in", "user", "location", "x"),
      tie("json"),
      {
        maxKeys: 3,
        noNullPrototype: true,
      },
    ),
  ),
}));

type Path = (string | number)[];
const DROP = Symbol("drop");

function pathsOf(value: Json, at: Path = []): Path[] {
  const children: [string | number, Json][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : typeof value === "object" && value !== null
      ? Object.entries(value)
      : [];
  return [at, ...children.flatMap(([key, child]) => pathsOf(child, [...at, key]))];
}

/** The value with what stands at a path replaced or dropped; the original stays as it is. */
function mutated(value: Json, path: Path, by: Json | typeof DROP): Json {
  const [key, ...rest] = path;
  if (key === undefined) return by === DROP ? null : by;
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string | number, Json> = Array.isArray(value)
    ? ([...value] as never)
    : { ...value };
  if (rest.length === 0 && by === DROP) {
    if (!Array.isArray(value)) delete copy[key];
    else (copy as unknown as Json[]).splice(Number(key), 1);
  } else if (copy[key] !== undefined) copy[key] = mutated(copy[key], rest, by);
  return copy as Json;
}

for (const [name, { schema, samples, read }] of Object.entries(cases)) {
  describe(name, () => {
    const check = TypeCompiler.Compile(schema);
    const isValid = (result: unknown) => {
      const [error] = check.Errors(result);
      return error ? `${error.path}: ${error.message}: ${String(error.value)}` : "valid";
    };

    test("reads its samples into its schema", () => {
      for (const sample of samples) expect(isValid(read(sample, ignoreDrift))).toBe("valid");
    });

    test("fits its schema, or is null, whatever it is given", () => {
      fc.assert(
        fc.property(json, (value) => {
          const result = read(value, ignoreDrift);
          if (result !== null) expect(isValid(result)).toBe("valid");
        }),
        { numRuns: 500 },
      );
    });

    test("fits its schema with any field dropped, nulled, retyped or filled with garbage", () => {
      const places = samples.flatMap((sample) => pathsOf(sample).map((path) => ({ sample, path })));
      const replacement = fc.oneof(fc.constant<typeof DROP>(DROP), fc.constant(null), json);
      const mutation = fc.tuple(fc.constantFrom(...places), replacement);
      fc.assert(
        fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (mutations) => {
          const [first] = mutations;
          let value = first?.[0].sample ?? null;
          for (const [{ path }, by] of mutations) value = mutated(value, path, by);
          const result = read(value, ignoreDrift);
          if (result !== null) expect(isValid(result)).toBe("valid");
        }),
        { numRuns: 3000 },
      );
    });

    test("leaves the upstream's answer as it was", () => {
      for (const sample of samples) {
        const before = structuredClone(sample);
        read(sample, ignoreDrift);
        expect(sample).toEqual(before);
      }
    });
  });
}
