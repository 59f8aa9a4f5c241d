import { invalidParameter, ok, type Refusal, refuse } from "./answer.ts";
import { idList, textField } from "./body.ts";
import { ownOrShownPost, postOf } from "./media.ts";
import { edit } from "./media-edit.ts";
import type { Exchange, Route } from "./router.ts";
import type { Collection } from "./seed/collections.ts";
import { keysOf, type MadeItem } from "./seed/made.ts";
import type { Post } from "./seed/posts.ts";
import type { Story } from "./seed/stories.ts";
import { visibleStory } from "./story.ts";

/** Most posts that an account can pin to its profile. */
const MOST_PINNED = 3;

/** What is done to single posts. */
export const MEDIA_ACTIONS: readonly Route[] = [
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
  {
    method: "POST",
    path: "/api/v1/media/{id}/only_me/",
    acts: "other",
    requiredFields: ["media_id"],
    handle: archive,
  },
  {
    method: "POST",
    path: "/api/v1/media/{id}/undo_only_me/",
    acts: "other",
    requiredFields: ["media_id"],
    handle: unarchive,
  },
  {
    method: "POST",
    path: "/api/v1/media/{id}/edit_media/",
    acts: "other",
    handle: edit,
  },
  {
    method: "POST",
    path: "/api/v1/users/pin_timeline_media/",
    acts: "other",
    requiredFields: ["post_id"],
    handle: pin,
  },
  {
    method: "POST",
    path: "/api/v1/users/unpin_timeline_media/",
    acts: "other",
    requiredFields: ["post_id"],
    handle: unpin,
  },
];

/** The post in the path. Throws a Refusal (400) unless the body names the same post. */
function namedPost(exchange: Exchange, find = postOf): Post {
  const post = find(exchange, exchange.param("id"));
  checkRepeated(exchange, post.pk);
  return post;
}

function checkRepeated({ fields }: Exchange, pk: bigint): void {
  const repeated = textField(fields, "media_id") ?? "";
  if (repeated.split("_")[0] !== String(pk)) throw refuse(400, "Invalid media_id");
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

/** Deletes a post or a story of the viewer. */
function remove(exchange: Exchange): Response {
  const story = visibleStory(exchange, exchange.param("id"));
  if (story !== undefined) return removeStory(exchange, story);
  const post = namedPost(exchange, ownOrShownPost);
  if (post.owner.pk !== exchange.viewer.pk) throw refuse(400, "You cannot delete this media.");
  exchange.world.posts.delete(post);
  dropFiles(exchange, post.made?.items);
  return ok({ did_delete: true });
}

/** Drops the files of what was deleted. */
function dropFiles({ world }: Exchange, items: readonly MadeItem[] = []): void {
  for (const key of keysOf(items)) world.files.store.find(key)?.drop();
}

function removeStory(exchange: Exchange, story: Story): Response {
  const { world, viewer } = exchange;
  checkRepeated(exchange, story.pk);
  if (story.owner.pk !== viewer.pk) throw refuse(400, "You cannot delete this media.");
  world.stories.delete(story);
  dropFiles(exchange, story.made && [story.made.item]);
  return ok({ did_delete: true });
}

/** Hides a post of the viewer from everybody else; one that is archived stays so. */
function archive(exchange: Exchange): Response {
  exchange.world.posts.all.hide(ownPost(exchange));
  return ok();
}

/** Shows an archived post again, where it was. */
function unarchive(exchange: Exchange): Response {
  exchange.world.posts.all.show(ownPost(exchange));
  return ok();
}

/** The viewer's post that path and body name. Throws a Refusal (400, 403). */
function ownPost(exchange: Exchange): Post {
  const post = namedPost(exchange, ownOrShownPost);
  if (post.owner.pk !== exchange.viewer.pk) throw notYours();
  return post;
}

const notYours = (): Refusal => refuse(403, "You cannot do this with the media of someone else.");

/** Pins a post of the viewer to the top of the profile. */
function pin(exchange: Exchange): Response {
  const post = pinnablePost(exchange);
  const { posts } = exchange.world;
  if (!post.isPinned && posts.pinnedOf(exchange.viewer).length >= MOST_PINNED)
    throw refuse(400, "You can only pin up to three posts to your profile.");
  if (!post.isPinned) posts.all.change({ ...post, isPinned: true });
  return ok();
}

function unpin(exchange: Exchange): Response {
  const post = pinnablePost(exchange);
  if (post.isPinned) exchange.world.posts.all.change({ ...post, isPinned: false });
  return ok();
}

/** The viewer's post in the field `post_id`, which is a pk. Throws a Refusal (400, 403). */
function pinnablePost(exchange: Exchange): Post {
  const id = textField(exchange.fields, "post_id") ?? "";
  if (!/^\d+$/.test(id)) throw invalidParameter("post_id");
  const post = postOf(exchange, id);
  if (post.owner.pk !== exchange.viewer.pk) throw notYours();
  return post;
}
