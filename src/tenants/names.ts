import { InvalidInput } from "../problems/problem.ts";

const maxNameLength = 100;

/**
 * The name of a tenant or key, trimmed: 1 to 100 characters, no control characters.
 * Throws InvalidInput for field `name`.
 */
export function cleanName(name: string): string {
  // UTF-8 has no lone surrogates: the database would store another name than the answer says.
  const trimmed = name.trim().toWellFormed();
  const length = [...trimmed].length;
  if (length === 0) throw new InvalidInput("name", "must not be empty");
  if (length > maxNameLength) {
    throw new InvalidInput("name", `must have at most ${maxNameLength} characters`);
  }
  if (/\p{Cc}/u.test(trimmed)) {
    throw new InvalidInput("name", "must not contain control characters");
  }
  return trimmed;
}
