import { type TObject, type TProperties, type TString, Type } from "@sinclair/typebox";

const FIELDS = Symbol("fields");

/**
 * The fields that a route takes, as its `query` or `body`. Handlers are typed by it, and access()
 * fits a request to it before the handler runs. Elysia sees a schema that takes anything: it would
 * check and decode a second time what has just been fitted, at twice the cost.
 */
export function fields<T extends TProperties>(properties: T): TObject<T> {
  const anything = Type.Any({ [FIELDS]: Type.Object(properties) });
  return anything as unknown as TObject<T>;
}

/** The schema that fields() was made from, null for what was not. */
export function schemaOfFields(schema: unknown): TObject | null {
  if (typeof schema !== "object" || schema === null) return null;
  return (schema as { [FIELDS]?: TObject })[FIELDS] ?? null;
}

const DOCUMENT = Symbol("JSON document");

/** How long the text of a JSON document in a field may be. */
const MAX_DOCUMENT_LENGTH = 64 * 1024;

/** A field that holds a JSON object: as its text, and in JSON bodies also as the object itself. */
export const jsonDocument = (options: {
  description: string;
  minLength?: number;
  examples?: string[];
}): TString => Type.String({ ...options, maxLength: MAX_DOCUMENT_LENGTH, [DOCUMENT]: true });

/** Whether a schema is one of jsonDocument(). */
export const isJsonDocument = (schema: object): boolean => DOCUMENT in schema;
