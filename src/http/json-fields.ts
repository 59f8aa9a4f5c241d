import {
  FormatRegistry,
  Kind,
  type TArray,
  type TObject,
  type TSchema,
  type TUnsafe,
  Type,
} from "@sinclair/typebox";
import { isNumberText, parseCallersJson, type VerbatimJsonObject } from "../instagram/json.ts";
import { parseLikePython } from "../instagram/python-json.ts";

/*
 * Form fields whose value is JSON: one object, or a list of them. A form holds their texts, for a
 * list one object in each repetition of the field, or all in one JSON array. A JSON body may hold the
 * texts, too, or the objects themselves. Handlers get objects of the declared type; fields that are
 * not declared are dropped, so that callers can hand on what another operation answered.
 */

const ENCODED = Symbol("JSON-encoded");

interface Described {
  description: string;
  /** The JSON texts that the documentation shows. */
  examples?: readonly string[];
}

/** A field with a JSON object. Empty text stands for none. */
export const jsonObject = <T extends TObject>(
  schema: T,
  { examples = [], ...rest }: Described,
): T => ({
  ...schema,
  ...rest,
  ...(examples.length > 0 ? { examples } : {}),
  [ENCODED]: true,
});

/** A field with a list of JSON objects, `maxItems` at the most. */
export const jsonItems = <T extends TObject>(
  schema: T,
  { examples, ...rest }: Described & { maxItems: number },
): TArray<T> =>
  Type.Array(schema, {
    ...rest,
    default: [],
    ...(examples ? { examples: [examples] } : {}),
    [ENCODED]: true,
  });

/** Whether a field holds JSON: an object, or a list that was made by jsonItems(). */
export const isJsonEncoded = (schema: object): boolean =>
  ENCODED in schema || (Kind in schema && schema[Kind] === "Object");

// TypeBox's formats are global. The name is what the message of a fault says.
const NUMERIC_ID = "numeric id";
FormatRegistry.Set(NUMERIC_ID, (value) => /^\d{1,20}$/.test(value));

/** An id inside of a JSON object, given as a number or as text. Handlers get its digits. */
export const jsonId = (description: string) => Type.String({ format: NUMERIC_ID, description });

/**
 * An object of any content inside of a JSON object. Handlers get it as the caller wrote it: what has
 * a point or an exponent is a float, and integers have all their digits.
 */
export const jsonContent = (description: string): TUnsafe<VerbatimJsonObject> =>
  Type.Unsafe<VerbatimJsonObject>(Type.Object({}, { additionalProperties: true, description }));

/** Stands for a text that is no JSON: it fails every schema. */
const NOT_JSON = Symbol("not JSON");

/** Reads a field that was made by jsonObject(); undefined where there is none. */
export function readJsonObject(schema: TSchema, given: unknown): unknown {
  const last = Array.isArray(given) ? given.at(-1) : given;
  return isBlank(last) ? undefined : typed(schema, decoded(last));
}

/** Reads the items of a field that was made by jsonItems(). */
export function readJsonItems(schema: TSchema, given: unknown): unknown[] {
  const values = (Array.isArray(given) ? given : [given]).filter((value) => !isBlank(value));
  return values.flatMap(decoded).map((item) => typed(schema.items, item));
}

const isBlank = (value: unknown): boolean => typeof value === "string" && value.trim() === "";

function decoded(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    // Only for its limits: numbers are to be told apart as the caller wrote them.
    parseCallersJson(value);
    return parseLikePython(value);
  } catch {
    return NOT_JSON;
  }
}

/**
 * A JSON value with the types that a schema wants, as far as nothing is lost: text becomes a number,
 * a number text.
 */
function typed(schema: TSchema, value: unknown): unknown {
  if (schema.additionalProperties === true)
    return isNumberText(value) ? Number(value.rawJSON) : value;
  switch (schema[Kind]) {
    case "Object":
      return isObject(value) ? typedObject(schema, value) : value;
    case "Array":
      return Array.isArray(value) ? value.map((item) => typed(schema.items, item)) : value;
    case "String":
      if (isNumberText(value)) return value.rawJSON;
      return typeof value === "number" || typeof value === "bigint" ? String(value) : value;
    case "Integer":
    case "Number":
      if (isNumberText(value)) return Number(value.rawJSON);
      return typeof value === "string" && isShortNumber(value) ? Number(value) : value;
    case "Union": {
      const [first, second] = schema.anyOf as TSchema[];
      const isNullable = first !== undefined && second?.[Kind] === "Null";
      return isNullable && value !== null ? typed(first, value) : value;
    }
    default:
      return value;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isNumberText(value);

function typedObject(schema: TSchema, value: Record<string, unknown>): Record<string, unknown> {
  // What must not be there is left in, and refused.
  const object: Record<string, unknown> = schema.additionalProperties === false ? { ...value } : {};
  for (const [name, property] of Object.entries<TSchema>(schema.properties)) {
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    const read = given === undefined ? property.default : typed(property, given);
    if (read !== undefined) object[name] = read;
  }
  return object;
}

/** No number needs more characters. */
const isShortNumber = (text: string): boolean =>
  text.length <= 64 && /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(text);
