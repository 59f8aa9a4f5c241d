import { digits, type JsonObject } from "../answer.ts";
import { fixedOf } from "./fixtures.ts";
import { mix } from "./numbers.ts";
import type { Contacts, Person } from "./people.ts";

/** Host of all pictures and videos; the emulator answers requests for it, too. */
const CDN = "https://scontent.cdninstagram.com";

/** URL of a picture of the given size. The emulator reads the size from the file name. */
export function pictureUrl(name: string, width: number, height: number): string {
  return (
    `${CDN}/v/t51.2885-15/${name}_${width}x${height}_n.jpg` +
    `?stp=dst-jpg_e35_s${width}x${height}&_nc_ht=scontent.cdninstagram.com&_nc_cat=1&oe=7FFFFFFF`
  );
}

/** URL of a video. */
export function videoUrl(name: string, width: number, height: number): string {
  return (
    `${CDN}/o1/v/t16/f1/m86/${name}_${width}x${height}.mp4` +
    "?_nc_ht=scontent.cdninstagram.com&_nc_cat=1&vs=1&oe=7FFFFFFF"
  );
}

/** The name, for pictureUrl() and videoUrl(), of a file that an account has uploaded. */
export const uploadedName = (key: string): string => `up${key}`;

/** The key of the uploaded file in the name of a URL; undefined for the name of a made-up file. */
export const uploadedKey = (name: string): string | undefined =>
  /^up([0-9a-f]{24})_/.exec(name)?.[1];

/** URL of a user's profile picture. */
export function avatarOf({ pk, picture }: Person, side: number): string {
  if (picture === null) return pictureUrl("anonymous", side, side);
  return pictureUrl(
    picture === undefined ? `avatar_${pk}` : uploadedName(picture.file),
    side,
    side,
  );
}

/** The profile picture in the largest sizes. */
export const largePictures = (person: Person): JsonObject => ({
  hd_profile_pic_versions: [320, 640].map((side) => ({
    width: side,
    height: side,
    url: avatarOf(person, side),
  })),
  hd_profile_pic_url_info: { width: 1080, height: 1080, url: avatarOf(person, 1080) },
});

/** A user as in lists, posts and comments. */
export function userShort(person: Person): JsonObject {
  const pk = String(person.pk);
  return {
    pk: person.pk,
    pk_id: pk,
    id: pk,
    strong_id__: pk,
    fbid_v2: digits(17841400000000000n + BigInt(person.slot)),
    username: person.username,
    full_name: person.fullName,
    is_private: person.isPrivate,
    is_verified: person.isVerified,
    // Nobody's picture has no id.
    profile_pic_id:
      person.picture === null ? undefined : `${person.picture?.id ?? FIRST_PICTURE}_${pk}`,
    profile_pic_url: avatarOf(person, 150),
    has_anonymous_profile_picture: person.picture === null,
    account_badges: [],
    latest_reel_media: 0,
    is_favorite: false,
    third_party_downloads_enabled: 0,
  };
}

/** Id of the picture that everybody has at the start. */
const FIRST_PICTURE = 2_842_258_281_230_142_132n;

/** The username that an account that can log in had at the start; later it may have another. */
const firstUsername = (person: Person): string => fixedOf(person).username ?? person.username;

/** The website on a profile, empty where there is none. */
export function websiteOf(person: Person): string {
  if (person.edited?.website !== undefined) return person.edited.website;
  const has = mix(person.slot, 51) % 3 === 0 || person.isVerified;
  return has ? `https://example.com/${firstUsername(person)}` : "";
}

/** How many guides a user has; 0 without posts. */
export function guideCountOf(person: Person): number {
  if (person.postCount === 0) return 0;
  const { guides } = fixedOf(person);
  if (guides !== undefined) return guides;
  const hash = mix(person.slot, 71);
  return hash % 3 === 0 ? 1 + ((hash >>> 4) % 4) : 0;
}

/** The links on a profile: the website, where there is one. */
export function bioLinksOf(person: Person): JsonObject[] {
  const website = websiteOf(person);
  if (website === "") return [];
  return [
    {
      link_id: digits(17900000000000000n + BigInt(person.slot)),
      url: website,
      lynx_url: lynxUrl(website),
      link_type: "external",
      title: "",
      open_external_url_with_in_app_browser: true,
    },
  ];
}

function lynxUrl(url: string): string {
  return `https://l.instagram.com/?u=${encodeURIComponent(url)}&e=AT0`;
}

/** The counts on a profile. */
export interface ProfileCounts {
  readonly followers: number;
  readonly following: number;
  readonly posts: number;
  /** Reels. */
  readonly clips: number;
  /** Videos that are not Reels. */
  readonly videos: number;
  readonly usertags: number;
  readonly highlights: number;
}

/** A user as in `users/{id}/info/`. */
export function userFull(person: Person, counts: ProfileCounts): JsonObject {
  const website = websiteOf(person);
  return {
    ...userShort(person),
    biography: person.biography,
    biography_with_entities: { raw_text: person.biography, entities: [] },
    bio_links: bioLinksOf(person),
    external_url: website,
    external_lynx_url: website === "" ? "" : lynxUrl(website),
    media_count: counts.posts,
    follower_count: counts.followers,
    following_count: counts.following,
    following_tag_count: 0,
    total_igtv_videos: 0,
    total_clips_count: counts.clips,
    usertags_count: counts.usertags,
    has_videos: counts.clips + counts.videos > 0,
    has_highlight_reels: counts.highlights > 0,
    has_guides: guideCountOf(person) > 0,
    has_chaining: true,
    is_business: person.isBusiness,
    account_type: person.isBusiness ? 2 : person.isVerified ? 3 : 1,
    category: person.isBusiness ? "Product/service" : null,
    category_id: person.isBusiness ? 2201 : 0,
    should_show_category: person.isBusiness,
    public_email: person.isBusiness
      ? `hello@${firstUsername(person).replace("_", "-")}.example`
      : "",
    public_phone_number: person.isBusiness ? "3012345678" : "",
    public_phone_country_code: person.isBusiness ? "49" : "",
    contact_phone_number: person.isBusiness ? "+493012345678" : "",
    business_contact_method: person.isBusiness ? "CALL" : "UNKNOWN",
    address_street: person.isBusiness ? "Torstraße 1" : "",
    city_id: person.isBusiness ? 111777152182368 : 0,
    city_name: person.isBusiness ? "Berlin, Germany" : "",
    zip: person.isBusiness ? "10119" : "",
    latitude: person.isBusiness ? 52.5296 : 0,
    longitude: person.isBusiness ? 13.4011 : 0,
    instagram_location_id: person.isBusiness ? "221860204" : "",
    ...largePictures(person),
    interop_messaging_user_fbid: digits(17842000000000000n + BigInt(person.slot)),
    pinned_channels_info: { has_public_channels: false, pinned_channels_list: [] },
    is_favorite_for_stories: false,
    is_favorite_for_igtv: false,
    is_favorite_for_clips: false,
    mutual_followers_count: 0,
    profile_context: "",
    profile_context_links_with_user_ids: [],
    pronouns: [],
    is_potential_business: false,
    is_memorialized: false,
    creator_info: {},
  };
}

/** What a user has entered to be reached by. */
export const contactsOf = (person: Person): Contacts => ({
  website: websiteOf(person),
  email: person.edited?.email ?? `${firstUsername(person)}@example.com`,
  phoneNumber: person.edited?.phoneNumber ?? "+15550100000",
});

/** The viewer's own account as in `accounts/current_user/?edit=true`. */
export function ownAccount(person: Person): JsonObject {
  const { email, phoneNumber } = contactsOf(person);
  return {
    ...userShort(person),
    biography: person.biography,
    biography_with_entities: { raw_text: person.biography, entities: [] },
    external_url: websiteOf(person),
    bio_links: bioLinksOf(person),
    email,
    phone_number: phoneNumber,
    gender: 3,
    custom_gender: "",
    birthday: "1990-01-01",
    is_business: person.isBusiness,
    account_type: person.isBusiness ? 2 : 1,
    show_conversion_edit_entry: true,
    trusted_username: person.username,
    trust_days: 14,
    needs_email_confirm: false,
    ...largePictures(person),
    profile_edit_params: {
      username: { should_show_confirmation_dialog: false, is_pending_review: false },
      full_name: { should_show_confirmation_dialog: false, is_pending_review: false },
    },
  };
}
