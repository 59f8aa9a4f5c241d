import { InvalidInput } from "../problems/problem.ts";
import { UpstreamUnreachable } from "./errors.ts";
import type { JsonObject, JsonOf, VerbatimJson } from "./json.ts";
import { withinBounds } from "./models/lists.ts";

/** Which page to fetch. `amount`: how many items, 1..200. `cursor`: of the previous page, or "". */
export interface PageInput {
  amount: number;
  cursor: string;
}

/** A page as the API answers it. `next_cursor` is "" on the last page. */
export interface Page<T> {
  items: T[];
  next_cursor: string;
}

/** One page from Instagram. `items` holds null for each item that a model could not read. */
export interface UpstreamPage<T> {
  items: readonly (T | null)[];
  /** Cursor of the next page, "" or null on the last. */
  next: string | null;
  /**
   * Instagram says that this is the last page. No more pages are read, but `next` is still handed
   * out: a caller may try it.
   */
  isLast?: boolean;
}

export interface PageRequest<T> {
  /** How many items the caller wants. */
  amount: number;
  /** Of the previous page, or "": an upstream cursor, or one that collectPage() made from it. */
  cursor: string;
  /**
   * The item's id, without dots. With it, repeated items are left out, and a list that changes
   * between two pages continues after the last item handed out. Without it, items that Instagram
   * repeats are repeated, as aiograpi-rest did.
   */
  identity?: (item: T) => string;
  fetchPage: (cursor: string) => Promise<UpstreamPage<T>>;
  /** Whether further upstream pages are read until there are `amount` items. */
  fillsPage: boolean;
}

/** A position inside an upstream page. */
interface Position {
  /** How many of the page's items have been handed out or left out. */
  taken: number;
  /** Id of the last item handed out, "" if items have no identity. */
  last: string;
}

/**
 * The cursor of a position: `gw<taken>-<last>.<cursor that fetches the page again>`, without
 * `-<last>` if that is "". Upstream cursors are base64, digits or JSON and never look like this.
 */
const POSITION_CURSOR = /^gw(\d{1,6})(?:-([^.]+))?\.(.*)$/s;
const positionCursor = ({ taken, last }: Position, cursor: string): string =>
  `gw${taken}${last && `-${last}`}.${cursor}`;

// Some cursors hold the ids of a whole page: 300 ids are 8,444 characters.
const MAX_CURSOR_LENGTH = 10_000;
/** The most that positionCursor() adds to an upstream cursor. */
const MAX_POSITION_LENGTH = 100;

// Pages without anything new must not keep a caller waiting for ever.
const MAX_PAGES_WITHOUT_NEWS = 20;
// Nor may a list that never ends.
const MAX_UPSTREAM_PAGES = 1_000;

/**
 * Collects `amount` items from upstream pages. No item is lost or doubled: if an upstream page
 * holds more than was asked for, the next cursor leads inside that page. Throws InvalidInput for a
 * cursor that was never handed out.
 */
export async function collectPage<T>(request: PageRequest<T>): Promise<Page<T>> {
  const { amount, identity = () => "" } = request;
  let { cursor, position } = parseCursor(request.cursor);
  const items: T[] = [];
  const seen = new Set<string>();
  const asked = new Set<string>();
  let last = "";
  let withoutNews = 0;
  while (asked.size < MAX_UPSTREAM_PAGES && withoutNews < MAX_PAGES_WITHOUT_NEWS) {
    asked.add(cursor);
    const page = await request.fetchPage(cursor);
    const start = position ? startAfter(position, page.items, identity) : 0;
    const before = items.length;
    for (const [index, item] of page.items.entries()) {
      if (index >= start && items.length >= amount)
        return { items, next_cursor: positionCursor({ taken: index, last }, cursor) };
      if (item === null) continue;
      const id = identity(item);
      if (id !== "" && seen.has(id)) continue;
      seen.add(id);
      if (index < start) continue;
      items.push(item);
      last = id;
    }
    withoutNews = items.length === before ? withoutNews + 1 : 0;
    position = null;
    // A repeated cursor would lead in a circle.
    if (!page.next || asked.has(page.next)) return { items, next_cursor: "" };
    if (page.next.length > MAX_CURSOR_LENGTH - MAX_POSITION_LENGTH)
      throw outOfBounds(`a cursor of ${page.next.length} characters`);
    cursor = page.next;
    if (!request.fillsPage || page.isLast || items.length >= amount) break;
  }
  return { items, next_cursor: cursor };
}

/**
 * Index of the first item after a position, in a page that was fetched again. The list may have
 * changed and moved the items, so the last item handed out is searched for. If that one is gone,
 * the next item has moved up to its index.
 */
function startAfter<T>(
  { taken, last }: Position,
  items: UpstreamPage<T>["items"],
  identity: (item: T) => string,
): number {
  if (last === "") return taken;
  const at = items.findIndex((item) => item !== null && identity(item) === last);
  return at < 0 ? taken - 1 : at + 1;
}

/**
 * Collects `amount` items (Infinity: all) for an operation that hands out no cursor. Upstream pages
 * are read until there are enough items, or nothing new. Throws UpstreamUnreachable (UpstreamError)
 * for a list that does not end, as a part of it would look like the whole.
 */
export async function collectList<T>(
  request: Omit<PageRequest<T>, "cursor" | "fillsPage">,
): Promise<T[]> {
  let pages = 0;
  const fetchPage: PageRequest<T>["fetchPage"] = (cursor) => {
    pages++;
    return request.fetchPage(cursor);
  };
  const { items } = await collectPage({ ...request, fetchPage, cursor: "", fillsPage: true });
  if (pages >= MAX_UPSTREAM_PAGES && items.length < request.amount)
    throw outOfBounds(`a list that goes on after ${pages} pages: ask for fewer items`);
  return items;
}

const outOfBounds = (what: string): UpstreamUnreachable =>
  new UpstreamUnreachable("UpstreamError", `Instagram answered with ${what}`, {
    status: 200,
  });

/** How much of a list is read: `amount` items (Infinity: all), or fewer because of `until`. */
export interface ListInput {
  amount: number;
  /** Id of an item that the caller has already: the list ends before it. "" for none. */
  until: string;
}

/**
 * Like collectList(), but the list may end before an item. Items that Instagram repeats are
 * repeated.
 */
export function collectUntil<T>(
  { amount, until }: ListInput,
  identity: (item: T) => string,
  fetchPage: PageRequest<T>["fetchPage"],
): Promise<T[]> {
  return collectList<T>({
    amount,
    fetchPage: async (cursor) => {
      const page = await fetchPage(cursor);
      const end = page.items.findIndex((item) => item !== null && identity(item) === until);
      return end < 0 ? page : { items: page.items.slice(0, end), next: null };
    },
  });
}

/**
 * Reads the items of an upstream list; [] if it is not a list. Of a list that is longer than any
 * page only the first items are read: an answer of 32 MB could hold millions.
 */
export function listOf<T, Other = never>(
  raw: JsonOf<Other> | undefined,
  read: (item: JsonOf<Other>) => T,
): T[] {
  return Array.isArray(raw) ? withinBounds(raw).map(read) : [];
}

/** A cursor as text. Instagram sends texts, numbers and 64-bit numbers. "" if there is none. */
export function cursorOf(raw: VerbatimJson | undefined): string {
  return typeof raw === "string" || typeof raw === "number" || typeof raw === "bigint"
    ? String(raw)
    : "";
}

/** The cursor of pages of posts and of collections, which comes under either of two names. */
export const nextMaxId = (body: JsonObject): string =>
  cursorOf(body.next_max_id) || cursorOf(body.max_id);

function parseCursor(text: string): { cursor: string; position: Position | null } {
  if (text.length > MAX_CURSOR_LENGTH)
    throw new InvalidInput("cursor", "is too long to be one that was handed out");
  const [, taken, last = "", cursor = ""] = POSITION_CURSOR.exec(text) ?? [];
  return taken === undefined
    ? { cursor: text, position: null }
    : { cursor, position: { taken: Number(taken), last } };
}
