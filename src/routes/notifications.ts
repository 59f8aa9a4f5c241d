import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { Dict, operation } from "../http/operation.ts";
import { getNotifications, NOTIFICATION_SETTINGS } from "../instagram/operations/notifications.ts";

const TAG = "Notifications";

/** `/notifications`: activity around the account, and what it can be told of. */
export const notificationsRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/notifications",
      ({ query, session, context }) =>
        session.read(context, (client) => getNotifications(client, query.mark_as_seen ?? false)),
      {
        withSession: "read",
        query: fields({
          mark_as_seen: Type.Optional(
            Type.Boolean({
              default: false,
              description: "Whether what is new counts as seen from the next time on.",
            }),
          ),
        }),
        detail: operation(TAG, "session", {
          operationId: "getNotifications",
          summary: "Get the activity inbox",
          returns: Dict,
        }),
      },
    )
    .get("/notifications/settings", () => NOTIFICATION_SETTINGS, {
      withSession: "read",
      detail: operation(TAG, "session", {
        operationId: "getNotificationsSettings",
        summary: "List the supported notification settings",
        description: "What can be set, and to what; not what is set. Costs no request.",
        returns: Type.Record(Type.String(), Type.Array(Type.String())),
      }),
    });
