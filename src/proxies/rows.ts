import type { Keyring } from "../db/keyring.ts";
import { proxies, type Sealed } from "../db/schema.ts";

/** A proxy as the database holds it. */
export type ProxyRow = typeof proxies.$inferSelect;

/** A proxy with its URL readable. It holds credentials: show it only through redactProxy(). */
export interface ProxyRecord extends Omit<ProxyRow, "url" | "keyId" | "urlHash"> {
  url: string;
}

/** The URL of a proxy, encrypted under the first key. */
export function sealUrl(
  keyring: Keyring,
  id: string,
  url: string,
): Pick<ProxyRow, "keyId" | "url"> {
  const { keyId, data } = keyring.encrypt(url, aadOf(id));
  return { keyId, url: Buffer.from(data) as Sealed<string> };
}

/** The proxy of a row. Throws EncryptionKeyUnavailable, CiphertextInvalid. */
export function openProxy(keyring: Keyring, row: ProxyRow): ProxyRecord {
  const { keyId, url, urlHash: _forLookUps, ...plain } = row;
  return { ...plain, url: keyring.decrypt({ keyId, data: url }, aadOf(row.id)) };
}

/** Binds a ciphertext to its row. */
const aadOf = (id: string): string => `proxies/${id}/${proxies.url.name}`;
