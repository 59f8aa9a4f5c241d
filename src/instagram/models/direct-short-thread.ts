import { type Static, Type } from "@sinclair/typebox";
import { type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { type Raw, readBoolean, readId, readIdentity, readText } from "./read.ts";
import { readList } from "./read-nested.ts";
import { UserShort } from "./user-short.ts";

/** A thread as a found message comes with it. */
export const DirectShortThreadSchema = Type.Object(
  {
    id: Type.String(),
    users: Type.Array(UserShort.schema),
    named: Type.Boolean(),
    thread_title: Type.String(),
    pending: Type.Boolean(),
    thread_type: Type.String(),
    viewer_id: Type.String(),
    is_group: Type.Boolean(),
  },
  { title: "DirectShortThread" },
);
export type DirectShortThread = Static<typeof DirectShortThreadSchema>;

/** `thread` of a found message. */
export type RawDirectShortThread = Raw<Exclude<keyof DirectShortThread, "id"> | "thread_id">;

/** Null when the thread has no id. */
export function readDirectShortThread(
  value: Json | undefined,
  drift: DriftReporter,
): DirectShortThread | null {
  const raw: RawDirectShortThread = objectOr(value);
  const model = "DirectShortThread";
  const id = readIdentity(raw.thread_id, undefined, undefined, drift, model, "id");
  if (id === null) return null;
  return {
    id,
    users: readList(raw.users, UserShort.read, drift, model, "users"),
    named: readBoolean(raw.named, drift, model, "named"),
    thread_title: readText(raw.thread_title, drift, model, "thread_title"),
    pending: readBoolean(raw.pending, drift, model, "pending"),
    thread_type: readText(raw.thread_type, drift, model, "thread_type"),
    viewer_id: readId(raw.viewer_id, drift, model, "viewer_id"),
    is_group: readBoolean(raw.is_group, drift, model, "is_group"),
  };
}
