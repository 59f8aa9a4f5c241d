import { InvalidInput } from "../problems/problem.ts";
import { UpstreamUnreachable } from "./errors.ts";
import type { Json, JsonObject } from "./json.ts";
import { withinBounds } from "./models/lists.ts";

/** A page to fetch: how many items (1..200) and the cursor of the page before, or "". */
export interface PageInput {
  amount: number;
  cursor: string;
}

/** A page as the contract has it: `next_cursor` is empty after the last one. */
export interface Page<T> {
  items: T[];
  next_cursor: string;
}

/** One upstream page: all its items in order (null where a model left one out) and what follows. */
export interface UpstreamPage<T> {
  items: readonly (T | null)[];
  /** Cursor of the following page, "" or null after the last. */
  next: string | null;
  /** The upstream calls it the last, whether it names a cursor or not: a caller may try that one. */
  isLast?: boolean;
}

export interface PageRequest<T> {
  /** How many items the caller wants. */
  amount: number;
  /** Of the page before, or "": an upstream cursor, or one that collectPage() made from it. */
  cursor: string;
  /**
   * The item's id, without dots: an item that came already is left out, and a list that changes
   * between two pages is continued after the item that came last. Without it what the upstream
   * repeats is repeated, as the Python service did.
   */
  identity?: (item: T) => string;
  fetchPage: (cursor: string) => Promise<UpstreamPage<T>>;
  /** False where one upstream request makes one page, full or not. */
  fillsPage: boolean;
}

/** A place in the middle of an upstream page. */
interface Place {
  /** How many of the page's items have been handed out or left out. */
  taken: number;
  /** Id of the last one handed out, "" where items have no identity. */
  last: string;
}

/**
 * The cursor of a place: `gw<taken>-<last>.<cursor that fetches the page again>`, the last id only
 * where there is one. Upstream cursors are base64, digits or JSON and never look like this.
 */
const INSIDE_PAGE = /^gw(\d{1,6})(?:-([^.]+))?\.(.*)$/s;
const insidePage = ({ taken, last }: Place, cursor: string): string =>
  `gw${taken}${last && `-${last}`}.${cursor}`;

// Composite ones hold ids of a whole page: 300 of them are 8,444 characters.
const MAX_CURSOR_LENGTH = 10_000;
/** The most that the gateway adds to an upstream cursor. */
const MAX_PLACE_LENGTH = 100;

// An upstream that hands out pages with nothing new must not keep a caller waiting for ever.
const MAX_IDLE_PAGES = 20;
// Nor one that never ends, where everything is wanted.
const MAX_UPSTREAM_PAGES = 1_000;

/**
 * Collects `amount` items from upstream pages. No item is lost or doubled: where an upstream page
 * holds more than is wanted, the cursor continues inside it.
 * Throws InvalidInput for a cursor that was never handed out.
 */
export async function collectPage<T>(request: PageRequest<T>): Promise<Page<T>> {
  const { amount, identity = () => "" } = request;
  let { cursor, place } = parseCursor(request.cursor);
  const items: T[] = [];
  const seen = new Set<string>();
  const asked = new Set<string>();
  let last = "";
  for (let idle = 0; asked.size < MAX_UPSTREAM_PAGES && idle < MAX_IDLE_PAGES; ) {
    asked.add(cursor);
    const page = await request.fetchPage(cursor);
    const start = place ? startAfter(place, page.items, identity) : 0;
    const before = items.length;
    for (const [index, item] of page.items.entries()) {
      if (index >= start && items.length >= amount)
        return { items, next_cursor: insidePage({ taken: index, last }, cursor) };
      if (item === null) continue;
      const id = identity(item);
      if (id !== "" && seen.has(id)) continue;
      seen.add(id);
      if (index < start) continue;
      items.push(item);
      last = id;
    }
    idle = items.length === before ? idle + 1 : 0;
    place = null;
    // A cursor that came before would lead round in a circle.
    if (!page.next || asked.has(page.next)) return { items, next_cursor: "" };
    if (page.next.length > MAX_CURSOR_LENGTH - MAX_PLACE_LENGTH)
      throw outOfBounds(`a cursor of ${page.next.length} characters`);
    cursor = page.next;
    if (!request.fillsPage || page.isLast || items.length >= amount) break;
  }
  return { items, next_cursor: cursor };
}

/**
 * Index of the first item behind a place in a page that was fetched again. What came to the list or
 * left it since has moved the items, so the last one is looked for; where it is gone itself, the
 * next one has moved up into its place.
 */
function startAfter<T>(
  { taken, last }: Place,
  items: UpstreamPage<T>["items"],
  identity: (item: T) => string,
): number {
  if (last === "") return taken;
  const at = items.findIndex((item) => item !== null && identity(item) === last);
  return at < 0 ? taken - 1 : at + 1;
}

/**
 * Collects `amount` items (Infinity: all) of a list whose operation hands out no cursor. The upstream
 * is read on until there are enough, or until it has nothing new. Throws UpstreamUnreachable
 * (UpstreamError) for a list that does not end: a part of it would be taken for the whole.
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

/** How far a list is read: up to `amount` items (Infinity: all), or up to one of them. */
export interface ListInput {
  amount: number;
  /** Id of the item that the list ends before, "" for none: what a caller has seen already. */
  until: string;
}

/** Like collectList(), of a list that may end before an item; what the upstream repeats is repeated. */
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
 * The items of an upstream list, each read in its place; none where it is no list. Of one that is
 * longer than any page only the first items: a page of 32 MB holds millions.
 */
export function listOf<T>(raw: Json | undefined, read: (item: Json) => T): T[] {
  return Array.isArray(raw) ? withinBounds(raw).map(read) : [];
}

/** Cursors come as text, as numbers, and as 64-bit numbers; "" where there is none. */
export function cursorOf(raw: Json | undefined): string {
  return typeof raw === "string" || typeof raw === "number" || typeof raw === "bigint"
    ? String(raw)
    : "";
}

/** Where pages of posts and collections say what follows: under the one name or the other. */
export const nextMaxId = (body: JsonObject): string =>
  cursorOf(body.next_max_id) || cursorOf(body.max_id);

function parseCursor(text: string): { cursor: string; place: Place | null } {
  if (text.length > MAX_CURSOR_LENGTH)
    throw new InvalidInput("cursor", "is too long to be one that was handed out");
  const [, taken, last = "", cursor = ""] = INSIDE_PAGE.exec(text) ?? [];
  return taken === undefined
    ? { cursor: text, place: null }
    : { cursor, place: { taken: Number(taken), last } };
}
