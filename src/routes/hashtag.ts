import { Type } from "@sinclair/typebox";
import { actionPairs } from "../http/action-pair.ts";
import { type Operation, operations, withSession } from "../http/route.ts";
import { Hashtag } from "../instagram/models/hashtag.ts";
import { Media, MediaPage } from "../instagram/models/media.ts";
import {
  followHashtag,
  getHashtag,
  getHashtagMedias,
  getHashtagReels,
  getRelatedHashtags,
  parseHashtag,
} from "../instagram/operations/hashtag.ts";
import { onePage } from "./cursors.ts";
import { boundedAmount, pagination, SHORT_PAGES } from "./parameters.ts";

const { get } = operations("Hashtag");
const pair = actionPairs("Hashtag");

const name = Type.String({
  minLength: 1,
  description: "Hashtag, with or without #, or the link of its page.",
  examples: ["berlin"],
});

const topPage = pagination(9);
const recentPage = pagination(27);
const REELS = 27;

/** `/hashtag`: hashtags and their posts. */
export const hashtagRoutes: readonly Operation[] = [
  get(
    "/hashtag",
    {
      operationId: "getHashtag",
      summary: "Get hashtag",
      access: withSession("read"),
      query: { name },
      returns: Hashtag.schema,
      errors: ["HashtagNotFound", "HashtagPageWarning"],
      aliases: ["/hashtag/info"],
    },
    ({ query, session }) => session.read(getHashtag, parseHashtag(query.name)),
  ),
  get(
    "/hashtag/medias/top",
    {
      operationId: "getHashtagMediasTop",
      summary: "List top posts of a hashtag",
      description: SHORT_PAGES,
      access: withSession("read"),
      query: { name, ...topPage.parameters },
      returns: MediaPage.schema,
      errors: ["HashtagNotFound", "HashtagPageWarning"],
      aliases: ["/hashtag/media/top"],
    },
    ({ query, session }) => {
      const hashtag = parseHashtag(query.name);
      const input = topPage.inputOf(query);
      return session.read((client) =>
        onePage(client, listOf(hashtag), input, (at) =>
          getHashtagMedias(client, hashtag, "top", at),
        ),
      );
    },
  ),
  get(
    "/hashtag/medias/recent",
    {
      operationId: "getHashtagMediasRecent",
      summary: "List recent posts of a hashtag",
      description: SHORT_PAGES,
      access: withSession("read"),
      query: { name, ...recentPage.parameters },
      returns: MediaPage.schema,
      errors: ["HashtagNotFound", "HashtagPageWarning"],
      aliases: ["/hashtag/media/recent"],
    },
    ({ query, session }) => {
      const hashtag = parseHashtag(query.name);
      const input = recentPage.inputOf(query);
      return session.read((client) =>
        onePage(client, listOf(hashtag), input, (at) =>
          getHashtagMedias(client, hashtag, "recent", at),
        ),
      );
    },
  ),
  get(
    "/hashtag/reels",
    {
      operationId: "getHashtagReels",
      summary: "List Reels of a hashtag",
      access: withSession("read"),
      query: { name, amount: boundedAmount(REELS) },
      returns: Type.Array(Media.schema),
      errors: ["HashtagNotFound", "HashtagPageWarning"],
    },
    ({ query, session }) =>
      session.read(getHashtagReels, parseHashtag(query.name), query.amount ?? REELS),
  ),
  get(
    "/hashtag/related",
    {
      operationId: "getHashtagRelated",
      summary: "List related hashtags",
      description:
        "From Instagram's website, which is asked without a login. If it requires one, the answer is 403 ClientForbiddenError.",
      access: withSession("read"),
      query: { name },
      returns: Type.Array(Hashtag.schema),
      errors: ["HashtagNotFound", "ClientForbiddenError"],
    },
    ({ query, session }) => session.read(getRelatedHashtags, parseHashtag(query.name)),
  ),
  ...pair(
    "/hashtag/follow",
    {
      operationIds: ["postHashtagFollow", "deleteHashtagFollow"],
      actions: ["follow", "unfollow"],
      summaries: ["Follow a hashtag", "Unfollow a hashtag"],
      fields: { hashtag: name },
      undoField: "unfollow",
      errors: ["HashtagNotFound"],
    },
    (session, { hashtag }, undo) =>
      session.write(followHashtag, parseHashtag(hashtag, "hashtag"), undo),
  ),
];

/** Names the list in cursors. Instagram ignores the case of hashtags. */
const listOf = (hashtag: string): string => hashtag.toLowerCase();
