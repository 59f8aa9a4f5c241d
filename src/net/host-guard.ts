import { lookup } from "node:dns/promises";
import { LRUCache } from "lru-cache";
import { GatewayProblem } from "../problems/gateway.ts";
import { type AllowList, addressIn, isPublicAddress, normalName } from "./address-rules.ts";

/** The host leads where a tenant's URL must not. */
export class HostNotAllowed extends GatewayProblem {
  constructor(message: string) {
    super("UrlNotAllowed", message, {
      detail: "The URL does not lead to a host of the public internet",
    });
  }
}

/** The host's name could not be looked up now. */
export class HostUnknown extends Error {
  override readonly name = "HostUnknown";
}

/**
 * Where tenants' URLs may lead this service: to the public internet, and to what the operator lists.
 * Whoever connects uses the addresses that were checked and never looks the name up again, so that
 * no second answer of its DNS leads elsewhere; a redirect's target is a host to be checked anew.
 */
export interface HostGuard {
  /**
   * The addresses to connect to, all of them checked; at least one. Takes a name or an address, as a
   * URL holds it. Throws HostNotAllowed, HostUnknown.
   */
  addressesOf(host: string): Promise<string[]>;
  /** Whether the host is refused for what it is itself, without any look-up. */
  refusesAtSight(host: string): boolean;
}

export interface HostGuardOptions {
  /** All addresses of a name. */
  lookUp?: (name: string) => Promise<string[]>;
  lookUpTimeoutMs?: number;
  /** Look-ups that run at the same time; further ones fail. */
  maxLookUps?: number;
}

/** How long an answer is used again, in milliseconds. */
const KNOWN_MS = 30_000;
const FAILED_MS = 5_000;
const MAX_NAMES = 5_000;
/** Addresses of a name that are kept to connect to; all of them are checked. */
const MAX_ADDRESSES = 8;
/** Names that mean this machine, whatever a resolver says (RFC 6761). */
const LOCAL_NAME = /(?:^|\.)localhost$/;

/** What is known of a name. */
interface Resolved {
  addresses: string[];
  /** Of two addresses, the one that is connected to is not ours to choose: all must pass. */
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
      return Promise.reject(new HostUnknown("too many look-ups are under way"));
    const looking = withinTime(lookUp(name), lookUpTimeoutMs)
      .catch((): string[] => [])
      .then((addresses) => {
        const answer = {
          addresses: addresses.slice(0, MAX_ADDRESSES),
          isAllowed: allowed.allowsName(name) || addresses.every(allowsAddress),
        };
        answers.set(name, answer, { ttl: addresses.length > 0 ? KNOWN_MS : FAILED_MS });
        return answer;
      })
      .finally(() => running.delete(name));
    running.set(name, looking);
    return looking;
  }

  const allowsAddress = (address: string): boolean =>
    isPublicAddress(address) || allowed.allowsAddress(address);

  function refusesAtSight(host: string): boolean {
    const name = normalName(host);
    const address = addressIn(name);
    if (address !== null) return !allowsAddress(address);
    return LOCAL_NAME.test(name) && !allowed.allowsName(name);
  }

  return {
    refusesAtSight,
    async addressesOf(host) {
      const name = normalName(host);
      if (refusesAtSight(name)) throw new HostNotAllowed("the host is not public");
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
