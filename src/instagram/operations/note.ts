import { act, actionAnswer } from "../actions.ts";
import type { Client } from "../client.ts";
import { answerUnusable, notFoundAs } from "../errors.ts";
import { readList } from "../models/lists.ts";
import { Note } from "../models/note.ts";
import { json } from "../readings.ts";
import { path, signed } from "../signing.ts";
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

/** For whom a note is: followers whom the account follows back, or its close friends. */
export type NoteAudience = 0 | 1;

/**
 * Shows a note above the inbox of others for a day, in place of the account's note before:
 * `POST notes/create_note`.
 */
export async function createNote(
  client: Client,
  { text, audience }: { text: string; audience: NoteAudience },
): Promise<Note> {
  const body = await actionAnswer(client, {
    path: path`notes/create_note`,
    body: signed({ note_style: 0, text, _uuid: client.state.ids.uuid, audience }),
  });
  const note = Note.read(body, client.drift);
  if (!note) throw answerUnusable("it names no note");
  return note;
}

/**
 * Deletes the account's own note: `POST notes/delete_note/`. Throws UpstreamRefused: NoteNotFound,
 * and what every operation can throw.
 */
export function deleteNote(client: Client, noteId: string): Promise<boolean> {
  return notFoundAs("NoteNotFound", "Note not found", () =>
    act(client, {
      path: path`notes/delete_note/`,
      // The app sends the id as a number, also beyond 2^53.
      body: signed({ id: BigInt(noteId), _uuid: client.state.ids.uuid }),
    }),
  );
}
