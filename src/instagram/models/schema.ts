import {
  type SchemaOptions,
  type TNull,
  type TSchema,
  type TUnion,
  type TUnsafe,
  Type,
} from "@sinclair/typebox";
import type { JsonObject } from "../json.ts";

/*
 * How the schemas of the models become the OpenAPI 3.0.3 schemas of the contract:
 * - `title` is the name of the model: a nested schema that has one stands for
 *   `#/components/schemas/<title>`; the title itself is not part of the contract.
 * - `{ nullable: true, anyOf: [schema, { type: "null" }] }` is `Nullable(schema)`: OpenAPI writes
 *   `schema` with `nullable: true` (a reference as `allOf: [$ref]`), other options kept.
 * - `additionalProperties` and an empty `properties` are left out: they say what is the default.
 */

/** A schema that also takes null. Prints as `nullable: true` in OpenAPI 3.0.3, see above. */
export function Nullable<T extends TSchema>(
  schema: T,
  options: SchemaOptions = {},
): TUnion<[T, TNull]> {
  return Type.Union([schema, Type.Null()], { ...options, nullable: true });
}

/** A URI as a string. The readers let only http and https through, and `about:blank`. */
export const Uri = () => Type.String({ format: "uri" });

/** A UTC instant, `2025-10-09T08:53:20Z`. */
export const DateTime = () => Type.String({ format: "date-time" });

/** An object of the upstream, passed through as it is: `{ "type": "object" }`. */
export const UpstreamObject = (options: SchemaOptions = {}) =>
  Type.Object({}, { ...options, additionalProperties: true }) as unknown as TUnsafe<JsonObject>;
