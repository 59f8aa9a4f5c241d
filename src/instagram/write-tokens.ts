import { createHmac } from "node:crypto";

/**
 * The tokens that a client makes up for a write. Where Instagram has seen a token before, it answers
 * as it did then and does not act again.
 */
export interface WriteTokens {
  /** `client_context`, `mutation_token` and `offline_threading_id` of Direct: 19 digits. */
  mutationToken(): string;
  /** `idempotence_token` of comments: a UUID. */
  idempotenceToken(): string;
}

const SMALLEST = 6_800_011_111_111_111_111n;
/** How many numbers the app chooses from. */
const CHOICE = 88_888_888_888_889n;

/** New tokens for each write. */
export const randomTokens: WriteTokens = {
  mutationToken: () => mutationTokenOf(crypto.getRandomValues(new Uint8Array(8))),
  idempotenceToken: () => crypto.randomUUID(),
};

/**
 * Tokens that follow from a secret: the n-th token of a kind is the same whenever a request with that
 * secret is sent again, so that Instagram recognises its writes. Different secrets give different
 * tokens.
 */
export function derivedTokens(secret: Uint8Array): WriteTokens {
  const counts = { mutation: 0, idempotence: 0 };
  const next = (kind: keyof typeof counts): Uint8Array =>
    createHmac("sha256", secret)
      .update(`${kind}.${counts[kind]++}`)
      .digest();
  return {
    mutationToken: () => mutationTokenOf(next("mutation")),
    idempotenceToken: () => uuidOf(next("idempotence")),
  };
}

/** The UUID (version 4) that sixteen or more bytes choose. */
function uuidOf(bytes: Uint8Array): string {
  const uuid = Buffer.from(bytes.subarray(0, 16));
  uuid.writeUInt8((uuid.readUInt8(6) & 0x0f) | 0x40, 6);
  uuid.writeUInt8((uuid.readUInt8(8) & 0x3f) | 0x80, 8);
  return uuid.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The mutation token that eight or more bytes choose. */
function mutationTokenOf(bytes: Uint8Array): string {
  return String(SMALLEST + (new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0) % CHOICE));
}
