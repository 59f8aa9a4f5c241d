import { type Static, Type } from "@sinclair/typebox";
import { type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { type Raw, readBoolean, readDate, readIdentity, readInteger, readText } from "./read.ts";
import { DateTime } from "./schema.ts";
import { UserShort } from "./user-short.ts";

/**
 * A note above the inbox, gone at `expires_at`. `audience` is 0 for followers that the author
 * follows back, 1 for close friends.
 */
export const NoteSchema = Type.Object(
  {
    id: Type.String(),
    text: Type.String(),
    user_id: Type.String(),
    user: UserShort.schema,
    audience: Type.Integer(),
    created_at: DateTime(),
    expires_at: DateTime(),
    is_emoji_only: Type.Boolean(),
    has_translation: Type.Boolean(),
    note_style: Type.Integer(),
  },
  { title: "Note" },
);
export type Note = Static<typeof NoteSchema>;

/** An item of `notes/get_notes/`, or the answer of `notes/create_note`. */
export type RawNote = Raw<keyof Note>;

/** Null when the note has no id, or nothing tells whose it is. */
export function readNote(value: Json | undefined, drift: DriftReporter): Note | null {
  const raw: RawNote = objectOr(value);
  const id = readIdentity(raw.id, undefined, undefined, drift, "Note", "id");
  const user =
    UserShort.read(raw.user, drift) ?? UserShort.read({ pk: raw.user_id ?? null }, drift);
  if (id === null || user === null) return null;
  return {
    id,
    text: readText(raw.text, drift, "Note", "text"),
    user_id: readIdentity(raw.user_id, user.pk, undefined, drift, "Note", "user_id") ?? user.pk,
    user,
    audience: readInteger(raw.audience, drift, "Note", "audience"),
    created_at: readDate(raw.created_at, drift, "Note", "created_at"),
    expires_at: readDate(raw.expires_at, drift, "Note", "expires_at"),
    is_emoji_only: readBoolean(raw.is_emoji_only, drift, "Note", "is_emoji_only"),
    has_translation: readBoolean(raw.has_translation, drift, "Note", "has_translation"),
    note_style: readInteger(raw.note_style, drift, "Note", "note_style"),
  };
}
