import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { HighlightSchema } from "../instagram/models/highlight.ts";
import { getHighlight, getUserHighlights } from "../instagram/operations/highlight.ts";
import { parseUserRef, resolveUserPk } from "../instagram/operations/user.ts";
import { parseHighlightRef } from "../instagram/story-links.ts";
import { amount, amountOf, UserId } from "./parameters.ts";

const HighlightPk = Type.String({
  minLength: 1,
  description: "Highlight pk, or its id highlight:<pk>, or a link to it.",
  examples: ["17900000000000001"],
});

/** `/highlight` and `/user/highlights`: stories that stay on a profile. */
export const highlightRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/highlight",
      ({ query, session, context }) => {
        const pk = parseHighlightRef(query.highlight_pk);
        return session.read(context, (client) => getHighlight(client, pk));
      },
      {
        withSession: "read",
        query: fields({ highlight_pk: HighlightPk }),
        detail: operation("Highlight", "session", {
          operationId: "getHighlight",
          summary: "Get a highlight with its stories",
          returns: HighlightSchema,
          errors: ["HighlightNotFound"],
          aliases: ["/highlight/info"],
        }),
      },
    )
    .get(
      "/user/highlights",
      ({ query, session, context }) => {
        const user = parseUserRef(query.user_id);
        const wanted = amountOf(query.amount, 0);
        return session.read(context, async (client) =>
          getUserHighlights(client, await resolveUserPk(client, user), wanted),
        );
      },
      {
        withSession: "read",
        query: fields({ user_id: UserId, amount: amount(0) }),
        detail: operation("User", "session", {
          operationId: "getUserHighlights",
          summary: "Get a user's highlights",
          description: "Without their stories: GET /highlight gives those.",
          returns: Type.Array(HighlightSchema),
          errors: ["UserNotFound", "PrivateAccount"],
        }),
      },
    );
