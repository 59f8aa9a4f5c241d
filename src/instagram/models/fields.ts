import { type TSchema, Type } from "@sinclair/typebox";
import { isJsonObject, type Json, type JsonObject, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { type ItemReader, readList } from "./lists.ts";
import type { Model } from "./model.ts";
import { DateTime, Nullable, UpstreamObject, Uri } from "./schema.ts";
import {
  toBoolean,
  toDate,
  toId,
  toIdentity,
  toInteger,
  toNumber,
  toText,
  toUri,
} from "./values.ts";

/*
 * What a field of a model can be; model.ts tells how a model is written. A field takes any JSON
 * value:
 * - As it is, a field is required: null, missing and unreadable count as drift and give the
 *   fallback of its kind. With `missing`, null and missing give that value in silence.
 * - `optional(…)` also takes null. Missing gives null, or the value given as `missing`.
 * - `defaulted(…)` need not be sent: null and missing give its default in silence.
 * - `identity(…)` and `key(…)`: without it the whole object is left out.
 */

/** Where a field's value stands: under another name of the upstream's, or what a function finds. */
export type Source = string | SourceFunction;
type SourceFunction = (raw: JsonObject, drift: DriftReporter, model: string) => Json | undefined;

/** Reads a value; `model` and `field` are for what counts drift inside the value itself. */
type Reader<V, T> = (value: V, drift: DriftReporter, model: string, field: string) => T;

/** One field of a model. `T` is what it reads; a key leaves the object out when it has no value. */
export interface Field<T, IsKey extends boolean = boolean> {
  readonly schema: TSchema;
  /** Where its value stands, if not under its own name. */
  readonly from: Source | undefined;
  /** Reads a value that is present; undefined when it is unreadable, which is counted for it. */
  readonly parse: Reader<Json, T | undefined>;
  /** Instead of what follows, where the kind reads null and missing, and counts, by itself. */
  readonly readAny: Reader<Json | undefined, T> | null;
  /** Whether null and missing count as drift. */
  readonly isRequired: boolean;
  readonly whenNull: T;
  /** Also what an unreadable value gives. */
  readonly whenMissing: T;
  readonly isKey: IsKey;
}

interface Options<T> {
  from?: Source;
  missing?: T;
}

/** A kind of one's own: its schema, how a value is read, and what stands for one that is not. */
export function kind<T>(
  schema: TSchema,
  parse: Reader<Json, T | undefined>,
  fallback: T,
  { from, missing }: Options<T> = {},
): Field<T, false> {
  const value = missing === undefined ? fallback : missing;
  return {
    schema,
    from,
    parse,
    readAny: null,
    isRequired: missing === undefined,
    whenNull: value,
    whenMissing: value,
    isKey: false,
  };
}

/** Text; numbers become their decimal digits. Fallback: the empty text. */
export const text = (options?: Options<string>) => kind(Type.String(), toText, "", options);

/** Whole numbers, also from integral floats and numeric strings. Fallback: 0. */
export const integer = (options?: Options<number>) => kind(Type.Integer(), toInteger, 0, options);

/** Finite numbers, also from numeric strings. Fallback: 0. */
export const number = (options?: Options<number>) => kind(Type.Number(), toNumber, 0, options);

/** Booleans, also from 0 and 1; from nothing else. Fallback: false. */
export const boolean = (options?: Options<boolean>) =>
  kind(Type.Boolean(), toBoolean, false, options);

/** A numeric id as its decimal digits. Fallback: the empty text. */
export const id = (options?: Options<string>) => kind(Type.String(), toId, "", options);

/** An http(s) URI that satisfies `format: uri`. Fallback: `about:blank`, which leads nowhere. */
export const uri = (options?: Options<string>) => kind(Uri(), toUri, "about:blank", options);

/** An instant from unix time in seconds, milliseconds or microseconds. Fallback: the epoch. */
export const date = (options?: Options<string>) =>
  kind(DateTime(), toDate, "1970-01-01T00:00:00Z", options);

/** An object of the upstream, handed on as it is. Fallback: an empty one. */
export const passthrough = (options?: Options<JsonObject>) =>
  kind<JsonObject>(
    UpstreamObject(),
    (value) => (isJsonObject(value) ? value : undefined),
    {},
    options,
  );

/** Any value of the upstream, handed on as it is. Fallback: null. */
export const anything = (options?: Options<Json>) =>
  kind<Json>(Type.Unknown(), (value) => value, null, options);

/**
 * The id that makes an object what it is, never 0: the first that is readable of its own name and
 * the others that are given.
 */
export function identity(...sources: [Source, ...Source[]]): Field<string, true> {
  const finders = sources.map(
    (source): SourceFunction => (typeof source === "string" ? (raw) => raw[source] : source),
  );
  const from: SourceFunction = (raw, drift, model) => {
    for (const find of finders) {
      const found = toIdentity(find(raw, drift, model));
      if (found !== undefined) return found;
    }
    return null;
  };
  return key(id({ from }));
}

/** A field without which the object is nothing: it is left out, and that is counted. */
export const key = <T>(field: Field<T>): Field<T, true> => ({
  ...field,
  readAny: null,
  isRequired: true,
  whenNull: null as T,
  whenMissing: null as T,
  isKey: true,
});

/**
 * A nested object. Of a total model: an empty one, counted, is read where there is none. Of a model
 * with a key: without it, the object around it is left out.
 */
export function object<T, N extends null>(
  model: Model<T, N>,
  { from }: { from?: Source } = {},
): Field<T, [N] extends [never] ? false : true> {
  const readAny: Reader<Json | undefined, T | N> = (value, drift, outer, field) => {
    if (!model.hasKey && !isJsonObject(value)) drift(outer, field);
    return model.read(value, drift);
  };
  return {
    ...kind(
      model.schema,
      (value, drift) => (isJsonObject(value) ? model.read(value, drift) : undefined),
      null,
      { from },
    ),
    readAny,
    isKey: model.hasKey,
  } as never;
}

/**
 * A list of models or values. Null and missing give an empty one in silence. One odd item never
 * costs the others: it is left out, and counted.
 */
export function list<T>(
  items: Model<T> | Field<T>,
  { from }: { from?: Source } = {},
): Field<T[], false> {
  const readItem: ItemReader<T> =
    "read" in items
      ? (item, drift) => (items.hasKey || isJsonObject(item) ? items.read(item, drift) : undefined)
      : items.parse;
  const readAny: Reader<Json | undefined, T[]> = (value, drift, model, field) =>
    readList(value, readItem, drift, model, field);
  return { ...kind(Type.Array(items.schema), readAny, [], { from, missing: [] }), readAny };
}

interface OptionalOptions<T> {
  from?: Source;
  missing?: T | null;
  /** The default that the contract names, where that is not what missing gives; null for none. */
  default?: T | null;
}

/** The same field, and null. Missing gives null or `missing`; an explicit null outranks that. */
export function optional<T>(
  field: Field<T>,
  {
    from = field.from,
    missing = null,
    default: documented = missing,
  }: OptionalOptions<NoInfer<T>> = {},
): Field<T | null, false> {
  return {
    schema: Type.Optional(
      Nullable(field.schema, documented === null ? {} : { default: documented }),
    ),
    from,
    parse: field.parse,
    readAny: null,
    isRequired: false,
    whenNull: null,
    whenMissing: missing,
    isKey: false,
  };
}

/**
 * The same field, which need not be sent: null and missing give `value` in silence. A list needs no
 * value for that; it is then without a default in the contract.
 */
export function defaulted<T>(
  field: Field<T>,
  value?: NoInfer<T>,
  { from = field.from }: { from?: Source } = {},
): Field<T, false> {
  const isGiven = value !== undefined;
  return {
    ...field,
    schema: Type.Optional(isGiven ? { ...field.schema, default: value } : field.schema),
    from,
    isRequired: false,
    whenNull: isGiven ? value : field.whenNull,
    whenMissing: isGiven ? value : field.whenMissing,
    isKey: false,
  };
}

/** The value of a field, null where it is the empty text: that is how the upstream writes "none". */
export const filled =
  (name: string): SourceFunction =>
  (raw) =>
    raw[name] === "" ? null : raw[name];

/** The value of a field inside an object; counts drift where there is something else. */
export const within =
  (outer: string, name: string): SourceFunction =>
  (raw, drift, model) => {
    const value = raw[outer];
    if (isJsonObject(value)) return value[name];
    if (value !== undefined && value !== null) drift(model, outer);
    return undefined;
  };

/** The first of several fields that is not null or missing. */
export const firstOf =
  (...names: [string, ...string[]]): SourceFunction =>
  (raw) => {
    let value: Json | undefined;
    for (const name of names) {
      value = raw[name];
      if (value !== undefined && value !== null) break;
    }
    return value;
  };

/** The list of a name; null where there is something else. */
export const listIn =
  (name: string): SourceFunction =>
  ({ [name]: value }) =>
    Array.isArray(value) ? value : null;

/** A list of wrapped objects: what each holds under a name. */
export const eachIn =
  (list: string, name: string): SourceFunction =>
  (raw) => {
    const items = raw[list];
    return Array.isArray(items) ? items.map((item) => objectOr(item)[name] ?? null) : items;
  };

/** The fields of another model, which stand inside an object of this one. */
export function inside<F extends Readonly<Record<string, Field<unknown>>>>(
  outer: string,
  fields: F,
): F {
  const moved = Object.entries(fields).map(([name, field]) => {
    const { from = name } = field;
    const find = typeof from === "string" ? (raw: JsonObject) => raw[from] : from;
    const inner: SourceFunction = (raw, drift, model) => find(objectOr(raw[outer]), drift, model);
    return [name, { ...field, from: inner }];
  });
  return Object.fromEntries(moved) as F;
}
