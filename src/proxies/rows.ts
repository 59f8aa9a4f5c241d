import { CiphertextInvalid, EncryptionKeyUnavailable, type Keyring } from "../db/keyring.ts";
import { type Mode, proxies, type Sealed } from "../db/schema.ts";
import { redactProxy } from "./proxy-url.ts";

/** A proxy as the database holds it. */
export type ProxyRow = typeof proxies.$inferSelect;

/** Columns for encryption and look-ups only. */
type Bookkeeping = "keyId" | "urlHash";

/** A proxy with its URL readable. It holds credentials: show it only through redactProxy(). */
export interface ProxyRecord extends Omit<ProxyRow, "url" | Bookkeeping> {
  url: string;
}

/** A proxy as it may be shown: its URL without credentials, null when it cannot be read. */
export interface ProxySummary extends Omit<ProxyRow, "url" | Bookkeeping> {
  url: string | null;
  /** Sessions on it; of an operator's proxy a tenant sees its own. */
  sessions: number;
}

/** Whose a proxy is: a tenant's, in one mode, or the operator's, in one mode or (null) in both. */
export type ProxyPlace =
  | { readonly tenantId: string; readonly mode: Mode }
  | { readonly tenantId: null; readonly mode: Mode | null };

/** The URL of a proxy as it is stored, under the first encryption key. */
export function sealUrl(
  keyring: Keyring,
  id: string,
  place: ProxyPlace,
  url: string,
): Pick<ProxyRow, "keyId" | "url" | "urlHash"> {
  const { keyId, data } = keyring.encrypt(url, aadOf(id));
  return {
    keyId,
    url: Buffer.from(data) as Sealed<string>,
    urlHash: keyring.lookupHash(...hashed(place, url)),
  };
}

/** The hashes by which a URL is found: one under each encryption key. */
export const urlHashes = (keyring: Keyring, place: ProxyPlace, url: string): string[] =>
  keyring.lookupHashes(...hashed(place, url));

/** The place is in the hash, so that nobody can tell whether two tenants have the same proxy. */
const hashed = ({ tenantId, mode }: ProxyPlace, url: string): [string, string, string] => [
  `proxy ${url}`,
  tenantId ?? "",
  mode ?? "",
];

/** The proxy of a row. Throws EncryptionKeyUnavailable, CiphertextInvalid. */
export function openProxy(keyring: Keyring, row: ProxyRow): ProxyRecord {
  const { id, keyId, url } = row;
  return { ...plainOf(row), url: keyring.decrypt({ keyId, data: url }, aadOf(id)) };
}

/** What is stored readable of a proxy, and means something outside of the database. */
export function plainOf(row: ProxyRow): Omit<ProxyRecord, "url"> {
  const { keyId: _key, url: _url, urlHash: _hash, ...plain } = row;
  return plain;
}

/** The proxy of a row, as it may be shown. */
export function summaryOf(keyring: Keyring, row: ProxyRow): ProxySummary {
  const sessions = row.liveSessions + row.testSessions;
  try {
    const proxy = openProxy(keyring, row);
    return { ...proxy, url: redactProxy(proxy.url), sessions };
  } catch (error) {
    if (!(error instanceof EncryptionKeyUnavailable || error instanceof CiphertextInvalid))
      throw error;
    return { ...plainOf(row), url: null, sessions };
  }
}

/** The place of a row. */
export const placeOf = ({ tenantId, mode }: Pick<ProxyRow, "tenantId" | "mode">): ProxyPlace =>
  tenantId === null
    ? { tenantId, mode }
    : // Only the operator's serve both modes.
      { tenantId, mode: mode ?? "live" };

/** Binds a ciphertext to its row. */
const aadOf = (id: string): string => `proxies/${id}/${proxies.url.name}`;
