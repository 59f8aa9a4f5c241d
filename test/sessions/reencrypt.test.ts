import { expect, test } from "bun:test";
import { createCipheriv, randomBytes } from "node:crypto";
import type { Database } from "../../src/db/connection.ts";
import { createKeyring } from "../../src/db/keyring.ts";
import { createSessionStore } from "../../src/sessions/session-store.ts";
import { newKey, oldKey, setUpSessions } from "../support/session-store.ts";
import { openMemory, storages } from "../support/storage.ts";

for (const [name, open] of storages) {
  test(`${name}: all sessions move to the first key and the old key can go`, async () => {
    await using storage = await open();
    const { store, session, tenantId, clock } = await setUpSessions(storage.db);
    const before = store(oldKey);
    const created = [];
    for (let index = 0; index < 7; index++) {
      created.push(await before.create(session({ legacyId: `${index}:cookie:1` })));
    }
    clock.time += 1_000;
    const progress: number[] = [];
    const result = await store(newKey, oldKey).reencrypt({
      batchSize: 3,
      onProgress: (moved) => progress.push(moved),
    });
    expect(result).toEqual({ moved: 7, unavailable: 0, damaged: [], duplicates: [] });
    expect(progress).toEqual([3, 6, 7]);
    const after = store(newKey);
    for (const session of created) {
      const moved = await after.find(tenantId, "live", session.legacyId ?? "");
      // The content is the same; only the version tells that somebody wrote.
      expect(moved).toEqual({ ...session, version: 2 });
    }
    expect((await store(newKey, oldKey).reencrypt()).moved).toBe(0);
  });
}

test("sessions under a missing key and damaged ones are reported and left as they are", async () => {
  await using storage = await openMemory();
  const { store, session, tenantId } = await setUpSessions(storage.db);
  const lost = "0c".repeat(32);
  await store(lost).create(session({ mode: "test" }));
  const damaged = await store(oldKey).create(session({ legacyId: "1:a:1" }));
  const sound = await store(oldKey).create(session({ legacyId: "2:a:1" }));
  await storage.db.statements.execute({
    sql: "UPDATE sessions SET settings = zeroblob(60) WHERE id = ?",
    args: [damaged.id],
  });
  const result = await store(newKey, oldKey).reencrypt();
  expect(result).toEqual({ moved: 1, unavailable: 1, damaged: [damaged.id], duplicates: [] });
  expect((await store(newKey).find(tenantId, "live", sound.id))?.version).toBe(2);
});

test("a save in between is not overwritten, and its session moves too", async () => {
  await using storage = await openMemory();
  const { store, session, tenantId } = await setUpSessions(storage.db);
  const server = store(oldKey);
  const created = await server.create(session());
  let interfere = true;
  // A server that still encrypts with the old key saves right before the first move is written.
  const write: Database["write"] = async (work) => {
    if (interfere) {
      interfere = false;
      await server.save({ ...created, settings: '{"newer":true}' });
    }
    return storage.db.write(work);
  };
  const mover = createSessionStore({ ...storage.db, write }, createKeyring([newKey, oldKey]));
  expect((await mover.reencrypt()).moved).toBe(1);
  const moved = await store(newKey).find(tenantId, "live", created.id);
  expect([moved?.settings, moved?.version]).toEqual(['{"newer":true}', 3]);
});

test("two sessions of one legacy id, made while a key was missing, do not stop the others", async () => {
  await using storage = await openMemory();
  const { store, session } = await setUpSessions(storage.db);
  const twin = await store(oldKey).create(session());
  const other = await store(oldKey).create(session({ legacyId: "2:a:1" }));
  await store(newKey).create(session());
  const result = await store(newKey, oldKey).reencrypt();
  expect(result).toEqual({ moved: 1, unavailable: 0, damaged: [], duplicates: [twin.id] });
  expect(other.id).not.toBe(twin.id);
});

test("rows of the format that was not bound to the mode open, and are written anew", async () => {
  await using storage = await openMemory();
  const { store, session, tenantId } = await setUpSessions(storage.db);
  const sessions = store(newKey);
  const made = [
    await sessions.create(session()),
    await sessions.create(session({ legacyId: "7:a:1" })),
  ];
  for (const { id, settings, proxy } of made) {
    const former = (text: string | null, column: string): Buffer => {
      const iv = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", Buffer.from(newKey, "hex"), iv);
      cipher.setAAD(Buffer.from(`${tenantId}/${id}/${column}`));
      const body = Buffer.concat([cipher.update(text ?? "", "utf8"), cipher.final()]);
      return Buffer.concat([Buffer.of(1), iv, body, cipher.getAuthTag()]);
    };
    await storage.db.statements.execute({
      sql: "UPDATE sessions SET settings = ?, proxy = ? WHERE id = ?",
      args: [former(settings, "settings"), former(proxy, "proxy"), id],
    });
  }
  const formats = async (): Promise<unknown> =>
    (
      await storage.db.statements.execute(
        "SELECT hex(substr(settings, 1, 1)) AS s, hex(substr(proxy, 1, 1)) AS p FROM sessions ORDER BY id",
      )
    ).rows.map(({ s, p }) => `${s} ${p}`);
  expect(await formats()).toEqual(["01 01", "01 01"]);
  const [first] = made;
  if (!first) throw new Error("no session");
  expect(await sessions.find(tenantId, "live", first.id)).toEqual(first);
  await sessions.save(first);
  expect(await formats()).toEqual(["02 02", "01 01"]);
  expect((await sessions.reencrypt()).moved).toBe(1);
  expect(await formats()).toEqual(["02 02", "02 02"]);
  expect((await sessions.reencrypt()).moved).toBe(0);
});

test("a row of one mode is not taken for one of the other", async () => {
  await using storage = await openMemory();
  const { store, session, tenantId } = await setUpSessions(storage.db);
  const sessions = store(newKey);
  const { id } = await sessions.create(session());
  await storage.db.statements.execute("UPDATE sessions SET mode = 'test'");
  await expect(sessions.find(tenantId, "test", id)).rejects.toThrow("moved from another row");
  // Nor by the mark of the format that was not bound to it.
  await storage.db.statements.execute(
    "UPDATE sessions SET settings = CAST(x'01' || substr(settings, 2) AS BLOB)",
  );
  await expect(sessions.find(tenantId, "test", id)).rejects.toThrow("moved from another row");
});
