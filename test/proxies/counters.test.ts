import { afterAll, expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import fc from "fast-check";
import { temporaryDirectory } from "../support/directory.ts";
import { importLines, newImporter, newProxyOf, settingsOf } from "../support/imports.ts";
import { type Answer, createTestService } from "../support/service.ts";

/* Whatever happens at the same time in two processes, a proxy's counts are the truth, and no more than it may have. */

const directory = temporaryDirectory();
const config = { database: { url: `file:${directory.path}/gramway.db` } };
const services = [
  await createTestService({ config }),
  await createTestService({ config }),
] as const;
afterAll(async () => {
  for (const service of services) await service.close();
  directory[Symbol.dispose]();
});

const MOST = 6;
const KINDS = ["import", "login", "move", "own", "delete", "delete-proxy", "new-proxy"] as const;
const STEP = fc.record({
  kind: fc.constantFrom(...KINDS),
  at: fc.constantFrom(0 as const, 1 as const),
  session: fc.nat(),
  proxy: fc.nat(),
});
type Step = typeof STEP extends fc.Arbitrary<infer Value> ? Value : never;

let accounts = 9_600_000_000;

test("counts of proxies are true after any sessions were made, moved and deleted at once", async () => {
  const { key } = await newImporter(services[0], { max_sessions: 10_000 });
  const proxies: string[] = [];
  for (let index = 0; index < 4; index++)
    proxies.push(
      await newProxyOf(services[0], key, {
        url: `http://counted-${index}.example:1`,
        country: index % 2 === 0 ? "DE" : "FR",
        max_sessions: MOST,
      }),
    );
  const sessions: string[] = [];
  const one = <Item>(items: readonly Item[], number: number) => items[number % items.length];

  async function take({ kind, at, session: which, proxy: other }: Step): Promise<void> {
    const service = services[at];
    const session = one(sessions, which) ?? null;
    const proxy = one(proxies, other) ?? "";
    const ask = (method: string, path: string, options: object): Promise<Answer> =>
      service.request(method, path, { key, session, ...options });
    switch (kind) {
      case "import": {
        const { body } = await importLines(service, [settingsOf(String(++accounts))], { key });
        const [{ session_id: id }] = body.lines;
        if (id !== null) sessions.push(id);
        return;
      }
      case "login": {
        const form = { username: "sandbox", password: "sandbox" };
        const answer = await ask("POST", "/auth/login", { session: null, form });
        if (answer.status === 200) sessions.push(answer.body);
        return;
      }
      case "move":
        return void (await ask("PATCH", "/session", { json: { proxy_id: proxy } }));
      case "own":
        return void (await ask("PATCH", "/auth/settings", {
          json: { proxy: "http://own.example:1" },
        }));
      case "delete":
        return void (await ask("DELETE", "/session", {}));
      case "delete-proxy":
        return void (await ask("DELETE", "/proxy", { query: { proxy_id: proxy, move: "true" } }));
      case "new-proxy": {
        const url = `http://added-${other % 4}.example:1`;
        const { body } = await ask("POST", "/proxy", { json: { url, max_sessions: MOST } });
        if (!proxies.includes(body.proxy_id)) proxies.push(body.proxy_id);
      }
    }
  }

  const { db } = services[0].service.stores;
  const untrue = () =>
    db.read((orm) =>
      orm.all(sql`SELECT * FROM (SELECT id, max_sessions, live_sessions, live_holds, test_sessions,
          test_holds,
          (SELECT count(*) FROM sessions WHERE sessions.proxy_id = proxies.id) AS sessions,
          (SELECT count(*) FROM proxy_holds WHERE proxy_holds.proxy_id = proxies.id) AS holds
        FROM proxies)
        WHERE test_sessions <> sessions OR test_holds <> holds OR live_sessions <> 0
          OR live_holds <> 0 OR test_sessions + test_holds > max_sessions`),
    );
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 20, maxLength: 40 }), async (steps) => {
      const under = steps.map(take);
      for (let look = 0; look < 5; look++) {
        expect(await untrue()).toEqual([]);
        await Bun.sleep(1);
      }
      await Promise.all(under);
      expect(await untrue()).toEqual([]);
      const held = sql`SELECT id FROM proxy_holds`;
      expect(await db.read((orm) => orm.all(held))).toEqual([]);
    }),
    { numRuns: 12, endOnFailure: true },
  );
});
