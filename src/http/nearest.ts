import { distance } from "fastest-levenshtein";

/** Longer names are no slips of the pen, and comparing costs the product of the lengths. */
const MAX_LENGTH = 64;
const MAX_EDITS = 2;

/**
 * Which of `names` somebody may have meant: the one that differs least, by two letters at the most,
 * or only in capitals, dashes and underscores. Null when none is near.
 */
export function nearest(typed: string, names: Iterable<string>): string | null {
  if (typed.length > MAX_LENGTH) return null;
  const plainTyped = plain(typed);
  let best: string | null = null;
  // Of short names two letters are most of the name.
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
