import { FormatRegistry, Kind, type TObject, type TSchema } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import { ValueErrorType } from "@sinclair/typebox/errors";
import { type ExactJsonObject, stringifyJson } from "../instagram/json.ts";
import { type FieldFault, InvalidInput } from "../problems/problem.ts";
import { isSavedFile } from "./file-field.ts";
import { isJsonDocument } from "./json-document.ts";
import { isJsonEncoded, readJsonItems, readJsonObject } from "./json-fields.ts";
import { nearest } from "./nearest.ts";

FormatRegistry.Set("date-time", (value) => !Number.isNaN(Date.parse(value)));
FormatRegistry.Set("uri", (value) => URL.canParse(value));
FormatRegistry.Set("binary", () => true);
// Only tells documentation pages to hide the input.
FormatRegistry.Set("password", () => true);

export type Fields = Readonly<Record<string, unknown>>;

/**
 * Converts the fields of a request to the types of a route's schema: text becomes a number or
 * boolean, a number becomes text (ids keep every digit), and a single value becomes a list. Missing
 * fields get their defaults; unknown fields are dropped.
 */
export class FieldReader {
  readonly #properties: ReadonlyArray<readonly [name: string, schema: TSchema]>;
  #check: TypeCheck<TObject> | null = null;

  constructor(private readonly schema: TObject) {
    this.#properties = Object.entries(schema.properties);
  }

  /** Throws InvalidInput with the faults of all fields. */
  read(given: Fields): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    for (const [name, property] of this.#properties) {
      const value = given[name];
      const read =
        value === undefined || (value === null && nonNullPart(property) === null)
          ? property.default
          : readValue(property, value);
      if (read !== undefined) fields[name] = read;
    }
    // Compiled at the first request: compiling all routes would delay the start.
    this.#check ??= TypeCompiler.Compile(this.schema);
    if (!this.#check.Check(fields))
      throw new InvalidInput(withNearMisses(faultsOf(this.#check, fields), this.schema, given));
    return fields;
  }
}

/** The names of a schema's fields that are lists. */
export const listsIn = (schema: TObject | null): string[] =>
  Object.entries(schema?.properties ?? {}).flatMap(([name, property]) =>
    property[Kind] === "Array" ? [name] : [],
  );

/** No field needs longer numbers or lists. */
const MAX_NUMBER_LENGTH = 64;
const MAX_ITEMS = 1_000;
const MAX_FAULTS = 20;

const TRUE = new Set(["true", "1", "on", "yes", "t", "y"]);
const FALSE = new Set(["false", "0", "off", "no", "f", "n"]);

function readValue(schema: TSchema, value: unknown): unknown {
  if (isJsonEncoded(schema)) return readJson(schema, value);
  switch (schema[Kind]) {
    case "Array": {
      if (!Array.isArray(value) && !LIST_ITEM_TYPES.has(typeof value) && !isSavedFile(value))
        return value;
      const items = itemsOf(value);
      if (items.length > (schema.maxItems ?? MAX_ITEMS)) return TOO_MANY;
      return items.map((item) => readValue(schema.items, item));
    }
    case "File": {
      const file = single(value);
      // Pages send a file input that was left alone as an empty text.
      return file === "" ? undefined : file;
    }
    case "Integer":
    case "Number":
      return readNumber(single(value));
    case "Boolean":
      return readBoolean(single(value));
    case "String":
      return isJsonDocument(schema) ? readDocument(value) : readString(single(value));
    case "Union": {
      const nonNull = nonNullPart(schema);
      // An enumeration of texts.
      if (nonNull === null) return readString(single(value));
      // Forms have no null: an empty text stands for it.
      return value === null || single(value) === "" ? null : readValue(nonNull, value);
    }
    default:
      return value;
  }
}

function readJson(schema: TSchema, value: unknown): unknown {
  if (schema[Kind] === "Object") return readJsonObject(schema, value);
  const items = readJsonItems(schema, value);
  return items.length > (schema.maxItems ?? MAX_ITEMS) ? TOO_MANY : items;
}

/** Types of a single value that can stand for a list of one. */
const LIST_ITEM_TYPES = new Set(["string", "number", "bigint"]);

/** Stands for a list with too many items: it fails every schema. */
const TOO_MANY = Symbol("too many items");

/**
 * The items of a list. A single text may hold several, separated by commas; an empty one holds
 * none.
 */
function itemsOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== "string") return [value];
  return value.trim() === "" ? [] : value.split(",").map((item) => item.trim());
}

/** The other part of a union with null; null for any other schema. */
function nonNullPart(schema: TSchema): TSchema | null {
  if (schema[Kind] !== "Union") return null;
  const [first, second] = schema.anyOf as TSchema[];
  return first && second?.[Kind] === "Null" ? first : null;
}

/** The last value of a field that is given several times, as in the Python service. */
function single(value: unknown): unknown {
  return Array.isArray(value) ? value.at(-1) : value;
}

function readNumber(value: unknown): unknown {
  if (typeof value !== "string" || value.length > MAX_NUMBER_LENGTH) return value;
  const text = value.trim();
  return NUMBER.test(text) ? Number(text) : value;
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

function readBoolean(value: unknown): unknown {
  if (value === 1 || value === 0) return value === 1;
  if (typeof value !== "string") return value;
  const text = value.trim().toLowerCase();
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : value;
}

function readString(value: unknown): unknown {
  return typeof value === "number" || typeof value === "bigint" ? String(value) : value;
}

/** A JSON body may hold the document itself; handlers always get its text. */
function readDocument(value: unknown): unknown {
  // A list of texts comes from a form that repeats the field.
  if (Array.isArray(value))
    return value.every((one) => typeof one === "string") ? single(value) : value;
  return typeof value === "object" && value !== null
    ? stringifyJson(value as ExactJsonObject)
    : value;
}

function faultsOf(check: TypeCheck<TObject>, fields: unknown): FieldFault[] {
  const faults = new Map<string, string>();
  for (const error of check.Errors(fields)) {
    const field = fieldAt(check.Schema().properties, error.path);
    const isUnknown = error.type === ValueErrorType.ObjectAdditionalProperties;
    if (!faults.has(field))
      faults.set(
        field,
        isUnknown ? notKnown(error.schema) : messageFor(error.schema, error.value, field),
      );
    if (faults.size === MAX_FAULTS) break;
  }
  return [...faults].map(([field, message]) => ({ field, message }));
}

/** For a name that an object must not have. */
const notKnown = ({ properties }: TSchema): string =>
  `is not known; known are ${Object.keys(properties).join(", ")}`;

/**
 * The field at a JSON pointer. What is inside of JSON is named with its position:
 * `usertags[1].user.pk`.
 */
function fieldAt(properties: TObject["properties"], pointer: string): string {
  const [, field = "", ...inside] = pointer.split("/");
  if (!isJsonEncoded(properties[field] ?? {})) return field;
  const names = inside.map((name) => (/^\d+$/.test(name) ? `[${name}]` : `.${name}`));
  return `${field}${names.join("")}`;
}

/** If a field is missing and one with a similar name was sent, its message says so. */
function withNearMisses(
  faults: readonly FieldFault[],
  { properties }: TObject,
  fields: Fields,
): FieldFault[] {
  const unknown = Object.keys(fields)
    .slice(0, MAX_FAULTS)
    .filter((name) => !Object.hasOwn(properties, name));
  return faults.map(({ field, message }) => {
    const sent = fields[field] === undefined ? nearest(field, unknown) : null;
    return { field, message: sent === null ? message : `${message}; ${sent} was sent instead` };
  });
}

/** Says what the field must be. The message never repeats the value. */
function messageFor(schema: TSchema, value: unknown, field: string): string {
  if (value === undefined) return "is required";
  if (value === TOO_MANY) return `must have ${schema.maxItems ?? MAX_ITEMS} items at the most`;
  switch (schema[Kind]) {
    case "Integer":
      return `must be a whole number${rangeOf(schema)}`;
    case "Number":
      return `must be a number${rangeOf(schema)}`;
    case "Boolean":
      return "must be true or false";
    case "Object":
      return "must be a JSON object";
    case "File":
      return "must be a file: send the body as multipart/form-data";
    case "Array":
      if (Array.isArray(value) && value.length < (schema.minItems ?? 0))
        return schema.minItems === 1
          ? "must not be empty"
          : `must have ${schema.minItems} items or more`;
      return `must be a list: in a form ${field}=…&${field}=…, in JSON ["…", "…"]`;
    case "Union": {
      const nonNull = nonNullPart(schema);
      if (nonNull !== null) return `${messageFor(nonNull, value, field)}, or null`;
      const values: unknown[] = (schema.anyOf ?? []).map((entry: TSchema) => entry.const);
      if (!values.every((entry) => typeof entry === "string")) return "has the wrong type";
      const orEmpty = values.includes("") ? " or empty" : "";
      return `must be one of ${values.filter((entry) => entry !== "").join(", ")}${orEmpty}`;
    }
    case "String":
      if (typeof value !== "string")
        return isJsonDocument(schema) ? "must be a JSON object, or its text" : "must be text";
      if (schema.minLength !== undefined && value.length < schema.minLength)
        return schema.minLength === 1
          ? "must not be empty"
          : `must have ${schema.minLength} characters or more`;
      if (schema.maxLength !== undefined && value.length > schema.maxLength)
        return `must have ${schema.maxLength} characters at the most`;
      return schema.format ? `must be a ${schema.format}` : "has the wrong form";
    default:
      return "has the wrong type";
  }
}

function rangeOf({ minimum, maximum }: TSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `, ${minimum} or more`;
  return maximum === undefined ? "" : `, ${maximum} at the most`;
}
