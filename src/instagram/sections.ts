import { InvalidInput } from "../problems/problem.ts";
import {
  asPlain,
  type ExactJson,
  type ExactJsonObject,
  type Json,
  objectOr,
  parseExact,
} from "./json.ts";
import { withinBounds } from "./models/lists.ts";
import { encodeBody, jsonText } from "./signing.ts";

/*
 * Posts of hashtags and places come in sections of several layouts. To continue such a list
 * Instagram needs several values. The gateway's cursor holds them all, in the form that
 * aiograpi-rest uses, so that cursors from there keep working here.
 */

/**
 * The posts of all sections in their order; null for a post that cannot be read.
 * A section has a grid (`medias[].media`), or a large tile with small ones beside it:
 * `one_by_two_item.clips.items[].media` or `two_by_two_item.media`, and `fill_items[].media`.
 * Tiles of other names have one of these forms.
 */
export function postsInSections(body: ExactJsonObject): Json[] {
  const sections = Array.isArray(body.sections) ? body.sections : [];
  const posts = sections.flatMap((section) => postsIn(objectOr(section).layout_content, MAX_DEPTH));
  return [...withinBounds(posts)];
}

/** No known layout is deeper: `one_by_two_item`, `clips`, `items`, and one item. */
const MAX_DEPTH = 5;

function postsIn(tile: ExactJson | undefined, depth: number): Json[] {
  if (depth === 0 || typeof tile !== "object" || tile === null) return [];
  if (Array.isArray(tile)) return tile.flatMap((item) => postsIn(item, depth - 1));
  if ("media" in tile) return [asPlain(tile.media ?? null)];
  return Object.values(tile).flatMap((part) => postsIn(part, depth - 1));
}

/** Makes a cursor of the values that continue a list: base64 of their JSON as Python writes it. */
export function joinCursor(parts: readonly ExactJson[]): string {
  return Buffer.from(encodeBody(jsonText(parts))).toString("base64");
}

/**
 * The values in a cursor, without losing a digit; undefined for the first page. `readParts` returns
 * null for values of another form. Throws InvalidInput.
 */
export function splitCursor<T>(
  cursor: string,
  readParts: (parts: readonly ExactJson[]) => T | null,
): T | undefined {
  if (cursor === "") return undefined;
  const parts = parseBase64(cursor);
  const read = Array.isArray(parts) ? readParts(parts) : null;
  if (read === null)
    throw new InvalidInput("cursor", "must be next_cursor of a page of this list, unchanged");
  return read;
}

/** Blanks are read as +: base64 in a query that was not URL-encoded arrives with blanks. */
function parseBase64(text: string): ExactJson {
  try {
    return parseExact(Buffer.from(text.replaceAll(" ", "+"), "base64").toString());
  } catch {
    return null;
  }
}

/** Whether a value can be a `max_id`: a text or a number, and not empty. */
export const isMaxId = (value: ExactJson | undefined): value is string | number | bigint =>
  (typeof value === "string" || typeof value === "number" || typeof value === "bigint") &&
  Boolean(value);

/** Whether a value can be `next_media_ids`: a list of ids, each a number or digits, or null. */
export const isIdList = (value: ExactJson | undefined): value is ExactJson[] | null =>
  value === null || (Array.isArray(value) && value.every(isMaxId));

/** An answer's `next_media_ids`, null if it is not a list of ids. */
export const idListOr = (value: ExactJson | undefined): ExactJson[] | null =>
  isIdList(value) ? value : null;
