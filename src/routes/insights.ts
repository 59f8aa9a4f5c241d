import { type TUnsafe, Type } from "@sinclair/typebox";
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
import { amount, amountOf, MediaName } from "./parameters.ts";

const { get } = operations("Insights");

const OwnPost = Type.String({ ...MediaName, examples: ["3755541588783880791"] });

/** A parameter that takes one of these names; `usual` is its default. */
const oneOf = <Name extends string>(names: readonly Name[], usual: Name, description: string) => {
  const literals = names.map((name) => Type.Literal(name));
  const union = Type.Union(literals, { default: usual, description });
  // TypeBox cannot infer the names from an array of literals.
  return Type.Optional(union as unknown as TUnsafe<Name>);
};

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
        post_type: oneOf(POST_TYPES, "ALL", "Which kind of posts."),
        time_frame: oneOf(TIME_FRAMES, "TWO_YEARS", "How far back."),
        data_ordering: oneOf(DATA_ORDERINGS, "REACH_COUNT", "The figure to sort by."),
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
