import { describe, expect, spyOn, test } from "bun:test";
import {
  HOUR,
  type KeyedService,
  keyedService,
  message,
  newKey,
  newSession,
  THREAD,
} from "../support/idempotency.ts";

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

  test("is removed in small batches", async () => {
    await using own = await keyedService({ now: () => time });
    await fill(own, 3_000);
    const { db, idempotency } = own.service.service.stores;
    const batches: number[] = [];
    const write = db.write.bind(db);
    spyOn(db, "write").mockImplementation(async (work) => {
      const result: any = await write(work);
      batches.push(Number(result?.rowsAffected ?? 0));
      return result;
    });
    time += 24 * HOUR;
    expect(await idempotency.sweep()).toBe(3_000);
    expect(Math.max(...batches)).toBeLessThanOrEqual(500);
    expect(await own.rows()).toHaveLength(0);
  });

  test("is at most 20,000 records of a session, and those keep their answers", async () => {
    await using own = await keyedService({ now: () => time });
    const key = newKey();
    await own.ask(key);
    await fill(own, 19_998);
    expect((await own.ask(newKey())).status).toBe(200);
    const refused = newKey();
    const answer = await own.ask(refused);
    expect([answer.status, answer.body.exc_type]).toEqual([429, "GatewayRateLimited"]);
    expect(answer.body.detail).toContain("20000 Idempotency-Keys");
    expect(answer.headers.get("retry-after")).toBe("60");
    expect((await own.ask(key)).headers.get("idempotency-replayed")).toBe("true");
    expect((await own.ask(null)).status).toBe(200);
    expect((await own.ask(refused, { session: await newSession(own.service) })).status).toBe(200);
    time += 24 * HOUR;
    await own.service.service.stores.idempotency.sweep();
    expect((await own.ask(refused)).status).toBe(200);
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

/** Gives the session so many finished records more. */
async function fill({ service, session }: KeyedService, count: number): Promise<void> {
  await service.service.stores.db.statements.execute({
    sql: `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
      INSERT INTO idempotency_records SELECT ?, 'made ' || n, ?, '', 'finished', '', 0, NULL, NULL, ?, ?
      FROM numbers`,
    args: [count, session, service.tenantId, time, time + 24 * HOUR],
  });
}
