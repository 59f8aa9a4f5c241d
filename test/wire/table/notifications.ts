import type { Row } from "./row.ts";

export const notificationsRows: Row[] = [
  {
    operation: "getNotifications",
    call: "GET /notifications?mark_as_seen=yes",
    requests: [
      {
        send: "GET /api/v1/news/inbox/?mark_as_seen=true",
        answer: { new_stories: [], old_stories: [], status: "ok" },
      },
    ],
  },
  // The recorded client lists what can be set by itself.
  { operation: "getNotificationsSettings", call: "GET /notifications/settings", requests: [] },
  {
    operation: "patchNotificationsSettings",
    call: "PATCH /notifications/settings",
    form: { content_type: "comment_likes", setting_value: "following_only" },
    requests: [
      {
        send: "POST /api/v1/notifications/change_notification_settings/",
        signed: {
          content_type: "comment_likes",
          setting_value: "following_only",
          _uid: "<session.user_id>",
          _uuid: "<session.uuid>",
        },
        answer: { status: "ok" },
      },
    ],
  },
];
