import { createHash } from "node:crypto";
import type { Client } from "../instagram/client.ts";
import { resolveUserPk, type UserRef } from "../instagram/operations/user.ts";
import type { Page, PageInput } from "../instagram/paging.ts";
import { InvalidInput } from "../problems/problem.ts";

/*
 * Cursors as callers get them: `gwc<check>.<pk>.<name>.<cursor>`. The check is of the list, of what it
 * is a list of, and of all that follows, so that a cursor that is damaged or of another list is known
 * without asking Instagram. `pk` and `name` are of the user whose list it is: who pages by username
 * has it looked up once. `cursor` is Instagram's, or the place in one of its pages.
 */

/** One list: its operation, and what of: a hashtag, a post, a view. */
interface List {
  operation: string;
  of: string;
}

/** A list of the session's own account, in one view of it. */
export const ownView = (client: Client, view = ""): string =>
  `${client.state.userId ?? ""} ${view}`;

interface Sealed {
  pk: string;
  /** Hash of the username that the list was asked for by, "" where it was asked for by pk. */
  name: string;
  cursor: string;
}

const SEALED = /^gwc([0-9a-f]{10})\.(\d{0,20})\.([0-9a-f]{0,10})\.(.+)$/s;

/**
 * What Instagram's own cursors look like, which clients of other services hold: base64 of bytes that
 * begin with 0x41 (`QVFC…`), numbers, `<pk>_<pk>`, `<number>|QVFC…`, JSON objects, and the base64 of a
 * JSON list in which aiograpi-rest keeps several of them. A blank is a + that was not URL-encoded.
 */
const OF_INSTAGRAM = [
  /^(?:\d+\|)?QV[\w+/= -]*$/,
  /^W[w-z0-9+/ ][\w+/= -]*$/,
  /^\{[\x20-\x7e]*\}$/,
  /^M(?:AX|IN)CURSOR$/,
];
const NUMBERS = /^(?:\d+[_|])?\d+$/;
/** Two ids of 128 bits. */
const MAX_NUMBERS_LENGTH = 79;
const MAX_LENGTH = 10_000;

/** Reads one page of the operation's list of something. Throws InvalidInput for a cursor of another. */
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

/** An operation that reads one page of a user's list, by pk, as one of our own cursors and names. */
export const onePageOfUser =
  <T>(read: (client: Client, userId: string, page: PageInput) => Promise<Page<T>>) =>
  async (client: Client, user: UserRef, { amount, cursor: given }: PageInput): Promise<Page<T>> => {
    const list = { operation: client.operation, of: "" };
    const name = "pk" in user ? "" : digest(user.username);
    const { cursor, ...before } = unsealed(list, given);
    // Of a list that was asked for by pk before, the username says only after a look-up whether it is.
    const isKnown = before.pk !== "" && (before.name === name || "pk" in user);
    if (before.pk !== "" && !isKnown && before.name !== "") throw foreign("cursor");
    const userId = isKnown && "username" in user ? before.pk : await resolveUserPk(client, user);
    if (before.pk !== "" && before.pk !== userId) throw foreign("cursor");
    const { items, next_cursor } = await read(client, userId, { amount, cursor });
    return { items, next_cursor: seal(list, { pk: userId, name, cursor: next_cursor }) };
  };

/** Instagram's cursor in one that was handed out; "" for the first page. Throws InvalidInput. */
export const openCursor = (list: List, cursor: string, field = "cursor"): string =>
  unsealed(list, cursor, field).cursor;

/** A cursor to hand out; "" after the last page. */
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
  // A query that was not URL-encoded turns each + into a blank.
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
  (OF_INSTAGRAM.some((form) => form.test(text)) ||
    (text.length <= MAX_NUMBERS_LENGTH && NUMBERS.test(text)));

const checkOf = ({ operation, of }: List, { pk, name, cursor }: Sealed): string =>
  digest(JSON.stringify([operation, of, pk, name, cursor]));

const digest = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 10);

const foreign = (field: string): InvalidInput =>
  new InvalidInput(field, "must be one of a page of this list, unchanged");
