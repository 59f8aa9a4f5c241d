import { Type } from "@sinclair/typebox";
import { type Operation, operations, PassedThrough, withSession } from "../http/route.ts";
import {
  getNotifications,
  NOTIFICATION_SETTINGS,
  setNotifications,
} from "../instagram/operations/notifications.ts";
import { InvalidInput } from "../problems/problem.ts";

const { get, patch } = operations("Notifications");

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
            description: "Whether new activity counts as seen from the next request on.",
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
      description:
        "The possible settings and their values, not the current values. Costs no upstream request.",
      access: withSession("read"),
      returns: Type.Record(Type.String(), Type.Array(Type.String())),
    },
    () => NOTIFICATION_SETTINGS,
  ),
  patch(
    "/notifications/settings",
    {
      operationId: "patchNotificationsSettings",
      summary: "Change a notification setting",
      access: withSession("write"),
      body: {
        content_type: Type.String({
          enum: NOTIFICATION_SETTINGS.content_types,
          description: "What the notifications are about.",
          examples: ["likes"],
        }),
        setting_value: Type.String({
          enum: NOTIFICATION_SETTINGS.setting_values,
          description: "Whose doings Instagram notifies of.",
          examples: ["following_only"],
        }),
      },
      returns: Type.Boolean(),
    },
    ({ body, session }) =>
      session.write(
        setNotifications,
        oneOf(NOTIFICATION_SETTINGS.content_types, body.content_type, "content_type"),
        oneOf(NOTIFICATION_SETTINGS.setting_values, body.setting_value, "setting_value"),
      ),
  ),
];

function oneOf<Name extends string>(names: readonly Name[], text: string, field: string): Name {
  const name = names.find((one) => one === text);
  if (name === undefined) throw new InvalidInput(field, `must be one of ${names.join(", ")}`);
  return name;
}
