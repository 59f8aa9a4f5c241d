import { type TObject, type TProperties, Type } from "@sinclair/typebox";

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
