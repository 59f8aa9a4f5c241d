import { afterAll, afterEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  cookieOf,
  type ImportedLine,
  importLines,
  importOne,
  netscape,
  newImporter,
  settingsOf,
} from "../support/imports.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { createTestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());
afterEach(() => service.instagram.reset());

let accounts = 7_000_000_000;
const newPk = (): string => String(++accounts);

const { testKey: key } = service;
const session = async (id: string | null, own = key): Promise<any> =>
  (await service.request("GET", "/session", { key: own, session: id })).body;
const sessions = async (own = key): Promise<any[]> =>
  (await service.request("GET", "/sessions", { key: own, query: { limit: "100" } })).body.items;
const counts = ({ created, updated, unchanged, failed }: any): number[] => [
  created,
  updated,
  unchanged,
  failed,
];

describe("the same login", () => {
  test("is the same session in one file and in the next, and stays as it has been used", async () => {
    const saved = settingsOf(newPk());
    const first = await importLines(service, [saved, saved, { settings: saved }]);
    expect(counts(first.body)).toEqual([1, 0, 2, 0]);
    expect(new Set(first.body.lines.map(({ session_id }: any) => session_id)).size).toBe(1);
    const [{ session_id: id }] = first.body.lines;
    const older = { ...saved, mid: "anotherMid" };
    const second = await importLines(service, [
      older,
      cookieOf(saved.authorization_data.ds_user_id),
    ]);
    expect(counts(second.body)).toEqual([0, 0, 2, 0]);
    const kept = await service.request("GET", "/auth/settings", { key, session: id });
    expect(kept.text).toBe(JSON.stringify(saved));
    const third = await importLines(service, [older], { query: { overwrite: "true" } });
    expect(counts(third.body)).toEqual([0, 1, 0, 0]);
    const replaced = await service.request("GET", "/auth/settings", { key, session: id });
    expect(replaced.body.mid).toBe("anotherMid");
  });

  test("takes what a line says beside it", async () => {
    const saved = settingsOf(newPk());
    const id = await importOne(service, saved);
    const line = { settings: saved, label: "b", username: "@Some.One ", region: "FRA" };
    const { body } = await importLines(service, [line, line]);
    expect(counts(body)).toEqual([0, 1, 1, 0]);
    expect(await session(id)).toMatchObject({ label: "b", username: "some.one", region: "fra" });
    await importLines(service, [
      { settings: saved, label: null, proxy: "sandbox-proxy.example:1" },
    ]);
    expect(await session(id)).toMatchObject({
      label: null,
      username: "some.one",
      proxy: "http://sandbox-proxy.example:1",
    });
    await importLines(service, [{ settings: saved, proxy: "" }]);
    expect(await session(id)).toMatchObject({ proxy: null });
  });

  test("is one session for many imports at the same time", async () => {
    const lines = Array.from({ length: 30 }, () => settingsOf(newPk()));
    const all = await Promise.all(
      Array.from({ length: 6 }, (_, turn) =>
        importLines(service, turn % 2 === 0 ? lines : lines.toReversed()),
      ),
    );
    for (const { body } of all) expect(body.failed, JSON.stringify(body)).toBe(0);
    expect(all.reduce((sum, { body }) => sum + body.created, 0)).toBe(lines.length);
  });
});

describe("another login of an account", () => {
  const later = (pk: string, changes: object = {}) =>
    settingsOf(pk, {
      authorization_data: { ds_user_id: pk, sessionid: cookieOf(pk, 2) },
      last_login: 1800000000,
      ...changes,
    });

  test("on the same phone renews its session", async () => {
    const pk = newPk();
    const id = await importOne(service, settingsOf(pk));
    const { body } = await importLines(service, [later(pk)]);
    expect(body.lines).toMatchObject([{ outcome: "updated", session_id: id }]);
    const { body: saved } = await service.request("GET", "/auth/settings", { key, session: id });
    expect(saved.authorization_data.sessionid).toBe(cookieOf(pk, 2));
    expect((await session(id)).state).toBe("active");
  });

  test("that names no phone goes on with the known one", async () => {
    const pk = newPk();
    const id = await importOne(service, settingsOf(pk));
    const { body } = await importLines(service, [cookieOf(pk, 3)]);
    expect(body.lines).toMatchObject([{ outcome: "updated", session_id: id }]);
    const { body: saved } = await service.request("GET", "/auth/settings", { key, session: id });
    expect(saved.uuids).toEqual(settingsOf(pk).uuids);
    expect(saved.device_settings.model).toBe("6T Dev");
    expect(saved.authorization_data.sessionid).toBe(cookieOf(pk, 3));
  });

  test("that is older than that of a working session changes nothing", async () => {
    const pk = newPk();
    const id = await importOne(service, later(pk));
    const { body } = await importLines(service, [settingsOf(pk)]);
    expect(body.lines).toMatchObject([{ outcome: "unchanged", session_id: id }]);
    const { body: saved } = await service.request("GET", "/auth/settings", { key, session: id });
    expect(saved.authorization_data.sessionid).toBe(cookieOf(pk, 2));
  });

  test("on another phone is a session of its own", async () => {
    const pk = newPk();
    const id = await importOne(service, settingsOf(pk));
    const uuids = settingsOf(newPk()).uuids;
    const { body } = await importLines(service, [later(pk, { uuids })]);
    expect(body.lines[0].outcome).toBe("created");
    expect(body.lines[0].session_id).not.toBe(id);
  });

  test("reaches a session that is in use, with what it has not saved yet", async () => {
    const pk = newPk();
    const id = await importOne(service, settingsOf(pk));
    await session(id);
    const live = service.service.sessions.peek(id);
    expect(live?.stored.id).toBe(id);
    live?.state.setMid("aMidOfAnAnswer");
    await importLines(service, [{ settings: settingsOf(pk), label: "in use" }]);
    expect(live?.stored.label).toBe("in use");
    expect(live?.state.mid).toBe("aMidOfAnAnswer");
    await importLines(service, [later(pk)]);
    expect(live?.state.sessionId).toBe(cookieOf(pk, 2));
  });
});

describe("fields of a line", () => {
  test("name the session, and are checked one by one", async () => {
    const faults: [fields: object, named: string][] = [
      [{ label: "x".repeat(101) }, "label"],
      [{ label: "a\nb" }, "label"],
      [{ label: 5 }, "label"],
      [{ username: "no name" }, "username"],
      [{ region: "frankfurt" }, "region"],
      [{ proxy: "ftp://hush-proxy.example" }, "proxy"],
      [{ proxy: "10.0.0.1:3128" }, "host"],
      [{ proxy: 5 }, "proxy"],
      [{ proxy_country: "Germany" }, "proxy_country"],
      [{ enabled: "perhaps" }, "enabled"],
      [{ created_at: "yesterday" }, "created_at"],
      [{ password: 5 }, "password"],
    ];
    const { body, text } = await importLines(
      service,
      faults.map(([fields]) => ({ settings: settingsOf(newPk()), ...fields })),
    );
    expect(body.failed).toBe(faults.length);
    for (const [index, [, named]] of faults.entries())
      expect(body.lines[index].error).toContain(named);
    expect(text).not.toContain("hush");
  });

  test("that a query gives hold for new sessions whose lines give none", async () => {
    const [one, other] = [settingsOf(newPk()), settingsOf(newPk())];
    const query = { label: "batch 7", region: "ams" };
    const { body } = await importLines(service, [one, { settings: other, label: "own" }], {
      query,
    });
    const [first, second] = body.lines as ImportedLine[];
    expect(await session(first?.session_id ?? null)).toMatchObject(query);
    expect(await session(second?.session_id ?? null)).toMatchObject({
      label: "own",
      region: "ams",
    });
    for (const [field, wrong] of Object.entries({
      label: "x".repeat(101),
      region: "frankfurt",
      proxy_country: "D",
      dry_run: "perhaps",
      overwrite: "maybe",
    })) {
      const answer = await importLines(service, [one], { query: { [field]: wrong } });
      expect(faultyFields(answer), field).toEqual([field]);
    }
  });

  test("keep a password only where the tenant's policy says so", async () => {
    for (const kept of [true, false]) {
      const tenant = await service.createTenant("Passwords", { store_credentials: kept });
      const { key: own } = await service.createKey(tenant);
      const line = { settings: settingsOf(newPk()), username: "some.one", password: " hush " };
      const id = await importOne(service, line, { key: own });
      const stored = await service.service.stores.sessions.find(tenant, "test", id);
      expect(stored?.credentials).toEqual(
        kept ? { username: "some.one", password: " hush " } : null,
      );
    }
  });
});

describe("a dry run", () => {
  test("says what would become of each line and what it lacks, and stores nothing", async () => {
    const known = settingsOf(newPk());
    await importOne(service, known);
    const before = await sessions();
    const pk = newPk();
    const lines = [
      known,
      settingsOf(pk),
      settingsOf(pk),
      { settings: settingsOf(pk), label: "x" },
      cookieOf(newPk()),
      netscape(newPk()),
      "nonsense",
    ];
    const dry = await importLines(service, lines, { query: { dry_run: "true" } });
    expect(dry.body.dry_run).toBe(true);
    expect(await sessions()).toEqual(before);
    const lacks = dry.body.lines.map(({ lacks }: ImportedLine) =>
      lacks.map((text) => text.split(":", 1)[0]),
    );
    expect(lacks[1]).toEqual(["username"]);
    expect(lacks[4]).toEqual(["device ids", "device", "mid", "csrf token", "username"]);
    expect(lacks[5]).toEqual(["device ids", "device", "username"]);
    const wet = await importLines(service, lines);
    expect(wet.body.lines.map(({ outcome }: ImportedLine) => outcome)).toEqual(
      dry.body.lines.map(({ outcome }: ImportedLine) => outcome),
    );
    expect(counts(wet.body)).toEqual(counts(dry.body));
  });
});

describe("the limit of sessions", () => {
  test("leaves lines out that the tenant may not keep, and takes the others", async () => {
    const tenant = await service.createTenant("Small", { max_sessions: 3 });
    const { key: own } = await service.createKey(tenant);
    const lines = Array.from({ length: 5 }, () => settingsOf(newPk()));
    const dry = await importLines(service, lines, { key: own, query: { dry_run: "true" } });
    expect(counts(dry.body)).toEqual([3, 0, 0, 2]);
    const { body } = await importLines(service, [...lines, { settings: lines[0], label: "x" }], {
      key: own,
    });
    expect(counts(body)).toEqual([3, 1, 0, 2]);
    expect(body.lines.slice(3, 5).map(({ exc_type }: ImportedLine) => exc_type)).toEqual([
      "SessionLimitReached",
      "SessionLimitReached",
    ]);
  });
});

describe("tenants and modes", () => {
  test("that import the same logins have sessions of their own", async () => {
    const saved = settingsOf(newPk());
    const { key: other } = await service.createKey(await service.createTenant("Another"));
    const owners = [key, other, service.liveKey];
    const ids: string[] = [];
    for (const own of owners) ids.push(await importOne(service, saved, { key: own }));
    expect(new Set(ids).size).toBe(owners.length);
    for (const [index, own] of owners.entries())
      for (const [at, id] of ids.entries())
        expect((await session(id, own)).id, `${index} ${at}`).toBe(
          index === at ? id : (undefined as never),
        );
  });
});

describe("the body", () => {
  test("may be of several types, and is refused as another", async () => {
    for (const type of ["application/x-ndjson", "text/plain", "text/plain; charset=utf-8"]) {
      const headers = { "Content-Type": type };
      expect((await importLines(service, [cookieOf(newPk())], { headers })).body.created).toBe(1);
    }
    for (const type of ["application/json", "multipart/form-data; boundary=x", "image/png"]) {
      const headers = { "Content-Type": type };
      expectProblem(await importLines(service, ["x"], { headers }), "UnsupportedMedia");
    }
  });

  test("may be empty", async () => {
    const { body } = await importLines(service, "\n\n");
    expect(body).toMatchObject({ created: 0, updated: 0, unchanged: 0, failed: 0, lines: [] });
  });

  test("may hold lines that are too long, or no UTF-8, beside good ones", async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${JSON.stringify({ a: "x".repeat(300_000) })}\n`),
      Buffer.from([0xff, 0xfe, 0x0a]),
      Buffer.from(`${"[".repeat(5_000)}\n`),
      Buffer.from(`[${"{},".repeat(6_000)}{}]\n`),
      Buffer.from(cookieOf(newPk())),
    ]);
    const answer = await service.request("POST", "/sessions/import", { key, body: bytes });
    expect(counts(answer.body)).toEqual([1, 0, 0, 4]);
    expect(answer.body.lines[0].error).toContain("bytes");
  });

  test("holds whatever it wants: each line is told of, and none is quoted", async () => {
    const hush = fc.constantFrom("hush-1", "hush-2").map((text) => `${text}-hush`);
    const value = fc.jsonValue({ maxDepth: 4 });
    const line = fc.oneof(
      fc.string({ unit: "binary" }).map((text) => text.replace(/[\r\n]/g, "")),
      value.map((given) => JSON.stringify(given)),
      fc
        .record({ settings: value, label: value, proxy: value })
        .map((given) => JSON.stringify(given)),
      fc.record({ cookies: value, uuids: value }).map((given) => JSON.stringify(given)),
      hush.map((text) => `{"settings":{"authorization_data":{"sessionid":"${text}"}}}`),
      hush.map((text) => `{"password":"${text}","proxy":"${text} ${text}"}`),
      fc.constant("# Netscape HTTP Cookie File"),
    );
    const isEntry = (text: string): boolean => text.trim() !== "" && !text.trim().startsWith("#");
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
        const query = { dry_run: "true" };
        const { status, body, text } = await importLines(service, lines.join("\n"), { query });
        expect(status, text).toBe(200);
        expect(text).not.toContain("hush");
        const sum = body.created + body.updated + body.unchanged + body.failed;
        expect(body.lines).toHaveLength(sum);
        if (!lines.some((one) => /^# Netscape/.test(one.trim())))
          expect(sum).toBe(lines.filter(isEntry).length);
      }),
      { numRuns: 200 },
    );
  });
});

test("switch nothing on that the operator has switched off, and say who has switched off", async () => {
  const { key, tenant } = await newImporter(service);
  const settings = settingsOf(newPk());
  const id = await importOne(service, { settings }, { key });
  const stateOf = async () => {
    const { body } = await service.request("GET", "/session", { key, session: id });
    return [body.state, body.reason];
  };
  const switchOf = (enabled: boolean) =>
    service.request("PATCH", `/admin/tenants/${tenant}/sessions/${id}`, {
      headers: service.adminHeaders,
      json: { enabled },
    });
  await switchOf(false);
  const off = await stateOf();
  expect(off[0]).toBe("disabled");
  for (const query of [{}, { overwrite: "true" }, { dry_run: "true" }] as Record<
    string,
    string
  >[]) {
    const { body } = await importLines(service, [{ settings, enabled: true }], { key, query });
    expect(body.lines).toMatchObject([{ outcome: "failed", exc_type: "SessionDisabled" }]);
    expect(await stateOf()).toEqual(off);
  }
  await importLines(service, [{ settings, enabled: false, label: "kept off" }], { key });
  expect(await stateOf()).toEqual(off);

  await switchOf(true);
  expect((await stateOf())[0]).toBe("active");
  await importLines(service, [{ settings, enabled: false }], { key });
  expect(await stateOf()).toEqual(["disabled", expect.stringContaining("API key")]);
  await importLines(service, [{ settings, enabled: true }], { key });
  expect((await stateOf())[0]).toBe("active");
});
