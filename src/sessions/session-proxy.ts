import { canonicalUlid } from "../db/ids.ts";
import { InvalidInput } from "../problems/problem.ts";
import { type CheckHost, cleanCountry, cleanUrl } from "../proxies/fields.ts";
import type { Mode } from "./session-store.ts";

/** The proxy that a caller wants for a session: at most one of these. An empty text counts as none. */
export interface ProxyChoice {
  /** Proxy URL. */
  proxy?: string;
  /** Id of a proxy of the tenant, or of one that the operator offers. */
  proxyId?: string;
  /** Country of any such proxy, of ISO 3166. */
  proxyCountry?: string;
}

/** The same, checked. */
export type NamedProxy =
  | { readonly kind: "none" }
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "id"; readonly proxyId: string }
  | { readonly kind: "country"; readonly country: string };

const FIELDS = { proxy: "proxy", proxyId: "proxy_id", proxyCountry: "proxy_country" } as const;

/** Reads the choice of a proxy; its URL in the normal form. Throws InvalidInput, HostNotAllowed. */
export async function readProxyChoice(
  checkHost: CheckHost,
  mode: Mode,
  choice: ProxyChoice,
): Promise<NamedProxy> {
  const names = Object.keys(FIELDS) as (keyof ProxyChoice)[];
  const [first, second] = names.filter((name) => (choice[name]?.trim() ?? "") !== "");
  if (first === undefined) return { kind: "none" };
  if (second !== undefined)
    throw new InvalidInput(FIELDS[second], `and ${FIELDS[first]} exclude each other`);
  const text = choice[first]?.trim() ?? "";
  switch (first) {
    case "proxy":
      return { kind: "url", url: await checkedUrl(checkHost, mode, text) };
    case "proxyId":
      // Any other text is the id of no proxy.
      return { kind: "id", proxyId: canonicalUlid(text) ?? text };
    case "proxyCountry":
      return { kind: "country", country: requiredCountry(text) };
  }
}

async function checkedUrl(checkHost: CheckHost, mode: Mode, text: string): Promise<string> {
  const url = cleanUrl(text, FIELDS.proxy);
  await checkHost(url, mode);
  return url.href;
}

function requiredCountry(text: string): string {
  const country = cleanCountry(text, FIELDS.proxyCountry);
  if (country === null) throw new InvalidInput(FIELDS.proxyCountry, "must not be empty");
  return country;
}
