import { Type } from "@sinclair/typebox";
import { type Operation, operations, withSession } from "../http/route.ts";
import { Note } from "../instagram/models/note.ts";
import { getNotes } from "../instagram/operations/note.ts";

const { get } = operations("Note");

/** `/notes`: the notes above the inbox. */
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
];
