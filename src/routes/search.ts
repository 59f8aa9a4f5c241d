import { Type } from "@sinclair/typebox";
import { type Operation, operations, PassedThrough, withSession } from "../http/route.ts";
import { Hashtag } from "../instagram/models/hashtag.ts";
import { Location } from "../instagram/models/location.ts";
import { RecentSearchItem } from "../instagram/models/recent-search-item.ts";
import { Track } from "../instagram/models/track.ts";
import { UserShort } from "../instagram/models/user-short.ts";
import {
  type Coordinates,
  getRecentSearches,
  getSearchTypeahead,
  searchAccounts,
  searchFollowers,
  searchFollowing,
  searchHashtags,
  searchLocations,
  searchLocationsByName,
  searchMusic,
  searchPlaces,
  searchReels,
  searchTop,
  searchUsers,
} from "../instagram/operations/search.ts";
import { parseUserRef } from "../instagram/operations/user.ts";
import { InvalidInput } from "../problems/problem.ts";
import { notBlank, ofUser, Query, UserId } from "./parameters.ts";

const { get } = operations("Search");

const Token = (description: string) => Type.Optional(Type.String({ description }));
const ReelsMaxId = Token("reels_max_id of the page before.");
const RankToken = Token("rank_token of the page before: keeps the order from page to page.");
const Latitude = { description: "Degrees north, -90 to 90." };
const Longitude = { description: "Degrees east, -180 to 180." };
/** Where the Python service searches for places by default. */
const NEW_YORK = { lat: 40.74, lng: -73.94 };
const USUAL_SUGGESTIONS = 30;

/** `/search`: users, hashtags, places, music and Reels. */
export const searchRoutes: readonly Operation[] = [
  get(
    "/search/users",
    {
      operationId: "getSearchUsers",
      summary: "Search users",
      access: withSession("read"),
      query: { query: Query("anna") },
      returns: Type.Array(UserShort.schema),
      aliases: ["/user/search"],
    },
    ({ query, session }) => session.read(searchUsers, notBlank(query.query)),
  ),
  get(
    "/search/hashtags",
    {
      operationId: "getSearchHashtags",
      summary: "Search hashtags",
      access: withSession("read"),
      query: { query: Query("berlin") },
      returns: Type.Array(Hashtag.schema),
    },
    ({ query, session }) => session.read(searchHashtags, notBlank(query.query)),
  ),
  get(
    "/search/music",
    {
      operationId: "getSearchMusic",
      summary: "Search music tracks",
      access: withSession("read"),
      query: { query: Query("midnight") },
      returns: Type.Array(Track.schema),
    },
    ({ query, session }) => session.read(searchMusic, notBlank(query.query)),
  ),
  get(
    "/search/locations",
    {
      operationId: "getSearchLocations",
      summary: "Search locations by name or coordinates",
      description:
        "Give a name, or lat and lng; a name takes precedence. By name, Instagram's website is asked without the session, which it may refuse: /search/places uses the app's own search.",
      access: withSession("read"),
      query: {
        name: Type.Optional(
          Type.String({ description: "Name of a place or city.", examples: ["Berlin"] }),
        ),
        lat: Type.Optional(Type.Number(Latitude)),
        lng: Type.Optional(Type.Number(Longitude)),
      },
      returns: Type.Array(Location.schema),
      errors: ["ClientForbiddenError"],
      aliases: ["/location/search"],
    },
    ({ query, session }) => {
      const { name } = query;
      const place = name ? notBlank(name, "name") : coordinates(query.lat, query.lng);
      return session.read((client) =>
        typeof place === "string"
          ? searchLocationsByName(client, place)
          : searchLocations(client, place),
      );
    },
  ),
  get(
    "/search/places",
    {
      operationId: "getSearchPlaces",
      summary: "Search places near coordinates",
      access: withSession("read"),
      query: {
        query: Query("berlin"),
        lat: Type.Optional(Type.Number({ ...Latitude, default: NEW_YORK.lat })),
        lng: Type.Optional(Type.Number({ ...Longitude, default: NEW_YORK.lng })),
      },
      returns: Type.Array(Location.schema),
    },
    ({ query, session }) =>
      session.read(
        searchPlaces,
        notBlank(query.query),
        coordinates(query.lat ?? NEW_YORK.lat, query.lng ?? NEW_YORK.lng),
      ),
  ),
  get(
    "/search/top",
    {
      operationId: "getSearchTop",
      summary: "Search accounts, hashtags, places and posts together",
      access: withSession("read"),
      query: {
        query: Query("anna"),
        next_max_id: Token("next_max_id of the page before."),
        reels_max_id: ReelsMaxId,
        rank_token: RankToken,
      },
      returns: PassedThrough,
    },
    ({ query, session }) =>
      session.read(searchTop, notBlank(query.query), {
        nextMaxId: query.next_max_id,
        reelsMaxId: query.reels_max_id,
        rankToken: query.rank_token,
      }),
  ),
  get(
    "/search/reels",
    {
      operationId: "getSearchReels",
      summary: "Search Reels",
      access: withSession("read"),
      query: { query: Query("berlin"), reels_max_id: ReelsMaxId, rank_token: RankToken },
      returns: PassedThrough,
    },
    ({ query, session }) =>
      session.read(searchReels, notBlank(query.query), {
        reelsMaxId: query.reels_max_id,
        rankToken: query.rank_token,
      }),
  ),
  get(
    "/search/accounts",
    {
      operationId: "getSearchAccounts",
      summary: "Search accounts page by page",
      access: withSession("read"),
      query: {
        query: Query("anna"),
        page_token: Token("page_token of the page before."),
      },
      returns: PassedThrough,
    },
    ({ query, session }) => session.read(searchAccounts, notBlank(query.query), query.page_token),
  ),
  get(
    "/search/followers",
    {
      operationId: "getSearchFollowers",
      summary: "Search the followers of a user",
      access: withSession("read"),
      query: { user_id: UserId, query: Query("anna") },
      returns: Type.Array(UserShort.schema),
      errors: ["UserNotFound", "PrivateAccount"],
    },
    ({ query, session }) =>
      session.read(ofUser(searchFollowers), parseUserRef(query.user_id), notBlank(query.query)),
  ),
  get(
    "/search/following",
    {
      operationId: "getSearchFollowing",
      summary: "Search the accounts that a user follows",
      access: withSession("read"),
      query: { user_id: UserId, query: Query("a") },
      returns: Type.Array(UserShort.schema),
      errors: ["UserNotFound", "PrivateAccount"],
    },
    ({ query, session }) =>
      session.read(ofUser(searchFollowing), parseUserRef(query.user_id), notBlank(query.query)),
  ),
  get(
    "/search/recent",
    {
      operationId: "getSearchRecent",
      summary: "List recent searches of the account",
      access: withSession("read"),
      returns: Type.Array(RecentSearchItem.schema),
    },
    ({ session }) => session.read(getRecentSearches),
  ),
  get(
    "/search/typeahead",
    {
      operationId: "getSearchTypeahead",
      summary: "Get suggestions for a query that is being typed",
      access: withSession("read"),
      query: {
        query: Query("berlin"),
        timezone_offset: Type.Optional(
          Type.Integer({ default: 0, description: "Seconds east of UTC; 0 leaves it out." }),
        ),
        count: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 100,
            default: USUAL_SUGGESTIONS,
            description: "How many suggestions at most.",
          }),
        ),
      },
      returns: PassedThrough,
    },
    ({ query, session }) => {
      const text = notBlank(query.query);
      const { timezone_offset: timezoneOffset = 0, count = USUAL_SUGGESTIONS } = query;
      return session.read(getSearchTypeahead, text, { timezoneOffset, count });
    },
  ),
];

/** Throws InvalidInput if a coordinate is missing or out of range. */
function coordinates(lat: number | undefined, lng: number | undefined): Coordinates {
  if (lat === undefined && lng === undefined)
    throw new InvalidInput("name", "or lat and lng are required");
  if (lat === undefined) throw new InvalidInput("lat", "is required beside lng");
  if (lng === undefined) throw new InvalidInput("lng", "is required beside lat");
  if (Math.abs(lat) > 90) throw new InvalidInput("lat", "must be from -90 to 90");
  if (Math.abs(lng) > 180) throw new InvalidInput("lng", "must be from -180 to 180");
  return { lat, lng };
}
