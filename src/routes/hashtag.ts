import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { Hashtag } from "../instagram/models/hashtag.ts";
import { Media, MediaPage } from "../instagram/models/media.ts";
import {
  getHashtag,
  getHashtagMedias,
  getHashtagReels,
  getRelatedHashtags,
  parseHashtag,
} from "../instagram/operations/hashtag.ts";
import { type ListName, onePage } from "./cursors.ts";
import { boundedAmount, pageOf } from "./parameters.ts";

const TAG = "Hashtag";

const name = Type.String({
  minLength: 1,
  description: "Hashtag, with or without #, or the link of its page.",
  examples: ["berlin"],
});

const topPage = pageOf(9);
const recentPage = pageOf(27);
const REELS = 27;

const PAGES = "A page holds what Instagram gives at once, which can be fewer than amount.";

/** `/hashtag`: hashtags and their posts. */
export const hashtagRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/hashtag",
      ({ query, session, context }) => {
        const hashtag = parseHashtag(query.name);
        return session.read(context, (client) => getHashtag(client, hashtag));
      },
      {
        withSession: "read",
        query: fields({ name }),
        detail: operation(TAG, "session", {
          operationId: "getHashtag",
          summary: "Get hashtag",
          returns: Hashtag.schema,
          errors: ["HashtagNotFound", "HashtagPageWarning"],
          aliases: ["/hashtag/info"],
        }),
      },
    )
    .get(
      "/hashtag/medias/top",
      ({ query, session, context }) => {
        const hashtag = parseHashtag(query.name);
        const input = topPage.of(query);
        return session.read(context, (client) =>
          onePage(listOf("getHashtagMediasTop", hashtag), input, (at) =>
            getHashtagMedias(client, hashtag, "top", at),
          ),
        );
      },
      {
        withSession: "read",
        query: fields({ name, ...topPage.parameters }),
        detail: operation(TAG, "session", {
          operationId: "getHashtagMediasTop",
          summary: "List top posts of a hashtag",
          description: PAGES,
          returns: MediaPage.schema,
          errors: ["HashtagNotFound", "HashtagPageWarning"],
          aliases: ["/hashtag/media/top"],
        }),
      },
    )
    .get(
      "/hashtag/medias/recent",
      ({ query, session, context }) => {
        const hashtag = parseHashtag(query.name);
        const input = recentPage.of(query);
        return session.read(context, (client) =>
          onePage(listOf("getHashtagMediasRecent", hashtag), input, (at) =>
            getHashtagMedias(client, hashtag, "recent", at),
          ),
        );
      },
      {
        withSession: "read",
        query: fields({ name, ...recentPage.parameters }),
        detail: operation(TAG, "session", {
          operationId: "getHashtagMediasRecent",
          summary: "List recent posts of a hashtag",
          description: PAGES,
          returns: MediaPage.schema,
          errors: ["HashtagNotFound", "HashtagPageWarning"],
          aliases: ["/hashtag/media/recent"],
        }),
      },
    )
    .get(
      "/hashtag/reels",
      ({ query, session, context }) => {
        const hashtag = parseHashtag(query.name);
        return session.read(context, (client) =>
          getHashtagReels(client, hashtag, query.amount ?? REELS),
        );
      },
      {
        withSession: "read",
        query: fields({ name, amount: boundedAmount(REELS) }),
        detail: operation(TAG, "session", {
          operationId: "getHashtagReels",
          summary: "List Reels of a hashtag",
          returns: Type.Array(Media.schema),
          errors: ["HashtagNotFound", "HashtagPageWarning"],
        }),
      },
    )
    .get(
      "/hashtag/related",
      ({ query, session, context }) => {
        const hashtag = parseHashtag(query.name);
        return session.read(context, (client) => getRelatedHashtags(client, hashtag));
      },
      {
        withSession: "read",
        query: fields({ name }),
        detail: operation(TAG, "session", {
          operationId: "getHashtagRelated",
          summary: "List related hashtags",
          description:
            "From Instagram's website, which is asked without the session's login and may want one: then 403 ClientForbiddenError.",
          returns: Type.Array(Hashtag.schema),
          errors: ["HashtagNotFound", "ClientForbiddenError"],
        }),
      },
    );

/** Instagram makes no difference between capitals and small letters. */
const listOf = (operation: string, hashtag: string): ListName => ({
  operation,
  of: hashtag.toLowerCase(),
});
