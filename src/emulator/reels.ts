import { json } from "./answer.ts";
import { positionOf } from "./page.ts";
import { mediaItems, postsPage } from "./post-page.ts";
import type { Exchange, Route } from "./router.ts";
import { mix, Permutation } from "./seed/numbers.ts";
import type { Post } from "./seed/posts.ts";
import type { ComputedList } from "./store/list.ts";
import { issueCursor } from "./token.ts";

const PAGE = 7;

/** How many positions the mixed feeds have; some hold no Reel. */
const LENGTH = 180;

/** Feeds of Reels. */
export const REELS: readonly Route[] = [
  feed("connected", ({ world, viewer }) => {
    const following = world.friendships.follows.of(viewer).byPlace;
    const { posts, people } = world.seed;
    return turns(
      (turn) => posts.clip(people.instagram, turn),
      (turn) => {
        const person = turn < following.length ? following.at(turn) : undefined;
        // Reels of `instagram` have positions of their own.
        return person && person.pk !== people.instagram.pk
          ? world.posts.clip(person, 0)
          : undefined;
      },
    );
  }),
  feed("discover", ({ world, viewer }) => {
    const { posts, people } = world.seed;
    const order = new Permutation(mix(world.seed.number, viewer.slot, 104));
    return turns(
      (turn) => posts.clip(people.instagram, turn),
      (turn) => posts.clip(people.ofCrowd(order.apply(turn)), 0),
    );
  }),
  // The newest Reels of all followed users, then the ones before these.
  feed("discover/social", ({ world, viewer }) => {
    const following = world.friendships.follows.of(viewer).byPlace;
    return {
      length: following.length * 2,
      at: (position) => {
        const person = following.at(position % following.length);
        const round = Math.floor(position / following.length);
        return person && world.posts.clip(person, round);
      },
    };
  }),
];

type Turn = (turn: number) => Post | undefined;

/** A feed that takes Reels in turn from two sources. */
const turns = (even: Turn, odd: Turn): ComputedList<Post> => ({
  length: LENGTH,
  at: (position) => (position % 2 === 0 ? even : odd)(position >>> 1),
});

function feed(name: string, feedFor: (exchange: Exchange) => ComputedList<Post>): Route {
  return {
    method: "POST",
    path: `/api/v1/clips/${name}/`,
    // The app sends it for the first page too, empty.
    requiredQuery: ["max_id"],
    handle: (exchange) => page(exchange, `clips ${name}`, feedFor(exchange)),
  };
}

function page(exchange: Exchange, list: string, feed: ComputedList<Post>): Response {
  const name = `${list} ${exchange.viewer.pk}`;
  const start = positionOf(exchange.query.get("max_id") ?? "", name);
  const { muted } = exchange.world.friendships.attention;
  const shown = {
    length: feed.length,
    at: (position: number) => {
      const post = feed.at(position);
      return post && !muted.posts.has(exchange.viewer, post.owner) ? post : undefined;
    },
  };
  const { items, next } = postsPage(exchange, shown, start, PAGE);
  const cursor = next === undefined ? "" : issueCursor(name, next);
  return json(
    `{"items":[${mediaItems(exchange, items).join(",")}],"paging_info":{"max_id":${JSON.stringify(cursor)},` +
      `"more_available":${next !== undefined}},"status":"ok"}`,
  );
}
