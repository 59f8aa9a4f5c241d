import type { Client } from "../client.ts";
import { notFoundAs, notInAnswer } from "../errors.ts";
import { linkSegmentAfter, numericId } from "../ids.ts";
import { type ExactJson, textOf } from "../json.ts";
import { Guide } from "../models/guide.ts";
import { readList } from "../models/lists.ts";
import { Location } from "../models/location.ts";
import { Media } from "../models/media.ts";
import { collectPage, type Page, type PageInput } from "../paging.ts";
import { exactJson, json } from "../readings.ts";
import {
  idListOr,
  isIdList,
  isMaxId,
  joinCursor,
  postsInSections,
  splitCursor,
} from "../sections.ts";
import { path, signed } from "../signing.ts";
import { send } from "../transport.ts";

/** Reads a place's pk, or the link of its page. Throws InvalidInput. */
export function parseLocationPk(value: string, field = "location_pk"): string {
  return numericId(linkSegmentAfter("/explore/locations/", value) ?? value, field);
}

/**
 * A place by pk: `GET locations/{pk}/location_info/`. Throws UpstreamRefused: LocationNotFound, and
 * what every operation can throw.
 */
export async function getLocation(client: Client, pk: string): Promise<Location> {
  const body = await locationOrNotFound(() =>
    send(client, json, {
      effect: "read",
      method: "GET",
      path: path`locations/${pk}/location_info/`,
    }),
  );
  // The answer for a deleted place is good, but has no name.
  const location = textOf(body.name) === "" ? null : Location.read(body, client.drift);
  if (location === null) throw notInAnswer("LocationNotFound", NOT_FOUND);
  return location;
}

/** Guides about a place: `GET guides/location/{pk}/`. Throws as getLocation(). */
export async function getLocationGuides(client: Client, pk: string): Promise<Guide[]> {
  const body = await locationOrNotFound(() =>
    send(client, json, {
      effect: "read",
      method: "GET",
      path: path`guides/location/${pk}/`,
    }),
  );
  return readList(body.guides, Guide.read, client.drift, client.operation, "guides");
}

/**
 * Posts of a place: `POST locations/{pk}/sections/`, one request for one page. Throws as
 * getLocation().
 */
export function getLocationMedias(
  client: Client,
  pk: string,
  tab: "ranked" | "recent",
  page: PageInput,
): Promise<Page<Media>> {
  return collectPage({
    ...page,
    fillsPage: false,
    identity: ({ pk }) => pk,
    fetchPage: async (cursor) => {
      const after = splitCursor(cursor, ([maxId, number, ids, ...more]) =>
        isMaxId(maxId) && isPageNumber(number) && isIdList(ids) && more.length === 0
          ? { max_id: maxId, page: number, next_media_ids: ids }
          : null,
      );
      const body = await locationOrNotFound(() =>
        send(client, exactJson, {
          effect: "read",
          method: "POST",
          path: path`locations/${pk}/sections/`,
          body: signed({
            _uuid: client.state.ids.uuid,
            session_id: client.state.ids.client_session_id,
            tab,
            ...after,
          }),
        }),
      );
      const { next_max_id: maxId, next_page: number, next_media_ids: ids } = body;
      const goesOn = isMaxId(maxId) && isPageNumber(number);
      return {
        items: postsInSections(body).map((item) => Media.read(item, client.drift)),
        next: goesOn ? joinCursor([maxId, number, idListOr(ids)]) : null,
      };
    },
  });
}

/** Whether a value is the number of a next page. Without one it is 0, null or missing. */
const isPageNumber = (value: ExactJson | undefined): value is number =>
  Number.isSafeInteger(value) && value !== 0;

const NOT_FOUND = "Location not found";

const locationOrNotFound = <T>(request: () => Promise<T>): Promise<T> =>
  notFoundAs("LocationNotFound", NOT_FOUND, request);
