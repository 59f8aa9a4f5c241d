import type { Client } from "../client.ts";
import { type Note, readNote } from "../models/note.ts";
import { listOf } from "../paging.ts";
import { path } from "../signing.ts";
import { sendJson } from "../transport.ts";

/** The notes that the account sees above its inbox: `GET notes/get_notes/`. */
export async function getNotes(client: Client): Promise<Note[]> {
  const body = await sendJson(client, {
    operation: "getNotes",
    method: "GET",
    path: path`notes/get_notes/`,
  });
  return listOf(body.items, (raw) => readNote(raw, client.drift)).filter((note) => note !== null);
}
