/** A language and an optional region: `en`, `en_US`, `fil-PH`, `es_419`. */
const LOCALE = /^([a-z]{2,3})(?:[_-]([A-Z]{2}|\d{3}))?$/;

// These know the codes of CLDR and the older ones that Android still uses: iw, in, tl, no.
const LANGUAGES = new Intl.DisplayNames("en", { type: "language", fallback: "none" });
const REGIONS = new Intl.DisplayNames("en", { type: "region", fallback: "none" });

/** Codes for "no language", "several languages" and "unknown region". */
const PLACEHOLDERS = new Set(["zxx", "mul", "ZZ"]);

/** Whether a phone could be set to this locale: its language exists, and its region too. */
export function isLocale(text: string): boolean {
  const [, language = "", region] = LOCALE.exec(text) ?? [];
  if (PLACEHOLDERS.has(language) || (region !== undefined && PLACEHOLDERS.has(region)))
    return false;
  return language !== "" && isKnown(LANGUAGES, language) && (!region || isKnown(REGIONS, region));
}

function isKnown(names: Intl.DisplayNames, code: string): boolean {
  try {
    return names.of(code) !== undefined;
  } catch {
    return false;
  }
}
