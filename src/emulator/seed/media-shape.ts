import { digits, type Json, type JsonObject } from "../answer.ts";
import { type Made, madeCarousel, madeFiles } from "./made.ts";
import type { People } from "./people.ts";
import { placeOf, placeShape } from "./places.ts";
import { type Post, postPk, type Tagged } from "./posts.ts";
import { soundInfo } from "./track-shape.ts";
import type { Sound } from "./tracks.ts";
import { pictureUrl, userShort, videoUrl } from "./user-shape.ts";

type Size = readonly [width: number, height: number];

const MEDIA_TYPE = { photo: 1, video: 2, clip: 2, carousel: 8 } as const;

const PRODUCT_TYPE = {
  photo: "feed",
  video: "feed",
  clip: "clips",
  carousel: "carousel_container",
} as const;

/** How often a video was played; 0 for photos and carousels. */
export function playsOf({ kind, hash, made }: Post): number {
  const isVideo = kind === "video" || kind === "clip";
  return isVideo && made === undefined ? hash % 1_000_000 : 0;
}

/** The counts on a post. */
export interface PostCounts {
  readonly likes: number;
  readonly comments: number;
}

/**
 * A post in feeds and in `media/{id}/info/`, as seen by an account that has neither liked nor saved it
 * and is not tagged on it. `tagged` are the users tagged on it, `sound` is the sound of a Reel.
 */
export function mediaShape(
  people: People,
  post: Post,
  counts: PostCounts,
  tagged: readonly Tagged[],
  sound?: Sound,
): JsonObject {
  const { pk, owner, kind } = post;
  const size = sizeOf(post);
  const takenAt = Math.floor(post.takenAt / 1_000);
  const place = post.shows === undefined ? placeOf(people, post) : post.shows.place;
  const user = userShort(owner);
  return {
    pk: digits(pk),
    id: `${pk}_${owner.pk}`,
    strong_id__: `${pk}_${owner.pk}`,
    fbid: digits(18_000_000_000_000_000n + (pk & 0xffffffffn)),
    code: post.code,
    taken_at: takenAt,
    // Microseconds; past 2^50 but still below 2^53.
    device_timestamp: post.made ? digits(BigInt(post.made.uploadId)) : post.takenAt * 1_000,
    media_type: MEDIA_TYPE[kind],
    product_type: post.made?.isIgtv ? "igtv" : PRODUCT_TYPE[kind],
    client_cache_key: `${post.code}.2`,
    filter_type: 0,
    user,
    owner: user,
    caption: caption(post, takenAt, user),
    caption_is_edited: post.captionIsEdited,
    like_count: counts.likes,
    has_liked: false,
    like_and_view_counts_disabled: false,
    comment_count: counts.comments,
    comment_likes_enabled: true,
    comments_disabled: post.commentsClosed ? true : null,
    commenting_disabled_for_viewer: null,
    top_likers: [],
    facepile_top_likers: [],
    original_width: size[0],
    original_height: size[1],
    photo_of_you: false,
    can_viewer_reshare: true,
    can_viewer_save: true,
    has_viewer_saved: false,
    is_paid_partnership: false,
    sponsor_tags: null,
    deleted_reason: 0,
    integrity_review_decision: "pending",
    organic_tracking_token: Buffer.from(`{"version":5,"payload":"${post.code}"}`).toString(
      "base64",
    ),
    accessibility_caption: kind === "photo" ? `Photo by ${owner.fullName}.` : null,
    title: post.made?.title ?? null,
    ...(place === undefined ? {} : { location: placeShape(place), lat: place.lat, lng: place.lng }),
    usertags: usertags(tagged),
    ...pinning(post),
    ...(post.made === undefined ? madeUp(post, size) : uploaded(post, post.made)),
    ...(sound === undefined ? {} : clip(post, sound)),
  };
}

/** The size that a post is shown in. */
export function sizeOf({ kind, made }: Post): Size {
  const [item] = made?.items ?? [];
  if (item !== undefined) return [item.width, item.height];
  return kind === "clip" ? [1080, 1920] : kind === "video" ? [1080, 1080] : [1080, 1350];
}

/** The files of a seeded post. */
const madeUp = (post: Post, size: Size): JsonObject => ({
  ...(post.kind === "carousel" ? carousel(post) : files(`${post.pk}`, size)),
  ...(post.kind === "video" || post.kind === "clip"
    ? { ...video(post, size), ...plays(post) }
    : {}),
});

/** The files of a post that an account has made. */
function uploaded(post: Post, made: Made): JsonObject {
  const [item] = made.items;
  if (post.kind === "carousel" || item === undefined) return madeCarousel(post, made);
  return { ...madeFiles(item, `${post.pk}`), ...(item.video === undefined ? {} : plays(post)) };
}

function plays(post: Post): JsonObject {
  const count = playsOf(post);
  return { view_count: count, play_count: count, ig_play_count: count };
}

/** Who has pinned a post to a profile: mostly nobody; a third of the posts then lack the field. */
function pinning(post: Post): JsonObject {
  if (post.isPinned) return { timeline_pinned_user_ids: [post.owner.pk] };
  return post.hash % 3 === 0 ? {} : { timeline_pinned_user_ids: [] };
}

function caption(post: Post, takenAt: number, user: JsonObject): Json {
  const { caption: text } = post;
  // A post without a caption has null here, not an empty text.
  if (text === "") return null;
  return {
    pk: digits(17_800_000_000_000_000n + (post.pk & 0xffffffffffn)),
    user_id: post.owner.pk,
    text,
    type: 1,
    created_at: takenAt,
    created_at_utc: takenAt,
    content_type: "comment",
    status: "Active",
    bit_flags: 0,
    did_report_as_spam: false,
    share_enabled: false,
    is_covered: false,
    is_ranked_comment: false,
    media_id: digits(post.pk),
    private_reply_status: 0,
    user,
  };
}

function files(name: string, [width, height]: Size): JsonObject {
  const small: Size = [320, Math.round((320 * height) / width)];
  const candidates = [[width, height] as const, small].map(([w, h]) => ({
    width: w,
    height: h,
    url: pictureUrl(name, w, h),
  }));
  return { image_versions2: { candidates } };
}

function video(post: Post, [width, height]: Size): JsonObject {
  const versions = [
    { type: 101, w: width, h: height },
    { type: 102, w: width / 2, h: height / 2 },
  ];
  return {
    video_versions: versions.map(({ type, w, h }) => ({
      id: `${post.code}${type}v`,
      type,
      width: w,
      height: h,
      bandwidth: w * 1_000,
      url: videoUrl(`${post.pk}`, w, h),
    })),
    video_duration: 4 + (post.hash % 560) / 10,
    has_audio: true,
    is_dash_eligible: 0,
    number_of_qualities: 2,
    video_codec: "avc1.4d401f",
  };
}

function clip(post: Post, sound: Sound): JsonObject {
  return {
    clips_metadata: {
      audio_type: sound.kind === "music" ? "licensed_music" : "original_sounds",
      ...soundInfo(sound),
      music_canonical_id: `${sound.canonicalId}`,
      clips_creation_entry_point: "clips",
      featured_label: null,
      is_shared_to_fb: false,
      is_fan_club_promo_video: false,
      is_public_chat_welcome_video: false,
      mashup_info: {
        mashups_allowed: true,
        can_toggle_mashups_allowed: false,
        has_been_mashed_up: false,
        original_media: null,
      },
      branded_content_tag_info: { can_add_tag: false },
      ...gifts(post),
      ...addedOverTheYears(post),
      show_achievements: false,
      show_tips: null,
      template_info: null,
      shopping_info: null,
      reusable_text_info: null,
      disable_use_in_clips_client_cache: false,
    },
  };
}

/** Gifts to the creator: the field is missing, null or an object, as upstream. */
function gifts({ hash }: Post): JsonObject {
  const variants: readonly Json[] = [
    null,
    undefined,
    null,
    { enabled: false, entry_point_container: null },
    null,
    undefined,
    null,
    {
      enabled: true,
      entry_point_container: {
        comment: { action_type: "send_gift" },
        overflow: { action_type: "send_gift" },
        pill: { action_type: "send_gift", priority: 1 },
      },
    },
  ];
  return { content_appreciation_info: variants[(hash >>> 2) % variants.length] };
}

/** Fields that Reels of earlier years lack or have as null. */
function addedOverTheYears({ hash }: Post): JsonObject {
  const age = (hash >>> 5) % 4;
  return {
    audio_ranking_info: age === 0 ? undefined : { best_audio_cluster_id: `${hash}` },
    achievements_info:
      age <= 1 ? undefined : { show_achievements: false, num_earned_achievements: null },
    additional_audio_info:
      age <= 2
        ? null
        : {
            additional_audio_username: null,
            audio_reattribution_info: { should_allow_restore: false },
          },
  };
}

function carousel(post: Post): JsonObject {
  const count = 2 + (post.hash % 5);
  const items = Array.from({ length: count }, (_, index) => {
    const pk = postPk(post.takenAt, post.owner.slot, index + 1);
    const isVideo = (post.hash + index) % 3 === 0;
    const size: Size = [1080, 1350];
    return {
      pk: digits(pk),
      id: `${pk}_${post.owner.pk}`,
      strong_id__: `${pk}_${post.owner.pk}`,
      carousel_parent_id: `${post.pk}_${post.owner.pk}`,
      media_type: isVideo ? 2 : 1,
      product_type: "carousel_item",
      original_width: size[0],
      original_height: size[1],
      taken_at: Math.floor(post.takenAt / 1_000),
      commerciality_status: "not_commercial",
      ...files(`${pk}`, size),
      ...(isVideo
        ? {
            video_versions: [
              {
                id: `${post.code}${index}v`,
                type: 101,
                width: 720,
                height: 900,
                url: videoUrl(`${pk}`, 720, 900),
              },
            ],
            video_duration: 7.5,
            has_audio: false,
            is_dash_eligible: 0,
          }
        : {}),
    };
  });
  return {
    carousel_media_count: count,
    carousel_media: items,
    carousel_media_ids: items.map((item) => item.pk),
    // The container shows its first item's picture.
    ...files(`${items[0]?.pk.rawJSON}`, [1080, 1350]),
  };
}

const usertags = (tagged: readonly Tagged[]): JsonObject => ({
  in: tagged.map(({ person, position }) => ({
    user: userShort(person),
    position,
    start_time_in_video_in_sec: null,
    duration_in_video_in_sec: null,
  })),
});
