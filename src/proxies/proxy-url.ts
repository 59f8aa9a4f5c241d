import { isIPv4, isIPv6 } from "node:net";

export const PROXY_SCHEMES = ["http", "https", "socks5", "socks5h"] as const;
export type ProxyScheme = (typeof PROXY_SCHEMES)[number];

export const isProxyScheme = (text: string): text is ProxyScheme =>
  PROXY_SCHEMES.some((scheme) => scheme === text);

/** A parsed proxy URL. Holds credentials: log it only through redactProxy(). */
export interface ProxyUrl {
  /** With both SOCKS schemes the proxy resolves names: a look-up here would bypass it. */
  scheme: ProxyScheme;
  /** Lower case; an IPv6 address is without its brackets. */
  host: string;
  port: number;
  /** Decoded; null without credentials. */
  username: string | null;
  /** Decoded; null if there is none. */
  password: string | null;
  /** The normal form with percent-encoded credentials: equal proxies have equal texts. */
  href: string;
}

/**
 * The text is not a usable proxy URL. The message names the fault and quotes nothing of the text.
 */
export class ProxyUrlInvalid extends Error {
  override readonly name = "ProxyUrlInvalid";
}

const defaultPorts: Record<ProxyScheme, number> = {
  http: 80,
  https: 443,
  socks5: 1080,
  socks5h: 1080,
};
const maxLength = 2_000;
/** SOCKS5 sends the lengths of user name and password in one byte each (RFC 1929). */
const maxSocksBytes = 255;

/** Whether no proxy URL has so many characters. */
export const isTooLong = (text: string): boolean => text.trim().length > maxLength;

/**
 * Reads `scheme://[username[:password]@]host[:port]`; without a scheme it is an http proxy.
 * Credentials may be percent-encoded or hold raw special characters such as `@` and `:`. Only `/`,
 * `?` and `#` must be encoded: otherwise it is unclear where the host begins.
 *
 * Throws ProxyUrlInvalid.
 */
export function parseProxyUrl(text: string): ProxyUrl {
  const trimmed = text.trim();
  if (trimmed === "") throw new ProxyUrlInvalid("the proxy URL is empty");
  if (isTooLong(trimmed)) throw new ProxyUrlInvalid("the proxy URL is too long");
  if (/[\s\p{Cc}]/u.test(trimmed) || !trimmed.isWellFormed()) {
    throw new ProxyUrlInvalid("the proxy URL contains a blank or control character");
  }
  const { scheme, rest } = splitScheme(trimmed);
  // URL libraries add a single slash at the end.
  const authority = rest.endsWith("/") ? rest.slice(0, -1) : rest;
  if (/[/?#]/.test(authority)) {
    throw new ProxyUrlInvalid(
      "a proxy URL has no path, query or fragment; percent-encode / ? # in a user name or password",
    );
  }
  const at = authority.lastIndexOf("@");
  const { username, password } = splitCredentials(at < 0 ? "" : authority.slice(0, at), at >= 0);
  if (scheme.startsWith("socks")) {
    checkSocksLength(username, "user name");
    checkSocksLength(password, "password");
  }
  const { host, port } = splitHost(authority.slice(at + 1), defaultPorts[scheme]);
  return {
    scheme,
    host,
    port,
    username,
    password,
    href: format({ scheme, host, port, username, password }),
  };
}

/** The proxy without its credentials, for logs: `http://***@host:8080`. Accepts any text. */
export function redactProxy(proxy: string | ProxyUrl): string {
  let parsed: ProxyUrl;
  try {
    parsed = typeof proxy === "string" ? parseProxyUrl(proxy) : proxy;
  } catch (error) {
    if (error instanceof ProxyUrlInvalid) return "(unusable proxy URL)";
    throw error;
  }
  const { scheme, host, port, username } = parsed;
  return `${scheme}://${username === null ? "" : "***@"}${bracketed(host)}:${port}`;
}

function splitScheme(text: string): { scheme: ProxyScheme; rest: string } {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text);
  if (match === null) {
    if (text.startsWith("//")) return { scheme: "http", rest: text.slice(2) };
    if (text.includes("://")) {
      throw new ProxyUrlInvalid(
        "the proxy URL's scheme is not valid; percent-encode :// in a user name or password",
      );
    }
    return { scheme: "http", rest: text };
  }
  const name = (match[1] ?? "").toLowerCase();
  const rest = match[2] ?? "";
  if (isProxyScheme(name)) return { scheme: name, rest };
  if (name === "socks") {
    throw new ProxyUrlInvalid("write socks5:// or socks5h:// instead of socks://");
  }
  if (name === "socks4" || name === "socks4a") {
    throw new ProxyUrlInvalid("SOCKS4 proxies are not supported: use socks5, http or https");
  }
  throw new ProxyUrlInvalid("the proxy's scheme must be http, https, socks5 or socks5h");
}

function splitCredentials(
  text: string,
  given: boolean,
): { username: string | null; password: string | null } {
  if (!given || text === "" || text === ":") return { username: null, password: null };
  const colon = text.indexOf(":");
  const username = decodePart(colon < 0 ? text : text.slice(0, colon), "user name");
  const password = colon < 0 ? "" : decodePart(text.slice(colon + 1), "password");
  return { username, password: password === "" ? null : password };
}

/** Undoes percent-encoding, unless a lone `%` shows that the text was never encoded. */
function decodePart(text: string, what: string): string {
  if (/%(?![0-9a-f]{2})/i.test(text)) return text;
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    throw new ProxyUrlInvalid(`the proxy's ${what} is not UTF-8 in its percent-encoding`);
  }
  if (/\p{Cc}/u.test(decoded)) {
    throw new ProxyUrlInvalid(`the proxy's ${what} contains a control character`);
  }
  return decoded;
}

function checkSocksLength(part: string | null, what: string): void {
  if (Buffer.byteLength(part ?? "") > maxSocksBytes) {
    throw new ProxyUrlInvalid(
      `the proxy's ${what} is longer than the ${maxSocksBytes} bytes that SOCKS5 takes`,
    );
  }
}

function splitHost(text: string, defaultPort: number): { host: string; port: number } {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/s.exec(text);
  if (match === null || isIPv6(text)) {
    throw new ProxyUrlInvalid(
      "the proxy's host and port are not valid; write an IPv6 address in brackets, as in [::1]:8080",
    );
  }
  const [, ipv6, name = "", port] = match;
  return {
    host: ipv6 === undefined ? cleanHost(name) : cleanIPv6(ipv6),
    port: port === undefined || port === "" ? defaultPort : cleanPort(port),
  };
}

function cleanIPv6(text: string): string {
  // The URL class decides: Bun's refuses some addresses that isIPv6 accepts.
  const host = /^[0-9a-f:.]+$/i.test(text) ? URL.parse(`http://[${text}]`)?.hostname : undefined;
  if (host === undefined) {
    throw new ProxyUrlInvalid("the proxy's host in brackets is not an IPv6 address");
  }
  return host.slice(1, -1);
}

function cleanHost(text: string): string {
  if (text === "") throw new ProxyUrlInvalid("the proxy URL has no host");
  // Checked before the URL class sees it, which accepts unusual spellings of addresses and encoded
  // characters.
  if (!/^[\p{L}\p{N}\p{M}._-]+$/u.test(text)) {
    throw new ProxyUrlInvalid("the proxy's host contains a character that no host name has");
  }
  const host = URL.parse(`http://${text}`)?.hostname;
  if (host === undefined || host.length > 253 || (isIPv4(host) && !isIPv4(text)))
    throw new ProxyUrlInvalid("the proxy's host is not a valid host name or address");
  return host;
}

function cleanPort(text: string): number {
  if (text.includes(":")) {
    throw new ProxyUrlInvalid(
      "the proxy's port must be a number; credentials go in front, as in user:password@host:port",
    );
  }
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new ProxyUrlInvalid("the proxy's port must be a number from 1 to 65535");
  }
  return port;
}

function format({ scheme, host, port, username, password }: Omit<ProxyUrl, "href">): string {
  const secret = password === null ? "" : `:${encode(password)}`;
  const credentials = username === null ? "" : `${encode(username)}${secret}@`;
  return `${scheme}://${credentials}${bracketed(host)}:${port}`;
}

/**
 * Also encodes the few characters that encodeURIComponent leaves: some proxies read them as syntax.
 */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
