import { normalizeLoginName } from "../../instagram/ids.ts";
import { type ExactJson, type ExactJsonObject, scalarText, textOf } from "../../instagram/json.ts";
import { InvalidInput } from "../../problems/problem.ts";
import { ProxyUrlInvalid, parseProxyUrl } from "../../proxies/proxy-url.ts";
import { cleanLabel, cleanRegion } from "../verbs/manage.ts";
import { EntryInvalid } from "./entry-invalid.ts";

/** What an entry says of its session, beside the login. Undefined: nothing. */
export interface EntryFields {
  username: string | null;
  label: string | null | undefined;
  /** Its own proxy, in the normal form; null: none. */
  proxy: string | null | undefined;
  /** The first of these that is given decides, and only then the URL. */
  proxyId: string | undefined;
  /** ISO 3166 alpha-2, upper case. */
  proxyCountry: string | undefined;
  region: string | null | undefined;
  password: string | undefined;
  /** False: it was switched off where it comes from. */
  enabled: boolean | undefined;
  /** Instagram had ended its login where it comes from. */
  isLoggedOut: boolean;
  /** Unix milliseconds. */
  createdAt: number | undefined;
}

const NAMES = [
  "username",
  "label",
  "proxy",
  "proxy_id",
  "proxy_country",
  "region",
  "password",
  "enabled",
  "state",
  "created_at",
] as const;

/** The names of these fields, and of those of an export that are known by the login itself. */
export const FIELD_NAMES: ReadonlySet<string> = new Set([...NAMES, "session_id", "user_pk"]);

const MAX_PASSWORD_LENGTH = 512;

/** Reads the fields beside a login. Throws EntryInvalid, which quotes no value. */
export function entryFields(given: ExactJsonObject, now: number): EntryFields {
  const text = (name: (typeof NAMES)[number]): string | undefined => {
    const value = given[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string") throw new EntryInvalid(`${name} must be text`);
    if (!value.isWellFormed()) throw new EntryInvalid(`${name} must be text that UTF-8 can hold`);
    return value.trim();
  };
  const filled = (name: (typeof NAMES)[number]): string | undefined => text(name) || undefined;
  return {
    username: cleaned(filled("username"), normalizeLoginName) ?? null,
    label: nullable(given.label, cleaned(text("label"), cleanLabel)),
    proxy: nullable(given.proxy, proxyUrl(text("proxy"))),
    proxyId: shortText("proxy_id", filled("proxy_id"), 64),
    proxyCountry: matching("proxy_country", filled("proxy_country")?.toUpperCase(), /^[A-Z]{2}$/),
    region: nullable(given.region, cleaned(text("region"), cleanRegion)),
    // Blanks may belong to it.
    password: shortText("password", rawText(given.password), MAX_PASSWORD_LENGTH),
    enabled: flag(given.enabled),
    isLoggedOut: filled("state") === "logged_out",
    createdAt: instant(filled("created_at"), now),
  };
}

/** Null where the field is there but empty: the session shall have none. */
function nullable<T extends string>(
  given: ExactJson | undefined,
  value: T | undefined,
): T | null | undefined {
  return given === undefined ? undefined : value || null;
}

/** A text in its clean form; one that is empty or missing stays so. */
function cleaned(given: string | undefined, clean: (text: string) => string): string | undefined {
  if (!given) return given;
  try {
    return clean(given);
  } catch (error) {
    if (error instanceof InvalidInput) throw new EntryInvalid(error.detail);
    throw error;
  }
}

function proxyUrl(given: string | undefined): string | undefined {
  if (given === undefined || given === "") return given;
  try {
    return parseProxyUrl(given).href;
  } catch (error) {
    if (error instanceof ProxyUrlInvalid)
      throw new EntryInvalid(`unusable proxy: ${error.message}`);
    throw error;
  }
}

function shortText(name: string, given: string | undefined, most: number): string | undefined {
  if (given !== undefined && given.length > most)
    throw new EntryInvalid(`${name} must have ${most} characters at the most`);
  return given;
}

function matching(name: string, given: string | undefined, form: RegExp): string | undefined {
  if (given !== undefined && !form.test(given)) throw new EntryInvalid(FORMS[name] ?? name);
  return given;
}

const FORMS: Readonly<Record<string, string>> = {
  proxy_country: "proxy_country must be two letters, such as DE",
};

function rawText(given: ExactJson | undefined): string | undefined {
  if (given === undefined || given === null || given === "") return undefined;
  if (typeof given !== "string" || !given.isWellFormed())
    throw new EntryInvalid("password must be text");
  return textOf(given);
}

function flag(given: ExactJson | undefined): boolean | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given === "boolean") return given;
  const text = scalarText(given).trim().toLowerCase();
  if (text === "true" || text === "false") return text === "true";
  throw new EntryInvalid("enabled must be true or false");
}

function instant(given: string | undefined, now: number): number | undefined {
  if (given === undefined) return undefined;
  const time = Date.parse(given);
  if (Number.isNaN(time) || !/^\d{4}-\d\d-\d\d/.test(given))
    throw new EntryInvalid("created_at must be an ISO 8601 time");
  return time > 0 && time <= now ? time : undefined;
}
