import type { Client } from "./client.ts";
import type { JsonInput } from "./json.ts";
import type { Location } from "./models/location.ts";
import { getLocation } from "./operations/location.ts";
import { searchLocations } from "./operations/search.ts";
import { pythonFloat } from "./python-json.ts";
import { asciiJson } from "./signing.ts";

/** A place to be named on a post. */
export type TaggedLocation = Pick<
  Location,
  "pk" | "name" | "address" | "lat" | "lng" | "external_id" | "external_id_source"
>;

/**
 * The JSON text of a place in the field `location` of a post; "{}" for none. Instagram knows a place
 * by its external id, so one without that is looked up, by pk or else by its coordinates.
 */
export async function locationText(
  client: Client,
  location: TaggedLocation | null,
): Promise<string> {
  if (location === null) return "{}";
  const known = await withExternalId(client, location);
  return asciiJson({
    name: known.name,
    address: known.address,
    lat: floatOrNull(known.lat),
    lng: floatOrNull(known.lng),
    external_source: known.external_id_source,
    facebook_places_id: known.external_id === null ? null : BigInt(known.external_id),
  });
}

const floatOrNull = (value: number | null): JsonInput =>
  value === null ? null : pythonFloat(value);

async function withExternalId(client: Client, location: TaggedLocation): Promise<TaggedLocation> {
  if (location.external_id !== null && location.external_id !== "0") return location;
  const { pk } = location;
  const named = pk === null || pk === "0" ? location : await getLocation(client, pk);
  if (named.external_id !== null || !named.lat) return named;
  const around = await searchLocations(client, { lat: named.lat, lng: named.lng ?? 0 });
  // By pk exactly this place is meant, otherwise the one next to the coordinates.
  const found = named === location ? around[0] : around.find((one) => one.pk === pk);
  return found ?? named;
}
