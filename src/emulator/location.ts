import { invalidParameter, json, ok, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import { postsPage } from "./post-page.ts";
import type { Exchange, Route } from "./router.ts";
import { sectionsPage } from "./sections.ts";
import { guideAround, guideText } from "./seed/guides.ts";
import { mix } from "./seed/numbers.ts";
import type { Person } from "./seed/people.ts";
import { localsOf, type Place, placeByPk, placeShape } from "./seed/places.ts";
import { DAY, type Story } from "./seed/stories.ts";
import { isPlaced } from "./seed/story-stickers.ts";
import { avatarOf } from "./seed/user-shape.ts";
import { storyTexts } from "./story.ts";

/** Places, their posts and the guides about them. */
export const LOCATION: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v1/locations/{id}/location_info/",
    // The answer for an unknown place is empty, not a refusal.
    handle: (exchange) => {
      const place = placeByPk(exchange.param("id"));
      return ok(place === undefined ? {} : locationInfo(place));
    },
  },
  {
    method: "GET",
    path: "/api/v1/locations/{id}/info/",
    handle: (exchange) => ok({ location: placeShape(shownPlace(exchange)) }),
  },
  {
    method: "POST",
    path: "/api/v1/locations/{id}/sections/",
    body: "form",
    requiredFields: ["_uuid", "session_id", "tab"],
    handle: sections,
  },
  { method: "GET", path: "/api/v1/guides/location/{id}/", handle: guides },
  // Older apps show it on a place's page.
  { method: "GET", path: "/api/v1/locations/{id}/story/", handle: story },
];

/** The place whose id is in the path. Throws a Refusal (404) where there is none. */
function shownPlace(exchange: Exchange): Place {
  const place = placeByPk(exchange.param("id"));
  if (place === undefined) throw refuse(404, "Location not found");
  return place;
}

function locationInfo(place: Place) {
  const hash = mix(place.index, 96);
  const isBusiness = place.address !== "";
  return {
    location_id: String(place.pk),
    facebook_places_id: String(place.facebookPlacesId),
    name: place.name,
    phone: isBusiness && hash % 3 !== 0 ? `+4930${1_000_000 + (hash % 8_999_999)}` : "",
    website: isBusiness && hash % 4 !== 0 ? `https://example.com/places/${place.pk}` : "",
    category: place.category,
    price_range: isBusiness ? hash % 4 : -1,
    hours: isBusiness ? hours(hash) : {},
    lat: place.lat,
    lng: place.lng,
    location_address: place.address,
    location_city: place.city,
    location_region: 0,
    location_zip: place.zip,
    ig_business: {},
    show_location_page_survey: false,
    num_guides: guideCount(place),
    has_menu: false,
    page_effect_info: { num_effects: 0, thumbnail_url: null, effect: null },
  };
}

function hours(hash: number) {
  const opens = 7 + (hash % 4);
  return {
    status: "Open",
    current_status: `Closes at ${opens + 10}:00`,
    hours_today: `${opens}:00 - ${opens + 10}:00`,
    schedule: ["Mon", "Tue", "Wed", "Thu", "Fri"].map((name) => ({
      name,
      hours: `${opens}:00 - ${opens + 10}:00`,
    })),
    is_open: true,
  };
}

const PAGE_SIZE = 27;
/** A prime that divides the length of no list, so that a walk in these steps meets each position once. */
const RANKED_STRIDE = 7_907;

function sections(exchange: Exchange): Response {
  const place = shownPlace(exchange);
  const tab = textField(exchange.fields, "tab");
  if (tab !== "recent" && tab !== "ranked") throw invalidParameter("tab");
  const { length, at } = exchange.world.places.placed(
    place,
    tab === "ranked" ? (position, seeded) => (position * RANKED_STRIDE) % seeded : undefined,
  );
  const list = {
    name: `location ${place.pk} ${tab}`,
    length,
    at,
    pageSize: PAGE_SIZE,
    byTime: tab === "recent",
    // Clients read every section of a place as a grid.
    largeTiles: tab === "ranked" ? ("withGrid" as const) : ("none" as const),
  };
  return sectionsPage(exchange, list, false);
}

/** Most users with their home at a place whose stories are looked at. */
const LOCALS = 120;
/** Most stories in one answer. */
const MOST_STORIES = 24;

/** Stories from a place that are shown now, as one reel; no reel where there are none. */
function story(exchange: Exchange): Response {
  const { world, viewer } = exchange;
  const { people } = world.seed;
  const place = shownPlace(exchange);
  const isOpen = (person: Person) => !person.isPrivate && world.canSee(viewer, person);
  const made = [...world.stories.madeAndShown()].filter(
    (one) => names(one, place) && isOpen(one.owner) && world.seesStory(viewer, one),
  );
  const seeded = localsOf(people, place, LOCALS)
    .filter(isOpen)
    .flatMap((person) => world.stories.shownBy(person).filter(isPlaced));
  const shown = [...made.reverse(), ...seeded]
    .slice(0, MOST_STORIES)
    .sort((one, other) => one.takenAt - other.takenAt);
  const last = shown.at(-1);
  if (last === undefined) return ok();
  const reel = JSON.stringify({
    id: `location:${place.pk}`,
    unique_integer_reel_id: String(place.pk),
    latest_reel_media: Math.floor(last.takenAt / 1_000),
    expiring_at: Math.floor((last.takenAt + DAY) / 1_000),
    seen: 0,
    can_reply: false,
    can_reshare: true,
    reel_type: "location_reel",
    owner: {
      type: "location",
      pk: place.pk,
      name: place.name,
      short_name: place.shortName,
      lat: place.lat,
      lng: place.lng,
      profile_pic_url: avatarOf(last.owner, 150),
      profile_pic_username: last.owner.username,
      location_dict: placeShape(place),
    },
    location: placeShape(place),
    prefetch_count: 0,
    has_pride_media: false,
  });
  return json(
    `{"story":{${reel.slice(1, -1)},"items":[${storyTexts(exchange, shown)}]},"status":"ok"}`,
  );
}

/** True for a story that an account made with a sticker of that place. */
const names = ({ made }: Story, { pk }: Place): boolean =>
  made?.stickers.some(({ content }) => content.kind === "location" && content.place.pk === pk) ??
  false;

/** How many guides there are about a place: none to two, but more for the named places. */
function guideCount({ index }: Place): number {
  return index < 8 ? 3 + index : mix(index, 97) % 3;
}

function guides(exchange: Exchange): Response {
  const { world, viewer } = exchange;
  const { seed } = world;
  const place = shownPlace(exchange);
  const { instagram } = seed.people;
  const covers = postsPage(
    exchange,
    world.places.placed(place),
    instagram.postCount,
    guideCount(place),
  );
  const texts = covers.items.map((cover) =>
    guideText(seed, guideAround(cover, 9), world.mediaText(viewer, cover)),
  );
  return json(`{"guides":[${texts.join(",")}],"status":"ok"}`);
}
