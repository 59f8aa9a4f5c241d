import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";

/** Closes short texts so that only this process can read them, and knows its own again. */
export interface Seal {
  /** Base64url; the same for the same text. */
  close(text: string): string;
  /** Null for what this seal has not closed. */
  open(sealed: string): string | null;
}

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A seal with keys of its own, made at random. */
export function createSeal(): Seal {
  const key = randomBytes(32);
  const nonceKey = randomBytes(32);
  return {
    close(text) {
      // From the text, so that no nonce is ever used for two texts and equal texts close alike.
      const nonce = createHmac("sha256", nonceKey).update(text).digest().subarray(0, NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce);
      const closed = [nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()];
      return Buffer.concat(closed).toString("base64url");
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, "base64url");
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString("utf8");
      } catch {
        return null;
      }
    },
  };
}
