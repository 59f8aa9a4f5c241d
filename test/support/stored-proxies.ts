import type { Database } from "../../src/db/connection.ts";
import { createIdSource } from "../../src/db/ids.ts";
import { createKeyring } from "../../src/db/keyring.ts";
import { proxies } from "../../src/db/schema.ts";
import { type ProxyPlace, sealUrl } from "../../src/proxies/rows.ts";
import { ENCRYPTION_KEY } from "./service.ts";

type Row = typeof proxies.$inferInsert;

const newId = createIdSource(Date.now);
const keyring = createKeyring([ENCRYPTION_KEY]);

/** What a test says of a proxy; the rest is made up. */
export type ProxyFields = Partial<Omit<Row, "url" | "keyId" | "urlHash">> & { url?: string };

/** Stores proxies as they are described, past all rules, and resolves with their ids. */
export async function storeProxies(
  db: Database,
  fields: readonly ProxyFields[],
): Promise<string[]> {
  const rows = fields.map(({ url, ...given }) => {
    const id = given.id ?? newId();
    const place: ProxyPlace =
      given.tenantId == null
        ? { tenantId: null, mode: given.mode ?? null }
        : { tenantId: given.tenantId, mode: given.mode ?? "live" };
    return {
      onFailure: "fail",
      state: "unknown",
      stateSince: 0,
      createdAt: 0,
      updatedAt: 0,
      ...given,
      id,
      ...place,
      ...sealUrl(keyring, id, place, url ?? `http://user:secret@${id.toLowerCase()}.example:8080`),
    } satisfies Row;
  });
  for (let start = 0; start < rows.length; start += 500)
    await db.write((orm) => orm.insert(proxies).values(rows.slice(start, start + 500)));
  return rows.map(({ id }) => id);
}
