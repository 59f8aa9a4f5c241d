import { LRUCache } from "lru-cache";
import { type ExactJsonObject, stringifyJson } from "./json.ts";

/*
 * Devices and texts that many sessions have in common are in memory once: thousands of sessions
 * claim to be the same phone with the same release of the app.
 */

const devices = new LRUCache<string, Readonly<ExactJsonObject>>({ max: 1000 });
const texts = new LRUCache<string, string>({ max: 1000 });
/** Longer texts are hardly shared. */
const MAX_SHARED = 1000;

/** These device settings, or equal ones of another session. The result must not be changed. */
export function sharedDevice(device: ExactJsonObject): Readonly<ExactJsonObject> {
  const text = stringifyJson(device);
  if (text.length > MAX_SHARED) return device;
  const known = devices.get(text);
  if (known) return known;
  devices.set(text, device);
  return device;
}

/** This text, or the equal one of another session. */
export function sharedText(text: string): string {
  if (text.length > MAX_SHARED) return text;
  const known = texts.get(text);
  if (known !== undefined) return known;
  texts.set(text, text);
  return text;
}
