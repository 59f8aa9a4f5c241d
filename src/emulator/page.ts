import { invalidParameter } from "./answer.ts";
import { BEGINNING } from "./store/list.ts";
import { readCursor } from "./token.ts";

/** The size of a page in the parameter `count`; see sizeOf(). */
export function countOf(query: URLSearchParams, usual: number, most: number): number {
  return sizeOf(query.get("count") ?? "", usual, most);
}

/** The size of a page, 1 to `most`; `usual` where the text is not a positive number. */
export function sizeOf(text: string, usual: number, most: number): number {
  const count = /^\d+$/.test(text) ? Number(text) : usual;
  return count < 1 ? usual : Math.min(count, most);
}

/** A unix time in seconds from the query; undefined where it is empty or missing. */
export function timeOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? "";
  if (text === "") return undefined;
  if (!/^-?\d{1,12}(\.\d+)?$/.test(text)) throw invalidParameter(name);
  return Number(text);
}

/**
 * The place in a list at which a page starts; without a cursor, the beginning. `list` is the name of the
 * list that was given to issueCursor(). Throws a Refusal, which names the parameter `name`, for a cursor
 * of another list.
 */
export function placeOf(cursor: string, list: string, name = "max_id"): number {
  if (cursor === "") return BEGINNING;
  const place = readCursor(list, cursor);
  if (place === undefined) throw invalidParameter(name);
  return place;
}

/** As placeOf(), for lists whose places are positions: 0 without a cursor. */
export function positionOf(cursor: string, list: string, name?: string): number {
  return Math.max(0, placeOf(cursor, list, name));
}
