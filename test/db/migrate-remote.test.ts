import { describe, expect, test } from "bun:test";
import { LibsqlError } from "@libsql/client";
import { type Database, openDatabase } from "../../src/db/connection.ts";
import { MigrationTooSlow, StorageUnavailable } from "../../src/db/errors.ts";
import { type Migration, migrate, readMigrations } from "../../src/db/migrate.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { hasLibsqlServer, startLibsqlServer } from "../support/libsql-server.ts";
import { openMemory, startChild } from "../support/storage.ts";

/* Migrations of a database that many machines share, over the network. */

const all = readMigrations();
const later: Migration[] = ["9000_a", "9001_b"].map((name) => ({
  name,
  sql: `CREATE TABLE t_${name} (a);`,
}));
const recordsMigration = (sql: string): boolean => sql.startsWith("INSERT INTO schema_migrations");

async function appliedIn(url: string): Promise<string[]> {
  const db = openDatabase({ url });
  const { rows } = await db.statements.execute("SELECT name FROM schema_migrations ORDER BY name");
  await db.close();
  return rows.map(({ name }) => String(name));
}

/** A server with the database of this version, and what stands before it. */
async function startRemote(): Promise<{ proxy: FaultProxy; db: Database } & AsyncDisposable> {
  const server = await startLibsqlServer();
  const proxy = await startFaultProxy(server.port);
  const db = openDatabase({ url: proxy.url });
  await migrate(db);
  return {
    proxy,
    db,
    async [Symbol.asyncDispose]() {
      await db.close();
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe.skipIf(!hasLibsqlServer && process.env.CI !== "true")("a libSQL server", () => {
  test("of six processes that start at once, one migrates", async () => {
    await using server = await startLibsqlServer();
    const children = Array.from({ length: 6 }, () => startChild("migrate.ts", [server.url]));
    const lines = (await Promise.all(children.map((child) => child.end()))).flat().sort();
    expect(lines).toEqual([...Array(5).fill("applied 0"), `created ${all.length}`]);
    expect(await appliedIn(server.url)).toEqual(all.map(({ name }) => name));
  });

  test("a process that is killed meanwhile leaves all or nothing, and the next one goes on", async () => {
    for (const fault of ["stall", "lose_slowly"] as const) {
      await using server = await startLibsqlServer();
      await using proxy = await startFaultProxy(server.port);
      await proxy.fail(fault, { only: recordsMigration });
      const child = startChild("migrate.ts", [proxy.url]);
      while (proxy.failed === 0) await Bun.sleep(10);
      await child.kill();
      await proxy.heal();
      const [next = ""] = await startChild("migrate.ts", [proxy.url]).end();
      // What had arrived may have been done, or was ended with the connection.
      const possible = [`created ${all.length}`, ...(fault === "stall" ? [] : ["applied 0"])];
      expect(possible).toContain(next);
      expect(await appliedIn(server.url)).toHaveLength(all.length);
    }
  });

  test("a server that is killed meanwhile has all or nothing", async () => {
    await using server = await startLibsqlServer();
    await migrate(openDatabase({ url: server.url }));
    const many = Array.from({ length: 400 }, (_, n) => `CREATE TABLE many_${n} (a, b, c);`);
    const child = startChild("migrate.ts", [server.url, "9000_many", many.join("\n")]);
    await child.line("sends");
    await server.stop("SIGKILL");
    await server.start();
    await child.end();
    const db = openDatabase({ url: server.url });
    const { rows } = await db.statements.execute(
      "SELECT count(*) AS n FROM sqlite_master WHERE name LIKE 'many_%'",
    );
    await db.close();
    expect(Number(rows[0]?.n)).toBe((await appliedIn(server.url)).includes("9000_many") ? 400 : 0);
  });

  test("a transaction whose answer was lost is not made again", async () => {
    await using remote = await startRemote();
    const before = remote.proxy.requests;
    await remote.proxy.fail("lose", { only: recordsMigration, times: 1 });
    expect(await migrate(remote.db, [...all, ...later])).toEqual({
      applied: ["9000_a", "9001_b"],
      isNew: false,
      newer: [],
    });
    expect(remote.proxy.requests - before).toBe(3);
  });

  test("what the server undoes because others wait is tried again", async () => {
    await using remote = await startRemote();
    const error = { message: "Transaction timed out", code: "TRANSACTION_TIMEOUT" };
    const results = [
      { type: "error", error },
      { type: "ok", response: { type: "close" } },
    ];
    const body = JSON.stringify({ baton: null, base_url: null, results });
    await remote.proxy.fail({ status: 200, body, type: "application/json" }, { times: 1 });
    expect((await remote.db.statements.execute("SELECT 1 AS a")).rows[0]?.a).toBe(1);
    expect(remote.proxy.failed).toBe(1);
  });
});

/** A database that undoes transactions with more than so many records of migrations. */
function impatient(db: Database, most: number): Database {
  const attempt: Database["statements"]["migrate"] = async (statements) => {
    const records = statements.filter(
      (one) => typeof one === "object" && "sql" in one && recordsMigration(one.sql),
    );
    const cause = new LibsqlError("Transaction timed out", "TRANSACTION_TIMEOUT");
    if (records.length > most) throw new StorageUnavailable("busy", { cause });
    return db.statements.migrate(statements);
  };
  return { ...db, statements: { ...db.statements, migrate: attempt } };
}

test("migrations that take too long together are applied one by one", async () => {
  await using storage = await openMemory();
  const db = impatient(storage.db, 1);
  expect((await migrate(db, [...all, ...later])).applied).toEqual(["9000_a", "9001_b"]);
});

test("a migration that takes too long alone is named", async () => {
  await using storage = await openMemory();
  const failure = migrate(impatient(storage.db, 0), [...all, ...later]);
  await expect(failure).rejects.toBeInstanceOf(MigrationTooSlow);
  await expect(failure).rejects.toThrow(/9000_a.*stop all machines.*bun run migrate/);
});
