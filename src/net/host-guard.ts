import { lookup } from "node:dns/promises";
import { LRUCache } from "lru-cache";
import { GatewayProblem } from "../problems/gateway.ts";
import { type AllowList, addressIn, isPublicAddress, normalName } from "./address-rules.ts";

/** A tenant's URL must not lead to this host. */
export class HostNotAllowed extends GatewayProblem {
  constructor(message: string) {
    super("UrlNotAllowed", message, {
      detail: "The URL does not lead to a host of the public internet",
    });
  }
}

/** The host's name could not be resolved this time. */
export class HostUnknown extends Error {
  override readonly name: string = "HostUnknown";
}

/** It was not looked up, as too many names are. */
export class LookUpsFull extends HostUnknown {
  override readonly name = "LookUpsFull";
}

/**
 * Decides which hosts tenants' URLs may lead to: those of the public internet, and those that the
 * operator lists. Connect only to the addresses that were checked and never resolve the name again:
 * a second DNS answer could lead elsewhere. A redirect's target must be checked like any other
 * host.
 */
export interface HostGuard {
  /**
   * The addresses to connect to: at least one, all checked. Takes a name or an address in the form
   * that URLs have. Throws HostNotAllowed, HostUnknown.
   */
  addressesOf(host: string): Promise<string[]>;
  /** Whether the name or address itself is refused, before any look-up. */
  refusesWithoutLookUp(host: string): boolean;
  /** Whether the operator lists the name or address itself. */
  isListed(host: string): boolean;
}

export interface HostGuardOptions {
  /** Resolves a name to all its addresses. The system's resolver unless given. */
  lookUp?: (name: string) => Promise<string[]>;
  lookUpTimeoutMs?: number;
  /** How many look-ups may run at the same time. More fail with HostUnknown. */
  maxLookUps?: number;
}

/** How long a resolved name is cached, in milliseconds. */
const RESOLVED_TTL_MS = 30_000;
/** How long a failed look-up is cached, in milliseconds. */
const FAILED_TTL_MS = 5_000;
const MAX_NAMES = 5_000;
/** How many addresses of a name are kept for connecting. All are checked. */
const MAX_ADDRESSES = 8;
/** Names that mean this machine, whatever a resolver says (RFC 6761). */
const LOCAL_NAME = /(?:^|\.)localhost$/;

/** A cached look-up. */
interface Resolved {
  addresses: string[];
  /** True only if every address is allowed: any of them may be the one connected to. */
  isAllowed: boolean;
}

export function createHostGuard(allowed: AllowList, options: HostGuardOptions = {}): HostGuard {
  const { lookUp = systemLookUp, lookUpTimeoutMs = 5_000, maxLookUps = 256 } = options;
  const answers = new LRUCache<string, Resolved>({ max: MAX_NAMES });
  const running = new Map<string, Promise<Resolved>>();

  function resolved(name: string): Promise<Resolved> {
    const known = answers.get(name);
    if (known) return Promise.resolve(known);
    const started = running.get(name);
    if (started) return started;
    if (running.size >= maxLookUps)
      return Promise.reject(new LookUpsFull("too many look-ups are under way"));
    const looking = withinTime(lookUp(name), lookUpTimeoutMs)
      .catch((): string[] => [])
      .then((addresses) => {
        const answer = {
          addresses: addresses.slice(0, MAX_ADDRESSES),
          isAllowed: allowed.allowsName(name) || addresses.every(allowsAddress),
        };
        answers.set(name, answer, { ttl: addresses.length > 0 ? RESOLVED_TTL_MS : FAILED_TTL_MS });
        return answer;
      })
      .finally(() => running.delete(name));
    running.set(name, looking);
    return looking;
  }

  const allowsAddress = (address: string): boolean =>
    isPublicAddress(address) || allowed.allowsAddress(address);

  function refusesWithoutLookUp(host: string): boolean {
    const name = normalName(host);
    const address = addressIn(name);
    if (address !== null) return !allowsAddress(address);
    return LOCAL_NAME.test(name) && !allowed.allowsName(name);
  }

  return {
    refusesWithoutLookUp,
    isListed(host) {
      const name = normalName(host);
      const address = addressIn(name);
      return address === null ? allowed.allowsName(name) : allowed.allowsAddress(address);
    },
    async addressesOf(host) {
      const name = normalName(host);
      if (refusesWithoutLookUp(name)) throw new HostNotAllowed("the host is not public");
      const address = addressIn(name);
      if (address !== null) return [address];
      const { addresses, isAllowed } = await resolved(name);
      if (addresses.length === 0) throw new HostUnknown("the host's name has no address");
      if (!isAllowed)
        throw new HostNotAllowed("the host's name leads to an address that is not public");
      return addresses;
    },
  };
}

async function systemLookUp(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

function withinTime<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new HostUnknown("looking it up took too long")),
      milliseconds,
    );
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
