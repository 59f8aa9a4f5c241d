import type { TSchema } from "@sinclair/typebox";

/** A JSON Schema as plain data. */
export type Schema = { [keyword: string]: unknown };

/** The OpenAPI 3.0.3 form of a model's schema, as src/instagram/models/schema.ts describes it. */
export function toOpenApi(model: TSchema): Schema {
  return convert(JSON.parse(JSON.stringify(model)) as Schema, true);
}

function convert(schema: Schema, isRoot: boolean): Schema {
  if (schema.title !== undefined && !isRoot)
    return { $ref: `#/components/schemas/${schema.title as string}` };
  if (schema.nullable === true) return nullable(schema);
  const {
    title: _,
    additionalProperties: __,
    patternProperties,
    properties,
    items,
    anyOf,
    ...rest
  } = schema;
  const converted: Schema = { ...rest };
  const entries = Object.entries((properties ?? {}) as Record<string, Schema>);
  if (entries.length > 0)
    converted.properties = Object.fromEntries(entries.map(([k, v]) => [k, convert(v, false)]));
  // A record: TypeBox writes its values under a pattern of its keys.
  const [values] = Object.values((patternProperties ?? {}) as Record<string, Schema>);
  if (values !== undefined) converted.additionalProperties = convert(values, false);
  if (items !== undefined) converted.items = convert(items as Schema, false);
  if (anyOf !== undefined) converted.anyOf = (anyOf as Schema[]).map((s) => convert(s, false));
  return converted;
}

function nullable({ anyOf, ...options }: Schema): Schema {
  const [schema, none] = anyOf as [Schema, Schema];
  if (none.type !== "null") throw new Error("a nullable schema must be a union with null");
  const converted = convert(schema, false);
  return { ...("$ref" in converted ? { allOf: [converted] } : converted), ...options };
}
