import { expect, test } from "bun:test";
import { eq, sql } from "drizzle-orm";
import { OPERATOR } from "../../src/announcements.ts";
import { audit } from "../../src/db/audit-schema.ts";
import { type AuditEntry, firstIdAt, record, recordIfChanged } from "../../src/db/audited.ts";
import { meta } from "../../src/db/schema.ts";
import { allStorages, openMemory } from "../support/storage.ts";

const entry: AuditEntry = {
  kind: "tenant.deleted",
  tenantId: "T",
  by: OPERATOR,
  at: 1_700_000_000_000,
};

for (const [where, open] of allStorages)
  test(`a change and its record are one transaction (${where})`, async () => {
    await using storage = await open();
    const { db } = storage;
    const change = (from: string, to: string) =>
      db.write((orm) =>
        orm.batch([
          orm.update(meta).set({ value: to }).where(eq(meta.value, from)).returning(),
          orm.run(recordIfChanged({ ...entry, to }, { seen: sql`(SELECT max(value) FROM meta)` })),
          orm.run(recordIfChanged({ ...entry, kind: "tenant.credentials_removed" })),
        ]),
      );
    await db.write((orm) => orm.delete(meta));
    await db.write((orm) => orm.insert(meta).values({ key: "k", value: "a" }));
    await change("nobody", "b");
    expect(await db.read((orm) => orm.select().from(audit))).toEqual([]);
    await change("a", "c");
    const rows = await db.read((orm) => orm.select().from(audit).orderBy(audit.id));
    expect(rows.map((row) => [row.kind, row.details])).toEqual([
      ["tenant.deleted", { to: "c", seen: "c" }],
      ["tenant.credentials_removed", {}],
    ]);
    // A failing record takes its change back.
    const failing = db.write((orm) =>
      orm.batch([
        orm.update(meta).set({ value: "d" }),
        orm.run(sql`INSERT INTO audit (id) VALUES (NULL)`),
      ]),
    );
    expect(await failing.then(String, () => "failed")).toBe("failed");
    expect(await db.read((orm) => orm.select({ value: meta.value }).from(meta))).toEqual([
      { value: "c" },
    ]);
  });

test("ids are ranges of time, and in the order of a process", async () => {
  await using storage = await openMemory();
  for (let count = 0; count < 50; count++)
    await storage.db.write((orm) => orm.run(record({ ...entry, count })));
  const rows = await storage.db.read((orm) => orm.select().from(audit).orderBy(audit.id));
  expect(rows.map(({ details }) => details.count)).toEqual(
    Array.from({ length: 50 }, (_, at) => at),
  );
  for (const { id } of rows) {
    expect(id >= firstIdAt(entry.at)).toBe(true);
    expect(id < firstIdAt(entry.at + 1)).toBe(true);
  }
});

test("what is recorded can neither be changed nor deleted", async () => {
  await using storage = await openMemory();
  const { db } = storage;
  await db.write((orm) => orm.run(record(entry)));
  const outcome = (work: Promise<unknown>) =>
    work.then(
      () => "done",
      (error) => `${error}`,
    );
  expect(await outcome(db.write((orm) => orm.update(audit).set({ actor: "key" })))).toContain(
    "never changed",
  );
  expect(await outcome(db.write((orm) => orm.delete(audit)))).toContain("is kept");
  expect(await db.read((orm) => orm.select().from(audit))).toHaveLength(1);
});
