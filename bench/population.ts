import type { NewSession } from "../src/sessions/store/rows.ts";
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

  const session: NewSession = {
    tenantId: "",
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
  };
  const byTenant: Caller[][] = [];
  for (let index = 0; index < options.tenants; index++) {
    const { id: tenantId } = await tenants.create({ name: `Bench ${index}` });
    const { key } = await apiKeys.create(tenantId, { name: "b", mode: "live" });
    const made = await sessions.createMany(Array(sessionsPerTenant).fill({ ...session, tenantId }));
    byTenant.push(
      made.map((one) => {
        if (one instanceof Error) throw one;
        return { key, session: one.id };
      }),
    );
  }
  const callers = Array.from({ length: sessionsPerTenant }, (_, at) =>
    byTenant.flatMap((one) => one[at] ?? []),
  ).flat();
  await db.close();
  return callers;
}
