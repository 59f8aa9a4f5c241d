import type { Request, Row } from "./row.ts";

const TYPES = encodeURIComponent('["ALL_MEDIA_AUTO_COLLECTION","PRODUCT_AUTO_COLLECTION","MEDIA"]');

const collection = (id: string, name: string, type = "MEDIA") => ({
  collection_id: id,
  collection_name: name,
  collection_type: type,
  collection_media_count: 1,
});
const ALL = collection("ALL_MEDIA_AUTO_COLLECTION", "All Posts", "ALL_MEDIA_AUTO_COLLECTION");
const TRIPS = collection("17850000000000001", "Trips");

const list = (maxId: string, answer: object): Request => ({
  send: `GET /api/v1/collections/list/?collection_types=${TYPES}&max_id=${maxId}`,
  answer: { status: "ok", ...answer },
});
/** All collections, on three pages: their cursor goes by either name. */
const all = [
  list("", { items: [ALL], more_available: true, next_max_id: "QVFC" }),
  list("QVFC", { items: [], more_available: true, max_id: "QVFD" }),
  list("QVFD", { items: [TRIPS], more_available: false, next_max_id: "QVFE" }),
];

const posts = (path: string, query: string, next?: string): Request => ({
  send: `GET /api/v1/feed/${path}/?include_igtv_preview=false${query}`,
  answer: {
    items: [{ media: { pk: 3, id: "3_1", media_type: 1, user: { pk: 1 } } }],
    next_max_id: next,
    status: "ok",
  },
});

export const collectionRows: Row[] = [
  { operation: "getAccountCollections", call: "GET /account/collections", requests: all },
  {
    operation: "getAccountCollection",
    call: "GET /account/collection?collection_pk=17850000000000001",
    requests: all,
  },
  { operation: "getAccountCollection", call: "GET /account/collection?name=Trips", requests: all },
  {
    operation: "getAccountCollectionMedia",
    call: "GET /account/collection/media?collection_pk=17850000000000001&amount=2",
    requests: [
      posts("collection/17850000000000001", "", "QVFC"),
      posts("collection/17850000000000001", "&max_id=QVFC", "QVFD"),
    ],
  },
  {
    operation: "getAccountCollectionMedia",
    call: "GET /account/collection/media?name=Trips&last_media_pk=3",
    requests: [...all, posts("collection/17850000000000001", "")],
  },
  {
    operation: "getAccountCollectionMedia",
    call: "GET /account/collection/media?name=All%20Posts",
    requests: [...all, posts("saved/posts", "")],
  },
  {
    operation: "getAccountCollectionMedia",
    call: "GET /account/collection/media?collection_pk=Liked&amount=1",
    requests: [posts("liked", "", "QVFC")],
  },
];
