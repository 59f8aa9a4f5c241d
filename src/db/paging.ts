import { InvalidInput } from "../problems/problem.ts";
import { canonicalUlid } from "./ids.ts";

const maxPageSize = 100;

/** The id after which the page begins, or null for the first page. Throws InvalidInput. */
export function pageCursor(cursor: string | undefined): string | null {
  if (cursor === undefined || cursor === "") return null;
  const id = canonicalUlid(cursor);
  if (id === null) throw new InvalidInput("cursor", "is not one that a list returned");
  return id;
}

/** Rows a page: 1 to 100, default 50. Throws InvalidInput. */
export function pageSize(limit: number | undefined): number {
  if (limit === undefined) return 50;
  if (!Number.isInteger(limit) || limit < 1 || limit > maxPageSize) {
    throw new InvalidInput("limit", `must be between 1 and ${maxPageSize}`);
  }
  return limit;
}

/**
 * The page of `size + 1` rows that were read, and the cursor of the next page (null on the last).
 */
export function cutPage<Row extends { id: string }>(
  rows: Row[],
  size: number,
): { page: Row[]; nextCursor: string | null } {
  const page = rows.slice(0, size);
  return { page, nextCursor: rows.length > size ? (page.at(-1)?.id ?? null) : null };
}
