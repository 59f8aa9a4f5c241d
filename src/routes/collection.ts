import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { isNumericId, numericId } from "../instagram/ids.ts";
import { CollectionSchema } from "../instagram/models/collection.ts";
import { Media } from "../instagram/models/media.ts";
import {
  type CollectionRef,
  getCollection,
  getCollectionMedias,
  getCollections,
} from "../instagram/operations/collection.ts";
import { InvalidInput } from "../problems/problem.ts";
import { oneWay, onlyOne, postsUntil, searchText } from "./parameters.ts";

const TAG = "Account";

const posts = postsUntil(21);

/** A collection by either name. */
const collectionNames = {
  collection_pk: oneWay(
    Type.String({
      description: "Collection pk, or ALL_MEDIA_AUTO_COLLECTION for all saved posts.",
      examples: ["17850000002099911"],
    }),
  ),
  name: oneWay(Type.String({ description: "Name of the collection, as it is spelled there." })),
};

/** `/account/collection`: the account's collections of saved posts. */
export const collectionRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/account/collections",
      ({ session, context }) => session.read(context, (client) => getCollections(client)),
      {
        withSession: "read",
        detail: operation(TAG, "session", {
          operationId: "getAccountCollections",
          summary: "List saved collections",
          returns: Type.Array(CollectionSchema),
        }),
      },
    )
    .get(
      "/account/collection",
      ({ query, session, context }) => {
        const collection = namedCollection(query);
        return session.read(context, (client) => getCollection(client, collection));
      },
      {
        withSession: "read",
        query: fields(collectionNames),
        detail: operation(TAG, "session", {
          operationId: "getAccountCollection",
          summary: "Get a saved collection",
          description: "By collection_pk or by name: give one of the two.",
          returns: CollectionSchema,
          errors: ["CollectionNotFound"],
        }),
      },
    )
    .get(
      "/account/collection/media",
      ({ query, session, context }) => {
        const collection = namedCollection(query);
        const list = posts.of(query);
        return session.read(context, (client) => getCollectionMedias(client, collection, list));
      },
      {
        withSession: "read",
        query: fields({ ...collectionNames, ...posts.parameters }),
        detail: operation(TAG, "session", {
          operationId: "getAccountCollectionMedia",
          summary: "List posts of a saved collection",
          description:
            "By collection_pk or by name: give one of the two. Last saved first. By name it is always the first 21 posts: amount and last_media_pk count with collection_pk only. The collection_pk liked stands for the posts that the account liked.",
          returns: Type.Array(Media.schema),
          errors: ["CollectionNotFound"],
        }),
      },
    );

/** The collection that a query names. Throws InvalidInput. */
function namedCollection(query: { collection_pk?: string; name?: string }): CollectionRef {
  const [field, value] = onlyOne(query, ["collection_pk", "name"]);
  if (field === "collection_pk") return { pk: collectionPk(value.trim()) };
  return { name: searchText(value, "name").trim() };
}

/** Digits, or a word: those that keep themselves have their type for a pk. */
function collectionPk(text: string): string {
  if (isNumericId(text)) return numericId(text, "collection_pk");
  if (/^[a-z_]+$/i.test(text)) return text;
  throw new InvalidInput(
    "collection_pk",
    "must be a collection's pk, ALL_MEDIA_AUTO_COLLECTION or liked",
  );
}
