import { afterAll, describe, expect, test } from "bun:test";
import {
  exportOf,
  importLines,
  importOne,
  newImporter,
  newProxyOf,
  settingsOf,
} from "../support/imports.ts";
import { createTestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());

let accounts = 6_000_000_000;
const newPk = (): string => String(++accounts);

describe("proxies of imported sessions", () => {
  const proxyOf = async (key: string, id: string) => {
    const { body } = await service.request("GET", "/session", { key, session: id });
    return body.proxy_id;
  };

  test("are spread as evenly as those of logins, within their limits", async () => {
    const { key } = await newImporter(service);
    const ids: string[] = [];
    for (let index = 0; index < 4; index++)
      ids.push(
        await newProxyOf(service, key, {
          url: `http://spread-${index}.example:1`,
          country: index < 2 ? "DE" : "FR",
          max_sessions: 40,
        }),
      );
    const lines = Array.from({ length: 150 }, (_, index) => ({
      settings: settingsOf(newPk(), { country: "XX", country_code: 0 }),
      ...(index < 50 ? { proxy_country: "DE" } : {}),
    }));
    const { body } = await importLines(service, lines, { key });
    expect(body).toMatchObject({ created: 150, failed: 0 });
    const counts = new Map<string, number>();
    for (const { proxy_id: id } of await exportOf(service, key))
      counts.set(id, (counts.get(id) ?? 0) + 1);
    const loads = ids.map((id) => counts.get(id) ?? 0);
    expect(loads.reduce((sum, load) => sum + load, 0)).toBe(150);
    expect(Math.max(...loads)).toBeLessThanOrEqual(40);
    const more = Array.from({ length: 20 }, () => settingsOf(newPk()));
    const full = await importLines(service, more, { key });
    expect(full.body).toMatchObject({ created: 10, failed: 10 });
    expect(
      new Set(full.body.lines.flatMap(({ exc_type }: any) => (exc_type ? [exc_type] : []))),
    ).toEqual(new Set(["NoProxyAvailable"]));
    const rows = await service.request("GET", "/proxies", { key });
    expect(rows.body.items.map(({ sessions }: any) => sessions ?? 40)).toEqual([40, 40, 40, 40]);
  });

  test("are those that lines or the query name, and stay when the login comes again", async () => {
    const { key } = await newImporter(service);
    const [one, other] = [
      await newProxyOf(service, key, { url: "http://named-1.example:1" }),
      await newProxyOf(service, key, { url: "http://named-2.example:1" }),
    ];
    const saved = settingsOf(newPk());
    const id = await importOne(service, { settings: saved, proxy_id: one }, { key });
    expect(await proxyOf(key, id)).toBe(one);
    await importLines(service, [saved, { settings: saved, label: "x" }], { key });
    expect(await proxyOf(key, id)).toBe(one);
    const moved = await importLines(service, [{ settings: saved, proxy_id: other }], { key });
    expect(moved.body).toMatchObject({ updated: 1 });
    expect(await proxyOf(key, id)).toBe(other);
    const query = { proxy_id: one };
    const second = await importOne(service, settingsOf(newPk()), { key, query });
    expect(await proxyOf(key, second)).toBe(one);
    const unknown = await importLines(
      service,
      [{ settings: settingsOf(newPk()), proxy_id: "01K9ZJ5M0T6R3F4C2B1A0XYZWV" }],
      { key },
    );
    expect(unknown.body.lines).toMatchObject([{ outcome: "failed", exc_type: "ProxyNotFound" }]);
  });

  test("follow the tenant's policy", async () => {
    const required = await newImporter(service, { proxy_policy: "required" });
    const refused = await importLines(service, [settingsOf(newPk())], { key: required.key });
    expect(refused.body.lines).toMatchObject([{ exc_type: "ProxyRequired" }]);
    const line = { settings: settingsOf(newPk()), proxy: "http://own.example:1" };
    const id = await importOne(service, line, { key: required.key });
    const cleared = await importLines(service, [{ ...line, proxy: null }], { key: required.key });
    expect(cleared.body.lines).toMatchObject([{ exc_type: "ProxyRequired" }]);
    expect((await exportOf(service, required.key))[0]).toMatchObject({
      session_id: id,
      proxy: line.proxy,
    });

    const direct = await newImporter(service, { proxy_policy: "direct" });
    await newProxyOf(service, direct.key, { url: "http://unused.example:1" });
    const free = await importOne(service, settingsOf(newPk()), { key: direct.key });
    expect(await proxyOf(direct.key, free)).toBeNull();
  });
});
