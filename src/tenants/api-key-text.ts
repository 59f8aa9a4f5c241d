import { createHash, randomBytes } from "node:crypto";
import { canonicalUlid } from "../db/ids.ts";
import type { Mode } from "../db/schema.ts";

/** The parts of an API key's text; whether the key exists is not checked. */
export interface KeyParts {
  mode: Mode;
  keyId: string;
  secret: string;
}

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
// 62^43 is just above 2^256.
const secretLength = 43;
const keyPattern = /^gw_(test|live)_([0-9a-hjkmnp-tv-z]{26})([0-9A-Za-z]{43})$/;

/** A new secret: 256 random bits as 43 base62 digits. */
export function newSecret(): string {
  let value = BigInt(`0x${randomBytes(32).toString("hex")}`);
  let text = "";
  for (let digit = 0; digit < secretLength; digit++) {
    text = alphabet.charAt(Number(value % 62n)) + text;
    value /= 62n;
  }
  return text;
}

/** The key's text as customers send it: `gw_<mode>_<key id in lower case><secret>`. */
export function formatKey({ mode, keyId, secret }: KeyParts): string {
  return `gw_${mode}_${keyId.toLowerCase()}${secret}`;
}

/** The parts of a key's text, or null when the text is not a key. */
export function parseKey(text: string): KeyParts | null {
  const match = keyPattern.exec(text);
  if (match === null) return null;
  const keyId = canonicalUlid(match[2] ?? "");
  if (keyId === null) return null;
  return { mode: match[1] === "live" ? "live" : "test", keyId, secret: match[3] ?? "" };
}

/** SHA-256 of a secret. 256 random bits cannot be guessed, so no slow hash is needed. */
export function hashSecret(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
