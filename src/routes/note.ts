import { Type } from "@sinclair/typebox";
import { type Operation, operations, withSession } from "../http/route.ts";
import { numericId } from "../instagram/ids.ts";
import { Note } from "../instagram/models/note.ts";
import { createNote, deleteNote, getNotes } from "../instagram/operations/note.ts";
import { notBlank } from "./parameters.ts";

const { get, post, remove } = operations("Note");

/** `/notes` and `/note`: the notes above the inbox. */
export const noteRoutes: readonly Operation[] = [
  get(
    "/notes",
    {
      operationId: "getNotes",
      summary: "List notes",
      description: "The notes that the account sees above its inbox, its own among them.",
      access: withSession("read"),
      returns: Type.Array(Note.schema),
    },
    ({ session }) => session.read(getNotes),
  ),
  post(
    "/note",
    {
      operationId: "postNote",
      summary: "Create a note",
      description: "Shown for a day, in place of the account's note before.",
      access: withSession("write"),
      body: {
        text: Type.String({
          minLength: 1,
          description: "What the note says. Instagram takes up to 60 characters.",
          examples: ["New reel tonight ✨"],
        }),
        audience: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: 1,
            default: 0,
            description: "0 for followers whom the account follows back, 1 for its close friends.",
          }),
        ),
      },
      returns: Note.schema,
    },
    ({ body, session }) =>
      session.write(createNote, {
        text: notBlank(body.text, "text"),
        audience: body.audience === 1 ? 1 : 0,
      }),
  ),
  remove(
    "/note",
    {
      operationId: "deleteNote",
      summary: "Delete the account's note",
      access: withSession("write"),
      query: {
        note_id: Type.String({
          minLength: 1,
          description: "Id of the note.",
          examples: ["17880000000000001"],
        }),
      },
      returns: Type.Boolean(),
      errors: ["NoteNotFound"],
    },
    ({ query, session }) => session.write(deleteNote, numericId(query.note_id, "note_id")),
  ),
];
