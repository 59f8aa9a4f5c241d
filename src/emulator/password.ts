import { constants, createDecipheriv, generateKeyPair, privateDecrypt } from "node:crypto";
import { promisify } from "node:util";

/** The key pair that passwords are encrypted for. */
export interface PasswordKey {
  readonly id: number;
  /** Base64 of the PEM text, as the upstream publishes it. */
  readonly publicKey: string;
  readonly privateKey: string;
}

const KEY_ID = 205;

let key: Promise<PasswordKey> | undefined;

/** The emulator's key pair. It is made on first use, because that takes time and few runs need it. */
export function passwordKey(): Promise<PasswordKey> {
  key ??= promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  }).then((pair) => ({
    id: KEY_ID,
    publicKey: Buffer.from(pair.publicKey).toString("base64"),
    privateKey: pair.privateKey,
  }));
  return key;
}

/**
 * The password in an `enc_password` field: `#PWD_INSTAGRAM:4:<unix seconds>:<base64>` (AES-256-GCM
 * under a key wrapped with RSA) or `#PWD_INSTAGRAM:0:<unix seconds>:<password>` (plain). Undefined
 * where it does not decrypt with the published key.
 */
export async function readPassword(field: string): Promise<string | undefined> {
  const parts = /^#PWD_INSTAGRAM:([04]):(\d{1,16}):([\s\S]*)$/.exec(field);
  if (parts === null) return undefined;
  const [, version, time = "", text = ""] = parts;
  if (version === "0") return text;
  try {
    return decrypt(Buffer.from(text, "base64"), time, await passwordKey());
  } catch {
    return undefined;
  }
}

/** Version byte, key id, IV, length of the wrapped key, wrapped key, GCM tag, ciphertext. */
function decrypt(bytes: Buffer, time: string, { id, privateKey }: PasswordKey): string | undefined {
  const wrapped = bytes.subarray(16, 16 + bytes.readUInt16LE(14));
  if (bytes[0] !== 1 || bytes[1] !== id || wrapped.length !== 256) return undefined;
  const aesKey = unwrap(
    privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, wrapped),
  );
  const body = bytes.subarray(16 + wrapped.length);
  const decipher = createDecipheriv("aes-256-gcm", aesKey, bytes.subarray(2, 14));
  decipher.setAAD(Buffer.from(time));
  decipher.setAuthTag(body.subarray(0, 16));
  return decipher.update(body.subarray(16), undefined, "utf8") + decipher.final("utf8");
}

/** Removes PKCS #1 v1.5 padding. The runtime does not do it, because it can leak keys of real services. */
function unwrap(block: Buffer): Buffer {
  const end = block.indexOf(0, 2);
  if (block[0] !== 0 || block[1] !== 2 || end < 10) throw new Error("not PKCS #1 v1.5");
  return block.subarray(end + 1);
}
