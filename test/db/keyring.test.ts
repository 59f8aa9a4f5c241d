import { expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import {
  CiphertextInvalid,
  createKeyring,
  EncryptionKeyInvalid,
  EncryptionKeyUnavailable,
} from "../../src/db/keyring.ts";

const one = randomBytes(32);
const two = randomBytes(32);
const hex = (key: Buffer) => key.toString("hex");

test("a key is read from hex, base64 and base64url, with and without padding", () => {
  const id = createHash("sha256").update(one).digest("hex").slice(0, 8);
  const forms = [
    hex(one),
    hex(one).toUpperCase(),
    one.toString("base64"),
    one.toString("base64").replace("=", ""),
    one.toString("base64url"),
    `${one.toString("base64url")}=`,
    ` ${hex(one)} `,
  ];
  for (const form of forms) expect(createKeyring([form]).keyIds).toEqual([id]);
  expect(createKeyring(forms).keyIds).toEqual([id]);
});

test("a bad key is named by its position and never shown", () => {
  const messages = ["", "short-secret", `${hex(two)}0`, "!".repeat(44)].map((bad) => {
    try {
      createKeyring([hex(one), bad]);
      return "accepted";
    } catch (error) {
      if (!(error instanceof EncryptionKeyInvalid)) throw error;
      if (bad !== "") expect(error.message).not.toContain(bad);
      return error.message;
    }
  });
  const wrong = (length: number) =>
    `encryption key 2 has ${length} characters and is not 32 bytes in hex (64) or base64 (44 or 43)`;
  expect(messages).toEqual(["encryption key 2 is empty", wrong(12), wrong(65), wrong(44)]);
  expect(() => createKeyring([])).toThrow(EncryptionKeyInvalid);
});

test("property: every text comes back, under the first key, and no two ciphertexts are equal", () => {
  const keyring = createKeyring([hex(one), hex(two)]);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string(), (text, aad) => {
      const [first, second] = [keyring.encrypt(text, aad), keyring.encrypt(text, aad)];
      expect(first.keyId).toBe(keyring.keyIds[0]);
      expect(Buffer.from(first.data).equals(Buffer.from(second.data))).toBe(false);
      expect(keyring.decrypt(first, aad)).toBe(text);
    }),
  );
});

test("an older key still decrypts; a missing one is named", () => {
  const old = createKeyring([hex(one)]).encrypt("secret", "place");
  expect(createKeyring([hex(two), hex(one)]).decrypt(old, "place")).toBe("secret");
  const failure = (() => {
    try {
      return createKeyring([hex(two)]).decrypt(old, "place");
    } catch (error) {
      return error;
    }
  })();
  expect(failure).toBeInstanceOf(EncryptionKeyUnavailable);
  expect(failure).toMatchObject({ keyId: old.keyId });
});

test("property: a changed byte, a cut and another place are found out", () => {
  const keyring = createKeyring([hex(one)]);
  const { keyId, data } = keyring.encrypt("a secret", "tenant/session/settings");
  const refused = (bytes: Uint8Array, aad = "tenant/session/settings") => {
    expect(() => keyring.decrypt({ keyId, data: bytes }, aad)).toThrow(CiphertextInvalid);
  };
  refused(data, "tenant/session/proxy");
  fc.assert(
    fc.property(fc.nat(data.length - 1), fc.integer({ min: 1, max: 255 }), (index, flip) => {
      refused(data.map((byte, at) => (at === index ? byte ^ flip : byte)));
      refused(data.subarray(0, index));
    }),
  );
});

test("a look-up hash depends on value, tenant, mode and key", () => {
  const keyring = createKeyring([hex(one), hex(two)]);
  const hash = keyring.lookupHash("v", "t", "live");
  expect(keyring.lookupHash("v", "t", "live")).toBe(hash);
  expect(keyring.lookupHashes("v", "t", "live")).toEqual([
    hash,
    createKeyring([hex(two)]).lookupHash("v", "t", "live"),
  ]);
  const others = [
    keyring.lookupHash("w", "t", "live"),
    keyring.lookupHash("v", "u", "live"),
    keyring.lookupHash("v", "t", "test"),
    createKeyring([hex(two)]).lookupHash("v", "t", "live"),
  ];
  expect(new Set([hash, ...others]).size).toBe(5);
});
