import { type TSchema, type TUnsafe, Type } from "@sinclair/typebox";
import { type Json, type JsonObject, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { type Field, list, text } from "./fields.ts";

/*
 * A model is written once, a line a field, in the order of the contract:
 *
 *   /** A place. *\/
 *   export const Place = model("Place", {
 *     pk: identity("pk", "id"),                            // without it, `read` gives null
 *     name: text(),                                        // required: without it "", and counted
 *     phone: optional(text(), { missing: "" }),            // null stays null, missing gives ""
 *     is_open: defaulted(boolean(), false),                // need not be sent
 *     lat: optional(number(), { from: "latitude" }),       // the upstream's name for it
 *     picture: optional(uri(), { from: largestPicture }),  // or what a function finds
 *     owner: object(UserShort),                            // a nested model
 *     visitors: list(UserShort),                           // and many of them
 *   });
 *   export type Place = Infer<typeof Place>;
 *
 * `Place.schema` is the TypeBox schema, `Place.read(raw, drift)` the total reader. fields.ts has the
 * kinds of fields; `kind(schema, parse, fallback)` makes another. What hangs on several fields is
 * mended by `finish`, which changes the object that was read.
 */

/** A model. `T` is what it reads; `N` is null when an object can be left out, else never. */
export interface Model<T, N extends null = null> {
  /** Its `title` is the name: nested, the schema stands for `#/components/schemas/<title>`. */
  readonly schema: TUnsafe<T>;
  /** Reads any value, and counts what is not as expected. Null: without its key it is left out. */
  readonly read: (value: Json | undefined, drift: DriftReporter) => T | N;
  /** Whether `read` can give null. */
  readonly hasKey: boolean;
}

/** What a model reads. */
export type Infer<M> = M extends Model<infer T> ? T : never;

type Fields = Readonly<Record<string, Field<unknown>>>;
type Values<F extends Fields> = {
  [Name in keyof F]: F[Name] extends Field<infer T> ? T : never;
};
type NoneOf<F extends Fields> = true extends F[keyof F]["isKey"] ? null : never;

interface Options<T> {
  description?: string;
  /** Changes what was read, where a field hangs on others. */
  finish?: (value: T, raw: JsonObject, drift: DriftReporter) => void;
}

/** The object to read from, for upstream objects that are wrapped; null leaves it out. */
type Unwrap = (value: Json | undefined, drift: DriftReporter) => JsonObject | null;

/** Declares a model. `name` is that of the contract; drift is counted under it. */
export function model<F extends Fields>(
  name: string,
  fields: F,
  options: Options<Values<F>> & { unwrap: Unwrap },
): Model<Values<F>>;
export function model<F extends Fields>(
  name: string,
  fields: F,
  options?: Options<Values<F>>,
): Model<Values<F>, NoneOf<F>>;
export function model<F extends Fields>(
  name: string,
  fields: F,
  { description, finish, unwrap }: Options<Values<F>> & { unwrap?: Unwrap } = {},
): Model<Values<F>> {
  const entries = Object.entries(fields);
  const steps = entries.map(([field, given]) => stepOf(name, field, given));
  const keys = steps.filter(({ isKey }) => isKey);
  const others = steps.filter(({ isKey }) => !isKey);
  // A copy of an object with all fields keeps their order, and is quicker than adding them.
  const blank = Object.fromEntries(entries.map(([field]) => [field, null as unknown]));

  const read = (value: Json | undefined, drift: DriftReporter): Values<F> | null => {
    const raw = unwrap === undefined ? objectOr(value) : unwrap(value, drift);
    if (raw === null) return null;
    const result = { ...blank };
    let isComplete = true;
    for (const step of keys) {
      const found = readField(step, raw, drift);
      if (found === null) isComplete = false;
      result[step.field] = found;
    }
    if (!isComplete) return null;
    for (const step of others) result[step.field] = readField(step, raw, drift);
    const values = result as Values<F>;
    finish?.(values, raw, drift);
    return values;
  };
  const properties = Object.fromEntries(entries.map(([field, given]) => [field, given.schema]));
  const schema = Type.Object(properties, { title: name, ...(description && { description }) });
  schemasOfModels.add(schema);
  return {
    schema: schema as unknown as TUnsafe<Values<F>>,
    hasKey: keys.length > 0 || unwrap !== undefined,
    read,
  };
}

/** All that is known of a field before an object is read. */
interface Step extends Omit<Field<unknown>, "schema" | "from"> {
  readonly model: string;
  readonly field: string;
  /** The upstream's name, unless a function finds the value. */
  readonly name: string;
  readonly find: Exclude<Field<unknown>["from"], string | undefined> | null;
}

function stepOf(model: string, field: string, { from = field, ...given }: Field<unknown>): Step {
  // Written out: objects of one shape are read quickest.
  return {
    field,
    name: typeof from === "string" ? from : field,
    find: typeof from === "string" ? null : from,
    parse: given.parse,
    readAny: given.readAny,
    model,
    isRequired: given.isRequired,
    // One object stands in many answers, so nobody may change it.
    whenNull: Object.freeze(given.whenNull),
    whenMissing: Object.freeze(given.whenMissing),
    isKey: given.isKey,
  };
}

function readField(step: Step, raw: JsonObject, drift: DriftReporter): unknown {
  const value = step.find === null ? raw[step.name] : step.find(raw, drift, step.model);
  if (step.readAny !== null) return step.readAny(value, drift, step.model, step.field);
  if (value === undefined || value === null) {
    if (step.isRequired) drift(step.model, step.field);
    return value === null ? step.whenNull : step.whenMissing;
  }
  const parsed = step.parse(value, drift, step.model, step.field);
  if (parsed !== undefined) return parsed;
  drift(step.model, step.field);
  return step.whenMissing;
}

const schemasOfModels = new WeakSet<TSchema>();

/** Whether a schema is that of a model: readers are total, so each of its properties is there. */
export const isModelSchema = (schema: TSchema): boolean => schemasOfModels.has(schema);

/** One page of a list (`UserShortPage`); `next_cursor` is empty on the last one. */
export const pageOf = <T>(items: Model<T>) =>
  model(`${items.schema.title}Page`, { items: list(items), next_cursor: text() });
