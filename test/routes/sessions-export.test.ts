import { afterAll, describe, expect, test } from "bun:test";
import {
  ALL_SCOPES,
  cookieOf,
  exportOf,
  importLines,
  importOne,
  newImporter,
  newProxyOf,
  settingsOf,
} from "../support/imports.ts";
import { faultyFields } from "../support/problems.ts";
import { createTestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());

let accounts = 9_000_000_000;
const newPk = (): string => String(++accounts);
const scopes = ALL_SCOPES;
const newOwner = () => newImporter(service);
const newProxy = (key: string, fields: object) => newProxyOf(service, key, fields);
const exported = (key: string, query?: Record<string, string>) => exportOf(service, key, query);

describe("an export", () => {
  test("comes in again elsewhere without a loss, and here changes nothing", async () => {
    const [from, to] = [await newOwner(), await newOwner()];
    const pks = [newPk(), newPk(), newPk()];
    const lines = [
      { settings: settingsOf(pks[0] ?? ""), label: "first", username: "one", region: "fra" },
      { settings: settingsOf(pks[1] ?? ""), proxy: "http://u:p@sandbox-proxy.example:8080" },
      { settings: settingsOf(pks[2] ?? ""), enabled: false, created_at: "2024-02-03T04:05:06Z" },
    ];
    await importLines(service, lines, { key: from.key });
    const out = await exported(from.key);
    expect(out).toMatchObject([
      { user_pk: pks[0], label: "first", username: "one", region: "fra", state: "active" },
      { user_pk: pks[1], proxy: "http://u:p@sandbox-proxy.example:8080", proxy_id: null },
      { user_pk: pks[2], enabled: false, created_at: "2024-02-03T04:05:06.000Z" },
    ]);
    expect(out.map(({ settings }) => settings)).toEqual(lines.map(({ settings }) => settings));
    const moved = await importLines(service, out, { key: to.key });
    expect(moved.body).toMatchObject({ created: 3, failed: 0 });
    const without = (all: any[]) => all.map(({ session_id: _own, ...rest }) => rest);
    expect(without(await exported(to.key))).toEqual(without(out));
    expect((await importLines(service, out, { key: from.key })).body).toMatchObject({
      unchanged: 3,
    });
  });

  test("has the settings byte for byte, and what was not saved yet", async () => {
    const { key } = await newOwner();
    const saved = settingsOf(newPk());
    const id = await importOne(service, saved, { key });
    const first = await service.request("GET", "/sessions/export", { key });
    expect(first.text).toContain(`"settings":${JSON.stringify(saved)}}\n`);
    await service.request("GET", "/session", { key, session: id });
    service.service.sessions.peek(id)?.state.setMid("aMidOfAnAnswer");
    const [line] = await exported(key);
    expect(line.settings.mid).toBe("aMidOfAnAnswer");
    expect(service.service.sessions.peek(id)?.state.isDirty).toBe(false);
  });

  test("has the tenant's own proxies with their passwords, and the operator's by their ids alone", async () => {
    const { tenant, key } = await newOwner();
    const own = await newProxy(key, {
      url: "http://u:own-secret@own-proxy.example:1",
      max_sessions: 1,
    });
    const offered = await service.admin("POST", "/admin/proxies", {
      url: "http://u:operator-secret@offered-proxy.example:1",
      mode: "test",
    });
    const offeredId = offered.body.proxy_id ?? offered.body.id;
    await importLines(
      service,
      [
        { settings: settingsOf(newPk()), proxy_id: own },
        { settings: settingsOf(newPk()), proxy_id: offeredId },
      ],
      { key },
    );
    const out = await exported(key);
    expect(out).toMatchObject([
      { proxy_id: own, proxy: "http://u:own-secret@own-proxy.example:1" },
      { proxy_id: offeredId, proxy: null },
    ]);
    expect(JSON.stringify(out)).not.toContain("operator-secret");
    // Elsewhere the id is unknown, and the URL serves.
    const to = await newOwner();
    const [moved] = out;
    await importLines(service, [moved], { key: to.key });
    expect(await exported(to.key)).toMatchObject([{ proxy: moved.proxy, proxy_id: null }]);
    const { body } = await service.admin("GET", `/admin/tenants/${tenant}`);
    expect(body.id).toBe(tenant);
    await service.admin("DELETE", `/admin/proxies?proxy_id=${offeredId}`);
  });

  test("goes on behind a cursor, and has each session once while others come", async () => {
    const { key } = await newOwner();
    const lines = Array.from({ length: 250 }, () => cookieOf(newPk()));
    await importLines(service, lines, { key });
    const all = await exported(key);
    expect(all).toHaveLength(250);
    const cursor = all[99].session_id;
    expect((await exported(key, { cursor })).map(({ session_id }) => session_id)).toEqual(
      all.slice(100).map(({ session_id }) => session_id),
    );
    expect(await exported(key, { cursor: all[249].session_id })).toEqual([]);
    const bad = await service.request("GET", "/sessions/export", { key, query: { cursor: "x" } });
    expect(faultyFields(bad)).toEqual(["cursor"]);

    const response = await service.service.handle(
      new Request("http://localhost/sessions/export", { headers: { "X-API-Key": key } }),
    );
    const reader = (response.body ?? new ReadableStream()).getReader();
    const texts = [Buffer.from((await reader.read()).value ?? []).toString()];
    await importLines(service, [cookieOf(newPk())], { key });
    await service.request("DELETE", "/session", { key, session: all[0].session_id });
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      texts.push(Buffer.from(value).toString());
    }
    const ids = texts
      .join("")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).session_id);
    expect(ids.slice(0, 250)).toEqual(all.map(({ session_id }) => session_id));
    expect(new Set(ids).size).toBe(251);
  });

  test("reads no further than its reader", async () => {
    const { key } = await newOwner();
    await importLines(
      service,
      Array.from({ length: 350 }, () => cookieOf(newPk())),
      { key },
    );
    let pages = 0;
    const { sessions } = service.service.stores;
    const { readAfter } = sessions;
    sessions.readAfter = (...given) => {
      pages++;
      return readAfter(...given);
    };
    try {
      const response = await service.service.handle(
        new Request("http://localhost/sessions/export", { headers: { "X-API-Key": key } }),
      );
      const reader = (response.body ?? new ReadableStream()).getReader();
      await reader.read();
      await Bun.sleep(20);
      expect(pages).toBeLessThanOrEqual(2);
      await reader.cancel();
    } finally {
      sessions.readAfter = readAfter;
    }
  });

  test("is of one tenant and mode, and is recorded", async () => {
    const [one, other] = [await newOwner(), await newOwner()];
    const live = (await service.createKey(one.tenant, { mode: "live", scopes })).key;
    const saved = settingsOf(newPk());
    for (const key of [one.key, other.key, live]) await importOne(service, saved, { key });
    for (const key of [one.key, other.key, live]) expect(await exported(key)).toHaveLength(1);
    const { body } = await service.request("GET", "/audit", {
      key: one.key,
      query: { kind: "sessions.exported" },
    });
    expect(body.items).toHaveLength(1);
    expect(JSON.stringify(body)).not.toContain(saved.mid);
  });

  test("answers HEAD without reading anything", async () => {
    const { key } = await newOwner();
    const answer = await service.request("HEAD", "/sessions/export", { key });
    expect([answer.status, answer.text]).toEqual([200, ""]);
  });
});
