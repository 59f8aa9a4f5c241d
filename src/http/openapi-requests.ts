import { type TObject, type TSchema, Type } from "@sinclair/typebox";
import type { LinesBody } from "./body-lines.ts";
import { entryOf } from "./glossary/index.ts";
import { isJsonDocument } from "./json-document.ts";
import { isJsonEncoded } from "./json-fields.ts";
import { openApiSchema, type SchemaUse, type Spec } from "./openapi-schema.ts";
import type { Operation } from "./route.ts";

/* The query parameters and request bodies of the OpenAPI document. */

const FORM_TYPES = [
  "multipart/form-data",
  "application/x-www-form-urlencoded",
  "application/json",
] as const;

/** Requests contain no models. */
const REQUEST: SchemaUse = { onModel: () => {}, isAnswer: false };

/** The query parameters. Required ones have an example. */
export function queryParameters(query: TObject | null): Spec[] {
  if (!query) return [];
  const requiredNames = new Set(
    (query.required ?? []).filter((name) => query.properties[name]?.default === undefined),
  );
  // Swagger UI sends every example. If nothing is required, only the first optional parameter gets one:
  // several ways to name a thing exclude each other.
  let needsExample = requiredNames.size === 0;
  return Object.entries(query.properties).map(([name, property]) => {
    const { example: given, ...schema } = openApiSchema(property, REQUEST);
    const description = schema.description ?? entryOf("", name)?.[0];
    delete schema.description;
    const required = requiredNames.has(name);
    const example = required || needsExample ? given : undefined;
    if (example !== undefined) needsExample = false;
    return {
      name,
      in: "query",
      required,
      ...(description === undefined ? {} : { description }),
      schema,
      ...(example === undefined ? {} : { example }),
    };
  });
}

/** The request body of an operation. Its schema is added to `requests`, named after the operation. */
export function requestBody(
  operation: Operation,
  body: TObject,
  requests: Map<string, Spec>,
): Spec {
  const name = requestName(operation, requests);
  const schema = withExamples(openApiSchema(asForm(body), REQUEST, name), name);
  requests.set(name, schema);
  const form = { schema: { $ref: `#/components/schemas/${name}` } };
  const hasFile = JSON.stringify(schema).includes('"format":"binary"');
  const types = hasFile ? FORM_TYPES.slice(0, 1) : FORM_TYPES;
  // Files make a body one that is not JSON.
  const ofJson = hasFile ? schema : jsonSchema(body, schema);
  if (ofJson !== schema) requests.set(`${name}Json`, ofJson);
  const jsonName = ofJson === schema ? name : `${name}Json`;
  return {
    required: schema.required !== undefined,
    content: Object.fromEntries(
      types.map((type) => [
        type,
        type === "application/json"
          ? {
              schema: { $ref: `#/components/schemas/${jsonName}` },
              example: exampleOf(schema),
            }
          : form,
      ]),
    ),
  };
}

/** The request body of an operation whose body is a list with an item a line. */
export const linesBody = ({ description, examples }: LinesBody): Spec => ({
  required: true,
  description,
  content: Object.fromEntries(
    Object.entries(examples).map(([type, example]) => [
      type,
      { schema: { type: "string" }, example },
    ]),
  ),
});

/** A body as a form carries it: what is JSON in it is text. */
function asForm(body: TObject): TObject {
  const properties = Object.entries(body.properties);
  if (!properties.some(([, property]) => jsonIn(property))) return body;
  return {
    ...body,
    properties: Object.fromEntries(
      properties.map(([name, property]) => [name, asText(property) ?? property]),
    ),
  };
}

/** The JSON in a field, which may also be null; undefined for other fields. */
const jsonIn = (property: TSchema): TSchema | undefined =>
  isJsonEncoded(property) ? property : property.anyOf?.find(isJsonEncoded);

/** A field with JSON as text; null for other fields. */
function asText(property: TSchema): TSchema | null {
  const json = jsonIn(property);
  if (json === undefined) return null;
  const { description, examples = examplesOfParts(json), default: usual, maxItems } = property;
  const known = {
    description,
    ...(examples === undefined ? {} : { examples }),
    ...(usual === undefined ? {} : { default: usual }),
  };
  return property.type === "array"
    ? Type.Array(Type.String(), { ...known, maxItems })
    : Type.String(known);
}

/** The text of an object that shows each part that has an example; undefined if none has. */
function examplesOfParts({ properties = {} }: TSchema): string[] | undefined {
  const parts = Object.entries<TSchema>(properties).filter(([, { examples }]) => examples);
  if (parts.length === 0) return undefined;
  return [
    JSON.stringify(Object.fromEntries(parts.map(([name, { examples }]) => [name, examples[0]]))),
  ];
}

/** The schema for JSON bodies: what is JSON in a form may be sent as its text, or as it is. */
function jsonSchema({ properties }: TObject, schema: Spec): Spec {
  const own = schema.properties as Record<string, Spec>;
  const either = Object.entries(properties).flatMap(([name, property]) => {
    const asIs = jsonPart(property);
    return asIs === null ? [] : [[name, inEitherForm(own[name] ?? {}, asIs)] as const];
  });
  if (either.length === 0) return schema;
  return { ...schema, properties: { ...own, ...Object.fromEntries(either) } };
}

/** The schema of the JSON in a field; null for other fields. */
function jsonPart(property: TSchema): Spec | null {
  if (isJsonDocument(property)) return { type: "object", additionalProperties: true };
  if (!jsonIn(property)) return null;
  const {
    description: _,
    example: __,
    ...schema
  } = openApiSchema(property.type === "array" ? property.items : property, REQUEST);
  return schema;
}

function inEitherForm({ description, example, ...text }: Spec, asIs: Spec): Spec {
  return {
    ...(description === undefined ? {} : { description }),
    ...(example === undefined ? {} : { example }),
    ...(text.type === "array"
      ? { ...text, items: { oneOf: [text.items, asIs] } }
      : { oneOf: [text, asIs] }),
  };
}

/** The example of a JSON body: all fields that have an example. */
function exampleOf(schema: Spec): Spec {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Spec>);
  return Object.fromEntries(
    properties
      .map(([name, { example }]) => [name, example] as const)
      .filter(([, value]) => value !== undefined && value !== null && String(value) !== ""),
  );
}

/**
 * Adapts the fields to the tools that read the document. Client generators treat a field with a
 * default as always present, so a default that only means "nothing" becomes the example. Swagger UI
 * fills in and sends every example, and invents one where there is none. So an optional field has
 * an empty example, unless its route gives one and does not say that it is usually an empty text.
 */
function withExamples(schema: Spec, request: string): Spec {
  const required = new Set((schema.required ?? []) as string[]);
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Spec>);
  return {
    ...schema,
    properties: Object.fromEntries(
      properties.map(([name, property]) => {
        const value = property.example ?? entryOf(request, name)?.[1];
        return [name, required.has(name) ? shown(property, value) : optionalField(property, value)];
      }),
    ),
  };
}

const shown = (property: Spec, example: unknown): Spec =>
  example === undefined ? property : { ...property, example };

function optionalField(property: Spec, example: unknown): Spec {
  const { default: value = null, example: named, ...rest } = property;
  if (value !== null && value !== false && String(value) !== "") return property;
  const isUsuallyEmpty = "default" in property && !Array.isArray(value);
  if (named !== undefined && !isUsuallyEmpty) return shown(rest, named);
  const mayBeEmpty = !("enum" in rest || "minLength" in rest || "minItems" in rest);
  return shown(
    rest,
    value ?? (mayBeEmpty ? EMPTY_VALUES[String(rest.type)] : undefined) ?? example,
  );
}

const EMPTY_VALUES: Readonly<Record<string, unknown>> = { string: "", array: [] };

/** `postAuthLogin` → `AuthLoginRequest`. A second operation with that name keeps its verb. */
function requestName(operation: Operation, requests: Map<string, Spec>): string {
  const { operationId } = operation;
  const name = `${operationId.replace(/^(?:get|post|put|patch|delete)/, "")}Request`;
  if (!requests.has(name)) return name;
  return `${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}Request`;
}
