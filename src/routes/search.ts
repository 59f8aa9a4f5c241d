import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { Dict, operation } from "../http/operation.ts";
import { Hashtag } from "../instagram/models/hashtag.ts";
import { Location } from "../instagram/models/location.ts";
import { RecentSearchItem } from "../instagram/models/recent-search-item.ts";
import { TrackSchema } from "../instagram/models/track.ts";
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
import { parseUserRef, resolveUserPk } from "../instagram/operations/user.ts";
import { InvalidInput } from "../problems/problem.ts";
import { Query, searchText, UserId } from "./parameters.ts";

const TAG = "Search";

const Token = (description: string) => Type.Optional(Type.String({ description }));
const ReelsMaxId = Token("reels_max_id of the page before.");
const RankToken = Token("rank_token of the page before: keeps the order from page to page.");
const Latitude = { description: "Degrees north, -90 to 90." };
const Longitude = { description: "Degrees east, -180 to 180." };
/** Where the Python service searched for places when it was told nothing. */
const NEW_YORK = { lat: 40.74, lng: -73.94 };
const USUAL_SUGGESTIONS = 30;

/** `/search`: users, hashtags, places, music and Reels by what they are called. */
export const searchRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/search/users",
      ({ query, session, context }) => {
        const text = searchText(query.query);
        return session.read(context, (client) => searchUsers(client, text));
      },
      {
        withSession: "read",
        query: fields({ query: Query("anna") }),
        detail: operation(TAG, "session", {
          operationId: "getSearchUsers",
          summary: "Search users",
          returns: Type.Array(UserShort.schema),
          aliases: ["/user/search"],
        }),
      },
    )
    .get(
      "/search/hashtags",
      ({ query, session, context }) => {
        const text = searchText(query.query);
        return session.read(context, (client) => searchHashtags(client, text));
      },
      {
        withSession: "read",
        query: fields({ query: Query("berlin") }),
        detail: operation(TAG, "session", {
          operationId: "getSearchHashtags",
          summary: "Search hashtags",
          returns: Type.Array(Hashtag.schema),
        }),
      },
    )
    .get(
      "/search/music",
      ({ query, session, context }) => {
        const text = searchText(query.query);
        return session.read(context, (client) => searchMusic(client, text));
      },
      {
        withSession: "read",
        query: fields({ query: Query("midnight") }),
        detail: operation(TAG, "session", {
          operationId: "getSearchMusic",
          summary: "Search music tracks",
          returns: Type.Array(TrackSchema),
        }),
      },
    )
    .get(
      "/search/locations",
      ({ query, session, context }) => {
        const { name } = query;
        const place = name ? searchText(name, "name") : coordinates(query.lat, query.lng);
        return session.read(context, (client) =>
          typeof place === "string"
            ? searchLocationsByName(client, place)
            : searchLocations(client, place),
        );
      },
      {
        withSession: "read",
        query: fields({
          name: Type.Optional(
            Type.String({ description: "Name of a place or city.", examples: ["Berlin"] }),
          ),
          lat: Type.Optional(Type.Number(Latitude)),
          lng: Type.Optional(Type.Number(Longitude)),
        }),
        detail: operation(TAG, "session", {
          operationId: "getSearchLocations",
          summary: "Search locations by name or coordinates",
          description:
            "Give a name, or lat and lng; a name outranks them. By name Instagram's website is asked without the session, which it may refuse: /search/places asks the app's own search.",
          returns: Type.Array(Location.schema),
          errors: ["ClientForbiddenError"],
          aliases: ["/location/search"],
        }),
      },
    )
    .get(
      "/search/places",
      ({ query, session, context }) => {
        const text = searchText(query.query);
        const near = coordinates(query.lat ?? NEW_YORK.lat, query.lng ?? NEW_YORK.lng);
        return session.read(context, (client) => searchPlaces(client, text, near));
      },
      {
        withSession: "read",
        query: fields({
          query: Query("berlin"),
          lat: Type.Optional(Type.Number({ ...Latitude, default: NEW_YORK.lat })),
          lng: Type.Optional(Type.Number({ ...Longitude, default: NEW_YORK.lng })),
        }),
        detail: operation(TAG, "session", {
          operationId: "getSearchPlaces",
          summary: "Search places near coordinates",
          returns: Type.Array(Location.schema),
        }),
      },
    )
    .get(
      "/search/top",
      ({ query, session, context }) => {
        const text = searchText(query.query);
        const page = {
          nextMaxId: query.next_max_id,
          reelsMaxId: query.reels_max_id,
          rankToken: query.rank_token,
        };
        return session.read(context, (client) => searchTop(client, text, page));
      },
      {
        withSession: "read",
        query: fields({
          query: Query("anna"),
          next_max_id: Token("next_max_id of the page before."),
          reels_max_id: ReelsMaxId,
          rank_token: RankToken,
        }),
        detail: operation(TAG, "session", {
          operationId: "getSearchTop",
          summary: "Search accounts, hashtags, places and posts together",
          returns: Dict,
        }),
      },
    )
    .get(
      "/search/reels",
      ({ query, session, context }) => {
        const text = searchText(query.query);
        const page = { reelsMaxId: query.reels_max_id, rankToken: query.rank_token };
        return session.read(context, (client) => searchReels(client, text, page));
      },
      {
        withSession: "read",
        query: fields({ query: Query("berlin"), reels_max_id: ReelsMaxId, rank_token: RankToken }),
        detail: operation(TAG, "session", {
          operationId: "getSearchReels",
          summary: "Search Reels",
          returns: Dict,
        }),
      },
    )
    .get(
      "/search/accounts",
      ({ query, session, context }) => {
        const text = searchText(query.query);
        return session.read(context, (client) => searchAccounts(client, text, query.page_token));
      },
      {
        withSession: "read",
        query: fields({
          query: Query("anna"),
          page_token: Token("page_token of the page before."),
        }),
        detail: operation(TAG, "session", {
          operationId: "getSearchAccounts",
          summary: "Search accounts page by page",
          returns: Dict,
        }),
      },
    )
    .get(
      "/search/followers",
      ({ query, session, context }) => {
        const user = parseUserRef(query.user_id);
        const text = searchText(query.query);
        return session.read(context, async (client) =>
          searchFollowers(client, await resolveUserPk(client, user), text),
        );
      },
      {
        withSession: "read",
        query: fields({ user_id: UserId, query: Query("anna") }),
        detail: operation(TAG, "session", {
          operationId: "getSearchFollowers",
          summary: "Search the followers of a user",
          returns: Type.Array(UserShort.schema),
          errors: ["UserNotFound", "PrivateAccount"],
        }),
      },
    )
    .get(
      "/search/following",
      ({ query, session, context }) => {
        const user = parseUserRef(query.user_id);
        const text = searchText(query.query);
        return session.read(context, async (client) =>
          searchFollowing(client, await resolveUserPk(client, user), text),
        );
      },
      {
        withSession: "read",
        query: fields({ user_id: UserId, query: Query("a") }),
        detail: operation(TAG, "session", {
          operationId: "getSearchFollowing",
          summary: "Search the accounts that a user follows",
          returns: Type.Array(UserShort.schema),
          errors: ["UserNotFound", "PrivateAccount"],
        }),
      },
    )
    .get("/search/recent", ({ session, context }) => session.read(context, getRecentSearches), {
      withSession: "read",
      detail: operation(TAG, "session", {
        operationId: "getSearchRecent",
        summary: "List recent searches of the account",
        returns: Type.Array(RecentSearchItem.schema),
      }),
    })
    .get(
      "/search/typeahead",
      ({ query, session, context }) => {
        const text = searchText(query.query);
        const { timezone_offset: timezoneOffset = 0, count = USUAL_SUGGESTIONS } = query;
        return session.read(context, (client) =>
          getSearchTypeahead(client, text, { timezoneOffset, count }),
        );
      },
      {
        withSession: "read",
        query: fields({
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
        }),
        detail: operation(TAG, "session", {
          operationId: "getSearchTypeahead",
          summary: "Get suggestions for a query that is being typed",
          returns: Dict,
        }),
      },
    );

/** Throws InvalidInput where one is missing or no place on earth has it. */
function coordinates(lat: number | undefined, lng: number | undefined): Coordinates {
  if (lat === undefined && lng === undefined)
    throw new InvalidInput("name", "or lat and lng are required");
  if (lat === undefined) throw new InvalidInput("lat", "is required beside lng");
  if (lng === undefined) throw new InvalidInput("lng", "is required beside lat");
  if (Math.abs(lat) > 90) throw new InvalidInput("lat", "must be from -90 to 90");
  if (Math.abs(lng) > 180) throw new InvalidInput("lng", "must be from -180 to 180");
  return { lat, lng };
}
