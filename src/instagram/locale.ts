/** `en`, `en_US`, `fil-PH`, `es_419`: language and, where it is given, region. */
const LOCALE = /^([a-z]{2,3})(?:[_-]([A-Z]{2}|\d{3}))?$/;

// They know the codes of CLDR, and the older ones that Android still says: iw, in, tl, no.
const LANGUAGES = new Intl.DisplayNames("en", { type: "language", fallback: "none" });
const REGIONS = new Intl.DisplayNames("en", { type: "region", fallback: "none" });

/** Codes that say of a text that it has no language or several, and "unknown region". */
const SAYS_NOTHING = new Set(["zxx", "mul", "ZZ"]);

/** Whether a phone could be set to this: a language that exists, in a country or region that does. */
export function isLocale(text: string): boolean {
  const [, language = "", region] = LOCALE.exec(text) ?? [];
  if (SAYS_NOTHING.has(language) || (region !== undefined && SAYS_NOTHING.has(region)))
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
