import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { operation } from "../http/operation.ts";
import { NoteSchema } from "../instagram/models/note.ts";
import { getNotes } from "../instagram/operations/note.ts";

const TAG = "Note";

/** `/notes`: the notes above the inbox. */
export const noteRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get("/notes", ({ session, context }) => session.read(context, getNotes), {
      withSession: "read",
      detail: operation(TAG, "session", {
        operationId: "getNotes",
        summary: "List notes",
        description: "The notes that the account sees above its inbox, its own among them.",
        returns: Type.Array(NoteSchema),
      }),
    });
