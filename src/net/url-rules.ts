import { GatewayProblem } from "../problems/gateway.ts";
import { normalName } from "./address-rules.ts";
import type { HostGuard } from "./host-guard.ts";

/** A tenant's URL must not be requested. The message says why, and never quotes the URL. */
export class UrlRefused extends GatewayProblem {
  constructor(message: string, hint?: string) {
    super("UrlNotAllowed", message, hint === undefined ? {} : { hint });
  }
}

/** The longest URL that is read. Signed links of file hosts have some 1,000 characters. */
const MAX_URL_LENGTH = 8_192;

/**
 * Ports of public hosts that may be asked. Others belong to services that are no websites, and a
 * tenant must not scan for those from here.
 */
const WEB_PORTS = new Set(["", "80", "443", "8080", "8443"]);

/**
 * Reads a tenant's URL in the form in which it is requested: the one reading, by the URL standard,
 * that both the checks and the request use. So `http://0x7f.1/`, `http://127。0。0。1/` and
 * `http://[::ffff:7f00:1]/` are all known as what they lead to. Throws UrlRefused for anything but
 * http and https, and for credentials.
 */
export function readUrl(text: string): URL {
  const trimmed = text.trim();
  const url = trimmed.length <= MAX_URL_LENGTH ? URL.parse(trimmed) : null;
  if (url === null)
    throw new UrlRefused(
      `The URL cannot be read, or is longer than ${MAX_URL_LENGTH} characters`,
      "Send an absolute URL such as https://example.com/photo.jpg.",
    );
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new UrlRefused("The URL is neither http nor https", "Use an https URL.");
  if (url.username !== "" || url.password !== "")
    throw new UrlRefused(
      "The URL holds a username or password",
      "Use a URL without credentials, such as a signed link.",
    );
  url.hash = "";
  return url;
}

/** Whether a URL follows a redirect from https to http, which would give the file away. */
export const isDowngrade = (from: URL, to: URL): boolean =>
  from.protocol === "https:" && to.protocol === "http:";

/** The host of a URL: a name, or an address without the brackets of IPv6. */
export const hostOf = ({ hostname }: URL): string =>
  normalName(hostname.startsWith("[") ? hostname.slice(1, -1) : hostname);

/**
 * The addresses that a URL may be requested from: at least one, all checked by the guard. What is
 * refused, and what cannot be looked up, gets the same answer: otherwise names and ports of the
 * operator's network could be probed. Throws UrlRefused.
 */
export async function addressesFor(url: URL, guard: HostGuard): Promise<string[]> {
  const host = hostOf(url);
  if (!WEB_PORTS.has(url.port) && !guard.isListed(host))
    throw new UrlRefused(
      "The URL names a port that is not allowed",
      "Use a URL without a port. The operator of this gateway can allow hosts with any port (URL_ALLOW_HOSTS).",
    );
  try {
    return await guard.addressesOf(host);
  } catch {
    throw new UrlRefused("The URL does not lead to a host of the public internet");
  }
}
