import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { Dict, operation } from "../http/operation.ts";
import { Account } from "../instagram/models/account.ts";
import { Media } from "../instagram/models/media.ts";
import { getAccount, getLikedMedias, getTimelineFeed } from "../instagram/operations/account.ts";
import { amount, amountOf, LastMediaPk, untilOf } from "./parameters.ts";

const TAG = "Account";

const USUAL_LIKED = 21;

/** `/account`: the account that the session is logged in with. */
export const accountRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get("/account", ({ session, context }) => session.read(context, getAccount), {
      withSession: "read",
      detail: operation(TAG, "session", {
        operationId: "getAccount",
        summary: "Get authenticated account info",
        returns: Account.schema,
        aliases: ["/account/info"],
      }),
    })
    .get(
      "/account/feed/timeline",
      ({ session, context }) => session.read(context, getTimelineFeed),
      {
        withSession: "read",
        detail: operation(TAG, "session", {
          operationId: "getAccountFeedTimeline",
          summary: "Get the home timeline",
          description: "Its first page, as Instagram answers it.",
          returns: Dict,
          aliases: ["/auth/timeline/feed"],
        }),
      },
    )
    .get(
      "/account/liked/media",
      ({ query, session, context }) => {
        const list = {
          amount: amountOf(query.amount, USUAL_LIKED),
          until: untilOf(query.last_media_pk),
        };
        return session.read(context, (client) => getLikedMedias(client, list));
      },
      {
        withSession: "read",
        query: fields({ amount: amount(USUAL_LIKED), last_media_pk: LastMediaPk }),
        detail: operation(TAG, "session", {
          operationId: "getAccountLikedMedia",
          summary: "List posts that the account liked",
          description: "Last liked first.",
          returns: Type.Array(Media.schema),
          aliases: ["/media/liked"],
        }),
      },
    );
