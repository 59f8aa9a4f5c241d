import {
  constants,
  createDecipheriv,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
} from "node:crypto";

let keys: { publicKey: KeyObject; privateKey: KeyObject } | undefined;

function keyPair(): { publicKey: KeyObject; privateKey: KeyObject } {
  keys ??= generateKeyPairSync("rsa", { modulusLength: 2048 });
  return keys;
}

export function passwordKeyHeaders(keyId = 209): Record<string, string> {
  const pem = keyPair().publicKey.export({ type: "spki", format: "pem" });
  return {
    "ig-set-password-encryption-key-id": String(keyId),
    "ig-set-password-encryption-pub-key": Buffer.from(String(pem)).toString("base64"),
  };
}

/** Opens `enc_password` as its reader does, and fails where a byte of its layout is wrong. */
export function openPassword(encrypted: string): {
  keyId: number;
  seconds: string;
  password: string;
} {
  const [, seconds = "", payload = ""] =
    /^#PWD_INSTAGRAM:4:(\d+):([A-Za-z0-9+/]+=*)$/.exec(encrypted) ?? [];
  const bytes = Buffer.from(payload, "base64");
  if (bytes[0] !== 1) throw new Error("the first byte is not 1");
  const iv = bytes.subarray(2, 14);
  const length = bytes.readUInt16LE(14);
  const wrapped = bytes.subarray(16, 16 + length);
  const tag = bytes.subarray(16 + length, 32 + length);
  // The padding of PKCS #1 v1.5 is taken off by hand: 0, 2, bytes that are not 0, 0, the key.
  const block = privateDecrypt(
    { key: keyPair().privateKey, padding: constants.RSA_NO_PADDING },
    wrapped,
  );
  if (block[0] !== 0 || block[1] !== 2) throw new Error("the RSA block is not padded for PKCS #1");
  const sessionKey = block.subarray(block.indexOf(0, 2) + 1);
  const decipher = createDecipheriv("aes-256-gcm", sessionKey, iv)
    .setAAD(Buffer.from(seconds))
    .setAuthTag(tag);
  const password = Buffer.concat([decipher.update(bytes.subarray(32 + length)), decipher.final()]);
  return { keyId: bytes[1] ?? -1, seconds, password: password.toString("utf8") };
}
