import {
  isTooLong,
  type ProxyScheme,
  type ProxyUrl,
  ProxyUrlInvalid,
  parseProxyUrl,
} from "./proxy-url.ts";

/**
 * Reads a proxy as providers write them: a URL, `host:port`, `host:port:user:password`,
 * `user:password@host:port`, and these with user and host exchanged; each with or without a scheme in
 * front. In the forms with colons, user name and password stand as they are, without
 * percent-encoding, and the password may contain colons.
 *
 * `scheme` is that of a text without one, which must name its port. Throws ProxyUrlInvalid, which quotes nothing of the text.
 */
export function readProxy(text: string, scheme: ProxyScheme = "http"): ProxyUrl {
  // Encoding makes no text shorter: one that is too long need not be taken apart.
  if (isTooLong(text)) return parseProxyUrl(text);
  const [, named, rest = ""] = /^(?:([a-z][a-z0-9+.-]*:\/\/))?(.*)$/is.exec(text.trim()) ?? [];
  const prefix = named ?? `${scheme}://`;
  // Encoded, what no URL may hold would get past its reader.
  if (/^$|[\s\p{Cc}]/u.test(rest) || !rest.isWellFormed()) return parseProxyUrl(text);
  const others = otherForms(rest);
  if (named === undefined && others.length === 0 && !ENDS_IN_PORT.test(rest))
    throw new ProxyUrlInvalid("a proxy without a scheme needs its port, as in host:port");
  // A password with an @ makes host:port:user:password look like a URL without a port.
  const forms = named === undefined && isPlaceFirst(rest) ? [...others, rest] : [rest, ...others];
  const urls = forms.map((form) => prefix + form);
  let first: ProxyUrlInvalid | null = null;
  for (const url of urls) {
    try {
      return parseProxyUrl(url);
    } catch (error) {
      if (!(error instanceof ProxyUrlInvalid)) throw error;
      first ??= error;
    }
  }
  throw first ?? new ProxyUrlInvalid("the proxy URL is not valid");
}

const ENDS_IN_PORT = /:\d{1,5}\/?$/;

/** Whether it begins with a host that has a point or brackets, a port and a user name. */
function isPlaceFirst(text: string): boolean {
  const host = /^(\[[^\]]*\]|[^:@]*):\d{1,5}:/.exec(text)?.[1] ?? "";
  return host.startsWith("[") || host.includes(".") || host.toLowerCase() === "localhost";
}

/** What the text is as `user:password@host:port`, in the order of likelihood. */
function otherForms(text: string): string[] {
  const parts = /^(\[[^\]]*\]|[^:@]*):([^:@]*):([^:]*)(?::(.*))?$/s.exec(text);
  if (parts !== null) {
    const [, first = "", second = "", third = "", fourth] = parts;
    // A user's name may be a host's, but hardly is a password a port's number.
    if (isPort(second)) return [authority(first, second, third, fourth)];
    return fourth === undefined ? [] : [authority(third, fourth, first, second)];
  }
  // host:port@user:password
  const exchanged = /^((?:\[[^\]]*\]|[^:@]*):\d{1,5})@([^:]*)(?::(.*))?$/s.exec(text);
  if (exchanged === null) return [];
  const [, place = "", user = "", password] = exchanged;
  return [`${credentials(user, password)}${place}`];
}

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text);

const authority = (host: string, port: string, user: string, password = ""): string =>
  `${credentials(user, password)}${host}:${port}`;

/** Encoded, so that every character means itself. */
const credentials = (user: string, password = ""): string =>
  user === "" && password === ""
    ? ""
    : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`;
