import type { Mode } from "../db/schema.ts";
import { type HostGuard, HostNotAllowed, HostUnknown } from "../net/host-guard.ts";
import { InvalidInput } from "../problems/problem.ts";
import { COUNTRIES } from "./countries.ts";
import { readProxy } from "./provider-form.ts";
import { type ProxyScheme, type ProxyUrl, ProxyUrlInvalid } from "./proxy-url.ts";

/* The fields of a proxy that callers give: each is made uniform, or refused with InvalidInput. */

export const MAX_LABEL_LENGTH = 100;
export const MAX_SESSIONS_OF_A_PROXY = 1_000_000;

/** A label for people; null for an empty one. */
export function cleanLabel(text: string): string | null {
  const label = text.trim();
  if (label.length > MAX_LABEL_LENGTH)
    throw new InvalidInput("label", `must have ${MAX_LABEL_LENGTH} characters at the most`);
  if (/\p{Cc}/u.test(label) || !label.isWellFormed())
    throw new InvalidInput("label", "must not have control characters");
  return label || null;
}

/** A country of ISO 3166 in upper case; null for an empty text. */
export function cleanCountry(text: string, field = "country"): string | null {
  const country = text.trim().toUpperCase();
  if (country === "") return null;
  if (COUNTRIES.has(country)) return country;
  const hint = country === "UK" ? "; the United Kingdom is GB" : "";
  throw new InvalidInput(field, `must be a country of ISO 3166, such as DE${hint}`);
}

/** Fly's code of a region in lower case; null for an empty text. */
export function cleanRegion(text: string): string | null {
  const region = text.trim().toLowerCase();
  if (region === "") return null;
  if (/^[a-z]{3}$/.test(region)) return region;
  throw new InvalidInput("region", "must be the three letters of a Fly region, such as fra");
}

/** A proxy's URL in its normal form, of any form that readProxy() takes. Throws InvalidInput. */
export function cleanUrl(text: string, field = "url", scheme: ProxyScheme = "http"): ProxyUrl {
  try {
    return readProxy(text, scheme);
  } catch (error) {
    if (error instanceof ProxyUrlInvalid)
      throw new InvalidInput(field, `is not usable: ${error.message}`);
    throw error;
  }
}

/**
 * Refuses the host of a proxy that tenants must not reach, for sessions of this mode. One whose look-up
 * fails is accepted: it is checked again at each use. Throws HostNotAllowed.
 */
export type CheckHost = (url: Pick<ProxyUrl, "host">, mode: Mode | null) => Promise<void>;

export const createHostCheck =
  (guard: HostGuard): CheckHost =>
  async ({ host }, mode) => {
    if (guard.refusesWithoutLookUp(host)) throw new HostNotAllowed("the host is not public");
    // The sandbox has no network: its proxies are names that nobody looks up.
    if (mode === "test") return;
    await guard.addressesOf(host).catch((error: unknown) => {
      if (!(error instanceof HostUnknown)) throw error;
    });
  };
