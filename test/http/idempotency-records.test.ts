import { describe, expect, test } from "bun:test";
import { HOUR, keyedService, message, newKey, newSession, THREAD } from "../support/idempotency.ts";

/* What is stored of requests under an Idempotency-Key, for how long, and what other processes see. */

let time = Date.UTC(2026, 0, 5);

describe("what is stored", () => {
  test("tells neither the key nor the fields nor the answer", async () => {
    await using own = await keyedService();
    const key = newKey();
    await own.ask(key, message("a secret message"));
    const stored = JSON.stringify(
      (await own.rows()).map((row) => ({
        ...row,
        answer: row.answer && Buffer.from(row.answer).toString("latin1"),
      })),
    );
    for (const secret of [key, "secret message", THREAD, "item_id", "message"])
      expect(stored).not.toContain(secret);
  });

  test("is removed when it is over, and with its session", async () => {
    await using own = await keyedService({ now: () => time });
    const sessions = [own.session, await newSession(own.service)];
    for (const session of sessions)
      for (let count = 0; count < 3; count++) await own.ask(newKey(), { session });
    expect(await own.rows()).toHaveLength(6);
    const { db, idempotency } = own.service.service.stores;
    await db.statements.execute({
      sql: "DELETE FROM sessions WHERE id = ?",
      args: [sessions[0] ?? ""],
    });
    expect(await own.rows()).toHaveLength(3);
    time += 24 * HOUR;
    expect(await idempotency.sweep()).toBe(3);
    expect(await own.rows()).toHaveLength(0);
    const counts = await db.statements.execute("SELECT * FROM idempotency_counts");
    expect(counts.rows).toHaveLength(0);
  });

  test("is removed with its tenant", async () => {
    await using own = await keyedService();
    await own.ask(newKey());
    const { service } = own;
    await service.admin("DELETE", `/admin/tenants/${service.tenantId}`);
    await service.service.stores.tenants.purge();
    expect(await own.rows()).toHaveLength(0);
  });
});
