import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Database } from "../../src/db/connection.ts";
import { createKeyring, EncryptionKeyUnavailable } from "../../src/db/keyring.ts";
import { createSessionStore } from "../../src/sessions/session-store.ts";
import { importTinyDb } from "../../src/sessions/tinydb-import.ts";
import { TinyDbInvalid } from "../../src/sessions/tinydb-rows.ts";
import { newKey, oldKey, setUpSessions } from "../support/session-store.ts";
import { openMemory, storages } from "../support/storage.ts";

const pk = "3012345678901234567";
const settings = `{"uuids": {"phone_id": "p"},  "authorization_data": {"ds_user_id": "${pk}", "sessionid": "${pk}%3Aabc%3A1"}, "x_unknown": {"id": ${pk}, "f": 1.0}}`;

function tinyDb(...rows: unknown[]): string {
  const numbered = rows.map((row, index) => [String(index + 1), row]);
  return JSON.stringify({ _default: Object.fromEntries(numbered) });
}

for (const [name, open] of storages) {
  test(`${name}: a database of the Python service comes in as it is, and twice changes nothing`, async () => {
    await using storage = await open();
    const { store, tenantId } = await setUpSessions(storage.db);
    const sessions = store(oldKey);
    const text = tinyDb(
      { sessionid: `${pk}:abc:1`, settings, proxy: "http://u:p@proxy.example:8080" },
      { sessionid: "77:def:2", settings: "{}", proxy: "" },
    );
    const input = { tenantId, mode: "live", file: new Blob([text]) } as const;
    expect(await importTinyDb(sessions, input)).toEqual({
      imported: 2,
      updated: 0,
      unchanged: 0,
      skipped: [],
    });
    const found = await sessions.find(tenantId, "live", `${pk}%3Aabc%3A1`);
    expect(found).toMatchObject({
      settings,
      proxy: "http://u:p@proxy.example:8080",
      userPk: pk,
      username: null,
      state: "active",
      credentials: null,
      legacyId: `${pk}:abc:1`,
      version: 1,
    });
    expect(await sessions.find(tenantId, "live", "77:def:2")).toMatchObject({
      proxy: null,
      userPk: "77",
    });
    for (const overwrite of [false, true])
      expect(await importTinyDb(sessions, { ...input, overwrite })).toEqual({
        imported: 0,
        updated: 0,
        unchanged: 2,
        skipped: [],
      });
    const { sessions: listed } = await sessions.list(tenantId);
    expect(listed.map((session) => session.version)).toEqual([1, 1]);
  });
}

test("a session that is here already stays as it is, unless it is to be overwritten", async () => {
  await using storage = await openMemory();
  const { store, tenantId, session } = await setUpSessions(storage.db);
  const sessions = store(oldKey);
  const before = await sessions.create(session({ state: "logged_out", legacyId: "77:def:2" }));
  const text = tinyDb({ sessionid: "77:def:2", settings: '{"new":1}', proxy: "10.0.0.1:3128" });
  const input = { tenantId, mode: "live", file: new Blob([text]) } as const;
  const kept = await importTinyDb(sessions, input);
  expect(kept).toEqual({ imported: 0, updated: 0, unchanged: 1, skipped: [] });
  expect(await sessions.find(tenantId, "live", before.id)).toEqual(before);
  const result = await importTinyDb(sessions, { ...input, overwrite: true });
  expect(result).toEqual({ imported: 0, updated: 1, unchanged: 0, skipped: [] });
  expect(await sessions.find(tenantId, "live", before.id)).toMatchObject({
    settings: '{"new":1}',
    proxy: "http://10.0.0.1:3128",
    state: "active",
    challenge: null,
    username: before.username,
    credentials: before.credentials,
    version: 2,
  });
});

test("rows that cost more than they weigh are left out, and do not stop the others", async () => {
  await using storage = await openMemory();
  const { store, tenantId } = await setUpSessions(storage.db);
  const nested = (depth: number): string => '{"a":'.repeat(depth) + 1 + "}".repeat(depth);
  const rows = [
    `{"sessionid":"1:deep:1","settings":${nested(100_000)}}`,
    `{"sessionid":"2:deep:1","settings":${JSON.stringify(nested(5_000))}}`,
    `{"sessionid":"3:long:1","settings":{"id":${"9".repeat(50_000)}}}`,
    `{"sessionid":"4:half:1","settings":{"name":"\\ud800"}}`,
    `{"sessionid":"5:half:1","settings":"{}","proxy":"http://\\ud800:x@proxy.example:1"}`,
    `{"sessionid":"6:good:1","settings":${nested(32)}}`,
  ];
  const text = `{"_default":{${rows.map((row, index) => `"${index + 1}":${row}`).join(",")}}}`;
  const file = new Blob([text]);
  const result = await importTinyDb(store(oldKey), { tenantId, mode: "live", file });
  expect(result.imported).toBe(1);
  expect(result.skipped.map(({ row }) => row)).toEqual(["1", "2", "3", "4", "5"]);
  for (const [at, reason] of ["nested", "nested", "40 digits", "surrogate", "surrogate"].entries())
    expect(result.skipped[at]?.reason).toContain(reason);
});

test("bad rows are reported by number, without secrets, and do not stop the others", async () => {
  await using storage = await openMemory();
  const { store, tenantId } = await setUpSessions(storage.db);
  const sessions = store(oldKey);
  const text = tinyDb(
    { sessionid: "1:hush:1", settings: '{"hush": ', proxy: "" },
    { sessionid: "2:hush:1", settings: "[]" },
    { sessionid: "3:hush:1", settings: "{}", proxy: "socks4://hush:hush@proxy.example:1" },
    { sessionid: "", settings: "{}" },
    { sessionid: "5:hush:1" },
    "hush",
    { sessionid: "7:hush:1", settings: "{}", proxy: 5 },
    { sessionid: "8:good:1", settings: "{}" },
    { sessionid: '"8%3Agood%3A1"', settings: '{"second": true}' },
  );
  const result = await importTinyDb(sessions, { tenantId, mode: "live", file: new Blob([text]) });
  expect(result.imported).toBe(1);
  expect(result.skipped).toEqual([
    { row: "1", reason: "settings must be JSON" },
    { row: "2", reason: "settings are not the JSON text of an object" },
    {
      row: "3",
      reason: "unusable proxy: SOCKS4 proxies are not supported: use socks5, http or https",
    },
    { row: "4", reason: "sessionid is missing" },
    { row: "5", reason: "settings are missing" },
    { row: "6", reason: "the row is not an object" },
    { row: "7", reason: "proxy is not a text" },
    { row: "9", reason: "the same session as row 8" },
  ]);
  expect((await sessions.find(tenantId, "live", "8:good:1"))?.settings).toBe("{}");
});

test("other tables, unpacked settings and a missing sessionid column are understood", async () => {
  await using storage = await openMemory();
  const { store, tenantId } = await setUpSessions(storage.db);
  const sessions = store(oldKey);
  // Written by hand: the id must not pass through a JavaScript number.
  const text = `\uFEFF{"_default": {}, "clients": {"12": {"settings": ${settings}}, "13": {}}}`;
  const result = await importTinyDb(sessions, { tenantId, mode: "test", file: new Blob([text]) });
  expect(result).toEqual({
    imported: 1,
    updated: 0,
    unchanged: 0,
    skipped: [{ row: "clients/13", reason: "settings are missing" }],
  });
  const found = await sessions.find(tenantId, "test", `${pk}:abc:1`);
  expect(found?.settings).toContain(`"id":${pk}`);
  expect(found?.userPk).toBe(pk);
});

test("the user pk is taken from the authorization, the cookies or the session id", async () => {
  await using storage = await openMemory();
  const { store, tenantId } = await setUpSessions(storage.db);
  const sessions = store(oldKey);
  const rows = [
    `{"sessionid": "1:a:1", "settings": {"authorization_data": {"ds_user_id": ${pk}}}}`,
    `{"sessionid": "2:a:1", "settings": {"cookies": {"ds_user_id": "22"}}}`,
    `{"sessionid": "33%3Aa%3A1", "settings": {"authorization_data": {}}}`,
    `{"sessionid": "IGT-x", "settings": {"username": "@Some.Body"}}`,
  ];
  const text = `{"_default": {${rows.map((row, index) => `"${index}": ${row}`).join(",")}}}`;
  await importTinyDb(sessions, { tenantId, mode: "live", file: new Blob([text]) });
  const { sessions: listed } = await sessions.list(tenantId);
  expect(listed.map(({ userPk }) => userPk)).toEqual([pk, "22", "33", null]);
  expect(listed.map(({ username }) => username)).toEqual([null, null, null, "Some.Body"]);
});

test("what is no TinyDB database is refused without quoting it", async () => {
  await using storage = await openMemory();
  const { store, tenantId } = await setUpSessions(storage.db);
  for (const text of ["", "hush", "[]", '{"_default": [1]}', '{"_default": "hush"}']) {
    const failure: unknown = await importTinyDb(store(oldKey), {
      tenantId,
      mode: "live",
      file: new Blob([text]),
    }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TinyDbInvalid);
    expect(String(failure)).not.toContain("hush");
  }
});

test("many rows come in few transactions, and a file that is cut off brings none", async () => {
  await using storage = await openMemory();
  const { tenantId } = await setUpSessions(storage.db);
  let writes = 0;
  const write: Database["write"] = (work) => {
    writes++;
    return storage.db.write(work);
  };
  const sessions = createSessionStore({ ...storage.db, write }, createKeyring([oldKey]));
  const rows = Array.from({ length: 500 }, (_, index) => ({
    sessionid: `${index}:a:1`,
    settings: "{}",
  }));
  const text = tinyDb(...rows);
  const cut = { tenantId, mode: "live", file: new Blob([text.slice(0, -2)]) } as const;
  await expect(importTinyDb(sessions, cut)).rejects.toBeInstanceOf(TinyDbInvalid);
  expect(writes).toBe(0);
  const result = await importTinyDb(sessions, { ...cut, file: new Blob([text]) });
  expect(result).toEqual({ imported: 500, updated: 0, unchanged: 0, skipped: [] });
  expect(writes).toBeLessThan(100);
});

test("an import under the wrong encryption key stops instead of doubling sessions", async () => {
  await using storage = await openMemory();
  const { store, tenantId } = await setUpSessions(storage.db);
  const text = tinyDb({ sessionid: "1:a:1", settings: "{}" });
  await importTinyDb(store(oldKey), { tenantId, mode: "live", file: new Blob([text]) });
  const again = importTinyDb(store(newKey), { tenantId, mode: "live", file: new Blob([text]) });
  await expect(again).rejects.toBeInstanceOf(EncryptionKeyUnavailable);
  expect((await store(oldKey).list(tenantId)).sessions).toHaveLength(1);
});

test("property: any settings text stays exact", async () => {
  await using storage = await openMemory();
  const { store, tenantId } = await setUpSessions(storage.db);
  const sessions = store(oldKey);
  let row = 0;
  const value = fc.oneof(fc.json(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }).map(String));
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), value), async (members) => {
      const inner = Object.entries(members).map(
        ([key, json]) => `${JSON.stringify(key)} : ${json}`,
      );
      const exact = `{ ${inner.join(",\n ")} }`;
      const sessionid = `${++row}:a:1`;
      const text = tinyDb({ sessionid, settings: exact, proxy: "" });
      expect(
        (await importTinyDb(sessions, { tenantId, mode: "live", file: new Blob([text]) })).imported,
      ).toBe(1);
      expect((await sessions.find(tenantId, "live", sessionid))?.settings).toBe(exact);
    }),
    { numRuns: 50 },
  );
});
