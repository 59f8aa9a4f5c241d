import { distance } from "fastest-levenshtein";

/** Longer names are not compared: the cost is the product of the lengths. */
const MAX_LENGTH = 64;
const MAX_EDITS = 2;

/**
 * The name that somebody probably meant: the most similar one, with at most two different letters, or
 * one that differs only in capitals, dashes and underscores. Null if there is none.
 */
export function nearest(typed: string, names: Iterable<string>): string | null {
  if (typed.length > MAX_LENGTH) return null;
  const plainTyped = plain(typed);
  let best: string | null = null;
  // Two letters are too many in a short name.
  let least = Math.min(MAX_EDITS, Math.floor(typed.length / 3)) + 1;
  for (const name of names) {
    if (Math.abs(name.length - typed.length) > MAX_EDITS) continue;
    const edits = plain(name) === plainTyped ? 0 : distance(typed, name);
    if (edits >= least) continue;
    least = edits;
    best = name;
  }
  return best;
}

const plain = (name: string): string => name.toLowerCase().replace(/[-_]/g, "");
