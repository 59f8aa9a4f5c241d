import { Type } from "@sinclair/typebox";
import { type Operation, operations, withSession } from "../http/route.ts";
import { Highlight } from "../instagram/models/highlight.ts";
import { getHighlight, getUserHighlights } from "../instagram/operations/highlight.ts";
import { parseUserRef } from "../instagram/operations/user.ts";
import { parseHighlightRef } from "../instagram/story-links.ts";
import { amount, amountOf, ofUser, UserId } from "./parameters.ts";

const highlight = operations("Highlight");
const user = operations("User");

const HighlightPk = Type.String({
  minLength: 1,
  description: "Highlight pk, or its id highlight:<pk>, or a link to it.",
  examples: ["17900000000000001"],
});

/** `/highlight` and `/user/highlights`: stories that stay on a profile. */
export const highlightRoutes: readonly Operation[] = [
  highlight.get(
    "/highlight",
    {
      operationId: "getHighlight",
      summary: "Get a highlight with its stories",
      access: withSession("read"),
      query: { highlight_pk: HighlightPk },
      returns: Highlight.schema,
      errors: ["HighlightNotFound"],
      aliases: ["/highlight/info"],
    },
    ({ query, session }) => session.read(getHighlight, parseHighlightRef(query.highlight_pk)),
  ),
  user.get(
    "/user/highlights",
    {
      operationId: "getUserHighlights",
      summary: "Get a user's highlights",
      description: "Without their stories: GET /highlight gives those.",
      access: withSession("read"),
      query: { user_id: UserId, amount: amount(0) },
      returns: Type.Array(Highlight.schema),
      errors: ["UserNotFound", "PrivateAccount"],
    },
    ({ query, session }) =>
      session.read(
        ofUser(getUserHighlights),
        parseUserRef(query.user_id),
        amountOf(query.amount, 0),
      ),
  ),
];
