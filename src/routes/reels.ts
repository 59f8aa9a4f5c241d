import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { InvalidInput } from "../instagram/errors.ts";
import { MediaSchema } from "../instagram/models/media.ts";
import { getReelsFeed, type ReelsFeed, reelsFeeds } from "../instagram/operations/reels.ts";
import type { ListInput } from "../instagram/paging.ts";
import { boundedAmount, LastMediaPk, untilOf } from "./parameters.ts";

const TAG = "Reels";

const USUAL_AMOUNT = 10;

const list = { amount: boundedAmount(USUAL_AMOUNT), last_media_pk: LastMediaPk };

const listOf = (query: { amount?: number; last_media_pk?: string }): ListInput => ({
  amount: query.amount ?? USUAL_AMOUNT,
  until: untilOf(query.last_media_pk),
});

/** `/reels`: feeds of Reels. */
export const reelsRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/reels",
      ({ query, session, context }) => {
        const wanted = listOf(query);
        return session.read(deps.onCall(context), (client) =>
          getReelsFeed(client, "getReels", "reels", wanted),
        );
      },
      {
        withSession: "read",
        query: fields(list),
        detail: operation(TAG, "session", {
          operationId: "getReels",
          summary: "List Reels of connected accounts",
          returns: Type.Array(MediaSchema),
        }),
      },
    )
    .get(
      "/reels/explore",
      ({ query, session, context }) => {
        const wanted = listOf(query);
        return session.read(deps.onCall(context), (client) =>
          getReelsFeed(client, "getReelsExplore", "explore_reels", wanted),
        );
      },
      {
        withSession: "read",
        query: fields(list),
        detail: operation(TAG, "session", {
          operationId: "getReelsExplore",
          summary: "List Reels to explore",
          returns: Type.Array(MediaSchema),
        }),
      },
    )
    .get(
      "/reels/friends",
      ({ query, session, context }) => {
        const wanted = listOf(query);
        return session.read(deps.onCall(context), (client) =>
          getReelsFeed(client, "getReelsFriends", "friends_reels", wanted),
        );
      },
      {
        withSession: "read",
        query: fields(list),
        detail: operation(TAG, "session", {
          operationId: "getReelsFriends",
          summary: "List Reels of friends",
          returns: Type.Array(MediaSchema),
        }),
      },
    )
    .get(
      "/reels/timeline",
      ({ query, session, context }) => {
        const feed = reelsFeed(query.collection_pk);
        const wanted = listOf(query);
        return session.read(deps.onCall(context), (client) =>
          getReelsFeed(client, "getReelsTimeline", feed, wanted),
        );
      },
      {
        withSession: "read",
        query: fields({
          collection_pk: Type.String({
            minLength: 1,
            description: `Name of the feed: ${reelsFeeds.join(", ")}.`,
            examples: ["reels"],
          }),
          ...list,
        }),
        detail: operation(TAG, "session", {
          operationId: "getReelsTimeline",
          summary: "List Reels of a feed",
          returns: Type.Array(MediaSchema),
        }),
      },
    );

/** A feed by its name. Throws InvalidInput. */
function reelsFeed(text: string): ReelsFeed {
  const feed = reelsFeeds.find((name) => name === text.trim().toLowerCase());
  if (!feed) throw new InvalidInput("collection_pk", `must be one of ${reelsFeeds.join(", ")}`);
  return feed;
}
