import { type Static, Type } from "@sinclair/typebox";
import { type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import {
  type Raw,
  readIdentity,
  readOptionalBoolean,
  readOptionalText,
  readOptionalUri,
} from "./read.ts";
import { readList } from "./read-nested.ts";
import { Nullable, Uri } from "./schema.ts";

/** A user as lists, posts and tags show one. */
export const UserShortSchema = Type.Object(
  {
    pk: Type.String(),
    username: Type.Optional(Nullable(Type.String())),
    full_name: Type.Optional(Nullable(Type.String(), { default: "" })),
    profile_pic_url: Type.Optional(Nullable(Uri())),
    profile_pic_url_hd: Type.Optional(Nullable(Uri())),
    is_private: Type.Optional(Nullable(Type.Boolean())),
    stories: Type.Optional(Type.Array(Type.Unknown())),
  },
  { title: "UserShort" },
);
export type UserShort = Static<typeof UserShortSchema>;

/** A user inside any answer: friend lists, likers, `user` of a media. */
export type RawUserShort = Raw<
  | "id"
  | "pk"
  | "pk_id"
  | "username"
  | "full_name"
  | "profile_pic_url"
  | "profile_pic_url_hd"
  | "is_private"
  | "stories"
>;

/** Null when the user has neither `id` nor `pk`. Where both are given, `id` is the one taken. */
export function readUserShort(value: Json | undefined, drift: DriftReporter): UserShort | null {
  const raw: RawUserShort = objectOr(value);
  const pk = readIdentity(raw.id, raw.pk, raw.pk_id, drift, "UserShort", "pk");
  if (pk === null) return null;
  return {
    pk,
    username: readOptionalText(raw.username, drift, "UserShort", "username"),
    full_name: readOptionalText(raw.full_name, drift, "UserShort", "full_name", ""),
    profile_pic_url: readOptionalUri(raw.profile_pic_url, drift, "UserShort", "profile_pic_url"),
    profile_pic_url_hd: readOptionalUri(
      raw.profile_pic_url_hd,
      drift,
      "UserShort",
      "profile_pic_url_hd",
    ),
    is_private: readOptionalBoolean(raw.is_private, drift, "UserShort", "is_private"),
    stories: readList<Json>(raw.stories, (story) => story, drift, "UserShort", "stories"),
  };
}

/** One page of users; `next_cursor` is empty on the last one. */
export const UserShortPageSchema = Type.Object(
  { items: Type.Array(UserShortSchema), next_cursor: Type.String() },
  { title: "UserShortPage" },
);
