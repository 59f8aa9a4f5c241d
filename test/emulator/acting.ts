import { INSTAGRAM_PK } from "../../src/emulator/seed/fixtures.ts";
import { newestFirst } from "../support/pages.ts";
import type { ParsedJson, TestClient } from "./client.ts";

/* Actions of accounts in tests, and reads of their results. */

/** `user_breadcrumb`, which counts the key strokes of a comment; the emulator does not check it. */
const BREADCRUMB = "bm90IGNoZWNrZWQ=";

let tokens = 0;
/** Writes a comment, with a token of its own unless `more` gives one. */
export const comment = (
  client: TestClient,
  media: string,
  comment_text: string,
  more: object = {},
) =>
  client.post(`media/${media}/comment/`, {
    comment_text,
    user_breadcrumb: BREADCRUMB,
    idempotence_token: `token ${++tokens}`,
    ...more,
  });

export const deleteComments = (client: TestClient, media: string, ...pks: string[]) =>
  client.post(`media/${media}/comment/bulk_delete/`, { comment_ids_to_delete: pks.join(",") });

/** The first posts of a user, newest first. */
export const postsOf = async (client: TestClient, pk = INSTAGRAM_PK): Promise<ParsedJson[]> =>
  newestFirst((await client.get(`feed/user/${pk}/`)).json.items);

/** A post as `client` sees it. */
export const info = async (client: TestClient, id: string): Promise<ParsedJson> =>
  (await client.get(`media/${id}/info/`)).json.items[0];

/** The pk in an answer's text: a parsed number would be rounded. */
export const pkIn = (text: string): string => /"pk":(\d+)/.exec(text)?.[1] ?? "";

/** All comments under a post, page after page; `between` is called before each page but the first. */
export async function comments(client: TestClient, id: string, between = async () => {}) {
  const found: { pk: string; text: string }[] = [];
  for (let min_id: string | undefined = ""; min_id !== undefined; ) {
    if (min_id !== "") await between();
    const page = await client.get(`media/${id}/comments/`, min_id === "" ? {} : { min_id });
    for (const [, pk = "", text = ""] of page.text.matchAll(
      /\{"pk":(\d+),"user_id":.*?"text":("(?:[^"\\]|\\.)*")/g,
    ))
      found.push({ pk, text: JSON.parse(text) });
    min_id = page.json.next_min_id;
  }
  return found;
}
