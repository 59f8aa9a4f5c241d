import { ok } from "./answer.ts";
import { feedAnswer, mediaTexts, postsAt } from "./post-page.ts";
import type { Exchange, Route } from "./router.ts";
import { ownAccount } from "./seed/user-shape.ts";

const LIKED_PAGE = 12;

/** The viewer's own account. */
export const ACCOUNT: readonly Route[] = [
  { method: "GET", path: "/api/v1/accounts/current_user/", handle: currentUser },
  { method: "POST", path: "/api/v1/accounts/current_user/", body: "form", handle: currentUser },
  { method: "GET", path: "/api/v1/feed/liked/", handle: liked },
  { method: "POST", path: "/api/v1/accounts/set_private/", acts: "other", handle: privacy(true) },
  { method: "POST", path: "/api/v1/accounts/set_public/", acts: "other", handle: privacy(false) },
];

/** Shows the viewer's posts and lists to followers only, or to everybody. */
function privacy(isPrivate: boolean): Route["handle"] {
  return ({ world, viewer }) => {
    world.people.change({ ...viewer, isPrivate });
    return ok({ user: ownAccount(world.people.current(viewer)) });
  };
}

function currentUser({ viewer }: Exchange): Response {
  return ok({ user: ownAccount(viewer) });
}

/** The posts that the viewer likes, liked last first. */
function liked(exchange: Exchange): Response {
  const likes = exchange.world.posts.likes.of(exchange.viewer);
  const { posts, next } = postsAt(exchange, likes, "liked", LIKED_PAGE);
  return feedAnswer(mediaTexts(exchange, posts), next);
}
