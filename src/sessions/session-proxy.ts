import { type HostGuard, HostNotAllowed, HostUnknown } from "../net/host-guard.ts";
import { InvalidInput } from "../problems/problem.ts";
import { type ProxyUrl, ProxyUrlInvalid, parseProxyUrl } from "../proxies/proxy-url.ts";
import type { Mode } from "./session-store.ts";

/**
 * The URL of a proxy that a caller gave for a session, in its normal form; null for none. A host
 * whose look-up fails is accepted: it is checked again at each use. Throws InvalidInput,
 * HostNotAllowed.
 */
export async function cleanProxy(
  guard: HostGuard,
  mode: Mode,
  proxy: string | undefined,
): Promise<string | null> {
  const text = proxy?.trim() ?? "";
  if (text === "") return null;
  const { host, href } = readProxy(text);
  if (guard.refusesWithoutLookUp(host)) throw new HostNotAllowed("the host is not public");
  // The sandbox has no network: its proxies are names that nobody looks up.
  if (mode === "live")
    await guard.addressesOf(host).catch((error: unknown) => {
      if (!(error instanceof HostUnknown)) throw error;
    });
  return href;
}

function readProxy(text: string): ProxyUrl {
  try {
    return parseProxyUrl(text);
  } catch (error) {
    if (error instanceof ProxyUrlInvalid)
      throw new InvalidInput("proxy", `is not usable: ${error.message}`);
    throw error;
  }
}
