import { Type } from "@sinclair/typebox";
import { type Operation, operations, PassedThrough, withSession } from "../http/route.ts";
import { Account } from "../instagram/models/account.ts";
import { Media } from "../instagram/models/media.ts";
import { getAccount, getLikedMedias, getTimelineFeed } from "../instagram/operations/account.ts";
import { amount, amountOf, LastMediaPk, untilOf } from "./parameters.ts";

const { get } = operations("Account");

const USUAL_LIKED = 21;

/** `/account`: the account that the session is logged in with. */
export const accountRoutes: readonly Operation[] = [
  get(
    "/account",
    {
      operationId: "getAccount",
      summary: "Get authenticated account info",
      access: withSession("read"),
      returns: Account.schema,
      aliases: ["/account/info"],
    },
    ({ session }) => session.read(getAccount),
  ),
  get(
    "/account/feed/timeline",
    {
      operationId: "getAccountFeedTimeline",
      summary: "Get the home timeline",
      description: "Its first page, as Instagram answers it.",
      access: withSession("read"),
      returns: PassedThrough,
      aliases: ["/auth/timeline/feed"],
    },
    ({ session }) => session.read(getTimelineFeed),
  ),
  get(
    "/account/liked/media",
    {
      operationId: "getAccountLikedMedia",
      summary: "List posts that the account liked",
      description: "Last liked first.",
      access: withSession("read"),
      query: { amount: amount(USUAL_LIKED), last_media_pk: LastMediaPk },
      returns: Type.Array(Media.schema),
      aliases: ["/media/liked"],
    },
    ({ query, session }) =>
      session.read(getLikedMedias, {
        amount: amountOf(query.amount, USUAL_LIKED),
        until: untilOf(query.last_media_pk),
      }),
  ),
];
