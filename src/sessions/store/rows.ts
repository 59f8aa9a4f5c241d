import { isDeepStrictEqual } from "node:util";
import { getTableColumns } from "drizzle-orm";
import type { Keyring } from "../../db/keyring.ts";
import { type Sealed, sessions } from "../../db/schema.ts";

/** A session as the database holds it. */
export type SessionRow = typeof sessions.$inferSelect;

/** Columns for encryption and look-ups only. */
type Bookkeeping = "keyId" | "legacyHash";

type SealedColumn = {
  [Name in keyof SessionRow]: SessionRow[Name] extends Sealed<unknown> | null ? Name : never;
}[keyof SessionRow];

type Opened<Value> = Value extends Sealed<infer Plain> ? Plain : Value;
type OpenedRow<Row> = { [Name in keyof Row]: Opened<Row[Name]> };

/** A session with its secrets readable. */
export type StoredSession = OpenedRow<Omit<SessionRow, Bookkeeping>>;

/** A session without its settings, which its client's state holds in memory. */
export type SessionRecord = Omit<StoredSession, "settings">;

/** The fields of a session to be created; those left out are null. */
export type NewSession = OpenedRow<
  Omit<
    typeof sessions.$inferInsert,
    Bookkeeping | "id" | "version" | "createdAt" | "updatedAt" | OwnColumn
  >
> & {
  /** Now unless given: an imported session may be older. */
  createdAt?: number;
};

/** Columns that are written on their own, by what they tell of: a save leaves them as they are. */
type OwnColumn = "lastUsedAt" | "lastOkAt" | "lastError";
const OWN_COLUMNS: ReadonlySet<string> = new Set([
  "lastUsedAt",
  "lastOkAt",
  "lastError",
] satisfies OwnColumn[]);

/** A row without the columns that a save leaves as they are. */
export const withoutOwnColumns = (row: SessionRow): Omit<SessionRow, OwnColumn> =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !OWN_COLUMNS.has(name))) as Omit<
    SessionRow,
    OwnColumn
  >;

/** The columns of a session that are not encrypted. */
export type PlainColumns = Omit<SessionRow, Bookkeeping | SealedColumn>;

const columns = getTableColumns(sessions);
const columnNames = Object.keys(columns) as (keyof SessionRow)[];
const BOOKKEEPING: ReadonlySet<string> = new Set(["keyId", "legacyHash"] satisfies Bookkeeping[]);

/** All blobs of a session's row are sealed. */
export const sealedColumns = columnNames.filter(
  (name): name is SealedColumn => columns[name].getSQLType() === "blob",
);
const plainNames = columnNames.filter(
  (name) => !BOOKKEEPING.has(name) && !sealedColumns.some((sealed) => sealed === name),
);
/** Sealed columns whose plain value is JSON; the others hold text. */
const JSON_COLUMNS: ReadonlySet<SealedColumn> = new Set(["credentials"]);

type OptionalColumn = {
  [Name in keyof StoredSession]: null extends StoredSession[Name] ? Name : never;
}[keyof StoredSession];

/** Null for all columns that may be null. */
export const blankColumns = Object.fromEntries(
  columnNames
    .filter((name) => !columns[name].notNull && !BOOKKEEPING.has(name))
    .map((name) => [name, null]),
) as Record<OptionalColumn, null>;

/** The columns of a row that are not encrypted. */
export const plainColumnsOf = (row: PlainColumns): PlainColumns =>
  Object.fromEntries(
    plainNames.map((name) => [name, row[name as keyof PlainColumns]]),
  ) as PlainColumns;

/** The row of a session, encrypted under the first key. */
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

/** One secret of a session, encrypted under the first key; null when the session has none. */
export function seal(keyring: Keyring, session: StoredSession, column: SealedColumn) {
  const value = session[column];
  if (value === null) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return Buffer.from(keyring.encrypt(text, aadOf(session, column)).data);
}

/** The session of a row. Throws EncryptionKeyUnavailable, CiphertextInvalid. */
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

/** Columns that every save changes, that follow from the state, or that are written on their own. */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  "version",
  "updatedAt",
  "stateSince",
  "reason",
  ...OWN_COLUMNS,
]);

/** The columns in which two states of a session differ. */
export const changedColumns = <Session extends PlainColumns>(
  before: Session,
  after: Session,
): string[] =>
  (Object.keys(after) as (keyof Session & string)[]).filter(
    (name) => !NOT_COMPARED.has(name) && !isDeepStrictEqual(before[name], after[name]),
  );

type Place = Pick<SessionRow, "tenantId" | "mode" | "id">;

/** Binds a ciphertext to its place, so that rows and columns cannot be exchanged. */
const aadOf = ({ tenantId, mode, id }: Place, column: SealedColumn): string =>
  `${tenantId}/${mode}/${id}/${columns[column].name}`;

/** The same in the first format, which left the mode out. */
const formerAadOf = ({ tenantId, id }: Place, column: SealedColumn): string =>
  `${tenantId}/${id}/${columns[column].name}`;
