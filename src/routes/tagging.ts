import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { jsonId, jsonItems, jsonObject } from "../http/json-fields.ts";
import type { TaggedLocation } from "../instagram/location-text.ts";
import type { Usertag } from "../instagram/usertags.ts";

/*
 * Who and where a post shows, as callers give it. The models that other operations answer with can be
 * handed on as they are.
 */

/** A field of a JSON object that may be null or missing. */
export const orNull = <T extends TSchema>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));

/** From 0 to 1: a share of the picture's width or height. */
const share = (edge: string) =>
  Type.Number({ minimum: 0, maximum: 1, description: `0 is the ${edge} edge, 1 the other.` });

const UsertagInput = Type.Object({
  user: Type.Object({ pk: jsonId("User pk.") }),
  x: share("left"),
  y: share("upper"),
});

/** Instagram takes 20 on a photo, and 35 on an album. */
const MOST_TAGS = 100;

export const usertags = Type.Optional(
  jsonItems(UsertagInput, {
    maxItems: MOST_TAGS,
    description:
      "Users to tag, each as a JSON object `{user: {pk}, x, y}` like those in `usertags` of a post: repeat the field, or give one JSON array.",
    examples: ['{"user": {"pk": "25025320", "username": "instagram"}, "x": 0.5, "y": 0.25}'],
  }),
);

/** A place as callers give it. */
export const LocationInput = Type.Object({
  pk: orNull(jsonId("Instagram's id of the place.")),
  name: Type.String({ description: "Name." }),
  address: orNull(Type.String({ description: "Street and number." })),
  lat: orNull(Type.Number({ minimum: -90, maximum: 90, description: "Latitude, degrees." })),
  lng: orNull(Type.Number({ minimum: -180, maximum: 180, description: "Longitude, degrees." })),
  external_id: orNull(
    jsonId("Facebook's id of the place. Without it the place is looked up by pk or coordinates."),
  ),
  external_id_source: orNull(
    Type.String({ description: "Whose id external_id is, such as facebook_places." }),
  ),
});

export const location = Type.Optional(
  jsonObject(LocationInput, {
    description:
      "The place, as a JSON object like `location` of a post or an answer of GET /search/locations.",
    examples: [
      '{"pk": "213385402", "name": "Berlin, Germany", "lat": 52.51, "lng": 13.38, "external_id": "111777152182368", "external_id_source": "facebook_places"}',
    ],
  }),
);

export const usertagsOf = (given: Static<typeof usertags> = []): Usertag[] =>
  given.map(({ user, x, y }) => ({ userPk: user.pk, x, y }));

export const locationOf = (given: Static<typeof location> | undefined): TaggedLocation | null =>
  given === undefined
    ? null
    : {
        pk: given.pk ?? null,
        name: given.name,
        // Left out it is empty; null is written as null.
        address: given.address === undefined ? "" : given.address,
        lat: given.lat ?? null,
        lng: given.lng ?? null,
        external_id: given.external_id ?? null,
        external_id_source: given.external_id_source ?? null,
      };
