import { type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { boolean, date, identity, integer, object, text } from "./fields.ts";
import { type Infer, model } from "./model.ts";
import { UserShort } from "./user-short.ts";
import { toIdentity } from "./values.ts";

/**
 * A note above the inbox, gone at `expires_at`. `audience` is 0 for followers that the author
 * follows back, 1 for close friends.
 */
export const Note = model(
  "Note",
  {
    id: identity("id"),
    text: text(),
    user_id: text({ missing: "", from: ({ user_id }) => toIdentity(user_id) }),
    user: object({ ...UserShort, read: readAuthor }, { from: (note) => note }),
    audience: integer(),
    created_at: date(),
    expires_at: date(),
    is_emoji_only: boolean(),
    has_translation: boolean(),
    note_style: integer(),
  },
  {
    finish(note) {
      note.user_id ||= note.user.pk;
    },
  },
);
export type Note = Infer<typeof Note>;

/** `user`; where that is unreadable, `user_id` still tells whose note it is. */
function readAuthor(note: Json | undefined, drift: DriftReporter): UserShort | null {
  const { user, user_id: pk = null } = objectOr(note);
  return UserShort.read(user, drift) ?? UserShort.read({ pk }, drift);
}
