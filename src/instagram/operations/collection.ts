import type { Client } from "../client.ts";
import { notFoundAs, notInAnswer } from "../errors.ts";
import { isNumericId } from "../ids.ts";
import { Collection } from "../models/collection.ts";
import type { Media } from "../models/media.ts";
import { collectList, collectUntil, type ListInput, listOf, nextMaxId } from "../paging.ts";
import { postsPage } from "../posts.ts";
import { jsonFor } from "../readings.ts";
import { ifGiven, path } from "../signing.ts";
import { send } from "../transport.ts";

/** How a caller names a collection. */
export type CollectionRef = { pk: string } | { name: string };

const TYPES = '["ALL_MEDIA_AUTO_COLLECTION","PRODUCT_AUTO_COLLECTION","MEDIA"]';

/** All collections of the account: `GET collections/list/`, read on to the end. */
export function getCollections(client: Client): Promise<Collection[]> {
  return collectList({
    amount: Number.POSITIVE_INFINITY,
    fetchPage: async (maxId) => {
      const body = await send(client, jsonFor(Collection), {
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
 * One collection, found in the list of all: no endpoint answers for a single one.
 * Throws UpstreamRefused (CollectionNotFound).
 */
export async function getCollection(client: Client, wanted: CollectionRef): Promise<Collection> {
  const found = (await getCollections(client)).find((collection) =>
    "pk" in wanted ? collection.id === wanted.pk : collection.name.trim() === wanted.name,
  );
  if (!found) throw notInAnswer("CollectionNotFound", "Collection not found");
  return found;
}

/** What a collection named by name is read with, whatever the caller wants: as in 0.9.7. */
const BY_NAME: ListInput = { amount: 21, until: "" };

/**
 * Posts of a collection, last saved first: `GET feed/collection/{pk}/`; of the word `liked`
 * `GET feed/liked/`, of any other `GET feed/saved/posts/`, which holds every saved post. A name
 * costs the list of collections before. Throws UpstreamRefused (CollectionNotFound).
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

/** Posts of the feed at that path, read on until `amount`. */
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
        // An empty page is the last one, whatever it says.
        (body) => (listOf(body.items, Boolean).length === 0 ? null : nextMaxId(body)),
      ),
  );
}
