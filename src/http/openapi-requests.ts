import type { TObject } from "@sinclair/typebox";
import { entryOf } from "./glossary/index.ts";
import { isJsonDocument } from "./json-document.ts";
import { openApiSchema, type SchemaUse, type Spec } from "./openapi-schema.ts";
import type { Operation } from "./route.ts";

/* What operations take, as OpenAPI has it: the parameters of their queries and their bodies. */

const FORM_TYPES = [
  "multipart/form-data",
  "application/x-www-form-urlencoded",
  "application/json",
] as const;

/** Parameters and bodies hold no models. */
const REQUEST: SchemaUse = { onModel: () => {}, isAnswer: false };

/** The parameters of a query, those needed with an example. */
export function queryParameters(query: TObject | null): Spec[] {
  if (!query) return [];
  const needed = new Set(
    (query.required ?? []).filter((name) => query.properties[name]?.default === undefined),
  );
  // Swagger UI sends each example on, and ways to name a thing exclude each other: one is enough.
  let exampleWanted = needed.size === 0;
  return Object.entries(query.properties).map(([name, property]) => {
    const { example: given, ...schema } = openApiSchema(property, REQUEST);
    const description = schema.description ?? entryOf("", name)?.[0];
    delete schema.description;
    const required = needed.has(name);
    const example = required || exampleWanted ? given : undefined;
    if (example !== undefined) exampleWanted = false;
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

/** The body of a form operation; its schema is noted in `requests`, named after the operation. */
export function requestBody(
  operation: Operation,
  body: TObject,
  requests: Map<string, Spec>,
): Spec {
  const name = requestName(operation, requests);
  const schema = withExamples(openApiSchema(body, REQUEST, name), name);
  requests.set(name, schema);
  const ofForms = { schema: { $ref: `#/components/schemas/${name}` } };
  const ofJson = withObjects(body, schema);
  if (ofJson !== schema) requests.set(`${name}Json`, ofJson);
  const jsonName = ofJson === schema ? name : `${name}Json`;
  const hasFile = JSON.stringify(schema).includes('"format":"binary"');
  const types = hasFile ? FORM_TYPES.slice(0, 1) : FORM_TYPES;
  return {
    required: schema.required !== undefined,
    content: Object.fromEntries(
      types.map((type) => [
        type,
        type === "application/json"
          ? {
              schema: { $ref: `#/components/schemas/${jsonName}` },
              example: filledIn(schema),
            }
          : ofForms,
      ]),
    ),
  };
}

/** The same as JSON has it: what is the text of an object in a form may be the object. */
function withObjects({ properties }: TObject, schema: Spec): Spec {
  const documents = Object.keys(properties).filter((name) =>
    isJsonDocument(properties[name] ?? {}),
  );
  if (documents.length === 0) return schema;
  const own = schema.properties as Record<string, Spec>;
  const eitherForm = ({ description, example, ...text }: Spec): Spec => ({
    ...(description === undefined ? {} : { description }),
    ...(example === undefined ? {} : { example }),
    oneOf: [text, { type: "object", additionalProperties: true }],
  });
  return {
    ...schema,
    properties: {
      ...own,
      ...Object.fromEntries(documents.map((name) => [name, eitherForm(own[name] ?? {})])),
    },
  };
}

/** What a form is filled in with, as an object: the fields whose example says something. */
function filledIn(schema: Spec): Spec {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Spec>);
  return Object.fromEntries(
    properties
      .map(([name, { example }]) => [name, example] as const)
      .filter(([, value]) => value !== undefined && value !== null && String(value) !== ""),
  );
}

/**
 * Suits the fields to those who read the document. Generators of clients take a default for a promise
 * that the field is there, so one that only means "nothing" becomes the example. Swagger UI fills in
 * and sends each example, and makes up one where there is none: a field that need not be sent shows
 * nothing, unless its route names a value for it.
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
  if (!("default" in property) && named !== undefined) return property;
  const mayBeEmpty = !("enum" in rest || "minLength" in rest || "minItems" in rest);
  return shown(rest, value ?? (mayBeEmpty ? NOTHING[String(rest.type)] : undefined) ?? example);
}

const NOTHING: Readonly<Record<string, unknown>> = { string: "", array: [] };

/** `postAuthLogin` → `AuthLoginRequest`; a second one of that name keeps its verb. */
function requestName(operation: Operation, requests: Map<string, Spec>): string {
  const { operationId } = operation;
  const name = `${operationId.replace(/^(?:get|post|put|patch|delete)/, "")}Request`;
  if (!requests.has(name)) return name;
  return `${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}Request`;
}
