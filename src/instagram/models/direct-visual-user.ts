import { type Static, Type } from "@sinclair/typebox";
import { type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import {
  type Raw,
  readBooleanOr,
  readIdentity,
  readOptionalId,
  readOptionalInteger,
  readOptionalText,
  readText,
  readTextOr,
} from "./read.ts";
import { readNested } from "./read-nested.ts";
import { Nullable } from "./schema.ts";

const Flag = () => Type.Optional(Type.Boolean({ default: false }));

/** Whether the account can exchange messages with the sender. */
export const FriendshipStatusSchema = Type.Object(
  {
    blocking: Flag(),
    is_messaging_only_blocking: Flag(),
    is_messaging_pseudo_blocking: Flag(),
    is_unavailable: Flag(),
  },
  {
    title: "FriendshipStatus",
    description: "Friendship status information for visual media user",
  },
);
export type FriendshipStatus = Static<typeof FriendshipStatusSchema>;

/** `friendship_status` of a visual media's user. */
export type RawFriendshipStatus = Raw<keyof FriendshipStatus>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readFriendshipStatus(
  raw: RawFriendshipStatus,
  drift: DriftReporter,
): FriendshipStatus {
  const flag = (field: keyof FriendshipStatus): boolean =>
    readBooleanOr(raw[field], false, drift, "FriendshipStatus", field);
  return {
    blocking: flag("blocking"),
    is_messaging_only_blocking: flag("is_messaging_only_blocking"),
    is_messaging_pseudo_blocking: flag("is_messaging_pseudo_blocking"),
    is_unavailable: flag("is_unavailable"),
  };
}

/** Who sent a photo or video that can be viewed once. */
export const VisualMediaUserSchema = Type.Object(
  {
    id: Type.String(),
    strong_id__: Type.Optional(Nullable(Type.String())),
    pk: Type.String(),
    pk_id: Type.String(),
    full_name: Type.String(),
    username: Type.String(),
    account_type: Type.Optional(Nullable(Type.Integer())),
    short_name: Type.Optional(Nullable(Type.String())),
    profile_pic_url: Type.String(),
    is_verified: Flag(),
    interop_messaging_user_fbid: Type.Optional(Nullable(Type.String())),
    fbid_v2: Type.Optional(Nullable(Type.String())),
    has_ig_profile: Type.Optional(Type.Boolean({ default: true })),
    interop_user_type: Type.Optional(Nullable(Type.Integer(), { default: 0 })),
    is_using_unified_inbox_for_direct: Flag(),
    is_private: Flag(),
    is_creator_agent_enabled: Flag(),
    is_creator_automated_response_enabled: Flag(),
    friendship_status: Type.Optional(Nullable(FriendshipStatusSchema)),
    is_shared_account: Flag(),
    is_shared_account_with_messaging_access: Flag(),
    ai_agent_banner_type: Type.Optional(Nullable(Type.String())),
    is_eligible_for_ai_bot_group_chats: Flag(),
  },
  {
    title: "VisualMediaUser",
    description: "User information in visual media (enhanced UserShort)",
  },
);
export type VisualMediaUser = Static<typeof VisualMediaUserSchema>;

/** `visual_media.media.user`. */
export type RawVisualMediaUser = Raw<keyof VisualMediaUser>;

/** Null when the user has no pk under any of its names. */
export function readVisualMediaUser(
  value: Json | undefined,
  drift: DriftReporter,
): VisualMediaUser | null {
  const raw: RawVisualMediaUser = objectOr(value);
  const model = "VisualMediaUser";
  const pk = readIdentity(raw.pk, raw.pk_id, raw.id, drift, model, "pk");
  if (pk === null) return null;
  const flag = (field: keyof VisualMediaUser, missing = false): boolean =>
    readBooleanOr(raw[field], missing, drift, model, field);
  const text = (field: keyof VisualMediaUser): string | null =>
    readOptionalText(raw[field], drift, model, field);
  return {
    id: readTextOr(raw.id, pk, drift, model, "id"),
    strong_id__: text("strong_id__"),
    pk,
    pk_id: readTextOr(raw.pk_id, pk, drift, model, "pk_id"),
    full_name: readText(raw.full_name, drift, model, "full_name"),
    username: readText(raw.username, drift, model, "username"),
    account_type: readOptionalInteger(raw.account_type, drift, model, "account_type"),
    short_name: text("short_name"),
    profile_pic_url: readText(raw.profile_pic_url, drift, model, "profile_pic_url"),
    is_verified: flag("is_verified"),
    interop_messaging_user_fbid: readOptionalId(
      raw.interop_messaging_user_fbid,
      drift,
      model,
      "interop_messaging_user_fbid",
    ),
    fbid_v2: readOptionalId(raw.fbid_v2, drift, model, "fbid_v2"),
    has_ig_profile: flag("has_ig_profile", true),
    interop_user_type: readOptionalInteger(
      raw.interop_user_type,
      drift,
      model,
      "interop_user_type",
      0,
    ),
    is_using_unified_inbox_for_direct: flag("is_using_unified_inbox_for_direct"),
    is_private: flag("is_private"),
    is_creator_agent_enabled: flag("is_creator_agent_enabled"),
    is_creator_automated_response_enabled: flag("is_creator_automated_response_enabled"),
    friendship_status: readNested(
      raw.friendship_status,
      readFriendshipStatus,
      drift,
      model,
      "friendship_status",
    ),
    is_shared_account: flag("is_shared_account"),
    is_shared_account_with_messaging_access: flag("is_shared_account_with_messaging_access"),
    ai_agent_banner_type: text("ai_agent_banner_type"),
    is_eligible_for_ai_bot_group_chats: flag("is_eligible_for_ai_bot_group_chats"),
  };
}
