import { expect, test } from "bun:test";
import { getTableConfig } from "drizzle-orm/sqlite-core";
import { audit, changes, usage } from "../../src/db/audit-schema.ts";
import { machines, sessionLeases } from "../../src/db/machines-schema.ts";
import {
  actionCounts,
  actionPaces,
  apiKeys,
  idempotencyCounts,
  idempotencyRecords,
  loginPauses,
  meta,
  owners,
  proxies,
  proxyCounts,
  proxyHolds,
  sessionCounts,
  sessions,
  tenantSessionCounts,
  tenants,
  uploads,
} from "../../src/db/schema.ts";
import { openMemory } from "../support/storage.ts";

for (const table of [
  tenants,
  apiKeys,
  sessions,
  sessionCounts,
  tenantSessionCounts,
  loginPauses,
  idempotencyRecords,
  idempotencyCounts,
  owners,
  uploads,
  proxies,
  proxyCounts,
  proxyHolds,
  actionCounts,
  actionPaces,
  audit,
  changes,
  usage,
  machines,
  sessionLeases,
  meta,
]) {
  const { name, columns, indexes, primaryKeys } = getTableConfig(table);
  const keyColumns = new Set(
    primaryKeys.flatMap((key) => key.columns.map((column) => column.name)),
  );

  test(`the migrations give ${name} the schema's columns and indexes`, async () => {
    await using storage = await openMemory();
    const { statements } = storage.db;
    const info = await statements.execute(`SELECT * FROM pragma_table_info('${name}')`);
    const actual = info.rows.map((row) => [
      String(row.name),
      String(row.type).toLowerCase(),
      row.notnull === 1,
      Number(row.pk) > 0,
    ]);
    expect(actual).toEqual(
      columns.map((column) => [
        column.name,
        column.getSQLType(),
        column.notNull,
        column.primary || keyColumns.has(column.name),
      ]),
    );
    const list = await statements.execute(
      `SELECT name FROM pragma_index_list('${name}') WHERE origin = 'c' ORDER BY name`,
    );
    expect(list.rows.map((row) => String(row.name))).toEqual(
      indexes.map((index) => index.config.name).sort(),
    );
  });
}
