import { microseconds } from "./direct-time.ts";
import {
  boolean,
  defaulted,
  filled,
  id,
  identity,
  integer,
  key,
  list,
  listIn,
  object,
  optional,
  passthrough,
  text,
} from "./fields.ts";
import { model } from "./model.ts";

/** What was last done with media that can be viewed once, and how often. */
export const ExpiringMediaActionSummary = model(
  "ExpiringMediaActionSummary",
  { type: text(), timestamp: microseconds(), count: integer() },
  { description: "Summary of expiring media actions" },
);

/** A file is its URL: without one it is left out. */
const fileUrl = () => key(text({ from: filled("url") }));

/** Where a file is to be had when its own URL does not work. */
export const FallbackUrl = model(
  "FallbackUrl",
  { url: fileUrl() },
  { description: "Fallback URL structure for media candidates" },
);

/** One size of a picture that can be viewed once. */
export const DirectMessageImageCandidate = model(
  "DirectMessageImageCandidate",
  {
    width: integer(),
    height: integer(),
    url: fileUrl(),
    scans_profile: optional(text()),
    fallback: optional(object(FallbackUrl)),
    url_expiration_timestamp_us: optional(microseconds()),
  },
  { description: "Image candidate for ephemeral visual media in direct messages" },
);

/** All sizes of a picture that can be viewed once. */
export const DirectMessageImageVersions = model(
  "DirectMessageImageVersions",
  { candidates: defaulted(list(DirectMessageImageCandidate), []) },
  { description: "Image versions for ephemeral visual media in direct messages" },
);

/** One size and quality of a video that can be viewed once. */
export const VideoVersion = model(
  "VideoVersion",
  {
    id: optional(text(), { missing: "" }),
    type: optional(integer()),
    width: integer(),
    height: integer(),
    url: fileUrl(),
    fallback: optional(object(FallbackUrl)),
    url_expiration_timestamp_us: optional(microseconds()),
    bandwidth: optional(integer(), { missing: 0 }),
  },
  { description: "Individual video version with specific resolution and quality" },
);

const flag = () => defaulted(boolean(), false);

/** Whether the account can exchange messages with the sender. */
export const FriendshipStatus = model(
  "FriendshipStatus",
  {
    blocking: flag(),
    is_messaging_only_blocking: flag(),
    is_messaging_pseudo_blocking: flag(),
    is_unavailable: flag(),
  },
  { description: "Friendship status information for visual media user" },
);

/** Who sent a photo or video that can be viewed once. */
export const VisualMediaUser = model(
  "VisualMediaUser",
  {
    id: text({ missing: "" }),
    strong_id__: optional(text()),
    pk: identity("pk", "pk_id", "id"),
    pk_id: text({ missing: "" }),
    full_name: text(),
    username: text(),
    account_type: optional(integer()),
    short_name: optional(text()),
    profile_pic_url: text(),
    is_verified: flag(),
    interop_messaging_user_fbid: optional(id()),
    fbid_v2: optional(id()),
    has_ig_profile: defaulted(boolean(), true),
    interop_user_type: optional(integer(), { missing: 0 }),
    is_using_unified_inbox_for_direct: flag(),
    is_private: flag(),
    is_creator_agent_enabled: flag(),
    is_creator_automated_response_enabled: flag(),
    friendship_status: optional(object(FriendshipStatus)),
    is_shared_account: flag(),
    is_shared_account_with_messaging_access: flag(),
    ai_agent_banner_type: optional(text()),
    is_eligible_for_ai_bot_group_chats: flag(),
  },
  {
    description: "User information in visual media (enhanced UserShort)",
    finish(user) {
      user.id ||= user.pk;
      user.pk_id ||= user.pk;
    },
  },
);

/** The photo (`media_type` 1) or video (2) itself; of one that was viewed only the type is left. */
export const VisualMediaContent = model(
  "VisualMediaContent",
  {
    media_type: integer(),
    id: optional(text()),
    media_id: optional(id()),
    image_versions2: optional(object(DirectMessageImageVersions)),
    video_versions: optional(list(VideoVersion), { from: listIn("video_versions") }),
    original_width: optional(integer()),
    original_height: optional(integer()),
    user: optional(object(VisualMediaUser)),
    organic_tracking_token: optional(text()),
    video_duration: optional(integer()),
    video_dash_manifest: optional(text()),
    is_dash_eligible: optional(integer()),
    create_mode_attribution: optional(passthrough()),
    creative_config: optional(passthrough()),
    expiring_media_action_summary: optional(object(ExpiringMediaActionSummary)),
  },
  { description: "Content structure for visual media (can be rich or minimal)" },
);

/** A photo or video that can be viewed once, twice (`replayable`) or for good (`permanent`). */
export const VisualMedia = model(
  "VisualMedia",
  {
    media: key(object(VisualMediaContent)),
    seen_user_ids: defaulted(list(text()), []),
    seen_count: defaulted(integer(), 0),
    view_mode: text(),
    replay_expiring_at_us: optional(integer()),
    reply_type: optional(text()),
    url_expire_at_secs: optional(integer()),
    story_app_attribution: optional(passthrough()),
    playback_duration_secs: optional(integer()),
    tap_models: defaulted(list(passthrough()), []),
    expiring_media_action_summary: optional(object(ExpiringMediaActionSummary)),
  },
  { description: "Complete visual media structure for direct messages" },
);
