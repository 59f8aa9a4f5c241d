import { type Static, Type } from "@sinclair/typebox";
import { isJsonObject, type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { BioLinkSchema, BroadcastSchema, readBioLink, readBroadcast } from "./profile-parts.ts";
import {
  type Raw,
  readBoolean,
  readIdentity,
  readInteger,
  readOptionalInteger,
  readOptionalNumber,
  readOptionalText,
  readOptionalUri,
  readText,
  readUri,
} from "./read.ts";
import { readModels, readOptionalObject } from "./read-nested.ts";
import { Nullable, Uri } from "./schema.ts";
import { toInteger } from "./values.ts";

const OptionalText = () => Type.Optional(Nullable(Type.String()));

/** A user's full profile. */
export const UserSchema = Type.Object(
  {
    pk: Type.String(),
    username: Type.String(),
    full_name: Type.String(),
    is_private: Type.Boolean(),
    profile_pic_url: Uri(),
    profile_pic_url_hd: Type.Optional(Nullable(Uri())),
    is_verified: Type.Boolean(),
    media_count: Type.Integer(),
    follower_count: Type.Integer(),
    following_count: Type.Integer(),
    biography: Type.Optional(Nullable(Type.String(), { default: "" })),
    bio_links: Type.Optional(Type.Array(BioLinkSchema, { default: [] })),
    external_url: OptionalText(),
    account_type: Type.Optional(Nullable(Type.Integer())),
    is_business: Type.Boolean(),
    broadcast_channel: Type.Optional(Type.Array(BroadcastSchema, { default: [] })),
    public_email: OptionalText(),
    contact_phone_number: OptionalText(),
    public_phone_country_code: OptionalText(),
    public_phone_number: OptionalText(),
    business_contact_method: OptionalText(),
    business_category_name: OptionalText(),
    category_name: OptionalText(),
    category: OptionalText(),
    address_street: OptionalText(),
    city_id: OptionalText(),
    city_name: OptionalText(),
    latitude: Type.Optional(Nullable(Type.Number())),
    longitude: Type.Optional(Nullable(Type.Number())),
    zip: OptionalText(),
    instagram_location_id: OptionalText(),
    interop_messaging_user_fbid: OptionalText(),
  },
  { title: "User" },
);
export type User = Static<typeof UserSchema>;

/** `user` of `users/<pk>/info/` and `users/<username>/usernameinfo/`. */
export type RawUser = Raw<
  | Exclude<keyof User, "broadcast_channel" | "profile_pic_url_hd">
  | "pk_id"
  | "id"
  | "hd_profile_pic_versions"
  | "hd_profile_pic_url_info"
  | "pinned_channels_info"
>;

/**
 * What a profile counts. Instagram tells these of every account to whoever is logged in, so that
 * without one of them an answer is no profile: 0 would be taken for a fact.
 */
const COUNTS = ["media_count", "follower_count", "following_count"] as const;

/** The counts that a profile does not tell. */
export function missingCounts(value: Json | undefined): string[] {
  const raw: RawUser = objectOr(value);
  return COUNTS.filter((field) => toInteger(raw[field]) === undefined);
}

/** Null when the user's pk is missing. An empty `external_url` means none (recorded). */
export function readUser(value: Json | undefined, drift: DriftReporter): User | null {
  const raw: RawUser = objectOr(value);
  const pk = readIdentity(raw.pk, raw.pk_id, raw.id, drift, "User", "pk");
  if (pk === null) return null;
  const text = (field: TextField) => readOptionalText(raw[field], drift, "User", field);
  return {
    pk,
    username: readText(raw.username, drift, "User", "username"),
    full_name: readText(raw.full_name, drift, "User", "full_name"),
    is_private: readBoolean(raw.is_private, drift, "User", "is_private"),
    profile_pic_url: readUri(raw.profile_pic_url, drift, "User", "profile_pic_url"),
    profile_pic_url_hd: readOptionalUri(hdPicture(raw), drift, "User", "profile_pic_url_hd"),
    is_verified: readBoolean(raw.is_verified, drift, "User", "is_verified"),
    media_count: readInteger(raw.media_count, drift, "User", "media_count"),
    follower_count: readInteger(raw.follower_count, drift, "User", "follower_count"),
    following_count: readInteger(raw.following_count, drift, "User", "following_count"),
    biography: readOptionalText(raw.biography, drift, "User", "biography", ""),
    bio_links: readModels(raw.bio_links, readBioLink, drift, "User", "bio_links"),
    external_url: text("external_url") || null,
    account_type: readOptionalInteger(raw.account_type, drift, "User", "account_type"),
    is_business: readBoolean(raw.is_business, drift, "User", "is_business"),
    broadcast_channel: readModels(
      pinnedChannels(raw, drift),
      readBroadcast,
      drift,
      "User",
      "broadcast_channel",
    ),
    public_email: text("public_email"),
    contact_phone_number: text("contact_phone_number"),
    public_phone_country_code: text("public_phone_country_code"),
    public_phone_number: text("public_phone_number"),
    business_contact_method: text("business_contact_method"),
    business_category_name: text("business_category_name"),
    category_name: text("category_name"),
    category: text("category"),
    address_street: text("address_street"),
    city_id: text("city_id"),
    city_name: text("city_name"),
    latitude: readOptionalNumber(raw.latitude, drift, "User", "latitude"),
    longitude: readOptionalNumber(raw.longitude, drift, "User", "longitude"),
    zip: text("zip"),
    instagram_location_id: text("instagram_location_id"),
    interop_messaging_user_fbid: text("interop_messaging_user_fbid"),
  };
}

type TextField =
  | "external_url"
  | "public_email"
  | "contact_phone_number"
  | "public_phone_country_code"
  | "public_phone_number"
  | "business_contact_method"
  | "business_category_name"
  | "category_name"
  | "category"
  | "address_street"
  | "city_id"
  | "city_name"
  | "zip"
  | "instagram_location_id"
  | "interop_messaging_user_fbid";

/** The last of the HD versions is the largest; without any, the single HD picture stands in. */
function hdPicture(raw: RawUser): Json | undefined {
  const versions = raw.hd_profile_pic_versions;
  const picture =
    Array.isArray(versions) && versions.length > 0
      ? versions[versions.length - 1]
      : raw.hd_profile_pic_url_info;
  return isJsonObject(picture) ? picture.url : (picture ?? undefined);
}

function pinnedChannels(raw: RawUser, drift: DriftReporter): Json | undefined {
  const info = readOptionalObject(raw.pinned_channels_info, drift, "User", "pinned_channels_info");
  return info?.pinned_channels_list;
}
