import { invalidParameter, type Json, type JsonObject, ok } from "./answer.ts";
import { countOf, positionOf } from "./page.ts";
import type { Exchange, Route } from "./router.ts";
import { hashtagShape } from "./seed/hashtags.ts";
import type { Person } from "./seed/people.ts";
import { type Place, placeShape, placesNear, searchPlaces } from "./seed/places.ts";
import { searchMusic } from "./seed/tracks.ts";
import { userShort } from "./seed/user-shape.ts";
import { issueCursor } from "./token.ts";
import { musicItem } from "./track.ts";

/** How many results there are, where the request does not say. */
const USUAL_COUNT = 30;
const LARGEST_COUNT = 50;

const MUSIC_ON_A_PAGE = 20;

/** Searches by name. The search for users is in user.ts. */
export const SEARCH: readonly Route[] = [
  { method: "GET", path: "/api/v1/tags/search/", requiredQuery: ["q"], handle: tags },
  { method: "GET", path: "/api/v1/fbsearch/places/", requiredQuery: ["query"], handle: places },
  {
    method: "GET",
    path: "/api/v1/location_search/",
    requiredQuery: ["latitude", "longitude"],
    handle: venues,
  },
  {
    method: "GET",
    path: "/api/v1/music/audio_global_search/",
    requiredQuery: ["query", "browse_session_id"],
    handle: music,
  },
  {
    method: "GET",
    path: "/api/v1/fbsearch/keyword_typeahead/",
    requiredQuery: ["search_surface", "query", "context"],
    handle: typeahead,
  },
  { method: "GET", path: "/api/v1/fbsearch/recent_searches/", handle: recentSearches },
  {
    method: "GET",
    path: "/api/v1/fbsearch/topsearch_flat/",
    requiredQuery: ["query"],
    handle: flat,
  },
  {
    method: "GET",
    path: "/web/search/topsearch/",
    service: "web",
    access: "open",
    requiredQuery: ["query"],
    handle: webTopSearch,
  },
];

/** The text that is searched for, in lower case. Throws a Refusal (400) where it is empty. */
export function searchedText({ query }: Exchange, name = "query"): string {
  const text = (query.get(name) ?? "").trim().toLowerCase();
  if (text === "") throw invalidParameter(name);
  return text;
}

/** Users that a search finds, without those who have blocked the viewer. */
export function usersFound({ world, viewer }: Exchange, text: string, limit: number): Person[] {
  return world.people
    .search(text, limit)
    .filter((person) => !world.friendships.blocks.has(person, viewer));
}

/** Users, hashtags and places whose name contains the text. */
export function blended(exchange: Exchange, text: string, count: number): JsonObject[] {
  const users = usersFound(exchange, text, 10).map((person) => ({ user: userShort(person) }));
  const hashtags = exchange.world.hashtags
    .search(text, 5)
    .map((hashtag) => ({ hashtag: exchange.world.hashtagShape(exchange.viewer, hashtag) }));
  const found = searchPlaces(text, 3).map((place) => ({ place: placeResult(place) }));
  return [...users, ...hashtags, ...found].slice(0, count);
}

/** Results with their positions. */
export const numbered = (items: readonly JsonObject[]): JsonObject[] =>
  items.map((item, position) => ({ position, ...item }));

function placeResult(place: Place): JsonObject {
  return {
    location: placeShape(place),
    title: place.shortName,
    subtitle: place.address,
    media_bundles: [],
    slug: place.shortName.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "-"),
  };
}

function tags(exchange: Exchange): Response {
  const { world, viewer, query } = exchange;
  const found = world.hashtags
    .search(searchedText(exchange, "q"), countOf(query, USUAL_COUNT, LARGEST_COUNT))
    .map((hashtag) => world.hashtagShape(viewer, hashtag));
  return ok({ results: found, has_more: false, rank_token: rankOf(exchange) });
}

/** Places by name; where the request has coordinates, those nearby first. Older clients send none. */
function places(exchange: Exchange): Response {
  const { query } = exchange;
  const text = searchedText(exchange);
  const count = countOf(query, USUAL_COUNT, LARGEST_COUNT);
  const found = searchPlaces(text, Number.POSITIVE_INFINITY);
  if (query.has("lat") || query.has("lng")) {
    const lat = degreesOf(query, "lat", 90);
    const near = new Set(placesNear(lat, degreesOf(query, "lng", 180), Number.POSITIVE_INFINITY));
    found.sort((one, other) => Number(near.has(other)) - Number(near.has(one)));
  }
  return ok({
    items: found.slice(0, count).map(placeResult),
    has_more: found.length > count,
    rank_token: rankOf(exchange),
  });
}

/** Venues near coordinates; older clients may ask for a name, too. */
function venues({ query }: Exchange): Response {
  const lat = degreesOf(query, "latitude", 90);
  const near = placesNear(lat, degreesOf(query, "longitude", 180), USUAL_COUNT);
  const wanted = (query.get("search_query") ?? "").trim().toLowerCase();
  return ok({
    venues: near.filter(({ name }) => name.toLowerCase().includes(wanted)).map(venue),
    request_id: "a3c6e2f4-0d1b-4c55-9a57-5d0f6a1e7b21",
    rank_token: query.get("rank_token") ?? "",
  });
}

/** A venue; a fifth of them lack coordinates. */
function venue(place: Place): JsonObject {
  return {
    external_id: place.facebookPlacesId,
    external_id_source: "facebook_places",
    name: place.name,
    address: place.address,
    ...(place.index % 5 === 3 ? {} : { lat: place.lat, lng: place.lng }),
    minimum_age: 0,
  };
}

function degreesOf(query: URLSearchParams, name: string, most: number): number {
  const text = query.get(name) ?? "";
  const degrees = Number(text);
  if (text.trim() === "" || !(Math.abs(degrees) <= most)) throw invalidParameter(name);
  return degrees;
}

function music(exchange: Exchange): Response {
  const text = searchedText(exchange);
  const list = `music ${text}`;
  const start = positionOf(exchange.query.get("max_id") ?? "", list);
  const found = searchMusic(text);
  const end = start + MUSIC_ON_A_PAGE;
  const more = end < found.length;
  return ok({
    items: found.slice(start, end).map(musicItem),
    alacorn_session_id: `alacorn_${exchange.query.get("browse_session_id")}`,
    page_info: {
      next_max_id: more ? issueCursor(list, end) : null,
      more_available: more,
      auto_load_more_available: more,
    },
  });
}

/** Suggestions: the text with some endings, then results of all kinds. */
function typeahead(exchange: Exchange): Response {
  const { query } = exchange;
  const text = searchedText(exchange);
  const offset = query.get("timezone_offset") ?? "0";
  if (!/^-?\d{1,5}$/.test(offset)) throw invalidParameter("timezone_offset");
  const count = countOf(query, USUAL_COUNT, 100);
  const keywords = ["", " reels", " aesthetic"].map((ending) => ({
    keyword: keyword(`${text}${ending}`),
  }));
  const list = numbered([...keywords, ...blended(exchange, text, count)].slice(0, count));
  return ok({ list, has_more: false, rank_token: rankOf(exchange), clear_client_cache: false });
}

/** Results of all kinds, as older apps search for them. */
function flat(exchange: Exchange): Response {
  const count = countOf(exchange.query, USUAL_COUNT, LARGEST_COUNT);
  const list = numbered(blended(exchange, searchedText(exchange), count));
  return ok({ list, has_more: false, rank_token: rankOf(exchange), clear_client_cache: false });
}

function keyword(name: string): JsonObject {
  return { id: `keyword_${name.replaceAll(" ", "_")}`, name, section_title: null };
}

/** Recent searches; accounts that follow nobody have none. */
function recentSearches({ world, viewer }: Exchange): Response {
  const { people } = world.seed;
  if (viewer.followingCount === 0) return ok({ recent: [] });
  const following = world.friendships.follows.of(viewer).byPlace;
  const friends = [1, 4].flatMap((position) => following.at(position) ?? []);
  const searched: JsonObject[] = [
    { user: userShort(people.instagram) },
    ...["tokyo", "größe"].flatMap((name) => {
      const hashtag = world.hashtags.named(name);
      return hashtag === undefined ? [] : [{ hashtag: world.hashtagShape(viewer, hashtag) }];
    }),
    { keyword: keyword("street photography") },
    ...searchPlaces("paris", 1).map((place) => ({ place: placeResult(place) })),
    ...friends
      .filter((person) => !world.friendships.blocks.has(person, viewer))
      .map((person) => ({ user: userShort(person) })),
  ];
  return ok({
    recent: searched.map((item, age): JsonObject => ({ ...item, client_time: searchedAt(age) })),
  });
}

/** Time of a recent search, unix seconds: a bit more than an hour before the one after it. */
const searchedAt = (age: number): number => 1_761_955_200 - age * 4_321;

/** The website's search, open to everybody. */
function webTopSearch(exchange: Exchange): Response {
  const { world } = exchange;
  const text = searchedText(exchange);
  const wrapped = (kind: string, items: readonly Json[]): JsonObject[] =>
    items.map((item, position) => ({ position, [kind]: item }));
  return ok({
    users: wrapped("user", world.people.search(text, 10).map(userShort)),
    places: wrapped("place", searchPlaces(text, 10).map(placeResult)),
    hashtags: wrapped("hashtag", world.hashtags.search(text, 5).map(hashtagShape)),
    has_more: false,
    rank_token: rankOf(exchange),
    clear_client_cache: false,
  });
}

const rankOf = ({ query }: Exchange): string => query.get("rank_token") ?? "";
