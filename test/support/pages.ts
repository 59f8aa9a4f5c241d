import { expect } from "bun:test";
import type { Answer } from "./service.ts";

/** No list of the sandbox has more pages than this, whatever their size. */
const MOST_PAGES = 1_000;

/**
 * The pages of a list, cursor by cursor, until there is none or the caller stops. Fails at an answer
 * that is no success, at a cursor that stands still, and at a list without an end.
 */
export async function* pagesOf(get: (cursor: string) => Promise<Answer>): AsyncGenerator<Answer> {
  let cursor = "";
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const answer = await get(cursor);
    expect(answer.status, answer.text.slice(0, 300)).toBe(200);
    yield answer;
    const { next_cursor: next } = answer.body;
    if (next === "") return;
    expect(next, "the cursor of the page before").not.toBe(cursor);
    cursor = next;
  }
  throw new Error("the list does not end");
}

/** The items of such a list in their order, up to `most` pages, and how many each page has. */
export async function listOf<Item = any>(
  get: (cursor: string) => Promise<Answer>,
  most = Infinity,
): Promise<{ items: Item[]; sizes: number[] }> {
  const pages: Item[][] = [];
  for await (const { body } of pagesOf(get)) {
    pages.push(body.items);
    if (pages.length >= most) break;
  }
  return { items: pages.flat(), sizes: pages.map(({ length }) => length) };
}

export const pksOf = (items: readonly { pk: string }[]): string[] => items.map(({ pk }) => pk);

/** The part of a cursor that Instagram, or the place in one of its pages, has given. */
export const withinCursor = (cursor: string): string =>
  cursor.replace(/^gwc[0-9a-f]{10}\.\d*\.[0-9a-f]*\./, "");

/** Posts of a profile in the order of their times: the profile itself shows pinned ones first. */
export const newestFirst = <Post extends { taken_at: number | string }>(
  posts: readonly Post[],
): Post[] => posts.toSorted((one, other) => Number(one.taken_at < other.taken_at) * 2 - 1);
