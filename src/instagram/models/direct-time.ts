import type { Json } from "../json.ts";
import { kind, type Source } from "./fields.ts";
import { DateTime } from "./schema.ts";
import { toDate, toNumber } from "./values.ts";

/**
 * An instant from unix time in microseconds, cut to whole seconds as the Python service does. Direct
 * counts so everywhere, however small the number: `date()`, which tells the unit by the size, would
 * take it for seconds. Fallback: the epoch.
 */
export const microseconds = (options?: { from: Source }) =>
  kind(DateTime(), toInstant, "1970-01-01T00:00:00Z", options);

const PER_SECOND = 1e6;
// As seconds this is the year 5138, from where toDate() would take them for milliseconds.
const BEYOND_DATES = 1e17;

function toInstant(value: Json): string | undefined {
  const time = toNumber(value);
  if (time === undefined || Math.abs(time) >= BEYOND_DATES) return undefined;
  return toDate(Math.floor(time / PER_SECOND));
}
