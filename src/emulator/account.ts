import { json, ok } from "./answer.ts";
import { ownAccount } from "./nature/user-shape.ts";
import { pileItems } from "./pile.ts";
import type { Exchange, Route } from "./router.ts";

const LIKED_PAGE = 12;

/** One's own account. */
export const ACCOUNT: readonly Route[] = [
  { method: "GET", path: "/api/v1/accounts/current_user/", handle: currentUser },
  { method: "POST", path: "/api/v1/accounts/current_user/", body: "form", handle: currentUser },
  { method: "GET", path: "/api/v1/feed/liked/", handle: liked },
];

function currentUser({ viewer }: Exchange): Response {
  return ok({ user: ownAccount(viewer) });
}

/** What the viewer likes, liked last first. */
function liked(exchange: Exchange): Response {
  const pile = exchange.world.liked(exchange.viewer);
  const { medias, more, cursor } = pileItems(exchange, pile, "liked", LIKED_PAGE);
  return json(
    `{"items":[${medias.join(",")}],"num_results":${medias.length},"more_available":${more},` +
      `"auto_load_more_enabled":true${cursor},"status":"ok"}`,
  );
}
