import type { Client } from "./client.ts";
import { isRefusal, notInAnswer } from "./errors.ts";
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

/**
 * A place with what is missing of its ids and coordinates, for a story. By pk it costs one request,
 * or two; by coordinates one, and one more for the pk. Throws UpstreamRefused: LocationNotFound, and
 * what every operation can throw.
 */
export async function completeLocation(client: Client, location: Location): Promise<Location> {
  const pk = idOrNull(location.pk);
  const externalId = idOrNull(location.external_id);
  const { lat, lng } = location;
  if (pk !== null) {
    if (externalId !== null && lat !== null) return location;
    const known =
      externalId === null ? await withExternalId(client, location) : await getLocation(client, pk);
    return {
      ...location,
      ...(lat === null ? { lat: known.lat, lng: known.lng } : {}),
      ...(externalId === null ? idsFrom(known) : {}),
    };
  }
  if (externalId !== null) return withPk(client, { ...location, pk });
  if (lat === null || lng === null) return location;
  const around = await searchLocations(client, { lat, lng });
  const found = around.find(({ name }) => name === location.name) ?? around[0];
  if (found === undefined)
    throw notInAnswer("LocationNotFound", "Instagram knows no place at these coordinates");
  return withPk(client, { ...location, pk, ...idsFrom(found) });
}

const idsFrom = ({ external_id, external_id_source }: TaggedLocation) => ({
  external_id,
  external_id_source,
});

/** The external id of some places is Instagram's own id, too: the one that it finds them by. */
async function withPk(client: Client, location: Location): Promise<Location> {
  const { external_id: id } = location;
  if (id === null) return location;
  try {
    const found = await getLocation(client, id);
    const isSame =
      found.name === location.name || (found.lat === location.lat && found.lng === location.lng);
    return isSame ? { ...location, pk: id } : location;
  } catch (error) {
    if (isRefusal(error, "LocationNotFound")) return location;
    throw error;
  }
}

/** 0 is how places without an id are written. */
const idOrNull = (id: string | null): string | null => (id === "0" ? null : id);

async function withExternalId(client: Client, location: TaggedLocation): Promise<TaggedLocation> {
  if (idOrNull(location.external_id) !== null) return location;
  const pk = idOrNull(location.pk);
  const named = pk === null ? location : await getLocation(client, pk);
  if (named.external_id !== null || !named.lat) return named;
  const around = await searchLocations(client, { lat: named.lat, lng: named.lng ?? 0 });
  // By pk exactly this place is meant, otherwise the one next to the coordinates.
  const found = named === location ? around[0] : around.find((one) => one.pk === pk);
  return found ?? named;
}
