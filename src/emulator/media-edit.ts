import { invalidParameter, json, refuse } from "./answer.ts";
import { postOf } from "./media.ts";
import { captionIn, placeIn, taggedIn } from "./post-fields.ts";
import type { Exchange } from "./router.ts";
import { type Place, placeOf } from "./seed/places.ts";
import type { Post, Tagged } from "./seed/posts.ts";
import { tagOf } from "./seed/tags.ts";

/**
 * Changes a post of the viewer: its caption, and where the fields `usertags` and `location` are sent,
 * who is tagged on it and where it was made.
 */
export function edit(exchange: Exchange): Response {
  const { world, viewer, fields } = exchange;
  const post = postOf(exchange, exchange.param("id"));
  if (post.owner.pk !== viewer.pk) throw refuse(403, "You cannot edit this media.");
  if (typeof fields.caption_text !== "string") throw invalidParameter("caption_text");
  const caption = captionIn(fields, "caption_text");
  const tagged = taggedIn(exchange, fields) ?? taggedNow(exchange, post);
  const { place } = placeIn(fields) ?? { place: placeNow(exchange, post) };
  world.posts.edit(post, caption, { tagged, place });
  const edited = world.posts.byPk(post.pk) ?? post;
  return json(`{"media":${world.mediaText(viewer, edited)},"status":"ok"}`);
}

const taggedNow = ({ world }: Exchange, post: Post): readonly Tagged[] =>
  post.shows?.tagged ?? world.posts.taggedOn(post).map(tagOf(post));

const placeNow = ({ world }: Exchange, post: Post): Place | undefined =>
  post.shows === undefined ? placeOf(world.seed.people, post) : post.shows.place;
