import { Type } from "@sinclair/typebox";
import { type Operation, operations, withSession } from "../http/route.ts";
import { isNumericId, numericId } from "../instagram/ids.ts";
import { Collection } from "../instagram/models/collection.ts";
import { Media } from "../instagram/models/media.ts";
import {
  type CollectionRef,
  getCollection,
  getCollectionMedias,
  getCollections,
} from "../instagram/operations/collection.ts";
import { InvalidInput } from "../problems/problem.ts";
import { alternative, exactlyOne, notBlank, postsUntil } from "./parameters.ts";

const { get } = operations("Account");

const posts = postsUntil(21);

/** A collection by its pk or by its name. */
const collectionNames = {
  collection_pk: alternative(
    Type.String({
      description: "Collection pk, or ALL_MEDIA_AUTO_COLLECTION for all saved posts.",
      examples: ["17850000002099911"],
    }),
  ),
  name: alternative(Type.String({ description: "Exact name of the collection." })),
};

/** `/account/collection`: the account's collections of saved posts. */
export const collectionRoutes: readonly Operation[] = [
  get(
    "/account/collections",
    {
      operationId: "getAccountCollections",
      summary: "List saved collections",
      access: withSession("read"),
      returns: Type.Array(Collection.schema),
    },
    ({ session }) => session.read(getCollections),
  ),
  get(
    "/account/collection",
    {
      operationId: "getAccountCollection",
      summary: "Get a saved collection",
      description: "By collection_pk or by name: give one of the two.",
      access: withSession("read"),
      query: collectionNames,
      returns: Collection.schema,
      errors: ["CollectionNotFound"],
    },
    ({ query, session }) => session.read(getCollection, namedCollection(query)),
  ),
  get(
    "/account/collection/media",
    {
      operationId: "getAccountCollectionMedia",
      summary: "List posts of a saved collection",
      description:
        "By collection_pk or by name: give one of the two. Last saved first. By name the answer is always the first 21 posts: amount and last_media_pk work only with collection_pk. The collection_pk liked means the posts that the account liked.",
      access: withSession("read"),
      query: { ...collectionNames, ...posts.parameters },
      returns: Type.Array(Media.schema),
      errors: ["CollectionNotFound"],
    },
    ({ query, session }) =>
      session.read(getCollectionMedias, namedCollection(query), posts.inputOf(query)),
  ),
];

/** The collection that a query names. Throws InvalidInput. */
function namedCollection(query: { collection_pk?: string; name?: string }): CollectionRef {
  const [field, value] = exactlyOne(query, ["collection_pk", "name"]);
  if (field === "collection_pk") return { pk: collectionPk(value.trim()) };
  return { name: notBlank(value, "name").trim() };
}

/** Digits or a word: the pk of an automatic collection is its type. Throws InvalidInput. */
function collectionPk(text: string): string {
  if (isNumericId(text)) return numericId(text, "collection_pk");
  if (/^[a-z_]+$/i.test(text)) return text;
  throw new InvalidInput(
    "collection_pk",
    "must be a collection's pk, ALL_MEDIA_AUTO_COLLECTION or liked",
  );
}
