import { isDeepStrictEqual } from "node:util";
import { getTableColumns } from "drizzle-orm";
import { type Sealed, sessions } from "../../db/schema.ts";
import type { Keyring } from "../keyring.ts";

/** A session as the database holds it. */
export type SessionRow = typeof sessions.$inferSelect;

/** Columns that say how the others are sealed and found. */
type Bookkeeping = "keyId" | "legacyHash";

type SealedColumn = {
  [Name in keyof SessionRow]: SessionRow[Name] extends Sealed<unknown> | null ? Name : never;
}[keyof SessionRow];

type Opened<Value> = Value extends Sealed<infer Plain> ? Plain : Value;
type OpenedRow<Row> = { [Name in keyof Row]: Opened<Row[Name]> };

/** A session with its secrets readable. */
export type StoredSession = OpenedRow<Omit<SessionRow, Bookkeeping>>;

/** A session without its settings: in memory, its client's state has them. */
export type SessionRecord = Omit<StoredSession, "settings">;

/** What is said of a session when it is created; what is left out is null. */
export type NewSession = OpenedRow<
  Omit<
    typeof sessions.$inferInsert,
    Bookkeeping | "id" | "version" | "createdAt" | "updatedAt" | "lastUsedAt"
  >
>;

/** What of a session is no secret. */
export type PlainColumns = Omit<SessionRow, Bookkeeping | SealedColumn>;

const columns = getTableColumns(sessions);
const columnNames = Object.keys(columns) as (keyof SessionRow)[];
const BOOKKEEPING: ReadonlySet<string> = new Set(["keyId", "legacyHash"] satisfies Bookkeeping[]);

/** In a session's table, whatever is a blob is sealed. */
export const sealedColumns = columnNames.filter(
  (name): name is SealedColumn => columns[name].getSQLType() === "blob",
);
const plainNames = columnNames.filter(
  (name) => !BOOKKEEPING.has(name) && !sealedColumns.some((sealed) => sealed === name),
);
/** Sealed as JSON; the others are texts. */
const JSON_COLUMNS: ReadonlySet<SealedColumn> = new Set(["credentials"]);

type OptionalColumn = {
  [Name in keyof StoredSession]: null extends StoredSession[Name] ? Name : never;
}[keyof StoredSession];

/** What a session holds of which nothing more was said. */
export const blankColumns = Object.fromEntries(
  columnNames
    .filter((name) => !columns[name].notNull && !BOOKKEEPING.has(name))
    .map((name) => [name, null]),
) as Record<OptionalColumn, null>;

/** Of a row, what may be listed. */
export const plainColumnsOf = (row: PlainColumns): PlainColumns =>
  Object.fromEntries(
    plainNames.map((name) => [name, row[name as keyof PlainColumns]]),
  ) as PlainColumns;

/** A session's row, encrypted under the first key. */
export function sealRow(keyring: Keyring, session: StoredSession): SessionRow {
  const { tenantId, mode, legacyId } = session;
  const sealed = sealedColumns.map((name) => [name, seal(keyring, session, name)]);
  return {
    ...session,
    keyId: keyring.keyIds[0],
    legacyHash: legacyId === null ? null : keyring.lookupHash(legacyId, tenantId, mode),
    ...Object.fromEntries(sealed),
  };
}

/** One secret of a session, encrypted under the first key; null where there is none. */
export function seal(keyring: Keyring, session: StoredSession, column: SealedColumn) {
  const value = session[column];
  if (value === null) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return Buffer.from(keyring.encrypt(text, aadOf(session, column)).data);
}

/** A row's session. Throws EncryptionKeyUnavailable, CiphertextInvalid. */
export function openRow(keyring: Keyring, row: SessionRow): StoredSession {
  const opened = sealedColumns.map((name) => [name, open(keyring, row, name)]);
  return { ...plainColumnsOf(row), ...Object.fromEntries(opened) };
}

function open(keyring: Keyring, row: SessionRow, column: SealedColumn): unknown {
  const { keyId, [column]: data } = row;
  if (data === null) return null;
  const text = keyring.decrypt({ keyId, data }, aadOf(row, column), formerAadOf(row, column));
  return JSON_COLUMNS.has(column) ? JSON.parse(text) : text;
}

/** What every save changes, and what is written on its own. */
const NOT_TOLD: ReadonlySet<string> = new Set(["version", "updatedAt", "lastUsedAt"]);

/** The columns in which two states of a session differ. */
export const changedColumns = (before: SessionRecord, after: SessionRecord): string[] =>
  (Object.keys(after) as (keyof SessionRecord)[]).filter(
    (name) => !NOT_TOLD.has(name) && !isDeepStrictEqual(before[name], after[name]),
  );

type Place = Pick<SessionRow, "tenantId" | "mode" | "id">;

/** Binds a ciphertext to its place, so that rows and columns cannot be exchanged. */
const aadOf = ({ tenantId, mode, id }: Place, column: SealedColumn): string =>
  `${tenantId}/${mode}/${id}/${columns[column].name}`;

/** How the first format bound it: a row of one mode could be passed off as one of the other. */
const formerAadOf = ({ tenantId, id }: Place, column: SealedColumn): string =>
  `${tenantId}/${id}/${columns[column].name}`;
