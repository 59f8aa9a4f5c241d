import metadata from "libphonenumber-js/min/metadata";
import type { SessionState } from "../instagram/session.ts";

/** The countries of a calling code, the largest first. */
const COUNTRIES_OF_CODE = metadata.country_calling_codes;

/** The country and its calling code that clients put into settings which name none. */
const DEFAULT_COUNTRY = "US";
const DEFAULT_CODE = 1;

/**
 * The country where an account seems to be at home, of ISO 3166 in upper case; null if nobody can tell.
 * It is that of the settings, or of their locale. Settings that were never set say US: if the calling
 * code of their phone number is another country's, this country counts.
 */
export function homeCountryOf({
  country,
  countryCode,
}: Pick<SessionState, "country" | "countryCode">): string | null {
  const ofSettings = country.toUpperCase();
  if (ofSettings === DEFAULT_COUNTRY && countryCode !== DEFAULT_CODE)
    return countryOfCode(countryCode) ?? ofSettings;
  return /^[A-Z]{2}$/.test(ofSettings) ? ofSettings : countryOfCode(countryCode);
}

function countryOfCode(code: number): string | null {
  const country = COUNTRIES_OF_CODE[String(code) as keyof typeof COUNTRIES_OF_CODE]?.[0];
  // 001 stands for numbers of no country.
  return country !== undefined && /^[A-Z]{2}$/.test(country) ? country : null;
}
