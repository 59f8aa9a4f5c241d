import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** A header in which a proxy before this service names the client. */
export interface TrustedProxy {
  /** In lower case. */
  header: string;
  /**
   * How many proxies add themselves to the header's list: the address that the outermost of them saw
   * stands so far from the right. What stands further left, a client may have made up.
   */
  proxies: number;
}

/**
 * The address that a request comes from: of the connection, or what a trusted proxy says. A proxy
 * that names no address has not let the request through, so the connection's counts.
 */
export function clientAddress(
  headers: Headers,
  peer: string | null,
  trusted: TrustedProxy | null,
): string | null {
  if (trusted === null) return peer;
  const named = headers.get(trusted.header);
  if (named === null) return peer;
  const entry = trusted.proxies === 1 ? lastOf(named) : named.split(",").at(-trusted.proxies);
  const address = withoutPort((entry ?? "").trim());
  return isIP(address) === 0 ? peer : address;
}

/**
 * Whom an address stands for when failures are counted: an IPv4 address for itself, IPv6 for the
 * network of 64 bits that one customer is given.
 */
export function sourceOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed.kind() === "ipv4"
    ? parsed.toString()
    : parsed.toByteArray().slice(0, 8).map(String).join(".");
}

const lastOf = (list: string): string => list.slice(list.lastIndexOf(",") + 1);

/** `192.0.2.1:443` and `[2001:db8::1]:443`, as some proxies write them. */
function withoutPort(text: string): string {
  if (text.startsWith("[")) return text.slice(1, text.indexOf("]"));
  const colon = text.indexOf(":");
  return colon > 0 && colon === text.lastIndexOf(":") ? text.slice(0, colon) : text;
}
