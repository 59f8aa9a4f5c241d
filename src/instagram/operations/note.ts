import type { Client } from "../client.ts";
import { type Note, readNote } from "../models/note.ts";
import { readList } from "../models/read-nested.ts";
import { path } from "../signing.ts";
import { sendJson } from "../transport.ts";

/** The notes that the account sees above its inbox: `GET notes/get_notes/`. */
export async function getNotes(client: Client): Promise<Note[]> {
  const operation = "getNotes";
  const body = await sendJson(client, { operation, method: "GET", path: path`notes/get_notes/` });
  return readList(body.items, readNote, client.drift, operation, "items");
}
