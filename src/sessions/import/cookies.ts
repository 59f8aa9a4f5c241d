import {
  type ExactJson,
  type ExactJsonObject,
  isJsonObject,
  textOf,
} from "../../instagram/json.ts";
import { EntryInvalid } from "./entry-invalid.ts";

/*
 * Cookie jars: files in Netscape's form (curl, wget, yt-dlp, extensions for browsers), lists as
 * extensions, Puppeteer and Playwright write them, and the store of tough-cookie, which
 * instagram-private-api saves.
 */

/** The unexpired cookies of Instagram, by their names. */
export type Jar = ReadonlyMap<string, string>;

/** The first line of a file in Netscape's form. */
export const isNetscapeHeader = (line: string): boolean =>
  /^# (?:Netscape )?HTTP Cookie File\b/i.test(line);

/** Whether a text is a jar in Netscape's form. */
export const isNetscapeText = (text: string): boolean => isNetscapeHeader(text.trimStart());

/** More than a browser keeps for all of its sites. */
const MAX_COOKIES = 10_000;
const DOMAIN = /^\.?(?:[\w-]+\.)*instagram\.com$/i;

interface Cookie {
  name: string;
  value: string;
  /** "" where the form does not say it. */
  domain: string;
  /** Unix milliseconds, null for a cookie that ends with the browser. */
  expires: number | null;
}

/**
 * The cookies of a jar in Netscape's form: domain, whether for subdomains, path, whether secure,
 * expiry in Unix seconds, name and value, with tabs between them. Throws EntryInvalid.
 */
export function netscapeJar(text: string, now: number): Jar {
  const cookies: Cookie[] = [];
  for (const row of text.split("\n")) {
    const line = row.replace(/\r$/, "").replace(/^\s*#HttpOnly_/i, "");
    if (line.trim() === "" || line.trim().startsWith("#")) continue;
    // A cookie without a value may lack the tab before it.
    const [domain = "", , , , expiry = "", name, value = "", ...more] = line
      .trimStart()
      .split("\t");
    if (name === undefined || more.length > 0)
      throw new EntryInvalid(
        "the cookie jar has a line without its seven fields (with tabs between)",
      );
    const expires = instantOf(Number(expiry));
    cookies.push({ domain: domain.trim(), name, value: value.trim(), expires });
  }
  return jarOf(cookies, now);
}

/** The cookies of a list of objects with name (or `key`), value, domain and expiry. */
export function listedJar(list: readonly ExactJson[], now: number): Jar {
  if (list.length > MAX_COOKIES) throw new EntryInvalid("the cookie jar has too many cookies");
  return jarOf(
    list.map((entry) => {
      if (!isJsonObject(entry))
        throw new EntryInvalid("the list holds something else than cookies");
      return {
        name: textOf(entry.name) || textOf(entry.key),
        value: textOf(entry.value),
        domain: textOf(entry.domain),
        expires: expiryOf(entry),
      };
    }),
    now,
  );
}

/** The cookies of an object of names and values; entries of other types are left out. */
export const namedJar = (cookies: ExactJsonObject, now: number): Jar =>
  jarOf(
    Object.entries(cookies).map(([name, value]) => ({
      name,
      value: textOf(value),
      domain: "",
      expires: null,
    })),
    now,
  );

/** `expirationDate` (Chrome) and `expires` (Puppeteer) are numbers; tough-cookie has a date as text. */
function expiryOf({ expirationDate, expires, expiry }: ExactJsonObject): number | null {
  const given = expirationDate ?? expires ?? expiry;
  if (typeof given === "number") return instantOf(given);
  const time = Date.parse(textOf(given));
  return Number.isNaN(time) ? null : time;
}

/** Unix seconds, or with some tools milliseconds; 0 and less mean that the cookie ends with the browser. */
function instantOf(time: number): number | null {
  if (!(time > 0) || time > 1e14) return null;
  return time < 1e11 ? time * 1000 : time;
}

function jarOf(cookies: readonly Cookie[], now: number): Jar {
  const jar = new Map<string, string>();
  const expired = new Set<string>();
  for (const { name, value, domain, expires } of cookies) {
    if (domain !== "" && !DOMAIN.test(domain)) continue;
    if (name === "" || value === "" || value === '""') continue;
    if (expires !== null && expires <= now) expired.add(name);
    else jar.set(name, value.replace(/^"(.*)"$/s, "$1"));
  }
  if (!jar.has("sessionid"))
    throw new EntryInvalid(
      expired.has("sessionid")
        ? "the cookie sessionid has expired: log in again"
        : "the cookies hold no sessionid of instagram.com: export them while you are logged in",
    );
  return jar;
}
