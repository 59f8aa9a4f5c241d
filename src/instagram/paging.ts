import { InvalidInput } from "./errors.ts";
import type { Json } from "./json.ts";

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
   * The item's id; an item that came already is left out. Without it what the upstream repeats is
   * repeated, as the Python service did.
   */
  identity?: (item: T) => string;
  fetchPage: (cursor: string) => Promise<UpstreamPage<T>>;
  /** False where one upstream request makes one page, full or not. */
  readsOn: boolean;
}

/**
 * A cursor into the middle of an upstream page: how many of its items have been handed out, and
 * the cursor that fetches it again. Upstream cursors are base64 or digits and never look like this.
 */
const INSIDE_PAGE = /^gw(\d{1,6})\.(.*)$/s;
const insidePage = (taken: number, cursor: string): string => `gw${taken}.${cursor}`;

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
  let { cursor, skip } = parseCursor(request.cursor);
  const items: T[] = [];
  const seen = new Set<string>();
  for (let pages = 0, idle = 0; pages < MAX_UPSTREAM_PAGES && idle < MAX_IDLE_PAGES; pages++) {
    const page = await request.fetchPage(cursor);
    const before = items.length;
    for (let index = skip; index < page.items.length; index++) {
      if (items.length >= request.amount) return { items, next_cursor: insidePage(index, cursor) };
      const item = page.items[index];
      if (item === null || item === undefined) continue;
      const id = request.identity?.(item);
      if (id !== undefined && seen.has(id)) continue;
      if (id !== undefined) seen.add(id);
      items.push(item);
    }
    idle = items.length === before ? idle + 1 : 0;
    skip = 0;
    if (!page.next) return { items, next_cursor: "" };
    // The upstream's own cursor twice in a row would be an endless loop.
    if (page.next === cursor) return { items, next_cursor: "" };
    cursor = page.next;
    if (!request.readsOn || page.isLast || items.length >= request.amount) break;
  }
  return { items, next_cursor: cursor };
}

/**
 * Collects `amount` items (Infinity: all) of a list whose operation hands out no cursor. The upstream
 * is read on until there are enough.
 */
export async function collectList<T>(
  request: Omit<PageRequest<T>, "cursor" | "readsOn">,
): Promise<T[]> {
  return (await collectPage({ ...request, cursor: "", readsOn: true })).items;
}

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

/** The items of an upstream list, each read in its place; none where it is no list. */
export function listOf<T>(raw: Json | undefined, read: (item: Json) => T): T[] {
  return Array.isArray(raw) ? raw.map(read) : [];
}

/** Cursors come as text, as numbers, and as 64-bit numbers; "" where there is none. */
export function cursorOf(raw: Json | undefined): string {
  return typeof raw === "string" || typeof raw === "number" || typeof raw === "bigint"
    ? String(raw)
    : "";
}

function parseCursor(text: string): { cursor: string; skip: number } {
  const match = INSIDE_PAGE.exec(text);
  if (match) return { skip: Number(match[1]), cursor: match[2] ?? "" };
  if (text.length > 4096)
    throw new InvalidInput("cursor", "is too long to be one that was handed out");
  return { skip: 0, cursor: text };
}
