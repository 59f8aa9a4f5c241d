import { Kind, type TSchema } from "@sinclair/typebox";
import { isModelSchema } from "../instagram/models/model.ts";
import type { GlossaryEntry } from "./glossary/entry.ts";
import { entryOf } from "./glossary/index.ts";

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

/** How a schema is used. */
export interface SchemaUse {
  /** Told of each model that is referred to. */
  onModel: (model: TSchema) => void;
  /** True for what the service answers: described by the glossary, with values. */
  isAnswer: boolean;
}

/**
 * A TypeBox schema as a schema of OpenAPI 3.0.3. Nested schemas with a title become references to
 * `#/components/schemas/<title>`. Properties without a description take the glossary's; `name` is
 * what it calls a schema without a title.
 */
export function openApiSchema(schema: TSchema, use: SchemaUse, name = ""): Spec {
  return convert(schema, use, name);
}

/** The same for what may be a model itself: an answer or an item of a list. */
export function schemaOrReference(schema: TSchema, use: SchemaUse): Spec {
  if (typeof schema.title !== "string") return convert(schema, use, "");
  use.onModel(schema);
  return { $ref: `#/components/schemas/${schema.title}` };
}

function convert(schema: TSchema, use: SchemaUse, modelName: string): Spec {
  const nested = (part: TSchema): Spec => schemaOrReference(part, use);
  const spec: Spec = {};
  for (const [key, value] of Object.entries(schema)) if (!DROPPED.has(key)) spec[key] = value;
  // What is always sent has no default.
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
    const model = String(schema.title ?? modelName);
    if (properties.length > 0)
      spec.properties = Object.fromEntries(
        properties.map(([name, part]) => [
          name,
          described(nested(part), use, entryOf(model, name)),
        ]),
      );
    else spec.additionalProperties = true;
    // Models are read totally: each of their properties is always there.
    const required = isModelSchema(schema)
      ? properties.map(([name]) => name)
      : requiredOf(schema, use);
    if (required.length > 0) spec.required = required;
  }
  return spec;
}

/** In a request, a property with a default need not be sent. */
function requiredOf(schema: TSchema, use: SchemaUse): string[] {
  const required: string[] = schema.required ?? [];
  return required.filter((name) => use.isAnswer || schema.properties[name]?.default === undefined);
}

/** With the glossary's description, and with its value in an answer; what it says itself stays. */
function described(spec: Spec, use: SchemaUse, entry: GlossaryEntry | undefined): Spec {
  if (entry === undefined) return spec;
  const [description, example] = entry;
  // Beside a reference nothing counts.
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
    // `nullable` counts only beside a type; a union without one is of models, which are objects.
    return { ...("type" in part ? {} : { type: "object" }), ...part, ...spec, nullable: true };
  }
  return { ...spec, anyOf: present.map(nested), ...nullable };
}
