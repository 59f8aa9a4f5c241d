import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { GuideSchema } from "../instagram/models/guide.ts";
import { Location } from "../instagram/models/location.ts";
import { MediaPage } from "../instagram/models/media.ts";
import {
  getLocation,
  getLocationGuides,
  getLocationMedias,
  parseLocationPk,
} from "../instagram/operations/location.ts";
import { onePage } from "./cursors.ts";
import { pageOf } from "./parameters.ts";

const TAG = "Location";

const LocationPk = Type.String({
  minLength: 1,
  description: "Location pk, or the link of its page.",
  examples: ["213385402"],
});

const topPage = pageOf(27);
const recentPage = pageOf(63);

const PAGES = "A page holds what Instagram gives at once, which can be fewer than amount.";

/** `/location`: places and their posts. */
export const locationRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/location",
      ({ query, session, context }) => {
        const pk = parseLocationPk(query.location_pk);
        return session.read(context, (client) => getLocation(client, pk));
      },
      {
        withSession: "read",
        query: fields({ location_pk: LocationPk }),
        detail: operation(TAG, "session", {
          operationId: "getLocation",
          summary: "Get location",
          returns: Location.schema,
          errors: ["LocationNotFound"],
          aliases: ["/location/info"],
        }),
      },
    )
    .get(
      "/location/medias/top",
      ({ query, session, context }) => {
        const pk = parseLocationPk(query.location_pk);
        const input = topPage.of(query);
        return session.read(context, (client) =>
          onePage({ operation: "getLocationMediasTop", of: pk }, input, (at) =>
            getLocationMedias(client, pk, "ranked", at),
          ),
        );
      },
      {
        withSession: "read",
        query: fields({ location_pk: LocationPk, ...topPage.parameters }),
        detail: operation(TAG, "session", {
          operationId: "getLocationMediasTop",
          summary: "List top posts of a location",
          description: PAGES,
          returns: MediaPage.schema,
          errors: ["LocationNotFound"],
          aliases: ["/location/media/top"],
        }),
      },
    )
    .get(
      "/location/medias/recent",
      ({ query, session, context }) => {
        const pk = parseLocationPk(query.location_pk);
        const input = recentPage.of(query);
        return session.read(context, (client) =>
          onePage({ operation: "getLocationMediasRecent", of: pk }, input, (at) =>
            getLocationMedias(client, pk, "recent", at),
          ),
        );
      },
      {
        withSession: "read",
        query: fields({ location_pk: LocationPk, ...recentPage.parameters }),
        detail: operation(TAG, "session", {
          operationId: "getLocationMediasRecent",
          summary: "List recent posts of a location",
          description: PAGES,
          returns: MediaPage.schema,
          errors: ["LocationNotFound"],
          aliases: ["/location/media/recent"],
        }),
      },
    )
    .get(
      "/location/guides",
      ({ query, session, context }) => {
        const pk = parseLocationPk(query.location_pk);
        return session.read(context, (client) => getLocationGuides(client, pk));
      },
      {
        withSession: "read",
        query: fields({ location_pk: LocationPk }),
        detail: operation(TAG, "session", {
          operationId: "getLocationGuides",
          summary: "List guides of a location",
          returns: Type.Array(GuideSchema),
          errors: ["LocationNotFound"],
        }),
      },
    );
