import { type Operation, operations, PassedThrough, withSession } from "../http/route.ts";
import { parseMediaRef } from "../instagram/ids.ts";
import { getExplore, getExploreMedia } from "../instagram/operations/explore.ts";
import { MediaName } from "./parameters.ts";

const { get } = operations("Explore");

/** `/explore`: the explore grid. */
export const exploreRoutes: readonly Operation[] = [
  get(
    "/explore",
    {
      operationId: "getExplore",
      summary: "Get the explore grid",
      description: "Its first page, as Instagram answers it.",
      access: withSession("read"),
      returns: PassedThrough,
    },
    ({ session }) => session.read(getExplore),
  ),
  get(
    "/explore/media",
    {
      operationId: "getExploreMedia",
      summary: "Get a post of the explore grid",
      description: "As Instagram answers it.",
      access: withSession("read"),
      query: { media_pk: MediaName },
      returns: PassedThrough,
      errors: ["MediaNotFound"],
    },
    ({ query, session }) => {
      const { pk } = parseMediaRef(query.media_pk, "media_pk");
      return session.read(getExploreMedia, pk);
    },
  ),
];
