import { type Static, Type } from "@sinclair/typebox";
import { isJsonObject, type Json, type JsonObject, parseJson } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import {
  type Raw,
  readOptionalId,
  readOptionalNumber,
  readOptionalText,
  readText,
} from "./read.ts";
import { readOptionalObject } from "./read-nested.ts";
import { Nullable, UpstreamObject } from "./schema.ts";

const DefaultedText = () => Type.Optional(Nullable(Type.String(), { default: "" }));

/** A place. `pk` is Instagram's id of it, `external_id` that of the source (Facebook's). */
export const LocationSchema = Type.Object(
  {
    pk: Type.Optional(Nullable(Type.String())),
    name: Type.String(),
    phone: DefaultedText(),
    website: DefaultedText(),
    category: DefaultedText(),
    hours: Type.Optional(Nullable(UpstreamObject(), { default: {} })),
    address: DefaultedText(),
    city: DefaultedText(),
    zip: DefaultedText(),
    lng: Type.Optional(Nullable(Type.Number())),
    lat: Type.Optional(Nullable(Type.Number())),
    external_id: Type.Optional(Nullable(Type.String())),
    external_id_source: Type.Optional(Nullable(Type.String())),
  },
  { title: "Location" },
);
export type Location = Static<typeof LocationSchema>;

/**
 * A place as the endpoints write it: `location` of a media and of `fbsearch/places/` items,
 * `location_info` (`location_*` fields), a venue of `location_search/` (`external_source`). Some
 * wrap it once more, as `place.location`.
 */
export type RawLocation = Raw<
  | keyof Location
  | "id"
  | "place"
  | "location_id"
  | "location_address"
  | "location_city"
  | "location_zip"
  | "facebook_places_id"
  | "external_source"
  | "address_json"
>;

/** Null when there is no object or an empty one: a place has no required id. */
export function readLocation(value: Json | undefined, drift: DriftReporter): Location | null {
  if (!isJsonObject(value)) {
    if (value !== undefined && value !== null) drift("Location", "pk");
    return null;
  }
  if (isEmpty(value)) return null;
  const raw: RawLocation = unwrapped(value);
  const address = readAddress(raw, drift);
  return {
    pk: readOptionalId(raw.id ?? raw.pk ?? raw.location_id, drift, "Location", "pk"),
    name: readText(raw.name, drift, "Location", "name"),
    phone: readOptionalText(raw.phone, drift, "Location", "phone", ""),
    website: readOptionalText(raw.website, drift, "Location", "website", ""),
    category: readOptionalText(raw.category, drift, "Location", "category", ""),
    hours: readOptionalObject(raw.hours, drift, "Location", "hours", {}),
    address: readOptionalText(address.address, drift, "Location", "address"),
    city: readOptionalText(address.city, drift, "Location", "city"),
    zip: readOptionalText(address.zip, drift, "Location", "zip"),
    lng: readOptionalNumber(raw.lng, drift, "Location", "lng"),
    lat: readOptionalNumber(raw.lat, drift, "Location", "lat"),
    external_id: readOptionalId(externalId(raw), drift, "Location", "external_id"),
    external_id_source: readOptionalText(
      raw.external_id_source ?? raw.external_source,
      drift,
      "Location",
      "external_id_source",
    ),
  };
}

function isEmpty(value: JsonObject): boolean {
  for (const _ in value) return false;
  return true;
}

function unwrapped(value: JsonObject): JsonObject {
  const inner = isJsonObject(value.place) ? value.place.location : undefined;
  return isJsonObject(inner) && !isEmpty(inner) ? inner : value;
}

/** 0, an empty text and "None" are how the upstream and old saved places write that there is none. */
function externalId(raw: RawLocation): Json | undefined {
  const id = raw.external_id || raw.facebook_places_id;
  return id === 0 || id === "" || id === "None" ? null : id;
}

/** The fields of `address_json`, a JSON text, outrank the plain ones when it holds any. */
function readAddress(raw: RawLocation, drift: DriftReporter): Raw<"address" | "city" | "zip"> {
  const parsed = parsedAddress(raw.address_json, drift);
  if (parsed !== null)
    return { address: parsed.street_address, city: parsed.city_name, zip: parsed.zip_code };
  return {
    address: raw.address === undefined ? raw.location_address : raw.address,
    city: raw.city === undefined ? raw.location_city : raw.city,
    zip: raw.zip === undefined ? raw.location_zip : raw.zip,
  };
}

function parsedAddress(value: Json | undefined, drift: DriftReporter): JsonObject | null {
  if (typeof value !== "string" || value === "") return null;
  try {
    const parsed = parseJson(value);
    return isJsonObject(parsed) && !isEmpty(parsed) ? parsed : null;
  } catch {
    drift("Location", "address_json");
    return null;
  }
}
