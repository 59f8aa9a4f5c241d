import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import type { Client } from "../instagram/client.ts";
import { Media } from "../instagram/models/media.ts";
import { getReelsFeed, type ReelsFeed, reelsFeeds } from "../instagram/operations/reels.ts";
import { InvalidInput } from "../problems/problem.ts";
import { postsUntil } from "./parameters.ts";

const TAG = "Reels";

const reels = postsUntil(10);

/** `/reels`: feeds of Reels. */
export const reelsRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/reels",
      ({ query, session, context }) => session.read(context, feedOf("reels", query)),
      feedRoute("getReels", "List Reels of connected accounts"),
    )
    .get(
      "/reels/explore",
      ({ query, session, context }) => session.read(context, feedOf("explore_reels", query)),
      feedRoute("getReelsExplore", "List Reels to explore"),
    )
    .get(
      "/reels/friends",
      ({ query, session, context }) => session.read(context, feedOf("friends_reels", query)),
      feedRoute("getReelsFriends", "List Reels of friends"),
    )
    .get(
      "/reels/timeline",
      ({ query, session, context }) => {
        const feed = reelsFeed(query.collection_pk);
        return session.read(context, feedOf(feed, query));
      },
      {
        withSession: "read",
        query: fields({
          collection_pk: Type.String({
            minLength: 1,
            description: `Name of the feed: ${reelsFeeds.join(", ")}.`,
            examples: ["reels"],
          }),
          ...reels.parameters,
        }),
        detail: operation(TAG, "session", {
          operationId: "getReelsTimeline",
          summary: "List Reels of a feed",
          returns: Type.Array(Media.schema),
        }),
      },
    );

/** What reads a feed, as much of it as a query wants. Throws InvalidInput. */
function feedOf(feed: ReelsFeed, query: Parameters<typeof reels.of>[0]) {
  const wanted = reels.of(query);
  return (client: Client) => getReelsFeed(client, feed, wanted);
}

/** What the route of one feed says of itself. */
function feedRoute(operationId: string, summary: string) {
  return {
    withSession: "read",
    query: fields(reels.parameters),
    detail: operation(TAG, "session", {
      operationId,
      summary,
      returns: Type.Array(Media.schema),
    }),
  } as const;
}

/** A feed by its name. Throws InvalidInput. */
function reelsFeed(text: string): ReelsFeed {
  const feed = reelsFeeds.find((name) => name === text.trim().toLowerCase());
  if (!feed) throw new InvalidInput("collection_pk", `must be one of ${reelsFeeds.join(", ")}`);
  return feed;
}
