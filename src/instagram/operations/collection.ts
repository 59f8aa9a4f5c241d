import type { Client } from "../client.ts";
import { notFoundAs, notInAnswer } from "../errors.ts";
import { isNumericId } from "../ids.ts";
import { Collection } from "../models/collection.ts";
import type { Media } from "../models/media.ts";
import { collectList, collectUntil, type ListInput, listOf, nextMaxId } from "../paging.ts";
import { postsPage } from "../posts.ts";
import { json } from "../readings.ts";
import { ifGiven, path } from "../signing.ts";
import { send } from "../transport.ts";

/** A collection as a caller names it. */
export type CollectionRef = { pk: string } | { name: string };

const TYPES = '["ALL_MEDIA_AUTO_COLLECTION","PRODUCT_AUTO_COLLECTION","MEDIA"]';

/** All collections of the account: `GET collections/list/`, paged to the end. */
export function getCollections(client: Client): Promise<Collection[]> {
  return collectList({
    amount: Number.POSITIVE_INFINITY,
    fetchPage: async (maxId) => {
      const body = await send(client, json, {
        effect: "read",
        method: "GET",
        path: path`collections/list/`,
        query: [
          ["collection_types", TYPES],
          ["max_id", maxId],
        ],
      });
      return {
        items: listOf(body.items, (raw) => Collection.read(raw, client.drift)),
        next: body.more_available ? nextMaxId(body) : null,
      };
    },
  });
}

/**
 * One collection, searched in the list of all: Instagram has no request for a single one.
 * Throws UpstreamRefused (CollectionNotFound).
 */
export async function getCollection(client: Client, ref: CollectionRef): Promise<Collection> {
  const collection = (await getCollections(client)).find(({ id, name }) =>
    "pk" in ref ? id === ref.pk : name.trim() === ref.name,
  );
  if (!collection) throw notInAnswer("CollectionNotFound", "Collection not found");
  return collection;
}

/** As in aiograpi 0.9.7, a collection given by name ignores the caller's `amount` and `until`. */
const BY_NAME: ListInput = { amount: 21, until: "" };

/**
 * Posts of a collection, last saved first. A pk is read from `GET feed/collection/{pk}/`, the word
 * `liked` from `GET feed/liked/`, any other word from `GET feed/saved/posts/`, which holds every
 * saved post. A name costs the requests of getCollections() first. Throws UpstreamRefused
 * (CollectionNotFound).
 */
export async function getCollectionMedias(
  client: Client,
  collection: CollectionRef,
  list: ListInput,
): Promise<Media[]> {
  const byPk = "pk" in collection;
  const pk = byPk ? collection.pk : (await getCollection(client, collection)).id;
  return notFoundAs("CollectionNotFound", "Collection not found", () =>
    listFeed(client, feedOf(pk), byPk ? list : BY_NAME),
  );
}

function feedOf(pk: string): string {
  if (isNumericId(pk)) return path`feed/collection/${pk}/`;
  return pk.toLowerCase() === "liked" ? path`feed/liked/` : path`feed/saved/posts/`;
}

/** Posts of the feed at a path, paged until `amount`. */
export function listFeed(client: Client, feedPath: string, list: ListInput): Promise<Media[]> {
  return collectUntil(
    list,
    (media) => media.pk,
    (maxId) =>
      postsPage(
        client,
        {
          effect: "read",
          method: "GET",
          path: feedPath,
          query: [["include_igtv_preview", "false"], ...ifGiven("max_id", maxId)],
        },
        // An empty page is the last one, even with a cursor.
        (body) => (listOf(body.items, Boolean).length === 0 ? null : nextMaxId(body)),
      ),
  );
}
