import { InvalidInput } from "../problems/problem.ts";
import {
  type ExactJson,
  type ExactJsonObject,
  isJsonObject,
  JsonRefused,
  objectOr,
  parseBoundedJson,
  stringifyJson,
} from "./json.ts";

/*
 * The saved-settings format of aiograpi: its keys, and readers for values that other clients wrote.
 */

/** Client options of the format. They are not used here, but exported for clients that use them. */
export const CLIENT_OPTIONS: ExactJsonObject = {
  request_timeout: 1,
  public_request_retries_count: 3,
  public_request_retries_timeout: 2,
  session_retry_total: 3,
  session_retry_backoff_factor: 2,
  session_retry_statuses: [429, 500, 502, 503, 504],
  public_transport: "requests",
  public_transport_impersonate: "chrome136",
};

/** The longest saved settings that are accepted; usual ones have 2 to 4 KB. */
export const MAX_SETTINGS_BYTES = 64 * 1024;

/** Settings that this client reads. */
const READ_KEYS = new Set([
  "uuids",
  "mid",
  "ig_u_rur",
  "ig_www_claim",
  "authorization_data",
  "cookies",
  "last_login",
  "device_settings",
  "user_agent",
  "country",
  "country_code",
  "locale",
  "timezone_offset",
]);

/**
 * JSON text of those saved settings that this client does not read: ids of another type (in
 * `uuids`), client options with unusual values, and keys of other clients. Empty if there are none.
 */
export function otherSettings(saved: ExactJsonObject): string {
  const uuids = Object.entries(objectOr(saved.uuids)).filter(
    ([, id]) => typeof id !== "string" || id === "",
  );
  const others = Object.entries(saved).filter(
    ([key, value]) => !READ_KEYS.has(key) && !isUsualOption(key, value),
  );
  if (uuids.length + others.length === 0) return "";
  return stringifyJson({
    ...(uuids.length > 0 ? { uuids: Object.fromEntries(uuids) } : {}),
    ...Object.fromEntries(others),
  });
}

const isUsualOption = (key: string, value: ExactJson): boolean =>
  Object.hasOwn(CLIENT_OPTIONS, key) && stringifyJson(value) === stringifyJson(CLIENT_OPTIONS[key]);

/** A text that is not empty, or the fallback. */
export const textOr = (value: ExactJson | undefined, fallback: string): string =>
  typeof value === "string" && value !== "" ? value : fallback;

/** An id as decimal digits, null for anything else. */
export const idText = (value: ExactJson | undefined): string | null =>
  typeof value === "string" || typeof value === "number" || typeof value === "bigint"
    ? /^\d{1,40}$/.test(String(value))
      ? String(value)
      : null
    : null;

/** A whole number, given as a number or text, or the fallback. */
export function integerOr(value: ExactJson | undefined, fallback: number): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : fallback;
}

/** Parses settings: JSON text or an object. Throws InvalidInput (field `settings`). */
export function settingsObject(settings: string | ExactJsonObject): ExactJsonObject {
  if (typeof settings !== "string") return settings;
  let value: ExactJson;
  try {
    value = parseBoundedJson(settings);
    // Some tools store the file's text inside a JSON string.
    if (typeof value === "string") value = parseBoundedJson(value);
  } catch (error) {
    if (error instanceof JsonRefused) throw new InvalidInput("settings", error.message);
    throw new InvalidInput("settings", "must be JSON text");
  }
  if (!isJsonObject(value)) throw new InvalidInput("settings", "must be a JSON object");
  for (const key of ["uuids", "authorization_data", "cookies", "device_settings"] as const) {
    const part = value[key];
    if (part !== undefined && part !== null && !isJsonObject(part))
      throw new InvalidInput("settings", `must hold an object in ${key}`);
  }
  return value;
}

/** Whether two settings may belong to the same phone: the ids that both hold are equal. */
export function isSameDevice(one: ExactJsonObject, other: ExactJsonObject): boolean {
  const [ids, others] = [objectOr(one.uuids), objectOr(other.uuids)];
  return DEVICE_IDS.every((name) => {
    const [id, otherId] = [textOr(ids[name], ""), textOr(others[name], "")];
    return id === "" || otherId === "" || id === otherId;
  });
}

/** Settings completed with the known phone, unless they name another one. */
export function onDeviceOf(known: ExactJsonObject, settings: ExactJsonObject): ExactJsonObject {
  if (!isSameDevice(known, settings)) return settings;
  return {
    ...settings,
    uuids: { ...objectOr(known.uuids), ...objectOr(settings.uuids) },
    device_settings: settings.device_settings ?? known.device_settings ?? {},
  };
}

/** Ids that never change on a phone. The others may change from one login to the next. */
const DEVICE_IDS = ["uuid", "phone_id", "android_device_id"];

/** The settings by which Instagram recognises a phone: its ids and its hardware. */
export function deviceOnly(settings: ExactJsonObject): ExactJsonObject {
  return {
    uuids: objectOr(settings.uuids),
    device_settings: objectOr(settings.device_settings),
  };
}
