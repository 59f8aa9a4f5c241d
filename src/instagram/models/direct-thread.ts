import { type Static, Type } from "@sinclair/typebox";
import { isJsonObject, type Json, type JsonObject, objectOr } from "../json.ts";
import { DirectMessageSchema, readDirectMessage } from "./direct-message.ts";
import { type LastSeenInfo, LastSeenInfoSchema, readLastSeenInfo } from "./direct-parts.ts";
import { readMicroseconds } from "./direct-time.ts";
import type { DriftReporter } from "./drift.ts";
import {
  type Raw,
  readBoolean,
  readBooleanOr,
  readIdentity,
  readInteger,
  readOptionalBoolean,
  readOptionalId,
  readOptionalInteger,
  readText,
  readTextOr,
} from "./read.ts";
import { readList, readNested, readOptionalObject } from "./read-nested.ts";
import { DateTime, Nullable } from "./schema.ts";
import { UserShort } from "./user-short.ts";
import { toText } from "./values.ts";

/**
 * A conversation with its newest messages, newest first. `pk` is the upstream's `thread_v2_id`, `id`
 * its `thread_id` of up to 128 bits; operations take `id`. `last_seen_at` has users' pks as keys.
 */
export const DirectThreadSchema = Type.Object(
  {
    pk: Type.String(),
    id: Type.String(),
    messages: Type.Array(DirectMessageSchema),
    users: Type.Array(UserShort.schema),
    inviter: Type.Optional(Nullable(UserShort.schema)),
    left_users: Type.Optional(Type.Array(UserShort.schema, { default: [] })),
    admin_user_ids: Type.Array(Type.Unknown()),
    last_activity_at: DateTime(),
    muted: Type.Boolean(),
    is_pin: Type.Optional(Nullable(Type.Boolean())),
    named: Type.Boolean(),
    canonical: Type.Boolean(),
    pending: Type.Boolean(),
    archived: Type.Boolean(),
    thread_type: Type.String(),
    thread_title: Type.String(),
    folder: Type.Integer(),
    vc_muted: Type.Boolean(),
    is_group: Type.Boolean(),
    mentions_muted: Type.Boolean(),
    approval_required_for_new_members: Type.Boolean(),
    input_mode: Type.Integer(),
    business_thread_folder: Type.Optional(Nullable(Type.Integer())),
    read_state: Type.Optional(Nullable(Type.Integer())),
    is_close_friend_thread: Type.Optional(Type.Boolean({ default: false })),
    assigned_admin_id: Type.Optional(Nullable(Type.String())),
    shh_mode_enabled: Type.Optional(Nullable(Type.Boolean())),
    last_seen_at: Type.Optional(Type.Record(Type.String(), LastSeenInfoSchema, { default: {} })),
  },
  { title: "DirectThread" },
);
export type DirectThread = Static<typeof DirectThreadSchema>;

/** An item of `inbox.threads`, or `thread` of the answer for one. */
export type RawDirectThread = Raw<
  Exclude<keyof DirectThread, "pk" | "id" | "messages"> | "thread_id" | "thread_v2_id" | "items"
>;

/** Null when the thread has no id, and `askedFor` does not stand for it. */
export function readDirectThread(
  value: Json | undefined,
  drift: DriftReporter,
  askedFor: string | null = null,
): DirectThread | null {
  const raw: RawDirectThread = objectOr(value);
  const model = "DirectThread";
  const id = readIdentity(raw.thread_id, undefined, undefined, drift, model, "id") ?? askedFor;
  if (id === null) return null;
  const flag = (field: keyof RawDirectThread): boolean =>
    readBoolean(raw[field], drift, model, field);
  const message = (item: Json) => readDirectMessage(item, drift, id);
  return {
    pk: readText(raw.thread_v2_id, drift, model, "pk"),
    id,
    messages: readList(raw.items, message, drift, model, "messages"),
    users: readList(raw.users, UserShort.read, drift, model, "users"),
    inviter: readNested(raw.inviter, UserShort.read, drift, model, "inviter"),
    left_users: readList(raw.left_users, UserShort.read, drift, model, "left_users"),
    // Ids come as numbers, and go out as text as all ids do.
    admin_user_ids: readList(
      raw.admin_user_ids,
      (item) => toText(item) ?? item,
      drift,
      model,
      "admin_user_ids",
    ),
    last_activity_at: readMicroseconds(raw.last_activity_at, drift, model, "last_activity_at"),
    muted: flag("muted"),
    is_pin: readOptionalBoolean(raw.is_pin, drift, model, "is_pin"),
    named: flag("named"),
    canonical: flag("canonical"),
    pending: flag("pending"),
    archived: flag("archived"),
    thread_type: readText(raw.thread_type, drift, model, "thread_type"),
    thread_title: readText(raw.thread_title, drift, model, "thread_title"),
    folder: readInteger(raw.folder, drift, model, "folder"),
    vc_muted: flag("vc_muted"),
    is_group: flag("is_group"),
    mentions_muted: flag("mentions_muted"),
    approval_required_for_new_members: flag("approval_required_for_new_members"),
    input_mode: readInteger(raw.input_mode, drift, model, "input_mode"),
    business_thread_folder: readOptionalInteger(
      raw.business_thread_folder,
      drift,
      model,
      "business_thread_folder",
    ),
    read_state: readOptionalInteger(raw.read_state, drift, model, "read_state"),
    is_close_friend_thread: readBooleanOr(
      raw.is_close_friend_thread,
      false,
      drift,
      model,
      "is_close_friend_thread",
    ),
    assigned_admin_id: readOptionalId(raw.assigned_admin_id, drift, model, "assigned_admin_id"),
    shh_mode_enabled: readOptionalBoolean(raw.shh_mode_enabled, drift, model, "shh_mode_enabled"),
    last_seen_at: readLastSeen(raw.last_seen_at, drift),
  };
}

function readLastSeen(value: Json | undefined, drift: DriftReporter): Record<string, LastSeenInfo> {
  const byUser = readOptionalObject(value, drift, "DirectThread", "last_seen_at") ?? {};
  const entries = Object.entries(byUser).flatMap(([user, seen]) => {
    if (isJsonObject(seen)) return [[user, readLastSeenInfo(seen, drift)] as const];
    drift("DirectThread", "last_seen_at");
    return [];
  });
  return Object.fromEntries(entries);
}

/** One page of threads; `next_cursor` is empty on the last one. */
export const DirectThreadPageSchema = Type.Object(
  { items: Type.Array(DirectThreadSchema), next_cursor: Type.String() },
  { title: "DirectThreadPage" },
);
export type DirectThreadPage = Static<typeof DirectThreadPageSchema>;

/** `inbox` of any of the inboxes. */
export function readDirectThreadPage(inbox: JsonObject, drift: DriftReporter): DirectThreadPage {
  return {
    items: readList(inbox.threads, readDirectThread, drift, "DirectThreadPage", "items"),
    next_cursor: readTextOr(inbox.oldest_cursor, "", drift, "DirectThreadPage", "next_cursor"),
  };
}
