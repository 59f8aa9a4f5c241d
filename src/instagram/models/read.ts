import type { Json } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
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
 * Total readers: any JSON value gives a value of the wanted type. Up to three of each kind:
 * - `readX`: the field is required. Null, missing and unreadable count as drift and give the
 *   fallback of the type.
 * - `readXOr`: never null and has a default. Null and missing give the default in silence.
 * - `readOptionalX`: nullable. Null stays null; missing gives null, or the default given as
 *   `missing` (an explicit null outranks a default, as it does in the Python service).
 * `model` and `field` name what is read, for the drift counter.
 */

/** The fields of an upstream object that a model reads, by the upstream's names. */
export type Raw<Field extends string> = { readonly [F in Field]?: Json };

/** What a required URI without a value becomes: valid, and leads nowhere. */
const NO_URI = "about:blank";
/** What a required instant without a value becomes. */
const NO_DATE = "1970-01-01T00:00:00Z";

type Value = Json | undefined;

/** Text; numbers become their decimal digits. Fallback: the empty text. */
export function readText(value: Value, drift: DriftReporter, model: string, field: string): string {
  return required(toText(value), "", drift, model, field);
}
export function readTextOr(
  value: Value,
  fallback: string,
  drift: DriftReporter,
  model: string,
  field: string,
): string {
  return defaulted(value, toText(value), fallback, drift, model, field);
}
export function readOptionalText(
  value: Value,
  drift: DriftReporter,
  model: string,
  field: string,
  missing: string | null = null,
): string | null {
  return optional(value, toText(value), missing, drift, model, field);
}

/** Whole numbers, also from integral floats and numeric strings. Fallback: 0. */
export function readInteger(
  value: Value,
  drift: DriftReporter,
  model: string,
  field: string,
): number {
  return required(toInteger(value), 0, drift, model, field);
}
export function readIntegerOr(
  value: Value,
  fallback: number,
  drift: DriftReporter,
  model: string,
  field: string,
): number {
  return defaulted(value, toInteger(value), fallback, drift, model, field);
}
export function readOptionalInteger(
  value: Value,
  drift: DriftReporter,
  model: string,
  field: string,
  missing: number | null = null,
): number | null {
  return optional(value, toInteger(value), missing, drift, model, field);
}

/** Finite numbers, also from numeric strings. Fallback: 0. */
export function readNumber(
  value: Value,
  drift: DriftReporter,
  model: string,
  field: string,
): number {
  return required(toNumber(value), 0, drift, model, field);
}
export function readOptionalNumber(
  value: Value,
  drift: DriftReporter,
  model: string,
  field: string,
  missing: number | null = null,
): number | null {
  return optional(value, toNumber(value), missing, drift, model, field);
}

/** Booleans, also from 0 and 1; from nothing else. Fallback: false. */
export function readBoolean(
  value: Value,
  drift: DriftReporter,
  model: string,
  field: string,
): boolean {
  return required(toBoolean(value), false, drift, model, field);
}
export function readBooleanOr(
  value: Value,
  fallback: boolean,
  drift: DriftReporter,
  model: string,
  field: string,
): boolean {
  return defaulted(value, toBoolean(value), fallback, drift, model, field);
}
export function readOptionalBoolean(
  value: Value,
  drift: DriftReporter,
  model: string,
  field: string,
  missing: boolean | null = null,
): boolean | null {
  return optional(value, toBoolean(value), missing, drift, model, field);
}

/** A numeric id as its decimal digits. Fallback: the empty text. */
export function readId(value: Value, drift: DriftReporter, model: string, field: string): string {
  return required(toId(value), "", drift, model, field);
}
export function readOptionalId(
  value: Value,
  drift: DriftReporter,
  model: string,
  field: string,
): string | null {
  return optional(value, toId(value), null, drift, model, field);
}

/**
 * The id that makes an item what it is, never 0; the others are names that the upstream also uses
 * for it. Null, counted as `field`, when none is readable.
 */
export function readIdentity(
  first: Value,
  second: Value,
  third: Value,
  drift: DriftReporter,
  model: string,
  field: string,
): string | null {
  const id = toIdentity(first) ?? toIdentity(second) ?? toIdentity(third);
  if (id !== undefined) return id;
  drift(model, field);
  return null;
}

/** An http(s) URI that satisfies `format: uri`. Fallback: `about:blank`. */
export function readUri(value: Value, drift: DriftReporter, model: string, field: string): string {
  return required(toUri(value), NO_URI, drift, model, field);
}
export function readOptionalUri(
  value: Value,
  drift: DriftReporter,
  model: string,
  field: string,
): string | null {
  return optional(value, toUri(value), null, drift, model, field);
}

/** An instant from unix time in seconds, milliseconds or microseconds. Fallback: the epoch. */
export function readDate(value: Value, drift: DriftReporter, model: string, field: string): string {
  return required(toDate(value), NO_DATE, drift, model, field);
}

/** The parsed value, or the fallback, counted. */
export function required<T>(
  parsed: T | undefined,
  fallback: T,
  drift: DriftReporter,
  model: string,
  field: string,
): T {
  if (parsed !== undefined) return parsed;
  drift(model, field);
  return fallback;
}

function defaulted<T>(
  value: Value,
  parsed: T | undefined,
  fallback: T,
  drift: DriftReporter,
  model: string,
  field: string,
): T {
  if (parsed !== undefined) return parsed;
  if (value !== undefined && value !== null) drift(model, field);
  return fallback;
}

/** The parsed value; null and `missing` as `readOptionalX` has them. */
export function optional<T>(
  value: Value,
  parsed: T | undefined,
  missing: T | null,
  drift: DriftReporter,
  model: string,
  field: string,
): T | null {
  if (parsed !== undefined) return parsed;
  if (value === null) return null;
  if (value !== undefined) drift(model, field);
  return missing;
}
