import { Kind, type TSchema } from "@sinclair/typebox";
import { isModelSchema } from "../instagram/models/model.ts";
import type { GlossaryEntry } from "./glossary/entry.ts";
import { entryOf } from "./glossary/index.ts";

/** A JSON object of the OpenAPI document. */
export type Spec = { [key: string]: unknown };

/**
 * Parts of a TypeBox schema that are not copied: openApiSchema() handles them, or OpenAPI has none.
 */
const NOT_COPIED = new Set([
  "$id",
  "title",
  "additionalProperties",
  "patternProperties",
  "anyOf",
  "allOf",
  "const",
  "nullable",
  "examples",
  "maxBytes",
  "properties",
  "items",
  "required",
  "not",
]);

/** How a schema is used. */
export interface SchemaUse {
  /** Called with each model that the schema references. */
  onModel: (model: TSchema) => void;
  /** True for a schema of an answer: its properties get examples from the glossary. */
  isAnswer: boolean;
}

/**
 * Converts a TypeBox schema to OpenAPI 3.0.3. Nested schemas with a title become references to
 * `#/components/schemas/<title>`. A property without a description gets the one in the glossary,
 * where `name` is the name of a schema without a title.
 */
export function openApiSchema(schema: TSchema, use: SchemaUse, name = ""): Spec {
  const nested = (part: TSchema): Spec => schemaOrReference(part, use);
  const spec: Spec = {};
  for (const [key, value] of Object.entries(schema)) if (!NOT_COPIED.has(key)) spec[key] = value;
  // A field that is always sent has no default.
  if (use.isAnswer) delete spec.default;
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
    const model = String(schema.title ?? name);
    if (properties.length > 0)
      spec.properties = Object.fromEntries(
        properties.map(([name, part]) => [
          name,
          described(nested(part), use, entryOf(model, name)),
        ]),
      );
    else spec.additionalProperties = true;
    // An answer always has every property of a model.
    const required = isModelSchema(schema)
      ? properties.map(([name]) => name)
      : requiredOf(schema, use);
    if (required.length > 0) spec.required = required;
  }
  return spec;
}

/** Converts a schema as well, but a schema with a title becomes a reference itself. */
export function schemaOrReference(schema: TSchema, use: SchemaUse): Spec {
  if (typeof schema.title !== "string") return openApiSchema(schema, use);
  use.onModel(schema);
  return { $ref: `#/components/schemas/${schema.title}` };
}

/** The required properties. A property with a default is optional in a request. */
function requiredOf(schema: TSchema, use: SchemaUse): string[] {
  const required: string[] = schema.required ?? [];
  return required.filter((name) => use.isAnswer || schema.properties[name]?.default === undefined);
}

/** Adds the glossary's description and, in an answer, its example. Own ones take precedence. */
function described(spec: Spec, use: SchemaUse, entry: GlossaryEntry | undefined): Spec {
  if (entry === undefined) return spec;
  const [description, example] = entry;
  // OpenAPI 3.0 ignores everything beside a reference.
  const own: Spec = "$ref" in spec ? { allOf: [spec] } : spec;
  return {
    description,
    ...(use.isAnswer && example !== undefined && !("allOf" in own) ? { example } : {}),
    ...own,
  };
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
    // `nullable` needs a type beside it. A union without a type consists of models, which are
    // objects.
    return { ...("type" in part ? {} : { type: "object" }), ...part, ...spec, nullable: true };
  }
  return { ...spec, anyOf: present.map(nested), ...nullable };
}
