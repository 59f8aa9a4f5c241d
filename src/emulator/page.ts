import { invalidParameter } from "./answer.ts";
import { BEGINNING } from "./store/list.ts";
import { readCursor } from "./token.ts";

/** `count` of a page, as sizeOf() reads it. */
export function countOf(query: URLSearchParams, usual: number, most: number): number {
  return sizeOf(query.get("count") ?? "", usual, most);
}

/** A page's size, between 1 and `most`; what is not a positive number counts as not given. */
export function sizeOf(text: string, usual: number, most: number): number {
  const count = /^\d+$/.test(text) ? Number(text) : usual;
  return count < 1 ? usual : Math.min(count, most);
}

/** A unix time in the query, undefined where it is empty or missing. */
export function timeOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? "";
  if (text === "") return undefined;
  if (!/^-?\d{1,12}(\.\d+)?$/.test(text)) throw invalidParameter(name);
  return Number(text);
}

/**
 * The place in a list at which a page starts: the list's beginning without a cursor. `list` is what
 * issueCursor() bound the cursor to; one of another list is refused. `name` is the parameter's, for
 * the refusal.
 */
export function placeOf(cursor: string, list: string, name = "max_id"): number {
  if (cursor === "") return BEGINNING;
  const place = readCursor(list, cursor);
  if (place === undefined) throw invalidParameter(name);
  return place;
}

/** The same for lists whose places are positions: 0 without a cursor. */
export function positionOf(cursor: string, list: string, name?: string): number {
  return Math.max(0, placeOf(cursor, list, name));
}
