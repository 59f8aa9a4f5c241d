import { and, asc, count, eq, gt, inArray, notInArray } from "drizzle-orm";
import type { Database } from "../../db/connection.ts";
import { CiphertextInvalid, type Keyring } from "../../db/keyring.ts";
import { proxies } from "../../db/schema.ts";
import { openProxy, placeOf, sealUrl } from "../rows.ts";

export interface ProxyReencryption {
  /** Proxies that were moved to the first key. */
  moved: number;
  /** Proxies left as they are because their key is not configured. */
  unavailable: number;
  /** Ids of the proxies left as they are because their stored bytes are damaged. */
  damaged: string[];
}

/**
 * Moves the URLs of all proxies to the first encryption key. It may be stopped and run again, and a
 * server may run meanwhile: a proxy whose URL it changes is under the first key already.
 */
export async function reencryptProxies(
  db: Database,
  keyring: Keyring,
  {
    batchSize = 100,
    onProgress,
  }: { batchSize?: number | undefined; onProgress?: (moved: number) => void } = {},
): Promise<ProxyReencryption> {
  const [, ...olderKeys] = keyring.keyIds;
  const damaged: string[] = [];
  let moved = 0;
  let cursor = "";
  for (;;) {
    const rows = await db.read((orm) =>
      orm
        .select()
        .from(proxies)
        .where(and(gt(proxies.id, cursor), inArray(proxies.keyId, olderKeys)))
        .orderBy(asc(proxies.id))
        .limit(batchSize),
    );
    const last = rows.at(-1);
    if (last === undefined) break;
    cursor = last.id;
    const updates = rows.flatMap((row) => {
      let url: string;
      try {
        ({ url } = openProxy(keyring, row));
      } catch (error) {
        if (!(error instanceof CiphertextInvalid)) throw error;
        damaged.push(row.id);
        return [];
      }
      const sealed = sealUrl(keyring, row.id, placeOf(row), url);
      // Not where the URL has been changed in between.
      const isSame = and(eq(proxies.id, row.id), eq(proxies.url, row.url));
      return [db.drizzle.update(proxies).set(sealed).where(isSame)];
    });
    const [first, ...rest] = updates;
    if (first === undefined) continue;
    const results = await db.write((orm) => orm.batch([first, ...rest]));
    moved += results.reduce((sum, { rowsAffected }) => sum + rowsAffected, 0);
    onProgress?.(moved);
  }
  const [left] = await db.read((orm) =>
    orm
      .select({ proxies: count() })
      .from(proxies)
      .where(notInArray(proxies.keyId, [...keyring.keyIds])),
  );
  return { moved, unavailable: left?.proxies ?? 0, damaged };
}
