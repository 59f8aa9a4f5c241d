import { Type } from "@sinclair/typebox";
import { isJsonObject, type Json } from "../json.ts";
import { DirectMessage } from "./direct-message.ts";
import { LastSeenInfo } from "./direct-parts.ts";
import { microseconds } from "./direct-time.ts";
import type { DriftReporter } from "./drift.ts";
import {
  boolean,
  defaulted,
  id,
  identity,
  integer,
  kind,
  list,
  object,
  optional,
  text,
} from "./fields.ts";
import { type Infer, model } from "./model.ts";
import { UserShort } from "./user-short.ts";
import { toText } from "./values.ts";

/**
 * A conversation with its newest messages, newest first. `pk` is the upstream's `thread_v2_id`, `id`
 * its `thread_id` of up to 128 bits; operations take `id`. `last_seen_at` has users' pks as keys.
 */
export const DirectThread = model(
  "DirectThread",
  {
    pk: text({ from: "thread_v2_id" }),
    id: identity("thread_id"),
    messages: list(DirectMessage, { from: "items" }),
    users: list(UserShort),
    inviter: optional(object(UserShort)),
    left_users: defaulted(list(UserShort), []),
    // Ids come as numbers, and go out as text as all ids do.
    admin_user_ids: list(kind<Json>(Type.Unknown(), (admin) => toText(admin) ?? admin, null)),
    last_activity_at: microseconds(),
    muted: boolean(),
    is_pin: optional(boolean()),
    named: boolean(),
    canonical: boolean(),
    pending: boolean(),
    archived: boolean(),
    thread_type: text(),
    thread_title: text(),
    folder: integer(),
    vc_muted: boolean(),
    is_group: boolean(),
    mentions_muted: boolean(),
    approval_required_for_new_members: boolean(),
    input_mode: integer(),
    business_thread_folder: optional(integer()),
    read_state: optional(integer()),
    is_close_friend_thread: defaulted(boolean(), false),
    assigned_admin_id: optional(id()),
    shh_mode_enabled: optional(boolean()),
    last_seen_at: defaulted(
      kind(Type.Record(Type.String(), LastSeenInfo.schema), readLastSeen, {}),
      {},
    ),
  },
  {
    finish({ id, messages }) {
      for (const message of messages) message.thread_id = id;
    },
  },
);
export type DirectThread = Infer<typeof DirectThread>;

/** One page of threads; `next_cursor` is empty on the last one. Read from any of the inboxes. */
export const DirectThreadPage = model("DirectThreadPage", {
  items: list(DirectThread, { from: "threads" }),
  next_cursor: text({ missing: "", from: "oldest_cursor" }),
});
export type DirectThreadPage = Infer<typeof DirectThreadPage>;

function readLastSeen(
  byUser: Json,
  drift: DriftReporter,
  model: string,
  field: string,
): Record<string, LastSeenInfo> | undefined {
  if (!isJsonObject(byUser)) return undefined;
  const entries = Object.entries(byUser).flatMap(([user, seen]) => {
    if (isJsonObject(seen)) return [[user, LastSeenInfo.read(seen, drift)] as const];
    drift(model, field);
    return [];
  });
  return Object.fromEntries(entries);
}
