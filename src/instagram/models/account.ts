import { type Static, Type } from "@sinclair/typebox";
import { type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import {
  type Raw,
  readBoolean,
  readIdentity,
  readOptionalInteger,
  readOptionalText,
  readText,
  readUri,
} from "./read.ts";
import { Nullable, Uri } from "./schema.ts";

/** The account of the session itself, as its owner sees it. */
export const AccountSchema = Type.Object(
  {
    pk: Type.String(),
    username: Type.String(),
    full_name: Type.String(),
    is_private: Type.Boolean(),
    profile_pic_url: Uri(),
    is_verified: Type.Boolean(),
    biography: Type.Optional(Nullable(Type.String(), { default: "" })),
    external_url: Type.Optional(Nullable(Type.String())),
    is_business: Type.Boolean(),
    birthday: Type.Optional(Nullable(Type.String())),
    phone_number: Type.Optional(Nullable(Type.String())),
    gender: Type.Optional(Nullable(Type.Integer())),
    email: Type.Optional(Nullable(Type.String())),
  },
  { title: "Account" },
);
export type Account = Static<typeof AccountSchema>;

/** `user` of `accounts/current_user/`, `accounts/edit_profile/` and `accounts/set_biography/`. */
export type RawAccount = Raw<
  | "pk"
  | "pk_id"
  | "id"
  | "username"
  | "full_name"
  | "is_private"
  | "profile_pic_url"
  | "is_verified"
  | "biography"
  | "external_url"
  | "is_business"
  | "birthday"
  | "phone_number"
  | "gender"
  | "email"
>;

/** Null when the account's pk is missing. An empty `external_url` means none (recorded). */
export function readAccount(value: Json | undefined, drift: DriftReporter): Account | null {
  const raw: RawAccount = objectOr(value);
  const pk = readIdentity(raw.pk, raw.pk_id, raw.id, drift, "Account", "pk");
  if (pk === null) return null;
  return {
    pk,
    username: readText(raw.username, drift, "Account", "username"),
    full_name: readText(raw.full_name, drift, "Account", "full_name"),
    is_private: readBoolean(raw.is_private, drift, "Account", "is_private"),
    profile_pic_url: readUri(raw.profile_pic_url, drift, "Account", "profile_pic_url"),
    is_verified: readBoolean(raw.is_verified, drift, "Account", "is_verified"),
    biography: readOptionalText(raw.biography, drift, "Account", "biography", ""),
    external_url: readOptionalText(raw.external_url, drift, "Account", "external_url") || null,
    is_business: readBoolean(raw.is_business, drift, "Account", "is_business"),
    birthday: readOptionalText(raw.birthday, drift, "Account", "birthday"),
    phone_number: readOptionalText(raw.phone_number, drift, "Account", "phone_number"),
    gender: readOptionalInteger(raw.gender, drift, "Account", "gender"),
    email: readOptionalText(raw.email, drift, "Account", "email"),
  };
}
