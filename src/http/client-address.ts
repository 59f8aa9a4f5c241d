import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** The header in which the proxies in front of this service name the client's address. */
export interface TrustedProxy {
  /** In lower case. */
  header: string;
  /**
   * How many trusted proxies append to the header's list. The client's address is this many entries
   * from the right; a client may have made up all entries further left.
   */
  proxies: number;
}

/**
 * The client's address: what the trusted proxy says, otherwise the address of the connection. A
 * request without a valid address in the header did not come through the proxy.
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
 * The source that failures are counted for: an IPv4 address itself, or the /64 network of an IPv6
 * address, which usually belongs to one customer.
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
