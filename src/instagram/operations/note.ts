import type { Client } from "../client.ts";
import { readList } from "../models/lists.ts";
import { Note } from "../models/note.ts";
import { json } from "../readings.ts";
import { path } from "../signing.ts";
import { send } from "../transport.ts";

/** The notes that the account sees above its inbox: `GET notes/get_notes/`. */
export async function getNotes(client: Client): Promise<Note[]> {
  const body = await send(client, json, {
    effect: "read",
    method: "GET",
    path: path`notes/get_notes/`,
  });
  return readList(body.items, Note.read, client.drift, client.operation, "items");
}
