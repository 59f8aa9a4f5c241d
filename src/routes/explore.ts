import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { Dict, operation } from "../http/operation.ts";
import { parseMediaRef } from "../instagram/ids.ts";
import { getExplore, getExploreMedia } from "../instagram/operations/explore.ts";
import { MediaName } from "./parameters.ts";

const TAG = "Explore";

/** `/explore`: the explore grid. */
export const exploreRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get("/explore", ({ session, context }) => session.read(context, getExplore), {
      withSession: "read",
      detail: operation(TAG, "session", {
        operationId: "getExplore",
        summary: "Get the explore grid",
        description: "Its first page, as Instagram answers it.",
        returns: Dict,
      }),
    })
    .get(
      "/explore/media",
      ({ query, session, context }) => {
        const { pk } = parseMediaRef(query.media_pk, "media_pk");
        return session.read(context, (client) => getExploreMedia(client, pk));
      },
      {
        withSession: "read",
        query: fields({ media_pk: MediaName }),
        detail: operation(TAG, "session", {
          operationId: "getExploreMedia",
          summary: "Get a post of the explore grid",
          description: "As Instagram answers it.",
          returns: Dict,
          errors: ["MediaNotFound"],
        }),
      },
    );
