import type { JsonObject } from "../answer.ts";
import {
  type Grouping,
  gatheredLength,
  gatheredPost,
  groupOf,
  groupOfOwner,
  ownerAt,
  ownersIn,
} from "./gathered-posts.ts";
import { mix } from "./numbers.ts";
import type { People, Person } from "./people.ts";
import type { Post, Posts } from "./posts.ts";

/** A place that posts are tagged with. */
export interface Place {
  /** Position among all places. */
  readonly index: number;
  readonly pk: number;
  readonly facebookPlacesId: number;
  readonly name: string;
  readonly shortName: string;
  readonly address: string;
  readonly city: string;
  readonly zip: string;
  readonly category: string;
  readonly lat: number;
  readonly lng: number;
}

type Row = readonly [
  pk: number,
  facebookPlacesId: number,
  name: string,
  shortName: string,
  address: string,
  city: string,
  category: string,
  lat: number,
  lng: number,
];

/** Well-known places with their real ids. */
const NAMED: readonly Row[] = [
  [213385402, 111777152182368, "Berlin, Germany", "Berlin", "", "", "City", 52.51, 13.38],
  [6889842, 110774245616525, "Paris, France", "Paris", "", "", "City", 48.8566, 2.3522],
  [212988663, 108424279189115, "New York, New York", "New York", "", "", "City", 40.7142, -74.0064],
  [
    212949145,
    106423786059675,
    "São Paulo, Brazil",
    "São Paulo",
    "",
    "",
    "City",
    -23.5505,
    -46.6333,
  ],
  [
    221860204,
    113334918682117,
    "Café Müller",
    "Café Müller",
    "Torstraße 1",
    "Berlin",
    "Café",
    52.5296,
    13.4011,
  ],
  [
    214424288,
    103764582995547,
    "Eiffel Tower",
    "Tour Eiffel",
    "5 Avenue Anatole France",
    "Paris",
    "Landmark",
    48.8583,
    2.2945,
  ],
  [
    213131048,
    106078429431815,
    "London, United Kingdom",
    "London",
    "",
    "",
    "City",
    51.5141,
    -0.1094,
  ],
  [214854742, 104063499628686, "東京 Tokyo, Japan", "Tokyo", "", "", "City", 35.6895, 139.6917],
];

/** 32 cities with 16 kinds of places each; the named places replace the first 8 of these. */
const CITIES: readonly (readonly [name: string, lat: number, lng: number])[] = [
  ["Hamburg", 53.5511, 9.9937],
  ["Lisboa", 38.7223, -9.1393],
  ["Berlin", 52.52, 13.405],
  ["Paris", 48.8566, 2.3522],
  ["New York", 40.7128, -74.006],
  ["São Paulo", -23.5505, -46.6333],
  ["London", 51.5072, -0.1276],
  ["Tokyo", 35.6762, 139.6503],
  ["München", 48.1351, 11.582],
  ["Köln", 50.9375, 6.9603],
  ["Wien", 48.2082, 16.3738],
  ["Zürich", 47.3769, 8.5417],
  ["Kraków", 50.0647, 19.945],
  ["İstanbul", 41.0082, 28.9784],
  ["Αθήνα", 37.9838, 23.7275],
  ["Київ", 50.4501, 30.5234],
  ["القاهرة", 30.0444, 31.2357],
  ["मुंबई", 19.076, 72.8777],
  ["서울", 37.5665, 126.978],
  ["京都", 35.0116, 135.7681],
  ["Sydney", -33.8688, 151.2093],
  ["Auckland", -36.8509, 174.7645],
  ["Suva", -18.1248, 178.4501],
  ["Honolulu", 21.3099, -157.8581],
  ["San Francisco", 37.7749, -122.4194],
  ["México", 19.4326, -99.1332],
  ["Bogotá", 4.711, -74.0721],
  ["Buenos Aires", -34.6037, -58.3816],
  ["Reykjavík", 64.1466, -21.9426],
  ["Tromsø", 69.6492, 18.9553],
  ["Nairobi", -1.2921, 36.8219],
  ["Cape Town", -33.9249, 18.4241],
];

const KINDS = [
  "Café",
  "Museum",
  "City Park",
  "Central Station",
  "Bakery",
  "Bookshop",
  "Art Gallery",
  "Harbour",
  "Market Hall",
  "Rooftop Bar",
  "Public Library",
  "Stadium",
  "Botanical Garden",
  "Old Bridge",
  "Cinema",
  "Observatory",
] as const;

const STREETS = ["Station Road", "Hauptstraße", "Rue Neuve", "Calle Mayor", "桜通り"] as const;

/** All 512 places. */
export const PLACES: readonly Place[] = Array.from(
  { length: CITIES.length * KINDS.length },
  (_, index) => namedPlace(index) ?? madeUpPlace(index),
);

const BY_PK: ReadonlyMap<number, Place> = new Map(PLACES.map((place) => [place.pk, place]));

/** The place with that id, or undefined; `text` is a path segment or field. */
export function placeByPk(text: string): Place | undefined {
  return /^\d{1,15}$/.test(text) ? BY_PK.get(Number(text)) : undefined;
}

/** Places whose name or city contains the text in any case, those that start with it first. */
export function searchPlaces(text: string, limit: number): Place[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  const found = PLACES.filter(({ name, city }) =>
    `${name}\n${city}`.toLowerCase().includes(wanted),
  );
  const rank = ({ name }: Place) => Number(!name.toLowerCase().startsWith(wanted));
  return found.sort((one, other) => rank(one) - rank(other)).slice(0, limit);
}

/** Places within about 100 km of a point, nearest first. */
export function placesNear(lat: number, lng: number, limit: number): Place[] {
  const distance = (place: Place): number => {
    const east = Math.abs(place.lng - lng);
    return Math.hypot(
      place.lat - lat,
      Math.min(east, 360 - east) * Math.cos((lat * Math.PI) / 180),
    );
  };
  return PLACES.filter((place) => distance(place) < 1)
    .sort((one, other) => distance(one) - distance(other))
    .slice(0, limit);
}

/** A place as posts and `fbsearch/places/` carry it. */
export function placeShape(place: Place): JsonObject {
  return {
    pk: place.pk,
    short_name: place.shortName,
    facebook_places_id: place.facebookPlacesId,
    external_source: "facebook_places",
    name: place.name,
    address: place.address,
    city: place.city,
    has_viewer_saved: false,
    lat: place.lat,
    lng: place.lng,
  };
}

function namedPlace(index: number): Place | undefined {
  const row = NAMED[index];
  if (row === undefined) return undefined;
  const [pk, facebookPlacesId, name, shortName, address, city, category, lat, lng] = row;
  const zip = address === "" ? "" : "10119";
  return {
    index,
    pk,
    facebookPlacesId,
    name,
    shortName,
    address,
    city,
    zip,
    category,
    lat,
    lng,
  };
}

function madeUpPlace(index: number): Place {
  const [city, lat, lng] = CITIES[index % CITIES.length] ?? ["", 0, 0];
  const category = KINDS[Math.floor(index / CITIES.length)] ?? KINDS[0];
  const hash = mix(index, 95);
  // Within about five kilometres of the city's centre.
  const aside = (bits: number) => ((hash >>> bits) % 1_000) / 10_000 - 0.05;
  const shift = (degrees: number, bits: number) => Number((degrees + aside(bits)).toFixed(4));
  return {
    index,
    pk: 215_000_017 + index * 7_919,
    facebookPlacesId: 100_000_000_000_000 + (hash % 1_000_000) * 10_007,
    name: `${city} ${category}`,
    shortName: category,
    address: `${STREETS[hash % STREETS.length]} ${1 + (hash % 90)}`,
    city,
    zip: String(10_000 + (hash % 89_999)),
    category,
    lat: shift(lat, 3),
    lng: shift(lng, 13),
  };
}

/** Every third post of a user, from the second newest on, was made at the user's home place. */
const BY_HOME: Grouping = {
  kind: 62,
  groups: PLACES.length,
  first: 1,
  step: 3,
  rounds: (index) => (index < NAMED.length ? 12 : 2),
};

/** The home place of a user; undefined for named accounts. */
export function homeOf(people: People, person: Person): Place | undefined {
  const index = people.crowdIndex(person);
  return index < 0 ? undefined : PLACES[groupOfOwner(people, index, BY_HOME)];
}

/** Users whose home is a place, `most` at most. */
export function localsOf(people: People, { index }: Place, most: number): Person[] {
  return Array.from({ length: Math.min(most, ownersIn(BY_HOME)) }, (_, turn) =>
    ownerAt(people, BY_HOME, index, turn),
  );
}

/** Where a post was made; undefined for most posts. */
export function placeOf(people: People, post: Post): Place | undefined {
  const home = groupOf(people, post, BY_HOME);
  if (home !== undefined) return PLACES[home];
  const { hash, owner } = post;
  // Named accounts have no home: they post from the named places.
  if (people.crowdIndex(owner) >= 0 || hash % 4 !== 1) return undefined;
  return PLACES[(hash >>> 4) % NAMED.length];
}

/** How many positions placedPost() takes for a place; about half of them hold a post. */
export function placedLength(people: People, { index }: Place): number {
  return people.instagram.postCount + gatheredLength(BY_HOME, index);
}

/**
 * The post at a position of a place, roughly newest first, with the posts of `instagram` before the
 * crowd's; undefined where there is none.
 */
export function placedPost(posts: Posts, { index }: Place, position: number): Post | undefined {
  const { people } = posts;
  const rest = position - people.instagram.postCount;
  if (rest >= 0) return gatheredPost(posts, BY_HOME, index, rest);
  const post = posts.of(people.instagram, position);
  return placeOf(people, post)?.index === index ? post : undefined;
}
