import { invalidParameter } from "./answer.ts";
import { readCursor } from "./token.ts";

/** A list that is computed by position. */
export interface List<T> {
  /** How many positions at() knows. */
  readonly length: number;
  /** Undefined where the list holds nothing (any more) at that position. */
  at(position: number): T | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page starts; undefined on the last one. */
  readonly next: number | undefined;
}

/** A page of a list from a position on, without what `isShown` leaves out. */
export function pageOf<T>(
  list: List<T>,
  start: number,
  size: number,
  isShown: (item: T) => boolean = () => true,
): Page<T> {
  const items: T[] = [];
  for (let position = start; position < list.length; position++) {
    const item = list.at(position);
    if (item === undefined || !isShown(item)) continue;
    // One more than the page holds: only then is it sure that a next page is not empty.
    if (items.length === size) return { items, next: position };
    items.push(item);
  }
  return { items, next: undefined };
}

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
 * Where a page of a list starts: 0 without a cursor. `list` is what issueCursor() bound the cursor
 * to; one of another list is refused. `name` is the parameter's, for the refusal.
 */
export function positionOf(cursor: string, list: string, name = "max_id"): number {
  if (cursor === "") return 0;
  const position = readCursor(list, cursor);
  if (position === undefined) throw invalidParameter(name);
  return position;
}
