import type { Json } from "../json.ts";

/*
 * One JSON value as a value of the wanted type; undefined when it cannot be read as one. The
 * conversions are those of the Python service (numeric strings as numbers, numbers as text), with
 * two differences: an id keeps every digit, and only true, false, 1 and 0 are booleans.
 */

type Value = Json | undefined;

/** Text; finite numbers become text as well. */
export function toText(value: Value): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" && Number.isFinite(value) ? String(value) : undefined;
}

/** Longer ones are no numbers of the upstream's. */
const MAX_NUMBER_LENGTH = 64;
const NUMERIC = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i;

/** A finite number, from a number or a decimal string; true is 1, false 0. */
export function toNumber(value: Value): number | undefined {
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string" || !isNumeric(value)) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

const isNumeric = (text: string): boolean =>
  text.length <= MAX_NUMBER_LENGTH && NUMERIC.test(text.trim());

/** A whole number. A fraction is not cut off but unreadable. */
export function toInteger(value: Value): number | undefined {
  const number = toNumber(value);
  return number !== undefined && Number.isInteger(number) ? number : undefined;
}

/** A boolean, also from 0 and 1. */
export function toBoolean(value: Value): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (value === 1) return true;
  return value === 0 ? false : undefined;
}

/** No id passes 128 bits; reckoning with longer digits costs their square. */
const DIGITS = /^\d{1,40}$/;

/**
 * The decimal digits of a numeric id. A number beyond 2^53 is not one: it was written with an
 * exponent or a fraction, since plain parsing gives long integers as text.
 */
export function toId(value: Value): string | undefined {
  if (typeof value === "string") return DIGITS.test(value) ? value : undefined;
  const isId = typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
  return isId ? String(value) : undefined;
}

/** An id that something can be found by: 0 is what the upstream writes for "none". */
export function toIdentity(value: Value): string | undefined {
  const id = toId(value);
  return id === "0" ? undefined : id;
}

// What URLs of Instagram look like: these need no parsing, which would cost more than the look. They
// have only what RFC 3986 allows, and no `'`, which a parser encodes in queries.
const PLAIN =
  /^https?:\/\/(?:[a-z\d-]+\.)+[a-z]+\/[\w\-.~:/?@!$&()*+,;=]*(?:%[\da-fA-F]{2}[\w\-.~:/?@!$&()*+,;=]*)*$/;

/**
 * An http(s) URI as the Python service's URL type writes it (host in lower case, with a path,
 * without dot segments), in the characters that RFC 3986 allows: others are percent-encoded. What is
 * not http(s) is unreadable.
 */
export function toUri(value: Value): string | undefined {
  if (typeof value !== "string") return undefined;
  return PLAIN.test(value) && !value.includes("/.") ? value : normalizeUri(value);
}

function normalizeUri(value: string): string | undefined {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const fragment = url.hash === "" ? "" : `#${encodeRest(url.hash.slice(1))}`;
  url.hash = "";
  return encodeRest(url.href.replace(/#$/, "")) + fragment;
}

/** The parsed URL is ASCII: what is left to encode are single characters such as `|` or `%`. */
const encodeRest = (part: string): string =>
  part
    .replace(/%(?![\da-f]{2})/gi, "%25")
    .replace(/[^\w\-.~:/?@!$&'()*+,;=%]/g, (char) => encodeURIComponent(char));

// Upper bounds of |value| for each unit: 10^11 seconds is the year 5138, and 10^11 ms is 1973.
const SECONDS_BELOW = 1e11;
const MILLISECONDS_BELOW = 1e14;
const MICROSECONDS_BELOW = 1e17;
const YEAR_1 = -62_135_596_800_000;

/**
 * An ISO instant with `Z` from unix time, the unit told by its magnitude; without a fraction when
 * the seconds are whole, else with milliseconds.
 */
export function toDate(value: Value): string | undefined {
  const time = typeof value === "boolean" ? undefined : toNumber(value);
  if (time === undefined) return undefined;
  const magnitude = Math.abs(time);
  if (magnitude >= MICROSECONDS_BELOW) return undefined;
  const milliseconds = Math.floor(
    magnitude < SECONDS_BELOW ? time * 1000 : magnitude < MILLISECONDS_BELOW ? time : time / 1000,
  );
  if (milliseconds < YEAR_1) return undefined;
  const iso = new Date(milliseconds).toISOString();
  return milliseconds % 1000 === 0 ? `${iso.slice(0, 19)}Z` : iso;
}
