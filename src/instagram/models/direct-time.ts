import type { Json } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { optional, required } from "./read.ts";
import { toDate, toNumber } from "./values.ts";

/*
 * Direct counts time in microseconds, everywhere and at any magnitude. The Python service cuts them
 * to whole seconds, so these readers do not tell the unit by its size as readDate() does.
 */

type Value = Json | undefined;

/** An instant from unix time in microseconds. Fallback: the epoch. */
export function readMicroseconds(
  value: Value,
  drift: DriftReporter,
  model: string,
  field: string,
): string {
  return required(toInstant(value), EPOCH, drift, model, field);
}

export function readOptionalMicroseconds(
  value: Value,
  drift: DriftReporter,
  model: string,
  field: string,
): string | null {
  return optional(value, toInstant(value), null, drift, model, field);
}

const EPOCH = "1970-01-01T00:00:00Z";
const PER_SECOND = 1e6;
// As seconds this is the year 5138, from where toDate() would take them for milliseconds.
const BEYOND_DATES = 1e17;

function toInstant(value: Value): string | undefined {
  const time = toNumber(value);
  if (time === undefined || Math.abs(time) >= BEYOND_DATES) return undefined;
  return toDate(Math.floor(time / PER_SECOND));
}
