import { Type } from "@sinclair/typebox";
import { type Operation, operations, withSession } from "../http/route.ts";
import { Media } from "../instagram/models/media.ts";
import { getReelsFeed, type ReelsFeed, reelsFeeds } from "../instagram/operations/reels.ts";
import { InvalidInput } from "../problems/problem.ts";
import { postsUntil } from "./parameters.ts";

const { get } = operations("Reels");

const reels = postsUntil(10);

/** `/reels`: feeds of Reels. */
export const reelsRoutes: readonly Operation[] = [
  get("/reels", feedOf("getReels", "List Reels of connected accounts"), ({ query, session }) =>
    session.read(getReelsFeed, "reels", reels.inputOf(query)),
  ),
  get("/reels/explore", feedOf("getReelsExplore", "List Reels to explore"), ({ query, session }) =>
    session.read(getReelsFeed, "explore_reels", reels.inputOf(query)),
  ),
  get("/reels/friends", feedOf("getReelsFriends", "List Reels of friends"), ({ query, session }) =>
    session.read(getReelsFeed, "friends_reels", reels.inputOf(query)),
  ),
  get(
    "/reels/timeline",
    {
      operationId: "getReelsTimeline",
      summary: "List Reels of a feed",
      access: withSession("read"),
      query: {
        collection_pk: Type.String({
          minLength: 1,
          description: `Name of the feed: ${reelsFeeds.join(", ")}.`,
          examples: ["reels"],
        }),
        ...reels.parameters,
      },
      returns: Type.Array(Media.schema),
    },
    ({ query, session }) =>
      session.read(getReelsFeed, reelsFeed(query.collection_pk), reels.inputOf(query)),
  ),
];

/** The declaration that the operations of a single feed share. */
function feedOf(operationId: string, summary: string) {
  return {
    operationId,
    summary,
    access: withSession("read"),
    query: reels.parameters,
    returns: Type.Array(Media.schema),
  };
}

/** A feed by its name. Throws InvalidInput. */
function reelsFeed(text: string): ReelsFeed {
  const feed = reelsFeeds.find((name) => name === text.trim().toLowerCase());
  if (!feed) throw new InvalidInput("collection_pk", `must be one of ${reelsFeeds.join(", ")}`);
  return feed;
}
