import { describe, expect, test } from "bun:test";
import type { Json, JsonObject } from "../../../src/instagram/json.ts";
import { Account } from "../../../src/instagram/models/account.ts";
import { Comment } from "../../../src/instagram/models/comment.ts";
import type { DriftReporter } from "../../../src/instagram/models/drift.ts";
import { readList } from "../../../src/instagram/models/lists.ts";
import { Location } from "../../../src/instagram/models/location.ts";
import { Media } from "../../../src/instagram/models/media.ts";
import { Relationship } from "../../../src/instagram/models/relationship.ts";
import { User } from "../../../src/instagram/models/user.ts";
import { UserShort } from "../../../src/instagram/models/user-short.ts";
import { cursorOf } from "../../../src/instagram/paging.ts";
import {
  asContract,
  fields,
  listOf,
  type Recording,
  recordingsOf,
} from "../../support/models/recorded.ts";

type Mapping = (recording: Recording, drift: DriftReporter) => unknown;

const last = ({ answers }: Recording): JsonObject => answers.at(-1) ?? {};
const firstMedia = (recording: Recording) => listOf(last(recording).items)[0];
const sectionMedias = (answer: JsonObject): Json[] =>
  listOf(answer.sections)
    .flatMap((section) => listOf(fields(fields(section).layout_content).medias))
    .map((item) => fields(item).media ?? null);

const userShortPage = (answer: JsonObject, drift: DriftReporter) => ({
  items: readList(answer.users, UserShort.read, drift, "UserShortPage", "items"),
  next_cursor: cursorOf(answer.next_max_id),
});

const medias = (items: Json[], drift: DriftReporter) =>
  readList(items, Media.read, drift, "MediaPage", "items");

const mappings: Record<string, Mapping> = {
  getUser: (recording, drift) => User.read(last(recording).user, drift),
  patchAccount: (recording, drift) => Account.read(last(recording).user, drift),
  patchAccountPicture: (recording, drift) => UserShort.read(last(recording).user, drift),
  getUserFriendship: (recording, drift) =>
    Relationship.read({ ...last(recording), user_id: String(recording.params.user_id) }, drift),
  getUserFollowers: (recording, drift) => userShortPage(last(recording), drift),
  getUserFollowing: (recording, drift) => userShortPage(last(recording), drift),
  getMediaLikers: (recording, drift) =>
    readList(last(recording).users, UserShort.read, drift, "getMediaLikers", "users"),
  getMediaCommentReplies: ({ answers }, drift) =>
    answers.flatMap(({ child_comments }) =>
      readList(child_comments, Comment.read, drift, "getMediaCommentReplies", "child_comments"),
    ),
  getMedia: (recording, drift) => Media.read(firstMedia(recording), drift),
  getMediaAuthor: (recording, drift) => Media.read(firstMedia(recording), drift)?.user,
  getUserMedias: (recording, drift) => ({
    items: medias(listOf(last(recording).items), drift),
    next_cursor: cursorOf(last(recording).next_max_id),
  }),
  getHashtagReels: ({ answers }, drift) => medias(answers.flatMap(sectionMedias), drift),
  getReels: ({ answers }, drift) =>
    medias(
      answers.flatMap(({ items }) => listOf(items).map((item) => fields(item).media ?? null)),
      drift,
    ),
  getSearchPlaces: (recording, drift) =>
    listOf(last(recording).items).map((item) => Location.read(fields(item).location, drift)),
};

for (const [operation, map] of Object.entries(mappings)) {
  describe(operation, () => {
    for (const recording of recordingsOf(operation)) {
      test(`maps the recorded answer to the recorded result (${recording.name})`, () => {
        const drifts: string[] = [];
        const mapped = map(recording, (model, field) => drifts.push(`${model}.${field}`));
        expect(mapped).toEqual(asContract(recording.result));
        expect(JSON.stringify(mapped)).toBe(JSON.stringify(asContract(recording.result)));
        expect(drifts).toEqual([]);
      });
    }
  });
}

test("each of these operations has a recording", () => {
  for (const operation of Object.keys(mappings)) expect(recordingsOf(operation)).not.toEqual([]);
});
