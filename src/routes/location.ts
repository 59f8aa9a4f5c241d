import { Type } from "@sinclair/typebox";
import { type Operation, operations, withSession } from "../http/route.ts";
import { Guide } from "../instagram/models/guide.ts";
import { Location } from "../instagram/models/location.ts";
import { MediaPage } from "../instagram/models/media.ts";
import {
  getLocation,
  getLocationGuides,
  getLocationMedias,
  parseLocationPk,
} from "../instagram/operations/location.ts";
import { onePage } from "./cursors.ts";
import { pagination, SHORT_PAGES } from "./parameters.ts";

const { get } = operations("Location");

const LocationPk = Type.String({
  minLength: 1,
  description: "Location pk, or the link of its page.",
  examples: ["213385402"],
});

const topPage = pagination(27);
const recentPage = pagination(63);

/** `/location`: places and their posts. */
export const locationRoutes: readonly Operation[] = [
  get(
    "/location",
    {
      operationId: "getLocation",
      summary: "Get location",
      access: withSession("read"),
      query: { location_pk: LocationPk },
      returns: Location.schema,
      errors: ["LocationNotFound"],
      aliases: ["/location/info"],
    },
    ({ query, session }) => session.read(getLocation, parseLocationPk(query.location_pk)),
  ),
  get(
    "/location/medias/top",
    {
      operationId: "getLocationMediasTop",
      summary: "List top posts of a location",
      description: SHORT_PAGES,
      access: withSession("read"),
      query: { location_pk: LocationPk, ...topPage.parameters },
      returns: MediaPage.schema,
      errors: ["LocationNotFound"],
      aliases: ["/location/media/top"],
    },
    ({ query, session }) => {
      const pk = parseLocationPk(query.location_pk);
      const input = topPage.inputOf(query);
      return session.read((client) =>
        onePage(client, pk, input, (at) => getLocationMedias(client, pk, "ranked", at)),
      );
    },
  ),
  get(
    "/location/medias/recent",
    {
      operationId: "getLocationMediasRecent",
      summary: "List recent posts of a location",
      description: SHORT_PAGES,
      access: withSession("read"),
      query: { location_pk: LocationPk, ...recentPage.parameters },
      returns: MediaPage.schema,
      errors: ["LocationNotFound"],
      aliases: ["/location/media/recent"],
    },
    ({ query, session }) => {
      const pk = parseLocationPk(query.location_pk);
      const input = recentPage.inputOf(query);
      return session.read((client) =>
        onePage(client, pk, input, (at) => getLocationMedias(client, pk, "recent", at)),
      );
    },
  ),
  get(
    "/location/guides",
    {
      operationId: "getLocationGuides",
      summary: "List guides of a location",
      access: withSession("read"),
      query: { location_pk: LocationPk },
      returns: Type.Array(Guide.schema),
      errors: ["LocationNotFound"],
    },
    ({ query, session }) => session.read(getLocationGuides, parseLocationPk(query.location_pk)),
  ),
];
