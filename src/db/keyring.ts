import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
} from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { GatewayProblem } from "../problems/gateway.ts";
import { OperatorError } from "../problems/operator-error.ts";

/** A text under one of the encryption keys. */
export interface Encrypted {
  /** The first 8 hex digits of the key's SHA-256. */
  keyId: string;
  /** Format byte, IV (12), ciphertext, GCM tag (16). */
  data: Uint8Array;
}

/** The configured encryption keys: the first encrypts, all decrypt. */
export interface Keyring {
  /** Key ids in the configured order; the first is the one that encrypts. */
  readonly keyIds: readonly [string, ...string[]];
  /** Encrypts under the first key. The same `aad` is needed to decrypt. */
  encrypt(content: string | Uint8Array, aad: string): Encrypted;
  /**
   * `formerAad` is the `aad` of a ciphertext in the first format.
   * Throws EncryptionKeyUnavailable, CiphertextInvalid.
   */
  decrypt(encrypted: Encrypted, aad: string, formerAad?: string): string;
  /** The same for what is no text. */
  decryptBytes(encrypted: Encrypted, aad: string): Buffer;
  /** Keyed hash under the first key, to find `value` without storing it readable. */
  lookupHash(value: string, tenantId: string, mode: string): string;
  /** The hash under each key: a row may have been written when another key was the first. */
  lookupHashes(value: string, tenantId: string, mode: string): string[];
  /** Keyed hashes for Idempotency-Keys, under each key in their order. */
  idempotencyHashes(value: string): readonly [string, ...string[]];
  /** Keyed hashes by which machines know what others of the installation have sent, in the same order. */
  replayHashes(value: string): readonly [string, ...string[]];
}

/** A configured encryption key cannot be used. The message names its position, never the key. */
export class EncryptionKeyInvalid extends OperatorError {}

/** The row was encrypted under a key that is not configured: add that key to ENCRYPTION_KEYS. */
export class EncryptionKeyUnavailable extends GatewayProblem {
  constructor(readonly keyId: string) {
    super("EncryptionKeyUnavailable", `the encryption key ${keyId} is not in ENCRYPTION_KEYS`, {
      detail: "The session is stored under an encryption key that is not configured",
    });
  }
}

/** The stored bytes are damaged, or belong to another tenant, session or field. */
export class CiphertextInvalid extends GatewayProblem {
  constructor(options?: { cause?: unknown }) {
    super("SessionDamaged", "a stored secret is damaged or was moved from another row", {
      detail: "The stored session is damaged and cannot be read",
      ...options,
    });
  }
}

/**
 * Format byte of ciphertexts whose `aad` lacked mode and format; the next save writes the new one.
 */
export const FORMER_FORMAT = 1;
const formatByte = 2;
const ivLength = 12;
const tagLength = 16;

interface Key {
  id: string;
  secret: Buffer;
  lookup: Buffer;
  idempotency: Buffer;
  replay: Buffer;
}

/**
 * Each key is 32 bytes, written as 64 hex digits or as base64 or base64url (44 or 43 characters).
 * Throws EncryptionKeyInvalid.
 */
export function createKeyring(keys: readonly string[]): Keyring {
  const parsed = keys.map((text, index) => parseKey(text, index + 1));
  const byId = new Map<string, Key>();
  for (const key of parsed) {
    const other = byId.get(key.id);
    if (other !== undefined && !other.secret.equals(key.secret)) {
      throw new EncryptionKeyInvalid(
        `two encryption keys have the same id ${key.id}: replace one of them`,
      );
    }
    byId.set(key.id, other ?? key);
  }
  const [first, ...others] = [...byId.values()];
  if (first === undefined) throw new EncryptionKeyInvalid("there is no encryption key");

  const secretOf = (keyId: string): Buffer => {
    const key = byId.get(keyId);
    if (key === undefined) throw new EncryptionKeyUnavailable(keyId);
    return key.secret;
  };

  return {
    keyIds: [first.id, ...others.map((key) => key.id)],
    encrypt: (content, aad) => ({ keyId: first.id, data: seal(first.secret, content, aad) }),
    decrypt: ({ keyId, data }, aad, formerAad = aad) =>
      unseal(secretOf(keyId), data, data[0] === FORMER_FORMAT ? formerAad : aad).toString("utf8"),
    decryptBytes: ({ keyId, data }, aad) => unseal(secretOf(keyId), data, aad),
    lookupHash: (value, tenantId, mode) => keyedHash(first.lookup, value, tenantId, mode),
    lookupHashes: (value, tenantId, mode) =>
      [first, ...others].map((key) => keyedHash(key.lookup, value, tenantId, mode)),
    idempotencyHashes: (value) => [
      hashUnder(first.idempotency, value),
      ...others.map((key) => hashUnder(key.idempotency, value)),
    ],
    replayHashes: (value) => [
      hashUnder(first.replay, value),
      ...others.map((key) => hashUnder(key.replay, value)),
    ],
  };
}

/** Shorter texts are not worth compressing. */
const COMPRESSED_FROM = 512;
/** The first byte of what is compressed; JSON text begins with another. */
const GZIP = 0x1f;

/** Encrypts JSON text, compressed where that saves something. */
export const sealJson = (keyring: Keyring, text: string, aad: string): Encrypted =>
  keyring.encrypt(text.length < COMPRESSED_FROM ? text : gzipSync(text), aad);

/** The JSON text that sealJson() encrypted. Throws EncryptionKeyUnavailable, CiphertextInvalid. */
export function openJson(keyring: Keyring, encrypted: Encrypted, aad: string): string {
  const content = keyring.decryptBytes(encrypted, aad);
  return (content[0] === GZIP ? gunzipSync(content) : content).toString("utf8");
}

function parseKey(text: string, position: number): Key {
  const secret = decodeKey(text.trim(), position);
  return {
    id: createHash("sha256").update(secret).digest("hex").slice(0, 8),
    secret,
    // Derived, so that a hash says nothing about the key that encrypts.
    lookup: derivedFrom(secret, "gramway legacy session id look-up"),
    idempotency: derivedFrom(secret, "gramway idempotency"),
    replay: derivedFrom(secret, "gramway replay"),
  };
}

const derivedFrom = (secret: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync("sha256", secret, "", purpose, 32));

function decodeKey(text: string, position: number): Buffer {
  if (text === "") throw new EncryptionKeyInvalid(`encryption key ${position} is empty`);
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex");
  if (/^(?:[A-Za-z0-9+/]{43}=?|[A-Za-z0-9_-]{43}=?)$/.test(text)) {
    const bytes = Buffer.from(text, "base64url");
    if (bytes.length === 32) return bytes;
  }
  throw new EncryptionKeyInvalid(
    `encryption key ${position} has ${text.length} characters and is not 32 bytes in hex (64) or base64 (44 or 43)`,
  );
}

function seal(secret: Buffer, content: string | Uint8Array, aad: string): Uint8Array {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv("aes-256-gcm", secret, iv);
  cipher.setAAD(authenticated(formatByte, aad));
  const body = cipher.update(Buffer.from(content));
  return Buffer.concat([Buffer.of(formatByte), iv, body, cipher.final(), cipher.getAuthTag()]);
}

function unseal(secret: Buffer, data: Uint8Array, aad: string): Buffer {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const [format] = bytes;
  const isKnown = format === formatByte || format === FORMER_FORMAT;
  if (bytes.length < 1 + ivLength + tagLength || !isKnown) throw new CiphertextInvalid();
  const bodyStart = 1 + ivLength;
  const tagStart = bytes.length - tagLength;
  const decipher = createDecipheriv("aes-256-gcm", secret, bytes.subarray(1, bodyStart), {
    authTagLength: tagLength,
  });
  decipher.setAAD(authenticated(format, aad));
  decipher.setAuthTag(bytes.subarray(tagStart));
  try {
    const body = decipher.update(bytes.subarray(bodyStart, tagStart));
    return Buffer.concat([body, decipher.final()]);
  } catch (cause) {
    throw new CiphertextInvalid({ cause });
  }
}

/** The authenticated data: `aad`, and since the second format also the format byte. */
const authenticated = (format: number, aad: string): Buffer =>
  format === FORMER_FORMAT
    ? Buffer.from(aad)
    : Buffer.concat([Buffer.of(format), Buffer.from(aad)]);

function keyedHash(lookup: Buffer, value: string, tenantId: string, mode: string): string {
  return hashUnder(lookup, `${tenantId}\n${mode}\n${value}`);
}

const hashUnder = (secret: Buffer, value: string): string =>
  createHmac("sha256", secret).update(value).digest("base64url");
