import { monotonicFactory } from "ulid";

/**
 * Makes a new id: a ULID in upper case, ascending within this process even in the same millisecond.
 */
export type NewId = () => string;

/** The id source of all stores. `now` gives unix milliseconds. */
export function createIdSource(now: () => number = Date.now): NewId {
  const next = monotonicFactory();
  return () => next(now());
}

const ulidPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** The canonical (upper case) form of a ULID, or null when the text is not a ULID. */
export function canonicalUlid(text: string): string | null {
  if (text.length !== 26) return null;
  const upper = text.toUpperCase();
  return ulidPattern.test(upper) ? upper : null;
}
