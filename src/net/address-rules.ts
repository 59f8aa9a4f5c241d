import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** An entry of the operator's allow list that cannot be read. The message quotes it. */
export class AllowListInvalid extends Error {
  override readonly name = "AllowListInvalid";
}

/** The only part of IPv6 that is allocated to the public internet so far. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");
/**
 * Addresses in public ranges behind which clouds have services for their own machines: Azure's
 * metadata, DNS and health checks.
 */
const OF_CLOUDS: ReadonlySet<string> = new Set(["168.63.129.16"]);
/** NAT64's well-known prefix. The last four bytes are an IPv4 address (RFC 6052). */
const NAT64 = ipaddr.IPv6.parseCIDR("64:ff9b::/96");

/**
 * A host's address if the host is an address, null if it is a name. Accepts what resolvers accept:
 * an IPv6 address with brackets or a zone, and IPv4 as `127.1`, `0x7f000001`, `0177.0.0.1`,
 * `2130706433`.
 */
export function addressIn(host: string): string | null {
  const bare = host.replace(/^\[(.*)\]$/s, "$1");
  return ipaddr.isValid(bare) ? canonical(ipaddr.parse(bare)).toString() : null;
}

/**
 * Whether an address belongs to the public internet. False for everything else: this machine, its
 * networks, link-local (where clouds have their metadata services), carrier NAT, multicast,
 * reserved and documentation ranges, tunnels. If an IPv6 address holds an IPv4 address, the latter
 * decides.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = canonical(ipaddr.parse(text));
  if (!isIPv6(address)) return isPublicIPv4(address);
  if (address.match(NAT64)) return isPublicIPv4(new ipaddr.IPv4(address.toByteArray().slice(12)));
  return address.match(GLOBAL_UNICAST) && address.range() === "unicast";
}

const isPublicIPv4 = (address: ipaddr.IPv4): boolean =>
  address.range() === "unicast" && !OF_CLOUDS.has(address.toString());

/** Turns an IPv4-mapped IPv6 address into that IPv4 address, and leaves others as they are. */
const canonical = (address: Address): Address =>
  isIPv6(address) && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;

const isIPv6 = (address: Address): address is ipaddr.IPv6 => address.kind() === "ipv6";

/** The operator's list of hosts that need not be public. */
export interface AllowList {
  /** Takes a name as normalName() gives it. All addresses of an allowed name are allowed too. */
  allowsName(name: string): boolean;
  allowsAddress(address: string): boolean;
}

/**
 * Reads host names, `*.suffix` for all names under a suffix, addresses, and networks such as
 * `10.0.0.0/8`. Throws AllowListInvalid.
 */
export function parseAllowList(entries: readonly string[]): AllowList {
  const names = new Set<string>();
  const suffixes: string[] = [];
  const networks: [Address, number][] = [];
  for (const entry of entries) {
    const network = networkIn(entry);
    if (network) networks.push(network);
    else if (entry.startsWith("*.") && isHostName(entry.slice(2)))
      suffixes.push(normalName(entry.slice(1)));
    else if (isHostName(entry)) names.add(normalName(entry));
    else
      throw new AllowListInvalid(
        `"${entry}" is no host name, *.suffix, address or network such as 10.0.0.0/8`,
      );
  }
  return {
    allowsName: (name) => names.has(name) || suffixes.some((suffix) => name.endsWith(suffix)),
    allowsAddress: (text) => {
      if (networks.length === 0 || !ipaddr.isValid(text)) return false;
      const address = canonical(ipaddr.parse(text));
      return networks.some(
        ([base, bits]) => base.kind() === address.kind() && matches(address, base, bits),
      );
    },
  };
}

function networkIn(entry: string): [Address, number] | null {
  if (ipaddr.isValidCIDR(entry)) {
    const [base, bits] = ipaddr.parseCIDR(entry);
    return isIPv6(base) && base.isIPv4MappedAddress() && bits >= 96
      ? [base.toIPv4Address(), bits - 96]
      : [base, bits];
  }
  const address = addressIn(entry);
  if (address === null) return null;
  const base = ipaddr.parse(address);
  return [base, isIPv6(base) ? 128 : 32];
}

function matches(address: Address, base: Address, bits: number): boolean {
  if (isIPv6(address)) return isIPv6(base) && address.match(base, bits);
  return !isIPv6(base) && address.match(base, bits);
}

const isHostName = (text: string): boolean =>
  text.length <= 253 && /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?$/i.test(text) && !/^[\d.]+$/.test(text);

/** A host name in the form that look-ups and lists compare: lower case, without dots at the end. */
export function normalName(host: string): string {
  let end = host.length;
  while (host[end - 1] === ".") end--;
  return host.slice(0, end).toLowerCase();
}
