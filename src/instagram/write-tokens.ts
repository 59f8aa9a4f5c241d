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

/** The mutation token that eight or more bytes choose. */
function mutationTokenOf(bytes: Uint8Array): string {
  return String(SMALLEST + (new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0) % CHOICE));
}
