import { InvalidInput } from "../../problems/problem.ts";
import {
  cleanCountry,
  cleanLabel,
  cleanRegion,
  cleanUrl,
  MAX_SESSIONS_OF_A_PROXY,
} from "../fields.ts";
import type { ProxyFields } from "../proxy-store.ts";
import type { ProxyScheme, ProxyUrl } from "../proxy-url.ts";

/** What holds for the lines of a list that do not say otherwise. */
export interface ListDefaults extends Omit<ProxyFields, "url"> {
  scheme: ProxyScheme;
}

/** A proxy of a list. */
export interface ListedProxy {
  fields: ProxyFields;
  url: ProxyUrl;
}

/**
 * Reads a line of a list: a JSON object with the fields of a proxy, or the text of a proxy alone, in any
 * form that readProxy() takes. Null for a comment. Throws InvalidInput, which quotes nothing of the line.
 */
export function readListLine(text: string, defaults: ListDefaults): ListedProxy | null {
  if (text.startsWith("#")) return null;
  const { scheme, ...usual } = defaults;
  if (!text.startsWith("{")) {
    const url = cleanUrl(text, "url", scheme);
    return { url, fields: { ...usual, url: url.href } };
  }
  const given = objectIn(text);
  const url = cleanUrl(textIn(given, "url") ?? "", "url", scheme);
  const [label, country, region] = ["label", "country", "region"].map((name) =>
    textIn(given, name),
  );
  const maxSessions = maxSessionsIn(given);
  return {
    url,
    fields: {
      url: url.href,
      label: label === undefined ? usual.label : cleanLabel(label),
      country: country === undefined ? usual.country : cleanCountry(country),
      region: region === undefined ? usual.region : cleanRegion(region),
      maxSessions: maxSessions === undefined ? usual.maxSessions : maxSessions,
      onFailure: onFailureIn(given) ?? usual.onFailure,
    },
  };
}

type Given = Readonly<Record<string, unknown>>;

function objectIn(text: string): Given {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidInput([], "The line is not valid JSON");
  }
  // A text that begins with { is an object, if it is JSON at all.
  return value as Given;
}

/** A field with a text, "" for null; undefined where it is left out. */
function textIn(given: Given, name: string): string | undefined {
  const value = Object.hasOwn(given, name) ? given[name] : undefined;
  if (value === null) return "";
  if (value === undefined || typeof value === "string") return value;
  throw new InvalidInput(name, "must be text");
}

function maxSessionsIn(given: Given): number | null | undefined {
  const value = Object.hasOwn(given, "max_sessions") ? given.max_sessions : undefined;
  if (value === undefined || value === null) return value;
  const number = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number) && number >= 0)
    if (number <= MAX_SESSIONS_OF_A_PROXY) return number;
  throw new InvalidInput(
    "max_sessions",
    `must be a whole number from 0 to ${MAX_SESSIONS_OF_A_PROXY}, or null`,
  );
}

function onFailureIn(given: Given): "fail" | "move" | undefined {
  const text = textIn(given, "on_failure");
  if (text === undefined || text === "") return undefined;
  if (text === "fail" || text === "move") return text;
  throw new InvalidInput("on_failure", "must be one of fail, move");
}
