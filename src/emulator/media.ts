import { invalidParameter, json, ok, refuse } from "./answer.ts";
import { idList, textField } from "./body.ts";
import type { Exchange, Route } from "./router.ts";
import type { Collection } from "./seed/collections.ts";
import { isMediaId, type Post, pkOfShortcode } from "./seed/posts.ts";
import { pictureUrl } from "./seed/user-shape.ts";
import { BEGINNING, pageOf } from "./store/list.ts";
import { storyInfoText } from "./story.ts";

/** Most users in the list of who likes a post. */
const MOST_LIKERS = 100;

/** Single posts. */
export const MEDIA: readonly Route[] = [
  { method: "GET", path: "/api/v1/media/{id}/info/", handle: info },
  { method: "GET", path: "/api/v1/media/{id}/likers/", handle: likers },
  { method: "GET", path: "/api/v1/oembed", requiredQuery: ["url"], handle: oembed },
  {
    method: "POST",
    path: "/api/v1/media/{id}/like/",
    acts: "like",
    requiredFields: ["media_id"],
    handle: (exchange) => {
      exchange.world.posts.likes.add(exchange.viewer, namedPost(exchange));
      return ok();
    },
  },
  {
    method: "POST",
    path: "/api/v1/media/{id}/unlike/",
    acts: "like",
    requiredFields: ["media_id"],
    handle: (exchange) => {
      exchange.world.posts.likes.remove(exchange.viewer, namedPost(exchange));
      return ok();
    },
  },
  { method: "POST", path: "/api/v1/media/{id}/save/", acts: "other", handle: save },
  { method: "POST", path: "/api/v1/media/{id}/unsave/", acts: "other", handle: unsave },
  {
    method: "POST",
    path: "/api/v1/media/{id}/delete/",
    acts: "other",
    requiredFields: ["media_id"],
    handle: remove,
  },
];

/** The post with a media id, if the viewer may see it. Throws a Refusal (400) otherwise. */
export function postOf({ world, viewer }: Exchange, id: string): Post {
  if (!isMediaId(id)) throw refuse(400, "Invalid media_id");
  const post = world.posts.byMediaId(id);
  if (post === undefined || !world.canSee(viewer, post.owner)) {
    throw refuse(400, "Media not found or unavailable");
  }
  return post;
}

function info(exchange: Exchange): Response {
  const id = exchange.param("id");
  const { world, viewer } = exchange;
  const item = storyInfoText(exchange, id) ?? world.mediaText(viewer, postOf(exchange, id));
  return json(
    `{"items":[${item}],"num_results":1,"more_available":false,"auto_load_more_enabled":false,"status":"ok"}`,
  );
}

/** The post in the path. Throws a Refusal (400) unless the body names the same post. */
function namedPost(exchange: Exchange): Post {
  const post = postOf(exchange, exchange.param("id"));
  const repeated = textField(exchange.fields, "media_id") ?? "";
  if (repeated.split("_")[0] !== String(post.pk)) throw refuse(400, "Invalid media_id");
  return post;
}

/** Saves a post, also into the collections in `added_collection_ids` (JSON text). */
function save(exchange: Exchange): Response {
  const { world, viewer } = exchange;
  const post = postOf(exchange, exchange.param("id"));
  world.posts.save(viewer, post, collectionsIn(exchange, "added_collection_ids"));
  return ok();
}

/** Removes a post from the collections in `removed_collection_ids`, or without these from all that is saved. */
function unsave(exchange: Exchange): Response {
  const { world, viewer } = exchange;
  const post = postOf(exchange, exchange.param("id"));
  const collections = collectionsIn(exchange, "removed_collection_ids");
  for (const collection of collections) world.posts.collected.remove(collection, post);
  if (collections.length === 0) world.posts.unsave(viewer, post);
  return ok();
}

/** The viewer's collections that a field names; none where it is missing. */
function collectionsIn({ world, viewer, fields }: Exchange, name: string): Collection[] {
  const ids = idList(fields[name] ?? "[]");
  const own = [...world.posts.collections.of(viewer)];
  const found = ids?.flatMap((id) => own.find((collection) => collection.id === id) ?? []);
  if (ids === undefined || found?.length !== ids.length) throw invalidParameter(name);
  return found;
}

function remove(exchange: Exchange): Response {
  const post = namedPost(exchange);
  if (post.owner.pk !== exchange.viewer.pk) throw refuse(400, "You cannot delete this media.");
  exchange.world.posts.all.remove(post);
  return ok({ did_delete: true });
}

/** Who likes a post, in one answer: the viewer first, then the users who liked it last. */
function likers(exchange: Exchange): Response {
  const { world, viewer } = exchange;
  const post = postOf(exchange, exchange.param("id"));
  const { likes } = world.posts;
  const own = likes.has(viewer, post) ? [viewer] : [];
  const { items: others } = pageOf(
    likes.to(post),
    BEGINNING,
    MOST_LIKERS - own.length,
    (person) => person.pk !== viewer.pk && !world.friendships.blocks.has(person, viewer),
  );
  const users = [...own, ...others].map((person) => world.shortText(person));
  return json(`{"users":[${users.join(",")}],"user_count":${likes.to(post).count},"status":"ok"}`);
}

const POST_LINK = /\/(?:p|reel|reels|tv)\/([\w-]{1,11})[\w-]*\/?(?:[?#]|$)/;

/** A post by its link, as other websites embed it. */
function oembed({ world, viewer, query }: Exchange): Response {
  const [, code = ""] = POST_LINK.exec(query.get("url") ?? "") ?? [];
  const pk = pkOfShortcode(code);
  const post = pk === undefined ? undefined : world.posts.byPk(pk);
  if (post === undefined || !world.canSee(viewer, post.owner)) throw refuse(404, "No Media Match");
  const { owner } = post;
  const width = 640;
  const height = post.kind === "clip" ? 1_137 : post.kind === "video" ? 640 : 800;
  return ok({
    version: "1.0",
    title: post.caption,
    author_name: owner.username,
    author_url: `https://www.instagram.com/${owner.username}`,
    author_id: owner.pk,
    media_id: `${post.pk}_${owner.pk}`,
    provider_name: "Instagram",
    provider_url: "https://www.instagram.com",
    type: "rich",
    width: 658,
    height: null,
    html: `<blockquote class="instagram-media" data-instgrm-permalink="https://www.instagram.com/p/${post.code}/"></blockquote>`,
    thumbnail_url: pictureUrl(`${post.pk}`, width, height),
    thumbnail_width: width,
    thumbnail_height: height,
    can_view: true,
  });
}
