import { type Static, Type } from "@sinclair/typebox";
import { isJsonObject, type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { type Raw, readIdentity, readInteger, readNumber, readOptionalUri } from "./read.ts";
import { Nullable, Uri } from "./schema.ts";
import { UserShort } from "./user-short.ts";

/** One photo or video of an album. */
export const ResourceSchema = Type.Object(
  {
    pk: Type.String(),
    video_url: Type.Optional(Nullable(Uri())),
    thumbnail_url: Type.Optional(Nullable(Uri())),
    media_type: Type.Integer(),
  },
  { title: "Resource" },
);
export type Resource = Static<typeof ResourceSchema>;

/** An item of `carousel_media`. */
export type RawResource = Raw<"pk" | "id" | "video_versions" | "image_versions2" | "media_type">;

/** Null when the item's pk is missing. */
export function readResource(value: Json | undefined, drift: DriftReporter): Resource | null {
  const raw: RawResource = objectOr(value);
  const pk = readIdentity(raw.pk, pkInMediaId(raw.id), undefined, drift, "Resource", "pk");
  if (pk === null) return null;
  const video = largestUrl(raw.video_versions);
  const image = largestImageUrl(raw.image_versions2);
  return {
    pk,
    video_url: readOptionalUri(video, drift, "Resource", "video_url"),
    thumbnail_url: readOptionalUri(image, drift, "Resource", "thumbnail_url"),
    media_type: readInteger(raw.media_type, drift, "Resource", "media_type"),
  };
}

/** A user tagged in a photo; x and y are parts of its width and height. */
export const UsertagSchema = Type.Object(
  { user: UserShort.schema, x: Type.Number(), y: Type.Number() },
  { title: "Usertag" },
);
export type Usertag = Static<typeof UsertagSchema>;

/** An item of `usertags.in`: `position` is `[x, y]`. */
export type RawUsertag = Raw<"user" | "position" | "x" | "y">;

/** Null when the tagged user has no id. */
export function readUsertag(value: Json | undefined, drift: DriftReporter): Usertag | null {
  const raw: RawUsertag = objectOr(value);
  const user = UserShort.read(raw.user, drift);
  if (user === null) return null;
  const [x, y] = Array.isArray(raw.position) ? raw.position : [raw.x, raw.y];
  return {
    user,
    x: readNumber(x, drift, "Usertag", "x"),
    y: readNumber(y, drift, "Usertag", "y"),
  };
}

/** The pk in a media id `<pk>_<owner pk>`. */
export function pkInMediaId(id: Json | undefined): string | undefined {
  return typeof id === "string" ? id.split("_", 1)[0] : undefined;
}

/** The owner's pk in a media id `<pk>_<owner pk>`. */
export function ownerInMediaId(id: Json | undefined): string | undefined {
  return typeof id === "string" ? id.split("_", 2)[1] : undefined;
}

/** `url` of the largest of `image_versions2.candidates`. */
export function largestImageUrl(versions: Json | undefined): Json | undefined {
  return isJsonObject(versions) ? largestUrl(versions.candidates) : undefined;
}

/** `url` of the candidate with the largest area; of several equal ones the last (as recorded). */
export function largestUrl(candidates: Json | undefined): Json | undefined {
  if (!Array.isArray(candidates)) return undefined;
  let largest = -1;
  let url: Json | undefined;
  for (const candidate of candidates) {
    if (!isJsonObject(candidate) || typeof candidate.url !== "string") continue;
    const area = lengthOf(candidate.width) * lengthOf(candidate.height);
    if (area < largest) continue;
    largest = area;
    url = candidate.url;
  }
  return url;
}

const lengthOf = (value: Json | undefined): number => (typeof value === "number" ? value : 0);
