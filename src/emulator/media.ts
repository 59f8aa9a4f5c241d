import { json, ok, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import { isMediaId, type Post } from "./nature/posts.ts";
import type { Exchange, Route } from "./router.ts";

/** Single posts. */
export const MEDIA: readonly Route[] = [
  { method: "GET", path: "/api/v1/media/{id}/info/", handle: info },
  {
    method: "POST",
    path: "/api/v1/media/{id}/like/",
    requires: ["media_id"],
    handle: (exchange) => {
      exchange.world.like(exchange.viewer, likedPost(exchange));
      return ok();
    },
  },
  {
    method: "POST",
    path: "/api/v1/media/{id}/unlike/",
    requires: ["media_id"],
    handle: (exchange) => {
      exchange.world.unlike(exchange.viewer, likedPost(exchange));
      return ok();
    },
  },
];

/** The post with an id, bare or `<pk>_<owner>`, that the viewer may see; refuses with 400 otherwise. */
export function postOf({ world, viewer }: Exchange, id: string): Post {
  if (!isMediaId(id)) throw refuse(400, "Invalid media_id");
  const post = world.nature.posts.byMediaId(id);
  if (post === undefined || !world.canSee(viewer, post.owner)) {
    throw refuse(400, "Media not found or unavailable");
  }
  return post;
}

function info(exchange: Exchange): Response {
  const post = postOf(exchange, exchange.param("id"));
  const item = exchange.world.mediaText(exchange.viewer, post);
  return json(
    `{"items":[${item}],"num_results":1,"more_available":false,"auto_load_more_enabled":false,"status":"ok"}`,
  );
}

function likedPost(exchange: Exchange): Post {
  const post = postOf(exchange, exchange.param("id"));
  const repeated = textField(exchange.fields, "media_id") ?? "";
  if (repeated.split("_")[0] !== String(post.pk)) throw refuse(400, "Invalid media_id");
  return post;
}
