import { json, ok, refuse } from "./answer.ts";
import type { Exchange, Route } from "./router.ts";
import { pictureOf } from "./seed/made.ts";
import { sizeOf } from "./seed/media-shape.ts";
import { isMediaId, type Post, pkOfShortcode } from "./seed/posts.ts";
import { BEGINNING, pageOf } from "./store/list.ts";
import { storyInfoText } from "./story.ts";

/** Most users in the list of who likes a post. */
const MOST_LIKERS = 100;

/** Single posts. */
export const MEDIA: readonly Route[] = [
  { method: "GET", path: "/api/v1/media/{id}/info/", handle: info },
  { method: "GET", path: "/api/v1/media/{id}/likers/", handle: likers },
  { method: "GET", path: "/api/v1/oembed", requiredQuery: ["url"], handle: oembed },
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

/** As postOf(), and also the viewer's own archived posts, which nobody else sees. */
export const ownOrShownPost = (exchange: Exchange, id: string): Post =>
  exchange.world.posts.archivedByMediaId(id, exchange.viewer) ?? postOf(exchange, id);

function info(exchange: Exchange): Response {
  const id = exchange.param("id");
  const { world, viewer } = exchange;
  const item = storyInfoText(exchange, id) ?? world.mediaText(viewer, ownOrShownPost(exchange, id));
  return json(
    `{"items":[${item}],"num_results":1,"more_available":false,"auto_load_more_enabled":false,"status":"ok"}`,
  );
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
    (person) => person.pk !== viewer.pk && !world.friendships.isBlocked(person, viewer),
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
  const [shownWidth, shownHeight] = sizeOf(post);
  const width = post.made ? shownWidth : 640;
  const height = Math.floor((width * shownHeight) / shownWidth);
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
    thumbnail_url: pictureOf(post, width, height),
    thumbnail_width: width,
    thumbnail_height: height,
    can_view: true,
  });
}
