import { Type } from "@sinclair/typebox";
import { type Operation, operations, PassedThrough, withSession } from "../http/route.ts";
import { parseMediaRef } from "../instagram/ids.ts";
import {
  DATA_ORDERINGS,
  getInsightsAccount,
  getInsightsMedia,
  getInsightsMediaFeed,
  POST_TYPES,
  TIME_FRAMES,
} from "../instagram/operations/insights.ts";
import { amount, amountOf, MediaName, oneOf } from "./parameters.ts";

const { get } = operations("Insights");

const OwnPost = Type.String({ ...MediaName, examples: ["3755541588783880791"] });

/** `/insights`: figures of professional accounts. */
export const insightsRoutes: readonly Operation[] = [
  get(
    "/insights/account",
    {
      operationId: "getInsightsAccount",
      summary: "Get account insights",
      access: withSession("read"),
      returns: PassedThrough,
      errors: ["UserError"],
    },
    ({ session }) => session.read(getInsightsAccount),
  ),
  get(
    "/insights/media",
    {
      operationId: "getInsightsMedia",
      summary: "Get insights of one of the account's posts",
      access: withSession("read"),
      query: { media_pk: OwnPost },
      returns: PassedThrough,
      errors: ["MediaError"],
    },
    ({ query, session }) => {
      const { pk } = parseMediaRef(query.media_pk, "media_pk");
      return session.read(getInsightsMedia, pk);
    },
  ),
  get(
    "/insights/media/feed",
    {
      operationId: "getInsightsMediaFeed",
      summary: "List the account's posts with their insights",
      access: withSession("read"),
      query: {
        post_type: Type.Optional(
          oneOf(POST_TYPES, { default: "ALL", description: "Which kind of posts." }),
        ),
        time_frame: Type.Optional(
          oneOf(TIME_FRAMES, { default: "TWO_YEARS", description: "How far back." }),
        ),
        data_ordering: Type.Optional(
          oneOf(DATA_ORDERINGS, { default: "REACH_COUNT", description: "The figure to sort by." }),
        ),
        count: amount(0),
      },
      returns: Type.Array(PassedThrough),
      errors: ["UserError"],
      aliases: ["/insights/media/feed/all"],
    },
    ({ query, session }) =>
      session.read(getInsightsMediaFeed, {
        postType: query.post_type ?? "ALL",
        timeFrame: query.time_frame ?? "TWO_YEARS",
        dataOrdering: query.data_ordering ?? "REACH_COUNT",
        count: amountOf(query.count, 0, "count"),
      }),
  ),
];
