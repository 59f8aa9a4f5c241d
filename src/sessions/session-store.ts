import { Announcements } from "../announcements.ts";
import type { Database } from "../db/connection.ts";
import { createIdSource, type NewId } from "../db/ids.ts";
import type { Keyring } from "../db/keyring.ts";
import { sessionCreation } from "./store/creation.ts";
import { sessionExporting } from "./store/exporting.ts";
import { sessionListing } from "./store/listing.ts";
import { sessionLookup } from "./store/lookup.ts";
import { sessionManaging } from "./store/managing.ts";
import { type ReencryptOptions, reencrypt } from "./store/reencryption.ts";
import { sessionSaving } from "./store/saving.ts";

export type { Mode } from "../db/schema.ts";
export type { SessionFilter, SessionSummary } from "./store/listing.ts";
export {
  changedColumns,
  type NewSession,
  type SessionRecord,
  type StoredSession,
} from "./store/rows.ts";

/** The stored sessions of all tenants. */
export type SessionStore = ReturnType<typeof createSessionStore>;

/** All methods throw StorageUnavailable when the database cannot serve. */
export function createSessionStore(
  db: Database,
  keyring: Keyring,
  {
    now = Date.now,
    newId = createIdSource(now),
    announcements = new Announcements(),
    tellsSaves = false,
  }: {
    now?: () => number;
    newId?: NewId;
    announcements?: Announcements;
    tellsSaves?: boolean;
  } = {},
) {
  const lookup = sessionLookup(db, keyring);
  const { version } = lookup;
  const saving = sessionSaving(db, keyring, { now, version, announcements, tellsSaves });
  return {
    ...lookup,
    ...sessionCreation(db, keyring, { now, newId, announcements }),
    ...saving,
    ...sessionManaging(db, { now, announceChange: saving.announceChange }),
    ...sessionExporting(db, keyring),
    ...sessionListing(db, keyring, { now }),
    /** Moves all sessions to the first encryption key; reencrypt() says how. */
    reencrypt: (options?: ReencryptOptions) => reencrypt(db, keyring, options),
  };
}
