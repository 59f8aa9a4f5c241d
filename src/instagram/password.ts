import {
  constants,
  createCipheriv,
  createPublicKey,
  publicEncrypt,
  randomBytes,
} from "node:crypto";

/** The key for encrypting passwords, published in the headers of `qe/sync/`. */
export interface PasswordKey {
  id: number;
  /** Base64 of a PEM public key. */
  publicKey: string;
}

/**
 * The app's `enc_password`: an AES-256-GCM ciphertext, sent with its key, which is encrypted with
 * RSA. Layout: 0x01, key id, IV (12), length of the RSA block (uint16 little endian), RSA block,
 * GCM tag (16), ciphertext; the additional data is the timestamp as text. `seconds` is the unix
 * time. Throws if the published key is unusable.
 */
export function encryptPassword(password: string, key: PasswordKey, seconds: number): string {
  const timestamp = String(seconds);
  const sessionKey = randomBytes(32);
  const iv = randomBytes(12);
  const wrapped = publicEncrypt(
    {
      key: createPublicKey(Buffer.from(key.publicKey, "base64").toString("utf8")),
      padding: constants.RSA_PKCS1_PADDING,
    },
    sessionKey,
  );
  const cipher = createCipheriv("aes-256-gcm", sessionKey, iv).setAAD(Buffer.from(timestamp));
  const ciphertext = Buffer.concat([cipher.update(password, "utf8"), cipher.final()]);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(wrapped.length);
  const payload = Buffer.concat([
    Buffer.from([1, key.id]),
    iv,
    length,
    wrapped,
    cipher.getAuthTag(),
    ciphertext,
  ]);
  return `#PWD_INSTAGRAM:4:${timestamp}:${payload.toString("base64")}`;
}
