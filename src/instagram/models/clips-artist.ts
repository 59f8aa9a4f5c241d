import { type Static, Type } from "@sinclair/typebox";
import type { DriftReporter } from "./drift.ts";
import { type Raw, readBooleanOr, readId, readOptionalText, readText } from "./read.ts";
import { Nullable } from "./schema.ts";

/** The account that an original sound belongs to. */
export const ClipsIgArtistSchema = Type.Object(
  {
    pk: Type.String(),
    pk_id: Type.String(),
    id: Type.String(),
    username: Type.String(),
    full_name: Type.String(),
    is_private: Type.Optional(Type.Boolean({ default: false })),
    is_verified: Type.Optional(Type.Boolean({ default: false })),
    profile_pic_id: Type.Optional(Nullable(Type.String())),
    profile_pic_url: Type.String(),
    strong_id__: Type.String(),
  },
  { title: "ClipsIgArtist", description: "Instagram artist information for clips original sound" },
);
export type ClipsIgArtist = Static<typeof ClipsIgArtistSchema>;

/** `original_sound_info.ig_artist`. */
export type RawClipsIgArtist = Raw<keyof ClipsIgArtist>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readClipsIgArtist(raw: RawClipsIgArtist, drift: DriftReporter): ClipsIgArtist {
  const model = "ClipsIgArtist";
  return {
    pk: readId(raw.pk, drift, model, "pk"),
    pk_id: readText(raw.pk_id, drift, model, "pk_id"),
    id: readText(raw.id, drift, model, "id"),
    username: readText(raw.username, drift, model, "username"),
    full_name: readText(raw.full_name, drift, model, "full_name"),
    is_private: readBooleanOr(raw.is_private, false, drift, model, "is_private"),
    is_verified: readBooleanOr(raw.is_verified, false, drift, model, "is_verified"),
    profile_pic_id: readOptionalText(raw.profile_pic_id, drift, model, "profile_pic_id"),
    profile_pic_url: readText(raw.profile_pic_url, drift, model, "profile_pic_url"),
    strong_id__: readText(raw.strong_id__, drift, model, "strong_id__"),
  };
}
