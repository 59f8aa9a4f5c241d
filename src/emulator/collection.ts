import { invalidParameter, refuse } from "./answer.ts";
import { positionOf } from "./page.ts";
import { feedAnswer, mediaItems, pilePage } from "./post-page.ts";
import type { Exchange, Route } from "./router.ts";
import { type Collection, holds, initialCollections } from "./seed/collections.ts";
import type { Post } from "./seed/posts.ts";
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
    asks: ["collection_types"],
    handle: list,
  },
  { method: "GET", path: "/api/v1/feed/collection/{id}/", handle: collectionFeed },
  { method: "GET", path: "/api/v1/feed/saved/posts/", handle: (exchange) => savedFeed(exchange) },
  // As older apps have it.
  { method: "GET", path: "/api/v1/feed/saved/", handle: (exchange) => savedFeed(exchange) },
];

/** A collection as the list shows it. */
interface Entry {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  count: number;
  cover: Post | undefined;
}

/** All collections of the wanted types, that of all posts first. An account that saved nothing has none. */
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
  const own = initialCollections(viewer);
  if (own.length === 0) return [];
  const all = { id: ALL_POSTS, name: "All posts", type: ALL_POSTS, count: 0, cover: undefined };
  const entries: Entry[] = [
    all,
    ...own.map(({ id, name }) => ({ id, name, type: "MEDIA", count: 0, cover: undefined })),
  ];
  const pile = world.saved(viewer);
  for (let height = pile.top; height-- > 0; ) {
    const post = pile.at(height);
    if (post === undefined || !world.canSee(viewer, post.owner)) continue;
    for (const [index, entry] of entries.entries()) {
      const collection = own[index - 1];
      if (collection !== undefined && !holds(viewer, collection, height)) continue;
      entry.count++;
      entry.cover ??= post;
    }
  }
  return entries;
}

function collectionFeed(exchange: Exchange): Response {
  const id = exchange.param("id");
  const collection = initialCollections(exchange.viewer).find((own) => own.id === id);
  // Somebody else's is as unknown as one that never was.
  if (collection === undefined) throw refuse(404, "Collection not found");
  return savedFeed(exchange, collection);
}

/** What the viewer saved, saved last first: in one collection, or all of it. */
function savedFeed(exchange: Exchange, collection?: Collection): Response {
  const { world, viewer } = exchange;
  const { posts, next } = pilePage(
    exchange,
    world.saved(viewer),
    `saved ${collection?.id ?? ""}`,
    SAVED_PAGE,
    (height) => collection === undefined || holds(viewer, collection, height),
  );
  return feedAnswer(mediaItems(exchange, posts), next);
}
