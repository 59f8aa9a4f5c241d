import { eq } from "drizzle-orm";
import { LRUCache } from "lru-cache";
import type { Announcements } from "../announcements.ts";
import type { ChangeWatch } from "../db/change-watch.ts";
import type { Database } from "../db/connection.ts";
import type { Keyring } from "../db/keyring.ts";
import { proxies } from "../db/schema.ts";
import { openProxy, type ProxyRecord, plainOf } from "./rows.ts";

/** The proxies in use, in memory: a request through one needs no database. */
export interface ProxyDirectory {
  /**
   * The proxy of an id, as it is stored now; null when there is none. At once while it is in memory
   * and no other process has written. Throws StorageUnavailable, EncryptionKeyUnavailable,
   * CiphertextInvalid.
   */
  find(id: string): ProxyRecord | null | Promise<ProxyRecord | null>;
  /** The proxy as find() has last given it; null when it is not in memory. */
  known(id: string): ProxyRecord | null;
  /** Takes in what this process has just written of a proxy, where it is in memory. */
  note(id: string, changed: Partial<ProxyRecord>): void;
}

interface Entry {
  proxy: ProxyRecord;
  /** The ciphertext of its URL: decrypted once only. */
  sealed: Buffer;
  /** The change watch's number when it was last known to be the newest; NaN: it may be older. */
  epoch: number;
}

/** What is told of a proxy that was changed. */
interface Changed {
  readonly proxyId: string | null;
  /** The names of the columns that differ. */
  readonly changed: readonly string[];
}

/** Enough for every proxy in use; an entry takes about 1 KB. */
const MAX_KNOWN = 20_000;

export function createProxyDirectory(
  db: Database,
  keyring: Keyring,
  { changes, announcements }: { changes: ChangeWatch; announcements: Announcements },
): ProxyDirectory {
  const entries = new LRUCache<string, Entry>({ max: MAX_KNOWN });
  const reading = new Map<string, Promise<ProxyRecord | null>>();

  function renew({ proxyId, changed }: Changed): void {
    if (proxyId === null) return;
    const entry = entries.peek(proxyId);
    // It stays known if it is the same: a request that has just looked it up is about to use it.
    if (changed.includes("url")) entries.delete(proxyId);
    else if (entry) entry.epoch = Number.NaN;
    reading.delete(proxyId);
  }
  function forget({ proxyId }: Pick<Changed, "proxyId">): void {
    if (proxyId === null) return;
    entries.delete(proxyId);
    // What is being read may be out of date already: it is read once more.
    reading.delete(proxyId);
  }
  announcements.on(["proxy.changed"], renew);
  announcements.on(["proxy.deleted"], forget);
  changes.on(["proxy.changed", "proxy.rescheduled"], renew);
  changes.on(["proxy.deleted"], forget);

  async function read(id: string): Promise<{ proxy: ProxyRecord; sealed: Buffer } | null> {
    const [row] = await db.read((orm) => orm.select().from(proxies).where(eq(proxies.id, id)));
    if (row === undefined) return null;
    const entry = entries.peek(id);
    if (entry === undefined || !entry.sealed.equals(row.url))
      return { proxy: openProxy(keyring, row), sealed: row.url };
    return { proxy: { ...plainOf(row), url: entry.proxy.url }, sealed: entry.sealed };
  }

  function readOnce(id: string, epoch: number): Promise<ProxyRecord | null> {
    const running = reading.get(id);
    if (running) return running;
    const started: Promise<ProxyRecord | null> = read(id)
      .then((found) => {
        if (reading.get(id) !== started) return readOnce(id, changes.latest);
        if (found === null) entries.delete(id);
        else entries.set(id, { ...found, epoch });
        return found?.proxy ?? null;
      })
      .finally(() => {
        if (reading.get(id) === started) reading.delete(id);
      });
    reading.set(id, started);
    return started;
  }

  const at = (id: string, epoch: number): ProxyRecord | Promise<ProxyRecord | null> => {
    const entry = entries.get(id);
    return entry?.epoch === epoch ? entry.proxy : readOnce(id, epoch);
  };

  return {
    find(id) {
      const epoch = changes.epoch();
      return typeof epoch === "number" ? at(id, epoch) : epoch.then((current) => at(id, current));
    },
    known: (id) => entries.get(id)?.proxy ?? null,
    note(id, changed) {
      const entry = entries.peek(id);
      if (entry) entry.proxy = { ...entry.proxy, ...changed };
    },
  };
}
