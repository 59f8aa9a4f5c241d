import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { InvalidInput } from "../instagram/errors.ts";
import { isNumericId, numericId } from "../instagram/ids.ts";
import { CollectionSchema } from "../instagram/models/collection.ts";
import { MediaSchema } from "../instagram/models/media.ts";
import {
  type CollectionRef,
  getCollection,
  getCollectionMedias,
  getCollections,
} from "../instagram/operations/collection.ts";
import { boundedAmount, LastMediaPk, untilOf } from "./parameters.ts";

const TAG = "Account";

const USUAL_AMOUNT = 21;

const CollectionPk = Type.String({
  minLength: 1,
  description: "Collection pk, or ALL_MEDIA_AUTO_COLLECTION for all saved posts.",
  examples: ["17851406186124602"],
});
const CollectionName = Type.String({
  minLength: 1,
  description: "Name of the collection, as it is spelled there.",
});

/** `/account/collection`: the account's collections of saved posts. */
export const collectionRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/account/collections",
      ({ session, context }) =>
        session.read(deps.onCall(context), (client) => getCollections(client)),
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
        const collection = namedCollection(query.collection_pk, query.name);
        return session.read(deps.onCall(context), (client) => getCollection(client, collection));
      },
      {
        withSession: "read",
        query: fields({
          collection_pk: Type.Optional(CollectionPk),
          name: Type.Optional(CollectionName),
        }),
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
        const collection = namedCollection(query.collection_pk, query.name);
        const list = {
          amount: query.amount ?? USUAL_AMOUNT,
          until: untilOf(query.last_media_pk),
        };
        return session.read(deps.onCall(context), (client) =>
          getCollectionMedias(client, collection, list),
        );
      },
      {
        withSession: "read",
        query: fields({
          collection_pk: Type.Optional(CollectionPk),
          name: Type.Optional(CollectionName),
          amount: boundedAmount(USUAL_AMOUNT),
          last_media_pk: LastMediaPk,
        }),
        detail: operation(TAG, "session", {
          operationId: "getAccountCollectionMedia",
          summary: "List posts of a saved collection",
          description:
            "By collection_pk or by name: give one of the two. Last saved first. By name it is always the first 21 posts: amount and last_media_pk count with collection_pk only. The collection_pk liked stands for the posts that the account liked.",
          returns: Type.Array(MediaSchema),
          errors: ["CollectionNotFound"],
        }),
      },
    );

/** Exactly one of two ways to name a collection. Throws InvalidInput. */
function namedCollection(pk: string | undefined, name: string | undefined): CollectionRef {
  if (pk !== undefined && name !== undefined)
    throw new InvalidInput("collection_pk", "and name exclude each other: give one");
  if (pk !== undefined) return { pk: collectionPk(pk.trim()) };
  if (name === undefined) throw new InvalidInput("collection_pk", "or name is required");
  if (name.trim() === "") throw new InvalidInput("name", "must not be empty");
  return { name: name.trim() };
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
