import { createHash } from "node:crypto";
import type { Client } from "../instagram/client.ts";
import { resolveUserPk, type UserRef } from "../instagram/operations/user.ts";
import type { Page, PageInput } from "../instagram/paging.ts";
import { InvalidInput } from "../problems/problem.ts";

/*
 * The cursors that callers get: `gwc<check>.<pk>.<name>.<cursor>`. `check` is a hash of the list
 * and of the other parts, so a damaged cursor, or one of another list, is recognised without asking
 * Instagram. `pk` and `name` belong to the user whose list it is: a username is then looked up only
 * for the first page. `cursor` is Instagram's cursor, or a position in one of its pages.
 */

/** A list: the operation that reads it, and what it belongs to, such as a hashtag, post or view. */
interface List {
  operation: string;
  of: string;
}

/** `of` for a list of the session's own account, with a name for the view of it. */
export const ownView = (client: Client, view = ""): string =>
  `${client.state.userId ?? ""} ${view}`;

interface Sealed {
  pk: string;
  /** Hash of the username that was sent; "" if the list was requested by pk. */
  name: string;
  cursor: string;
}

const SEALED = /^gwc([0-9a-f]{10})\.(\d{0,20})\.([0-9a-f]{0,10})\.(.+)$/s;

/**
 * Forms of Instagram's own cursors, which clients of other services still hold: base64 of bytes
 * that begin with 0x41 (`QVFC…`), numbers, `<pk>_<pk>`, `<number>|QVFC…`, JSON objects, and base64
 * of a JSON list in which aiograpi-rest keeps several of them. A blank is a + that was not
 * URL-encoded.
 */
const INSTAGRAM_CURSORS = [
  /^(?:\d+\|)?QV[\w+/= -]*$/,
  /^W[w-z0-9+/ ][\w+/= -]*$/,
  /^\{[\x20-\x7e]*\}$/,
  /^M(?:AX|IN)CURSOR$/,
];
const NUMBERS = /^(?:\d+[_|])?\d+$/;
/** Two ids of 128 bits. */
const MAX_NUMBERS_LENGTH = 79;
const MAX_LENGTH = 10_000;

/**
 * Reads one page of the operation's list of `of`. Throws InvalidInput for a cursor of another list.
 */
export async function onePage<T>(
  { operation }: Client,
  of: string,
  { amount, cursor }: PageInput,
  read: (page: PageInput) => Promise<Page<T>>,
): Promise<Page<T>> {
  const list = { operation, of };
  const { items, next_cursor } = await read({ amount, cursor: openCursor(list, cursor) });
  return { items, next_cursor: sealCursor(list, next_cursor) };
}

/**
 * Turns an operation that reads a page of a user's list by pk and Instagram's cursor into one that
 * takes a user by pk or username and our cursors.
 */
export const onePageOfUser =
  <T>(read: (client: Client, userId: string, page: PageInput) => Promise<Page<T>>) =>
  async (client: Client, user: UserRef, { amount, cursor: given }: PageInput): Promise<Page<T>> => {
    const list = { operation: client.operation, of: "" };
    const name = "pk" in user ? "" : digest(user.username);
    const { cursor, ...before } = unsealed(list, given);
    // After a first page by pk, a username must be looked up to see whether it is the same user.
    const isKnown = before.pk !== "" && (before.name === name || "pk" in user);
    if (before.pk !== "" && !isKnown && before.name !== "") throw foreign("cursor");
    const userId = isKnown && "username" in user ? before.pk : await resolveUserPk(client, user);
    if (before.pk !== "" && before.pk !== userId) throw foreign("cursor");
    const { items, next_cursor } = await read(client, userId, { amount, cursor });
    return { items, next_cursor: seal(list, { pk: userId, name, cursor: next_cursor }) };
  };

/** Instagram's cursor inside one of ours; "" for the first page. Throws InvalidInput. */
export const openCursor = (list: List, cursor: string, field = "cursor"): string =>
  unsealed(list, cursor, field).cursor;

/** Our cursor around one of Instagram's; "" after the last page. */
export const sealCursor = (list: List, cursor: string): string =>
  seal(list, { pk: "", name: "", cursor });

function seal(list: List, parts: Sealed): string {
  const { pk, name, cursor } = parts;
  return cursor === "" ? "" : `gwc${checkOf(list, parts)}.${pk}.${name}.${cursor}`;
}

function unsealed(list: List, text: string, field = "cursor"): Sealed {
  if (!text.startsWith("gw")) {
    if (text !== "" && !isOfInstagram(text)) throw foreign(field);
    return { pk: "", name: "", cursor: text };
  }
  // In a query that was not URL-encoded, each + becomes a blank.
  const found = parsed(list, text) ?? parsed(list, text.replaceAll(" ", "+"));
  if (found === null) throw foreign(field);
  return found;
}

function parsed(list: List, text: string): Sealed | null {
  const [, check, pk = "", name = "", cursor = ""] = SEALED.exec(text) ?? [];
  const parts = { pk, name, cursor };
  return check !== undefined && check === checkOf(list, parts) ? parts : null;
}

const isOfInstagram = (text: string): boolean =>
  text.length <= MAX_LENGTH &&
  (INSTAGRAM_CURSORS.some((form) => form.test(text)) ||
    (text.length <= MAX_NUMBERS_LENGTH && NUMBERS.test(text)));

const checkOf = ({ operation, of }: List, { pk, name, cursor }: Sealed): string =>
  digest(JSON.stringify([operation, of, pk, name, cursor]));

const digest = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 10);

const foreign = (field: string): InvalidInput =>
  new InvalidInput(field, "must be the cursor of a page of this list, unchanged");
