import { randomUUID } from "node:crypto";
import type { Client } from "../client.ts";
import { withoutLogin } from "../errors.ts";
import { browserHeaders } from "../headers.ts";
import { isJsonObject, type Json, type JsonText, objectOr } from "../json.ts";
import { Hashtag } from "../models/hashtag.ts";
import { readList } from "../models/lists.ts";
import { Location } from "../models/location.ts";
import { type RecentSearchItem, readRecentSearchItems } from "../models/recent-search-item.ts";
import { Track } from "../models/track.ts";
import { UserShort } from "../models/user-short.ts";
import { listOf } from "../paging.ts";
import { json, passthrough } from "../readings.ts";
import { type FormPairs, ifGiven, path } from "../signing.ts";
import { send } from "../transport.ts";
import { userOrNotFound } from "./user.ts";

/** Users whose name or username matches: `GET users/search/`. */
export async function searchUsers(client: Client, query: string): Promise<UserShort[]> {
  const body = await send(client, json, {
    effect: "read",
    method: "GET",
    path: path`users/search/`,
    query: [
      ["search_surface", "user_search_page"],
      ["timezone_offset", String(client.state.timezoneOffset)],
      ["count", "30"],
      ["q", query],
    ],
  });
  return readList(body.users, UserShort.read, client.drift, client.operation, "users");
}

/** Hashtags whose name matches: `GET tags/search/`. */
export async function searchHashtags(client: Client, query: string): Promise<Hashtag[]> {
  const body = await send(client, json, {
    effect: "read",
    method: "GET",
    path: path`tags/search/`,
    query: [
      ["search_surface", "hashtag_search_page"],
      ["timezone_offset", String(client.state.timezoneOffset)],
      ["count", "30"],
      ["q", query],
    ],
  });
  return readList(body.results, Hashtag.read, client.drift, client.operation, "results");
}

/** Licensed music by title or artist: `GET music/audio_global_search/`. */
export async function searchMusic(client: Client, query: string): Promise<Track[]> {
  const body = await send(client, json, {
    effect: "read",
    method: "GET",
    path: path`music/audio_global_search/`,
    query: [
      ["query", query],
      ["browse_session_id", randomUUID()],
    ],
  });
  const track = (item: Json) => Track.read(objectOr(item).track, client.drift);
  return readList(body.items, track, client.drift, client.operation, "items");
}

/** In degrees; positive is north and east. */
export interface Coordinates {
  lat: number;
  lng: number;
}

/** Places by name, the nearest to the coordinates first: `GET fbsearch/places/`. */
export async function searchPlaces(
  client: Client,
  query: string,
  { lat, lng }: Coordinates,
): Promise<Location[]> {
  const body = await send(client, json, {
    effect: "read",
    method: "GET",
    path: path`fbsearch/places/`,
    query: [
      ["search_surface", "places_search_page"],
      ["timezone_offset", String(client.state.timezoneOffset)],
      ["lat", degrees(lat)],
      ["lng", degrees(lng)],
      ["count", "30"],
      ["query", query],
    ],
  });
  const place = (item: Json) => Location.read(objectOr(item).location, client.drift);
  return readList(body.items, place, client.drift, client.operation, "items");
}

/**
 * Places around the coordinates: `GET location_search/`. A place without coordinates gets the given
 * ones.
 */
export async function searchLocations(
  client: Client,
  { lat, lng }: Coordinates,
): Promise<Location[]> {
  const body = await send(client, json, {
    effect: "read",
    method: "GET",
    path: path`location_search/`,
    query: [
      ["latitude", degrees(lat)],
      ["longitude", degrees(lng)],
    ],
  });
  const venue = (item: Json) => {
    const isPlaced = !isJsonObject(item) || "lat" in item;
    return Location.read(isPlaced ? item : { ...item, lat, lng }, client.drift);
  };
  return readList(body.venues, venue, client.drift, client.operation, "venues");
}

const LOGIN_WANTED =
  "Instagram's website wants a login before it searches by name: search by coordinates, or with GET /search/places";

/**
 * Places by name: `GET www.instagram.com/web/search/topsearch/`. The private API has no such
 * request, so the website is asked anonymously, without the session. Throws UpstreamRefused:
 * ClientForbiddenError if the website requires a login.
 */
export async function searchLocationsByName(client: Client, name: string): Promise<Location[]> {
  const body = await withoutLogin(LOGIN_WANTED, () =>
    send(client, json, {
      effect: "read",
      method: "GET",
      host: "www.instagram.com",
      path: "/web/search/topsearch/",
      as: { browser: browserHeaders() },
      query: [
        ["context", "blended"],
        ["query", name],
        ["rank_token", "0.7763938004511706"],
        ["include_reel", "true"],
      ],
    }),
  );
  return readList(body.places, Location.read, client.drift, client.operation, "places");
}

/** Cursors from the previous page of results. Empty ones are left out. */
export interface SearchPage {
  nextMaxId?: string | undefined;
  reelsMaxId?: string | undefined;
  rankToken?: string | undefined;
}

/** Accounts, hashtags, places and posts together: `GET fbsearch/top_serp/`. */
export function searchTop(
  client: Client,
  query: string,
  { nextMaxId, reelsMaxId, rankToken }: SearchPage,
): Promise<JsonText> {
  return send(client, passthrough, {
    effect: "read",
    method: "GET",
    path: path`fbsearch/top_serp/`,
    query: [
      ["search_surface", "top_serp"],
      ["timezone_offset", String(client.state.timezoneOffset)],
      ["query", query],
      ["rank_token", rankToken || client.state.ids.uuid],
      ...ifGiven("next_max_id", nextMaxId),
      ...ifGiven("reels_max_id", reelsMaxId),
    ],
  });
}

/** Reels: `GET fbsearch/reels_serp/`. */
export function searchReels(
  client: Client,
  query: string,
  { reelsMaxId, rankToken }: Omit<SearchPage, "nextMaxId">,
): Promise<JsonText> {
  return send(client, passthrough, {
    effect: "read",
    method: "GET",
    path: path`fbsearch/reels_serp/`,
    query: [
      ["search_surface", "clips_search_page"],
      ["timezone_offset", String(client.state.timezoneOffset)],
      ["query", query],
      ...ifGiven("reels_max_id", reelsMaxId),
      ...ifGiven("rank_token", rankToken),
    ],
  });
}

/** Accounts, page by page: `GET fbsearch/account_serp/`. */
export function searchAccounts(
  client: Client,
  query: string,
  pageToken: string | undefined,
): Promise<JsonText> {
  return send(client, passthrough, {
    effect: "read",
    method: "GET",
    path: path`fbsearch/account_serp/`,
    query: [
      ["search_surface", "account_serp"],
      ["timezone_offset", String(client.state.timezoneOffset)],
      ["query", query],
      ...ifGiven("page_token", pageToken),
    ],
  });
}

/** Suggestions while a query is typed: `GET fbsearch/keyword_typeahead/`. */
export function getSearchTypeahead(
  client: Client,
  query: string,
  { timezoneOffset, count }: { timezoneOffset: number; count: number },
): Promise<JsonText> {
  return send(client, passthrough, {
    effect: "read",
    method: "GET",
    path: path`fbsearch/keyword_typeahead/`,
    query: [
      ["search_surface", "typeahead_search_page"],
      ["query", query],
      ["context", "blended"],
      // 0 means that the caller gave none.
      ...ifGiven("timezone_offset", timezoneOffset === 0 ? "" : String(timezoneOffset)),
      ["count", String(count)],
    ],
  });
}

/** The account's recent searches: `GET fbsearch/recent_searches/`. */
export async function getRecentSearches(client: Client): Promise<RecentSearchItem[]> {
  const body = await send(client, json, {
    effect: "read",
    method: "GET",
    path: path`fbsearch/recent_searches/`,
  });
  return listOf(body.recent, (item) => readRecentSearchItems(item, client.drift)).flat();
}

/** Followers of a user (by pk) whose name matches: `GET friendships/{id}/followers/`. */
export async function searchFollowers(
  client: Client,
  userId: string,
  query: string,
): Promise<UserShort[]> {
  const body = await userOrNotFound(() =>
    send(client, json, {
      effect: "read",
      method: "GET",
      path: path`friendships/${userId}/followers/`,
      query: followListQuery(query),
    }),
  );
  return readList(body.users, UserShort.read, client.drift, client.operation, "users");
}

/**
 * Accounts that a user (by pk) follows and whose name matches: `GET friendships/{id}/following/`.
 */
export async function searchFollowing(
  client: Client,
  userId: string,
  query: string,
): Promise<UserShort[]> {
  const body = await userOrNotFound(() =>
    send(client, json, {
      effect: "read",
      method: "GET",
      path: path`friendships/${userId}/following/`,
      query: [["includes_hashtags", "false"], ...followListQuery(query)],
    }),
  );
  return readList(body.users, UserShort.read, client.drift, client.operation, "users");
}

const followListQuery = (query: string): FormPairs => [
  ["search_surface", "follow_list_page"],
  ["query", query],
  ["enable_groups", "true"],
];

/** Degrees in the recorded client's form: always with a fraction, and small ones as 1e-05. */
function degrees(value: number): string {
  if (Number.isInteger(value)) return value.toFixed(1);
  if (Math.abs(value) >= 1e-4) return String(value);
  return value.toExponential().replace(/e-(\d)$/, "e-0$1");
}
