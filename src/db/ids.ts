import { encodeTime, monotonicFactory } from "ulid";

/**
 * Makes a new id: a ULID in upper case, ascending within this process even in the same millisecond.
 */
export type NewId = () => string;

/** The id source of all stores. `now` gives unix milliseconds. */
export function createIdSource(now: () => number = Date.now): NewId {
  const next = monotonicFactory();
  return () => next(now());
}

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 16;

/** The ULID that a time (unix milliseconds) and sixteen or more secret bytes choose. */
export function derivedId(time: number, secret: Uint8Array): string {
  const digits = [...secret.subarray(0, RANDOM_LENGTH)].map((byte) => ALPHABET.charAt(byte % 32));
  return encodeTime(time, TIME_LENGTH) + digits.join("");
}

const ulidPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** The canonical (upper case) form of a ULID, or null when the text is not a ULID. */
export function canonicalUlid(text: string): string | null {
  if (text.length !== 26) return null;
  const upper = text.toUpperCase();
  return ulidPattern.test(upper) ? upper : null;
}
