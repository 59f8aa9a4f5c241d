import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { temporaryDirectory } from "../support/directory.ts";
import { reply } from "../support/fake-instagram.ts";
import { until } from "../support/gate.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { savedSettings } from "../support/live.ts";
import { LONG_MS, SECRETS } from "../support/process.ts";
import { startInstagram } from "../support/servers.ts";

/*
 * Two processes on one database file, both at full speed: once the use of a switch is acknowledged, not
 * one request that it concerns reaches Instagram.
 */

const directory = temporaryDirectory();
const upstream = startInstagram();
const adminHeaders = { Authorization: `Bearer ${SECRETS.ADMIN_TOKEN}` };
let processes: [Gateway, Gateway];

interface Account {
  tenant: string;
  key: string;
  id: string;
  /** What its requests carry. */
  pk: string;
}
const accounts: Account[] = [];
/** Requests that have reached Instagram, by the pk of the account; those without one as "". */
const reached = new Map<string, number>();

const start = (): Promise<Gateway> =>
  startGateway({
    ...SECRETS,
    DATABASE_URL: `file:${directory.path}/gramway.db`,
    UPSTREAM_URL: upstream.origin,
    URL_ALLOW_HOSTS: "127.0.0.1,localhost",
    KEY_REQUESTS_PER_SECOND: "100000",
    LOG_LEVEL: "error",
  });

const admin = (gateway: Gateway, method: string, path: string, json: unknown) =>
  gateway.request(method, path, { headers: adminHeaders, json });

beforeAll(async () => {
  processes = [await start(), await start()];
  const [one] = processes;
  upstream.instagram.on(/./, ({ headers }) => {
    const pk = /^\d+/.exec(headers["ig-intended-user-id"] ?? "")?.[0] ?? "";
    reached.set(pk, (reached.get(pk) ?? 0) + 1);
    return reply(200, { user: { pk: Number(pk || 1), username: "me" }, status: "ok" });
  });
  for (let tenants = 0; tenants < 2; tenants++) {
    const tenant = (await admin(one, "POST", "/admin/tenants", { name: "One of two" })).body.id;
    const made = await admin(one, "POST", `/admin/tenants/${tenant}/keys`, {
      name: "Of a test",
      mode: "live",
      scopes: ["read", "write", "auth", "admin"],
    });
    const { key } = made.body;
    for (let count = 0; count < 2; count++) {
      const pk = String(49_123_456_700 + accounts.length);
      const login = { ds_user_id: pk, sessionid: `${pk}%3AAbCdEfGhIjKlMnOp%3A12%3AAYdTail` };
      const settings = JSON.stringify(savedSettings({ authorization_data: login, cookies: {} }));
      const imported = await one.request("PATCH", "/auth/settings", { key, form: { settings } });
      expect(imported.status, imported.text).toBe(200);
      accounts.push({ tenant, key, id: imported.body, pk });
    }
  }
}, LONG_MS);

afterAll(async () => {
  await Promise.all(processes.map((gateway) => gateway.stop()));
  upstream[Symbol.dispose]();
  directory.remove();
});

/** Keeps both processes busy with all accounts until `work` ends. */
async function underLoad(work: () => Promise<void>): Promise<Set<string>> {
  let isOver = false;
  const types = new Set<string>();
  const ask = async (gateway: Gateway, { key, id: session }: Account): Promise<void> => {
    while (!isOver) {
      const { status, body } = await gateway.request("GET", "/account", { key, session });
      types.add(`${status} ${body.exc_type ?? ""}`.trim());
    }
  };
  const asking = processes.flatMap((gateway) =>
    accounts.flatMap((account) => [ask(gateway, account), ask(gateway, account)]),
  );
  try {
    await work();
  } finally {
    isOver = true;
    await Promise.all(asking);
  }
  return types;
}

const countOf = (concerned: readonly Account[]): number =>
  concerned.reduce((sum, { pk }) => sum + (reached.get(pk) ?? 0), 0);

/** How far an account has come since. */
async function untilAsked(some: readonly Account[]): Promise<void> {
  const before = some.map(({ pk }) => reached.get(pk) ?? 0);
  await until(() => some.every(({ pk }, at) => (reached.get(pk) ?? 0) > (before[at] ?? 0) + 3));
}

interface Switch {
  concerns: (account: Account, first: Account) => boolean;
  set: (gateway: Gateway, first: Account, on: boolean) => Promise<{ status: number; text: string }>;
  answers: string;
}

const SWITCHES: Record<string, Switch> = {
  "of a session": {
    concerns: ({ id }, first) => id === first.id,
    set: (gateway, { key, id: session }, enabled) =>
      gateway.request("PATCH", "/session", { key, session, json: { enabled } }),
    answers: "403 SessionDisabled",
  },
  "of a tenant": {
    concerns: ({ tenant }, first) => tenant === first.tenant,
    set: (gateway, { tenant }, on) =>
      admin(gateway, "PATCH", `/admin/tenants/${tenant}`, { status: on ? "active" : "suspended" }),
    answers: "403 TenantSuspended",
  },
  "of all": {
    concerns: () => true,
    set: (gateway, _first, enabled) => admin(gateway, "PATCH", "/admin/upstream", { enabled }),
    answers: "503 UpstreamStopped",
  },
};

describe("a switch that is off lets nothing through, in both processes", () => {
  for (const [name, { concerns, set, answers }] of Object.entries(SWITCHES))
    test(
      name,
      async () => {
        const [first] = accounts;
        if (first === undefined) throw new Error("there are no accounts");
        const concerned = accounts.filter((account) => concerns(account, first));
        const others = accounts.filter((account) => !concerned.includes(account));
        const types = await underLoad(async () => {
          for (let round = 0; round < 6; round++) {
            const [here, there] = round % 2 === 0 ? processes : processes.toReversed();
            if (here === undefined || there === undefined) throw new Error("two processes");
            await untilAsked(accounts);
            const off = await set(here, first, false);
            const count = countOf(concerned);
            expect(off.status, off.text).toBe(200);
            if (others.length > 0) await untilAsked(others);
            else await Bun.sleep(50);
            expect(countOf(concerned) - count).toBe(0);
            const on = await set(there, first, true);
            expect(on.status, on.text).toBe(200);
          }
          await untilAsked(accounts);
        });
        expect([...types].sort()).toEqual(["200", answers]);
      },
      LONG_MS,
    );
});
