import { act } from "../actions.ts";
import type { Client } from "../client.ts";
import type { JsonText } from "../json.ts";
import { passthrough } from "../readings.ts";
import { path, signed } from "../signing.ts";
import { send } from "../transport.ts";

/**
 * The account's notifications, as Instagram answers them: `GET news/inbox/`. With `markAsSeen` they
 * are no longer new the next time.
 */
export function getNotifications(client: Client, markAsSeen: boolean): Promise<JsonText> {
  return send(client, passthrough, {
    effect: markAsSeen ? "write" : "read",
    method: "GET",
    path: path`news/inbox/`,
    query: [["mark_as_seen", String(markAsSeen)]],
  });
}

/**
 * The kinds of notifications and their settings. No request of Instagram lists these: they are the
 * values that `notifications/change_notification_settings/` takes.
 */
export const NOTIFICATION_SETTINGS = {
  content_types: [
    "likes",
    "like_and_comment_on_photo_user_tagged",
    "user_tagged",
    "comments",
    "comment_likes",
    "first_post",
    "new_follower",
    "follow_request_accepted",
    "connection_notification",
    "tagged_in_bio",
    "pending_direct_share",
    "direct_share_activity",
    "direct_group_requests",
    "video_call",
    "rooms",
    "live_broadcast",
    "felix_upload_result",
    "view_count",
    "fundraiser_creator",
    "fundraiser_supporter",
    "notification_reminders",
    "announcements",
    "report_updated",
    "login_notification",
  ],
  setting_values: ["off", "following_only", "everyone"],
} as const;

type Settings = typeof NOTIFICATION_SETTINGS;

/**
 * Says about whose doings of one kind Instagram notifies: `POST
 * notifications/change_notification_settings/`.
 */
export function setNotifications(
  client: Client,
  contentType: Settings["content_types"][number],
  value: Settings["setting_values"][number],
): Promise<boolean> {
  const { userId, ids } = client.state;
  return act(client, {
    path: path`notifications/change_notification_settings/`,
    body: signed({
      content_type: contentType,
      setting_value: value,
      _uid: userId,
      _uuid: ids.uuid,
    }),
  });
}
