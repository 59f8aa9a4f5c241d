import { FormatRegistry, Kind, type TObject, type TSchema } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import { type FieldProblem, ValidationFailed } from "./problems.ts";

FormatRegistry.Set("date-time", (value) => !Number.isNaN(Date.parse(value)));
FormatRegistry.Set("uri", (value) => URL.canParse(value));
FormatRegistry.Set("binary", () => true);
// For documentation pages, which hide what is typed.
FormatRegistry.Set("password", () => true);

export type Fields = Readonly<Record<string, unknown>>;

interface Fitting {
  properties: ReadonlyArray<readonly [name: string, schema: TSchema]>;
  /** Names of the fields that are lists. */
  lists: readonly string[];
  check: TypeCheck<TObject>;
}

const fittings = new WeakMap<TObject, Fitting>();

function fittingOf(schema: TObject): Fitting {
  let fitting = fittings.get(schema);
  if (!fitting) {
    const properties = Object.entries(schema.properties);
    fitting = {
      properties,
      lists: properties.flatMap(([name, property]) => (property[Kind] === "Array" ? [name] : [])),
      check: TypeCompiler.Compile(schema),
    };
    fittings.set(schema, fitting);
  }
  return fitting;
}

/**
 * Fits what came over the wire to a route's schema: text becomes the number or boolean the schema
 * names, numbers become text where it names text (ids keep every digit), one value becomes a list
 * of one, defaults are filled in and unknown fields are dropped. Throws ValidationFailed with all
 * faults.
 */
export function fit(schema: TObject, fields: Fields): Record<string, unknown> {
  const { properties, check } = fittingOf(schema);
  const fitted: Record<string, unknown> = {};
  for (const [name, property] of properties) {
    const value = fields[name];
    const wanted =
      value === undefined || (value === null && presentPart(property) === null)
        ? property.default
        : fitValue(property, value);
    if (wanted !== undefined) fitted[name] = wanted;
  }
  if (!check.Check(fitted)) throw new ValidationFailed(problemsOf(check, fitted));
  return fitted;
}

/** The names of a schema's fields that are lists. */
export const listsIn = (schema: TObject): readonly string[] => fittingOf(schema).lists;

const TRUE = new Set(["true", "1", "on", "yes", "t", "y"]);
const FALSE = new Set(["false", "0", "off", "no", "f", "n"]);

function fitValue(schema: TSchema, value: unknown): unknown {
  switch (schema[Kind]) {
    case "Array": {
      const items: unknown[] = Array.isArray(value) ? value : [value];
      return items.map((item) => fitValue(schema.items, item));
    }
    case "Integer":
    case "Number":
      return fitNumber(single(value));
    case "Boolean":
      return fitBoolean(single(value));
    case "String":
      return fitString(single(value));
    case "Union": {
      const present = presentPart(schema);
      // An enumeration of texts.
      if (present === null) return fitString(single(value));
      // Forms have no null: there an empty text says it.
      return value === null || single(value) === "" ? null : fitValue(present, value);
    }
    default:
      return value;
  }
}

/** Of a schema that takes null too what it takes else; null for one that does not. */
function presentPart(schema: TSchema): TSchema | null {
  if (schema[Kind] !== "Union") return null;
  const [first, second] = schema.anyOf as TSchema[];
  return first && second?.[Kind] === "Null" ? first : null;
}

/** Of a field given several times the last one counts, as it did in the Python service. */
function single(value: unknown): unknown {
  return Array.isArray(value) ? value.at(-1) : value;
}

function fitNumber(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const text = value.trim();
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : value;
}

function fitBoolean(value: unknown): unknown {
  if (value === 1 || value === 0) return value === 1;
  if (typeof value !== "string") return value;
  const text = value.trim().toLowerCase();
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : value;
}

function fitString(value: unknown): unknown {
  return typeof value === "number" || typeof value === "bigint" ? String(value) : value;
}

function problemsOf(check: TypeCheck<TObject>, fitted: unknown): FieldProblem[] {
  const problems = new Map<string, string>();
  for (const error of check.Errors(fitted)) {
    const field = error.path.replace(/^\//, "").split("/")[0] ?? "";
    if (!problems.has(field)) problems.set(field, messageFor(error.schema, error.value));
  }
  return [...problems].map(([field, message]) => ({ field, message }));
}

/** What the field must be. The value is looked at for being missing, and never quoted. */
function messageFor(schema: TSchema, value: unknown): string {
  if (value === undefined) return "is required";
  switch (schema[Kind]) {
    case "Integer":
      return `must be a whole number${rangeOf(schema)}`;
    case "Number":
      return `must be a number${rangeOf(schema)}`;
    case "Boolean":
      return "must be true or false";
    case "Array":
      return "must be a list";
    case "Union": {
      const present = presentPart(schema);
      if (present !== null) return `${messageFor(present, value)}, or null`;
      const values: unknown[] = (schema.anyOf ?? []).map((entry: TSchema) => entry.const);
      if (!values.every((entry) => typeof entry === "string")) return "has the wrong type";
      const orEmpty = values.includes("") ? " or empty" : "";
      return `must be one of ${values.filter((entry) => entry !== "").join(", ")}${orEmpty}`;
    }
    case "String":
      if (typeof value !== "string") return "must be text";
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
