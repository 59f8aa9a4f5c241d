import { isJsonObject, type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { identity, integer, kind, number, object, optional, uri } from "./fields.ts";
import { type Infer, model } from "./model.ts";
import { UserShort } from "./user-short.ts";
import { toIdentity } from "./values.ts";

/** One photo or video of an album: an item of `carousel_media`. */
export const Resource = model("Resource", {
  pk: identity("pk", ({ id }) => pkInMediaId(id)),
  video_url: optional(uri(), { from: ({ video_versions }) => largestUrl(video_versions) }),
  thumbnail_url: optional(uri(), {
    from: ({ image_versions2 }) => largestImageUrl(image_versions2),
  }),
  media_type: integer(),
});

/** A user tagged in a photo, at `position: [x, y]`; x and y are parts of its width and height. */
export const Usertag = model("Usertag", {
  user: object(UserShort),
  x: number({ from: ({ position, x }) => (Array.isArray(position) ? position[0] : x) }),
  y: number({ from: ({ position, y }) => (Array.isArray(position) ? position[1] : y) }),
});
export type Usertag = Infer<typeof Usertag>;

/** `user` of a media; where that is unreadable, the media's id still tells the owner's pk. */
export const owner = () =>
  kind<UserShort>(UserShort.schema, readOwner, unknownUser(""), { from: (media) => media });

function readOwner(media: Json, drift: DriftReporter): UserShort {
  const { user, id } = objectOr(media);
  return UserShort.read(user, drift) ?? unknownUser(toIdentity(ownerInMediaId(id)) ?? "");
}

const unknownUser = (pk: string): UserShort => ({
  pk,
  username: null,
  full_name: "",
  profile_pic_url: null,
  profile_pic_url_hd: null,
  is_private: null,
  stories: [],
});

/** The pk in a media id `<pk>_<owner pk>`. */
export function pkInMediaId(id: Json | undefined): string | undefined {
  return typeof id === "string" ? id.split("_", 1)[0] : undefined;
}

/** The owner's pk in a media id `<pk>_<owner pk>`. */
function ownerInMediaId(id: Json | undefined): string | undefined {
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
