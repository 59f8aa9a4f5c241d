import { InvalidInput } from "../problems/problem.ts";
import { idsAsText, type Json, type JsonObject, objectOr, parseJson } from "./json.ts";
import { withinBounds } from "./models/lists.ts";
import { encodeBody, jsonText } from "./signing.ts";

/*
 * Posts of hashtags and places come in sections of several layouts. What continues such a list has
 * more than one part; the gateway's cursor holds them all, in the form in which aiograpi-rest hands
 * them out, so that a cursor from there goes on working here.
 */

/**
 * The posts of all sections, in the order in which they stand; null for one that cannot be read.
 * A section has a grid (`medias[].media`), or a large tile with small ones beside it:
 * `one_by_two_item.clips.items[].media` or `two_by_two_item.media`, and `fill_items[].media`.
 * Tiles of other names have one of these forms.
 */
export function postsInSections(body: JsonObject): Json[] {
  const sections = Array.isArray(body.sections) ? body.sections : [];
  const posts = sections.flatMap((section) => postsIn(objectOr(section).layout_content, MAX_DEPTH));
  return [...withinBounds(posts)];
}

/** `one_by_two_item`, `clips`, `items` and one of them: no known layout goes deeper. */
const MAX_DEPTH = 5;

function postsIn(tile: Json | undefined, depth: number): Json[] {
  if (depth === 0 || typeof tile !== "object" || tile === null) return [];
  if (Array.isArray(tile)) return tile.flatMap((item) => postsIn(item, depth - 1));
  if ("media" in tile) return [idsAsText(tile.media ?? null)];
  return Object.values(tile).flatMap((part) => postsIn(part, depth - 1));
}

/** A cursor of the parts that continue a list: base64 of their JSON as Python writes it. */
export function joinCursor(parts: readonly Json[]): string {
  return Buffer.from(encodeBody(jsonText(parts))).toString("base64");
}

/**
 * The parts in a cursor, integers of any length kept; undefined for the first page. `readParts`
 * gives null for a list that is not of its form. Throws InvalidInput.
 */
export function splitCursor<T>(
  cursor: string,
  readParts: (parts: readonly Json[]) => T | null,
): T | undefined {
  if (cursor === "") return undefined;
  const parts = parseBase64(cursor);
  const read = Array.isArray(parts) ? readParts(parts) : null;
  if (read === null)
    throw new InvalidInput("cursor", "must be next_cursor of a page of this list, unchanged");
  return read;
}

/** A query that was not URL-encoded turns the + of base64 into a blank. */
function parseBase64(text: string): Json {
  try {
    return parseJson(Buffer.from(text.replaceAll(" ", "+"), "base64").toString());
  } catch {
    return null;
  }
}

/** `max_id` as it came: a text or a number. Empty ones stand for none. */
export const isMaxId = (value: Json | undefined): value is string | number | bigint =>
  (typeof value === "string" || typeof value === "number" || typeof value === "bigint") &&
  Boolean(value);

/** `next_media_ids`: a list of ids, each a number or its digits, or null where there was none. */
export const isIdList = (value: Json | undefined): value is Json[] | null =>
  value === null || (Array.isArray(value) && value.every(isMaxId));

/** `next_media_ids` of an answer, null for what is no list of ids. */
export const idListOr = (value: Json | undefined): Json[] | null =>
  isIdList(value) ? value : null;
