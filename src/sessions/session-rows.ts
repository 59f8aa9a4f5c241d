import type { Mode, SessionState, sessions } from "../db/schema.ts";
import type { Keyring } from "./keyring.ts";

/** What only the gateway may read; stored encrypted. */
export interface SessionSecrets {
  /** JSON text of the saved settings, kept byte for byte. */
  settings: string;
  /** Proxy URL with its credentials. */
  proxy: string | null;
  credentials: { username: string; password: string } | null;
  /** The upstream cookie value that the client used as its session id before, URL-decoded. */
  legacyId: string | null;
  /** JSON text of the pending challenge or second factor. */
  challenge: string | null;
}

/** What may be listed. Times are unix milliseconds. */
export interface SessionSummary {
  /** ULID, upper case. */
  id: string;
  tenantId: string;
  mode: Mode;
  username: string | null;
  /** Decimal text. */
  userPk: string | null;
  state: SessionState;
  /** Home region, null when any machine may serve it. */
  region: string | null;
  /** Counts the saves. */
  version: number;
  createdAt: number;
  updatedAt: number;
  /** Up to ten minutes old; null when it was never used. */
  lastUsedAt: number | null;
}

export interface StoredSession extends SessionSummary, SessionSecrets {}

export type NewSession = Omit<
  StoredSession,
  "id" | "version" | "createdAt" | "updatedAt" | "lastUsedAt"
>;

/** A session as the database holds it. */
export type Row = typeof sessions.$inferSelect;

type SecretColumn = "settings" | "proxy" | "credentials" | "challenge" | "legacy_id";

type Place = Pick<SessionSummary, "tenantId" | "mode" | "id">;

/** Binds a ciphertext to its place, so that rows and columns cannot be exchanged. */
const aadOf = ({ tenantId, mode, id }: Place, column: SecretColumn): string =>
  `${tenantId}/${mode}/${id}/${column}`;

/** How the first format bound it: a row of one mode could be passed off as one of the other. */
const formerAadOf = ({ tenantId, id }: Place, column: SecretColumn): string =>
  `${tenantId}/${id}/${column}`;

/** Its settings alone, encrypted under the first key. */
export const sealSettings = (keyring: Keyring, session: StoredSession): Buffer =>
  Buffer.from(keyring.encrypt(session.settings, aadOf(session, "settings")).data);

/** A session's row, encrypted under the first key. */
export function sealRow(keyring: Keyring, session: StoredSession): Row {
  const { settings, proxy, credentials, legacyId, challenge, ...summary } = session;
  const seal = (text: string, column: SecretColumn) =>
    Buffer.from(keyring.encrypt(text, aadOf(session, column)).data);
  const sealed = (text: string | null, column: SecretColumn) =>
    text === null ? null : seal(text, column);
  return {
    ...summary,
    keyId: keyring.keyIds[0],
    settings: seal(settings, "settings"),
    proxy: sealed(proxy, "proxy"),
    credentials: sealed(credentials && JSON.stringify(credentials), "credentials"),
    challenge: sealed(challenge, "challenge"),
    legacyId: sealed(legacyId, "legacy_id"),
    legacyHash:
      legacyId === null ? null : keyring.lookupHash(legacyId, session.tenantId, session.mode),
  };
}

/** What of a row may be listed. */
export function summaryOf(row: Row): SessionSummary {
  const {
    keyId: _key,
    settings: _settings,
    proxy: _proxy,
    credentials: _credentials,
    challenge: _challenge,
    legacyId: _legacyId,
    legacyHash: _legacyHash,
    ...summary
  } = row;
  return summary;
}

/** A row's session. Throws EncryptionKeyUnavailable, CiphertextInvalid. */
export function openRow(keyring: Keyring, row: Row): StoredSession {
  const { keyId, settings, proxy, credentials, challenge, legacyId } = row;
  const unseal = (data: Uint8Array, column: SecretColumn) =>
    keyring.decrypt({ keyId, data }, aadOf(row, column), formerAadOf(row, column));
  const unsealed = (data: Uint8Array | null, column: SecretColumn) =>
    data === null ? null : unseal(data, column);
  const account = unsealed(credentials, "credentials");
  return {
    ...summaryOf(row),
    settings: unseal(settings, "settings"),
    proxy: unsealed(proxy, "proxy"),
    credentials: account === null ? null : (JSON.parse(account) as StoredSession["credentials"]),
    legacyId: unsealed(legacyId, "legacy_id"),
    challenge: unsealed(challenge, "challenge"),
  };
}
