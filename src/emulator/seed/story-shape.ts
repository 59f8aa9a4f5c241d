import { digits, type JsonObject } from "../answer.ts";
import { madeFiles } from "./made.ts";
import { placedStickersShape } from "./placed-stickers.ts";
import { DAY, type Story } from "./stories.ts";
import { stickersOf } from "./story-stickers.ts";
import type { Sounds } from "./tracks.ts";
import { pictureUrl, userShort, videoUrl } from "./user-shape.ts";

const WIDTH = 1_080;
const HEIGHT = 1_920;

/** A story as in its owner's reel, in highlights and in `media/{id}/info/`. */
export function storyShape(sounds: Sounds, story: Story): JsonObject {
  const { pk, owner, isVideo, made } = story;
  const id = `${pk}_${owner.pk}`;
  const takenAt = Math.floor(story.takenAt / 1_000);
  const [width, height] =
    made === undefined ? [WIDTH, HEIGHT] : [made.item.width, made.item.height];
  return {
    pk: digits(pk),
    id,
    strong_id__: id,
    fbid: digits(18_000_000_000_000_001n + ((pk & 0xffffffffn) << 1n)),
    code: story.code,
    taken_at: takenAt,
    device_timestamp: made ? digits(BigInt(made.uploadId)) : story.takenAt * 1_000,
    ...importedAt(story, takenAt),
    expiring_at: Math.floor((story.takenAt + DAY) / 1_000),
    media_type: isVideo ? 2 : 1,
    product_type: "story",
    client_cache_key: `${story.code}.2`,
    filter_type: 0,
    user: userShort(owner),
    caption: caption(story, takenAt),
    caption_is_edited: false,
    caption_position: 0,
    comment_count: 0,
    has_liked: false,
    like_count: 0,
    is_reel_media: true,
    is_unified_video: false,
    timezone_offset: 0,
    photo_of_you: false,
    original_width: width,
    original_height: height,
    can_reply: true,
    can_reshare: true,
    can_save: false,
    can_send_custom_emojis: true,
    can_see_insights_as_brand: false,
    supports_reel_reactions: true,
    show_one_tap_fb_share_tooltip: false,
    story_is_saved_to_archive: true,
    is_paid_partnership: false,
    sponsor_tags: [],
    deleted_reason: 0,
    integrity_review_decision: "pending",
    organic_tracking_token: Buffer.from(`{"version":5,"payload":"${story.code}"}`).toString(
      "base64",
    ),
    ...(made === undefined ? seededFiles(story) : madeFiles(made.item, `${pk}`)),
    ...(made === undefined ? stickersOf(sounds, story) : placedStickersShape(story, made.stickers)),
    ...(made?.isForCloseFriends ? { audience: "besties" } : {}),
    creative_config: null,
    has_shared_to_fb: 0,
  };
}

/** Pictures from the phone's album have the time at which they were taken, unix seconds. */
function importedAt({ made, hash }: Story, takenAt: number): JsonObject {
  if (made === undefined) return hash % 3 === 0 ? { imported_taken_at: takenAt - 40 * 86_400 } : {};
  return made.importedAt === undefined ? {} : { imported_taken_at: made.importedAt };
}

function caption({ made, pk, owner }: Story, takenAt: number): JsonObject | null {
  if (made === undefined || made.caption === "") return null;
  return {
    pk: digits(17_800_000_000_000_000n + (pk & 0xffffffffffn)),
    user_id: owner.pk,
    text: made.caption,
    type: 1,
    created_at: takenAt,
    created_at_utc: takenAt,
    content_type: "comment",
    status: "Active",
    media_id: digits(pk),
    user: userShort(owner),
  };
}

const seededFiles = (story: Story): JsonObject => ({
  image_versions2: {
    candidates: [WIDTH, 640, 320].map((width) => sized(`${story.pk}`, width)),
  },
  ...(story.isVideo ? video(story) : {}),
});

function sized(name: string, width: number): JsonObject {
  const height = Math.round((width * HEIGHT) / WIDTH);
  return { width, height, url: pictureUrl(name, width, height) };
}

function video({ pk, code, hash }: Story): JsonObject {
  return {
    video_versions: [720, 480].map((width, index) => ({
      id: `${code}${101 + index}v`,
      type: 101 + index,
      width,
      height: Math.round((width * HEIGHT) / WIDTH),
      bandwidth: width * 1_000,
      url: videoUrl(`${pk}`, width, Math.round((width * HEIGHT) / WIDTH)),
    })),
    video_duration: 3 + (hash % 570) / 10,
    has_audio: hash % 4 !== 0,
    is_dash_eligible: 0,
    number_of_qualities: 2,
    video_codec: "avc1.4d401f",
  };
}
