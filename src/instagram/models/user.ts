import { isJsonObject, type Json, type JsonObject, objectOr } from "../json.ts";
import {
  boolean,
  defaulted,
  filled,
  identity,
  integer,
  list,
  number,
  optional,
  text,
  uri,
  within,
} from "./fields.ts";
import { type Infer, model } from "./model.ts";
import { BioLink, Broadcast } from "./profile-parts.ts";
import { toInteger } from "./values.ts";

/** A user's full profile: `user` of `users/<pk>/info/` and `users/<username>/usernameinfo/`. */
export const User = model("User", {
  pk: identity("pk", "pk_id", "id"),
  username: text(),
  full_name: text(),
  is_private: boolean(),
  profile_pic_url: uri(),
  profile_pic_url_hd: optional(uri(), { from: hdPicture }),
  is_verified: boolean(),
  media_count: integer(),
  follower_count: integer(),
  following_count: integer(),
  biography: optional(text(), { missing: "" }),
  bio_links: defaulted(list(BioLink), []),
  external_url: optional(text(), { from: filled("external_url") }),
  account_type: optional(integer()),
  is_business: boolean(),
  broadcast_channel: defaulted(list(Broadcast), [], {
    from: within("pinned_channels_info", "pinned_channels_list"),
  }),
  public_email: optional(text()),
  contact_phone_number: optional(text()),
  public_phone_country_code: optional(text()),
  public_phone_number: optional(text()),
  business_contact_method: optional(text()),
  business_category_name: optional(text()),
  category_name: optional(text()),
  category: optional(text()),
  address_street: optional(text()),
  city_id: optional(text()),
  city_name: optional(text()),
  latitude: optional(number()),
  longitude: optional(number()),
  zip: optional(text()),
  instagram_location_id: optional(text()),
  interop_messaging_user_fbid: optional(text()),
});
export type User = Infer<typeof User>;

/** The last of the HD versions is the largest; without any, the single HD picture stands in. */
function hdPicture(raw: JsonObject): Json | undefined {
  const versions = raw.hd_profile_pic_versions;
  const picture =
    Array.isArray(versions) && versions.length > 0 ? versions.at(-1) : raw.hd_profile_pic_url_info;
  return isJsonObject(picture) ? picture.url : picture;
}

/**
 * What a profile counts. Instagram tells these of every account to whoever is logged in, so that
 * without one of them an answer is no profile: 0 would be taken for a fact.
 */
const COUNTS = ["media_count", "follower_count", "following_count"] as const;

/** The counts that a profile does not tell. */
export function missingCounts(value: Json | undefined): string[] {
  const raw = objectOr(value);
  return COUNTS.filter((field) => toInteger(raw[field]) === undefined);
}
