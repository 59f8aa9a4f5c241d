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
  /** The id of an upload: unix milliseconds, and no other upload of the process has the same. */
  uploadId(): string;
}

const SMALLEST = 6_800_011_111_111_111_111n;
/** How many numbers the app chooses from. */
const CHOICE = 88_888_888_888_889n;

/** New tokens for each write. */
export const randomTokens: WriteTokens = {
  mutationToken: () => mutationTokenOf(crypto.getRandomValues(new Uint8Array(8))),
  idempotenceToken: () => crypto.randomUUID(),
  uploadId: () => {
    lastUploadId = Math.max(lastUploadId + 1, Date.now());
    return String(lastUploadId);
  },
};

let lastUploadId = 0;

/**
 * Tokens that follow from a secret: the n-th token of a kind is the same whenever a request with that
 * secret is sent again, so that Instagram recognises its writes. Different secrets give different
 * tokens. The ids of uploads begin near `startedAt`, in unix milliseconds.
 */
export function derivedTokens(secret: Uint8Array, startedAt: number): WriteTokens {
  const counts = { mutation: 0, idempotence: 0, upload: 0 };
  const next = (kind: keyof typeof counts): Uint8Array =>
    createHmac("sha256", secret)
      .update(`${kind}.${counts[kind]++}`)
      .digest();
  return {
    mutationToken: () => mutationTokenOf(next("mutation")),
    idempotenceToken: () => uuidOf(next("idempotence")),
    uploadId: () => {
      // Each has a second of its own, so that two of a request never meet.
      const second = startedAt + 1000 * counts.upload;
      return String(second + (new DataView(next("upload").buffer).getUint16(0) % 1000));
    },
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
