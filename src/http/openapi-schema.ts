import { Kind, type TSchema } from "@sinclair/typebox";

/** A JSON value of the document. */
export type Spec = { [key: string]: unknown };

/** Options of a TypeBox schema that say nothing, or nothing that OpenAPI 3.0.3 can hold. */
const DROPPED = new Set([
  "$id",
  "title",
  "additionalProperties",
  "patternProperties",
  "anyOf",
  "allOf",
  "const",
  "nullable",
  "examples",
  "properties",
  "items",
  "required",
  "not",
]);

/**
 * A TypeBox schema as a schema of OpenAPI 3.0.3. Nested schemas with a title become references to
 * `#/components/schemas/<title>` and are handed to `onModel`.
 */
export function openApiSchema(schema: TSchema, onModel: (model: TSchema) => void): Spec {
  return convert(schema, onModel);
}

/** The same for what may be a model itself: an answer or an item of a list. */
export function schemaOrReference(schema: TSchema, onModel: (model: TSchema) => void): Spec {
  if (typeof schema.title !== "string") return convert(schema, onModel);
  onModel(schema);
  return { $ref: `#/components/schemas/${schema.title}` };
}

function convert(schema: TSchema, onModel: (model: TSchema) => void): Spec {
  const nested = (part: TSchema): Spec => schemaOrReference(part, onModel);
  const spec: Spec = {};
  for (const [key, value] of Object.entries(schema)) if (!DROPPED.has(key)) spec[key] = value;
  const [example] = Array.isArray(schema.examples) ? schema.examples : [];
  if (example !== undefined) spec.example = example;

  if (Array.isArray(schema.anyOf)) return union(spec, schema.anyOf, nested);
  if (Array.isArray(schema.allOf)) return { ...spec, allOf: schema.allOf.map(nested) };
  if (schema[Kind] === "Literal") return { ...spec, enum: [schema.const] };
  if (schema.items !== undefined) spec.items = nested(schema.items);
  if (schema.patternProperties !== undefined) {
    const [value] = Object.values(schema.patternProperties);
    return { ...spec, type: "object", additionalProperties: nested(value as TSchema) };
  }
  if (schema.type === "object") {
    const properties = Object.entries((schema.properties ?? {}) as Record<string, TSchema>);
    if (properties.length > 0)
      spec.properties = Object.fromEntries(properties.map(([name, part]) => [name, nested(part)]));
    else spec.additionalProperties = true;
    // A property with a default need not be sent.
    const required = ((schema.required ?? []) as string[]).filter(
      (name) => schema.properties[name]?.default === undefined,
    );
    if (required.length > 0) spec.required = required;
  }
  return spec;
}

function union(spec: Spec, parts: TSchema[], nested: (part: TSchema) => Spec): Spec {
  const present = parts.filter((part) => part.type !== "null");
  const nullable = present.length < parts.length ? { nullable: true } : {};
  if (present.length > 0 && present.every((part) => part.const !== undefined))
    return {
      ...spec,
      type: typeof present[0]?.const,
      enum: present.map((part) => part.const),
      ...nullable,
    };
  const [only] = present;
  if (present.length === 1 && only) {
    const part = nested(only);
    if (present.length === parts.length) return { ...part, ...spec };
    if ("$ref" in part) return { type: "object", ...spec, allOf: [part], nullable: true };
    // `nullable` counts only beside a type; a union without one is of models, which are objects.
    return { ...("type" in part ? {} : { type: "object" }), ...part, ...spec, nullable: true };
  }
  return { ...spec, anyOf: present.map(nested), ...nullable };
}
