import { invalidParameter, refuse } from "./answer.ts";
import { positionOf } from "./page.ts";
import { feedAnswer, mediaItems, postsAt } from "./post-page.ts";
import type { Exchange, Route } from "./router.ts";
import type { Post } from "./seed/posts.ts";
import type { List } from "./store/list.ts";
import { issueCursor } from "./token.ts";

const COLLECTIONS_PAGE = 8;
const SAVED_PAGE = 10;

/** The collection that holds every saved post; its type is its id. */
const ALL_POSTS = "ALL_MEDIA_AUTO_COLLECTION";

/** Collections of saved posts. */
export const COLLECTION: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v1/collections/list/",
    requiredQuery: ["collection_types"],
    handle: list,
  },
  { method: "GET", path: "/api/v1/feed/collection/{id}/", handle: collectionFeed },
  { method: "GET", path: "/api/v1/feed/saved/posts/", handle: allSaved },
  // The path of older apps.
  { method: "GET", path: "/api/v1/feed/saved/", handle: allSaved },
];

/** A collection as the list shows it. */
interface Entry {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly count: number;
  readonly cover: Post | undefined;
}

/** The collections of the wanted types, that of all posts first; none for an account that saved nothing. */
function list(exchange: Exchange): Response {
  const { world, viewer, query } = exchange;
  const types = typesIn(query.get("collection_types") ?? "");
  const entries = entriesOf(exchange).filter((entry) => types.includes(entry.type));
  const name = `collections ${viewer.pk} ${types.join()}`;
  const start = positionOf(query.get("max_id") ?? "", name);
  const end = start + COLLECTIONS_PAGE;
  const items = entries.slice(start, end).map((entry) => {
    const fields = JSON.stringify({
      collection_id: entry.id,
      collection_name: entry.name,
      collection_type: entry.type,
      collection_media_count: entry.count,
    });
    const cover = entry.cover && `,"cover_media":${world.mediaText(viewer, entry.cover)}`;
    return `${fields.slice(0, -1)}${cover ?? ""}}`;
  });
  return feedAnswer(items, end < entries.length ? issueCursor(name, end) : undefined);
}

function typesIn(text: string): string[] {
  try {
    const types: unknown = JSON.parse(text);
    if (Array.isArray(types)) return types.map(String);
  } catch {}
  throw invalidParameter("collection_types");
}

function entriesOf({ world, viewer }: Exchange): Entry[] {
  const { saved, collections, collected } = world.posts;
  const own = [...collections.of(viewer)];
  const isShown = ({ owner }: Post) => world.canSee(viewer, owner);
  const entry = (id: string, name: string, type: string, list: Iterable<Post>): Entry => {
    const posts = [...list].filter(isShown);
    return { id, name, type, count: posts.length, cover: posts[0] };
  };
  const all = entry(ALL_POSTS, "All posts", ALL_POSTS, saved.of(viewer));
  if (own.length === 0 && all.count === 0) return [];
  return [
    all,
    ...own.map((collection) =>
      entry(collection.id, collection.name, "MEDIA", collected.of(collection)),
    ),
  ];
}

/** The posts in one of the viewer's collections, added last first. */
function collectionFeed(exchange: Exchange): Response {
  const { world, viewer } = exchange;
  const id = exchange.param("id");
  const collection = [...world.posts.collections.of(viewer)].find((own) => own.id === id);
  // Collections of other accounts are not found either.
  if (collection === undefined) throw refuse(404, "Collection not found");
  return savedFeed(exchange, world.posts.collected.of(collection), id);
}

/** All posts that the viewer has saved, saved last first. */
function allSaved(exchange: Exchange): Response {
  return savedFeed(exchange, exchange.world.posts.saved.of(exchange.viewer), "");
}

function savedFeed(exchange: Exchange, list: List<Post>, name: string): Response {
  const { posts, next } = postsAt(exchange, list, `saved ${name}`, SAVED_PAGE);
  return feedAnswer(mediaItems(exchange, posts), next);
}
