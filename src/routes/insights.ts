import { type TUnsafe, Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { Dict, operation } from "../http/operation.ts";
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

const TAG = "Insights";

const OwnPost = Type.String({ ...MediaName, examples: ["3755541588783880791"] });

/** One of some names, the usual one where none is given. */
const oneOf = <Name extends string>(names: readonly Name[], usual: Name, description: string) => {
  const literals = names.map((name) => Type.Literal(name));
  const union = Type.Union(literals, { default: usual, description });
  // Of a list of literals made at run time the types know no more than text.
  return Type.Optional(union as unknown as TUnsafe<Name>);
};

/** `/insights`: figures of professional accounts. */
export const insightsRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get("/insights/account", ({ session, context }) => session.read(context, getInsightsAccount), {
      withSession: "read",
      detail: operation(TAG, "session", {
        operationId: "getInsightsAccount",
        summary: "Get account insights",
        returns: Dict,
        errors: ["UserError"],
      }),
    })
    .get(
      "/insights/media",
      ({ query, session, context }) => {
        const { pk } = parseMediaRef(query.media_pk, "media_pk");
        return session.read(context, (client) => getInsightsMedia(client, pk));
      },
      {
        withSession: "read",
        query: fields({ media_pk: OwnPost }),
        detail: operation(TAG, "session", {
          operationId: "getInsightsMedia",
          summary: "Get insights of one of the account's posts",
          returns: Dict,
          errors: ["MediaError"],
        }),
      },
    )
    .get(
      "/insights/media/feed",
      ({ query, session, context }) => {
        const wanted = {
          postType: query.post_type ?? "ALL",
          timeFrame: query.time_frame ?? "TWO_YEARS",
          dataOrdering: query.data_ordering ?? "REACH_COUNT",
          count: amountOf(query.count, 0, "count"),
        };
        return session.read(context, (client) => getInsightsMediaFeed(client, wanted));
      },
      {
        withSession: "read",
        query: fields({
          post_type: oneOf(POST_TYPES, "ALL", "Which kind of posts."),
          time_frame: oneOf(TIME_FRAMES, "TWO_YEARS", "How far back."),
          data_ordering: oneOf(DATA_ORDERINGS, "REACH_COUNT", "The figure to sort by."),
          count: amount(0),
        }),
        detail: operation(TAG, "session", {
          operationId: "getInsightsMediaFeed",
          summary: "List the account's posts with their insights",
          returns: Type.Array(Dict),
          errors: ["UserError"],
          aliases: ["/insights/media/feed/all"],
        }),
      },
    );
