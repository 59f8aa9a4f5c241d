import type { Request, Row } from "./row.ts";

const lookUp: Request = {
  send: "GET /api/v1/users/instagram/usernameinfo/",
  answer: { user: { pk: 25025320, username: "instagram" }, status: "ok" },
};
const ZONE = "timezone_offset=<session.timezone_offset>";
const FOLLOW_LIST = "search_surface=follow_list_page&query=anna&enable_groups=true";
const NOBODY = { users: [], status: "ok" };
const serp = (path: string): Request => ({
  send: `GET /api/v1/fbsearch/${path}`,
  answer: { has_more: false, status: "ok" },
});
const places = (coordinates: string): Request => ({
  send: `GET /api/v1/fbsearch/places/?search_surface=places_search_page&${ZONE}&${coordinates}&count=30&query=caf%C3%A9%20%26%20bar`,
  answer: { items: [], status: "ok" },
});
const venues = (coordinates: string): Request => ({
  send: `GET /api/v1/location_search/?${coordinates}`,
  answer: { venues: [], status: "ok" },
});

export const searchRows: Row[] = [
  {
    operation: "getSearchUsers",
    call: "GET /search/users?query=anna%20k",
    requests: [
      {
        send: `GET /api/v1/users/search/?search_surface=user_search_page&${ZONE}&count=30&q=anna%20k`,
        answer: NOBODY,
      },
    ],
  },
  {
    operation: "getSearchHashtags",
    call: "GET /search/hashtags?query=%23berlin",
    requests: [
      {
        send: `GET /api/v1/tags/search/?search_surface=hashtag_search_page&${ZONE}&count=30&q=%23berlin`,
        answer: { results: [], status: "ok" },
      },
    ],
  },
  {
    operation: "getSearchMusic",
    call: "GET /search/music?query=song",
    requests: [
      {
        send: "GET /api/v1/music/audio_global_search/?query=song&browse_session_id=<uuid>",
        answer: { items: [], status: "ok" },
      },
    ],
  },
  {
    operation: "getSearchLocations",
    call: "GET /search/locations?lat=52.51&lng=13.38",
    requests: [venues("latitude=52.51&longitude=13.38")],
  },
  {
    // Numbers as Python writes them.
    operation: "getSearchLocations",
    call: "GET /search/locations?lat=52&lng=-0.00001",
    requests: [venues("latitude=52.0&longitude=-1e-05")],
  },
  {
    operation: "getSearchLocations",
    call: "GET /search/locations?name=Caf%C3%A9%20M%C3%BCller&lat=1&lng=2",
    requests: [
      {
        send: "GET /web/search/topsearch/?context=blended&query=Caf%C3%A9%20M%C3%BCller&rank_token=0.7763938004511706&include_reel=true",
        host: "www.instagram.com",
        web: {},
        answer: { places: [], status: "ok" },
      },
    ],
  },
  {
    operation: "getSearchPlaces",
    call: "GET /search/places?query=caf%C3%A9%20%26%20bar",
    requests: [places("lat=40.74&lng=-73.94")],
  },
  {
    operation: "getSearchPlaces",
    call: "GET /search/places?query=caf%C3%A9%20%26%20bar&lat=0&lng=0.00015",
    requests: [places("lat=0.0&lng=0.00015")],
  },
  {
    operation: "getSearchTop",
    call: "GET /search/top?query=anna&next_max_id=&reels_max_id=rm&rank_token=",
    requests: [
      serp(
        `top_serp/?search_surface=top_serp&${ZONE}&query=anna&rank_token=<session.uuid>&reels_max_id=rm`,
      ),
    ],
  },
  {
    operation: "getSearchTop",
    call: "GET /search/top?query=anna&next_max_id=nm&rank_token=rt",
    requests: [
      serp(`top_serp/?search_surface=top_serp&${ZONE}&query=anna&rank_token=rt&next_max_id=nm`),
    ],
  },
  {
    operation: "getSearchReels",
    call: "GET /search/reels?query=anna&rank_token=rt",
    requests: [
      serp(`reels_serp/?search_surface=clips_search_page&${ZONE}&query=anna&rank_token=rt`),
    ],
  },
  {
    operation: "getSearchAccounts",
    call: "GET /search/accounts?query=anna&page_token=",
    requests: [serp(`account_serp/?search_surface=account_serp&${ZONE}&query=anna`)],
  },
  {
    operation: "getSearchFollowers",
    call: "GET /search/followers?user_id=instagram&query=anna",
    requests: [
      lookUp,
      { send: `GET /api/v1/friendships/25025320/followers/?${FOLLOW_LIST}`, answer: NOBODY },
    ],
  },
  {
    operation: "getSearchFollowing",
    call: "GET /search/following?user_id=3012345678901234567&query=anna",
    requests: [
      {
        send: `GET /api/v1/friendships/3012345678901234567/following/?includes_hashtags=false&${FOLLOW_LIST}`,
        answer: NOBODY,
      },
    ],
  },
  {
    operation: "getSearchRecent",
    call: "GET /search/recent",
    requests: [
      { send: "GET /api/v1/fbsearch/recent_searches/", answer: { recent: [], status: "ok" } },
    ],
  },
  {
    operation: "getSearchTypeahead",
    call: "GET /search/typeahead?query=anna&timezone_offset=-3600",
    requests: [
      serp(
        "keyword_typeahead/?search_surface=typeahead_search_page&query=anna&context=blended&timezone_offset=-3600&count=30",
      ),
    ],
  },
];
