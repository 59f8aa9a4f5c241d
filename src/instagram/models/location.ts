import { isJsonObject, type Json, type JsonObject, objectOr, parsePlain } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { firstOf, id, number, optional, passthrough, text } from "./fields.ts";
import { type Infer, model } from "./model.ts";

/**
 * A place. `pk` is Instagram's id of it, `external_id` that of the source (Facebook's). The endpoints
 * write it in different ways: `location` of a media and of `fbsearch/places/` items, `location_info`
 * (`location_*` fields), a venue of `location_search/` (`external_source`). No id is required: only
 * where there is no object or an empty one, there is no place.
 */
export const Location = model(
  "Location",
  {
    pk: optional(id(), { from: firstOf("id", "pk", "location_id") }),
    name: text(),
    phone: optional(text(), { missing: "" }),
    website: optional(text(), { missing: "" }),
    category: optional(text(), { missing: "" }),
    hours: optional(passthrough(), { missing: {} }),
    address: optional(text(), { default: "", from: given("address", "location_address") }),
    city: optional(text(), { default: "", from: given("city", "location_city") }),
    zip: optional(text(), { default: "", from: given("zip", "location_zip") }),
    lng: optional(number()),
    lat: optional(number()),
    external_id: optional(id(), { from: externalId }),
    external_id_source: optional(text(), {
      from: firstOf("external_id_source", "external_source"),
    }),
  },
  { unwrap },
);
export type Location = Infer<typeof Location>;

/** Some endpoints wrap it once more, as `place.location`. */
function unwrap(value: Json | undefined, drift: DriftReporter): JsonObject | null {
  if (!isJsonObject(value)) {
    if (value !== undefined && value !== null) drift("Location", "pk");
    return null;
  }
  if (isEmpty(value)) return null;
  const { location } = objectOr(value.place);
  return withAddress(isJsonObject(location) && !isEmpty(location) ? location : value, drift);
}

/** The fields of `address_json`, a JSON text, outrank the plain ones when it holds any. */
function withAddress(raw: JsonObject, drift: DriftReporter): JsonObject {
  const { address_json: text } = raw;
  if (typeof text !== "string" || text === "") return raw;
  const parsed = parsedOr(text, drift);
  if (!isJsonObject(parsed) || isEmpty(parsed)) return raw;
  const { street_address: address = null, city_name: city = null, zip_code: zip = null } = parsed;
  return { ...raw, address, city, zip };
}

function parsedOr(text: string, drift: DriftReporter): Json {
  try {
    return parsePlain(text);
  } catch {
    drift("Location", "address_json");
    return null;
  }
}

function isEmpty(value: JsonObject): boolean {
  for (const _ in value) return false;
  return true;
}

/** The first field, and the other where it is missing. */
function given(name: string, other: string) {
  return (raw: JsonObject): Json | undefined => (raw[name] === undefined ? raw[other] : raw[name]);
}

/** 0, an empty text and "None" are how the upstream and old saved places write that there is none. */
function externalId(raw: JsonObject): Json | undefined {
  const id = raw.external_id || raw.facebook_places_id;
  return id === 0 || id === "" || id === "None" ? null : id;
}
