import { invalidParameter, type JsonObject, ok } from "./answer.ts";
import { textField } from "./body.ts";
import { positionOf } from "./page.ts";
import type { Exchange, Route } from "./router.ts";
import { activityOf, activityOfFollowed, NEW_ENTRIES } from "./seed/activity.ts";
import type { Person } from "./seed/people.ts";
import { type ComputedList, pageOf } from "./store/list.ts";
import { issueCursor } from "./token.ts";

/** The viewer's activity, and what followed users did. */
export const NOTIFICATIONS: readonly Route[] = [
  { method: "GET", path: "/api/v1/news/inbox/", handle: inbox },
  // The path of older apps.
  { method: "GET", path: "/api/v1/news/", handle: ofFollowed },
  {
    method: "POST",
    path: "/api/v1/notifications/change_notification_settings/",
    acts: "other",
    requiredFields: ["content_type", "setting_value"],
    handle: changeSettings,
  },
];

/** What the app can be told not to notify of. */
const KINDS = new Set(
  (
    "likes like_and_comment_on_photo_user_tagged user_tagged comments comment_likes first_post " +
    "new_follower follow_request_accepted connection_notification tagged_in_bio " +
    "pending_direct_share direct_share_activity direct_group_requests video_call rooms " +
    "live_broadcast felix_upload_result view_count fundraiser_creator fundraiser_supporter " +
    "notification_reminders announcements report_updated login_notification"
  ).split(" "),
);
const VALUES = new Set(["off", "following_only", "everyone"]);
/** For how long the app can be silent altogether. */
const SILENCES = new Set(["15_minutes", "1_hour", "2_hour", "4_hour", "8_hour", "cancel"]);

/** Takes a setting of push notifications. Nothing that is emulated sends these or tells how they are set. */
function changeSettings({ fields }: Exchange): Response {
  const kind = textField(fields, "content_type") ?? "";
  const value = textField(fields, "setting_value") ?? "";
  if (kind !== "mute_all" && !KINDS.has(kind)) throw invalidParameter("content_type");
  if (!(kind === "mute_all" ? SILENCES : VALUES).has(value))
    throw invalidParameter("setting_value");
  return ok();
}

function inbox({ world, viewer, query }: Exchange): Response {
  const { activity } = world;
  const isFollowed = (by: Person) => world.friendships.follows.has(viewer, by);
  const { entries: own, newOnes: newOfOwn } = activity.of(viewer, isFollowed);
  const entries = [...own, ...activityOf(world.seed, viewer, isFollowed)];
  const newOnes = activity.hasSeen(viewer) ? newOfOwn : own.length + NEW_ENTRIES;
  // The answer that marks entries as seen still has them as new.
  if (query.get("mark_as_seen") === "true") activity.markSeen(viewer);
  return ok({
    counts: countsOf(entries.slice(0, newOnes)),
    priority_stories: [],
    friend_request_stories: [],
    new_stories: entries.slice(0, newOnes),
    old_stories: entries.slice(newOnes),
    continuation_token: 0,
    is_last_page: true,
    aymf: { items: [], more_available: false },
    subscription: null,
    partition: { time_bucket: { headers: ["Earlier"], indices: [0] } },
    ads_manager: null,
    business_profile_reminder: null,
  });
}

const PAGE = 20;

/** What users followed by the viewer have liked. */
function ofFollowed({ world, viewer, query }: Exchange): Response {
  const following = world.friendships.follows.of(viewer).byPlace;
  const list: ComputedList<JsonObject> = {
    length: following.length,
    at(position) {
      const by = following.at(position);
      return by && !by.isPrivate ? activityOfFollowed(world.seed, by, position) : undefined;
    },
  };
  const name = `news ${viewer.pk}`;
  const { items, next } = pageOf(list, positionOf(query.get("max_id") ?? "", name), PAGE);
  return ok({
    stories: items,
    auto_load_more_enabled: true,
    ...(next === undefined ? {} : { next_max_id: issueCursor(name, next) }),
  });
}

/** How many entries there are of each kind, for the app's badge. */
function countsOf(entries: readonly JsonObject[]): JsonObject {
  const counts: Record<string, number> = {
    relationships: 0,
    usertags: 0,
    likes: 0,
    comments: 0,
    comment_likes: 0,
    photos_of_you: 0,
    requests: 0,
    campaign_notification: 0,
  };
  for (const { counts: own } of entries)
    for (const kind of Object.keys(own as JsonObject)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
