import { openStores } from "../src/stores.ts";

/** An API key and a session that belong together. */
export interface Caller {
  key: string;
  session: string;
}

export interface PopulationOptions {
  databaseUrl: string;
  encryptionKey: string;
  tenants: number;
  sessionsPerTenant: number;
  /** Settings of every session, as JSON text. */
  settings: string;
}

/** Fills a database. Resolves with one caller for each session; the tenants alternate. */
export async function populate(options: PopulationOptions): Promise<Caller[]> {
  const { databaseUrl, encryptionKey, sessionsPerTenant, settings } = options;
  const { db, tenants, apiKeys, sessions } = await openStores({
    database: { url: databaseUrl },
    encryptionKeys: [encryptionKey],
  });
  const userPk = String(JSON.parse(settings).authorization_data?.ds_user_id ?? "1");

  const keys: Array<{ tenantId: string; key: string }> = [];
  for (let index = 0; index < options.tenants; index++) {
    const { id } = await tenants.create({ name: `Bench ${index}` });
    keys.push({ tenantId: id, key: (await apiKeys.create(id, { name: "b", mode: "live" })).key });
  }
  const callers: Caller[] = [];
  for (let round = 0; round < sessionsPerTenant; round++)
    for (const { tenantId, key } of keys) {
      const { id } = await sessions.create({
        tenantId,
        mode: "live",
        username: "sandbox",
        userPk,
        state: "active",
        region: null,
        settings,
        proxy: null,
        credentials: null,
        legacyId: null,
        challenge: null,
      });
      callers.push({ key, session: id });
    }
  await db.close();
  return callers;
}
