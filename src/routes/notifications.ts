import { Type } from "@sinclair/typebox";
import { type Operation, operations, PassedThrough, withSession } from "../http/route.ts";
import { getNotifications, NOTIFICATION_SETTINGS } from "../instagram/operations/notifications.ts";

const { get } = operations("Notifications");

/** `/notifications`: the account's activity inbox, and the possible notification settings. */
export const notificationsRoutes: readonly Operation[] = [
  get(
    "/notifications",
    {
      operationId: "getNotifications",
      summary: "Get the activity inbox",
      access: withSession("read"),
      query: {
        mark_as_seen: Type.Optional(
          Type.Boolean({
            default: false,
            description: "Whether what is new counts as seen from the next time on.",
          }),
        ),
      },
      returns: PassedThrough,
    },
    ({ query, session }) => session.read(getNotifications, query.mark_as_seen ?? false),
  ),
  get(
    "/notifications/settings",
    {
      operationId: "getNotificationsSettings",
      summary: "List the supported notification settings",
      description: "What can be set, and to what; not what is set. Costs no request.",
      access: withSession("read"),
      returns: Type.Record(Type.String(), Type.Array(Type.String())),
    },
    () => NOTIFICATION_SETTINGS,
  ),
];
