import type { Client } from "../client.ts";
import { objectOr } from "../json.ts";
import type { Media } from "../models/media.ts";
import { collectUntil, cursorOf, type ListInput } from "../paging.ts";
import { postsPage } from "../posts.ts";
import { path, signed } from "../signing.ts";

/** Upstream paths of the feeds of Reels, by the names that callers use. */
const FEEDS = {
  reels: path`clips/connected/`,
  explore_reels: path`clips/discover/`,
  friends_reels: path`clips/discover/social/`,
} as const;

export type ReelsFeed = keyof typeof FEEDS;

export const reelsFeeds = Object.keys(FEEDS) as ReelsFeed[];

/**
 * Reels of a feed: `POST clips/connected/`, `clips/discover/` or `clips/discover/social/`, paged
 * until `amount`. The signed body is just the text " ".
 */
export function getReelsFeed(client: Client, feed: ReelsFeed, list: ListInput): Promise<Media[]> {
  return collectUntil(
    list,
    (media) => media.pk,
    (maxId) =>
      postsPage(
        client,
        {
          effect: "read",
          method: "POST",
          path: FEEDS[feed],
          query: [["max_id", maxId]],
          body: signed(" "),
        },
        (body) => {
          const paging = objectOr(body.paging_info);
          return paging.more_available ? cursorOf(paging.max_id) : null;
        },
      ),
  );
}
