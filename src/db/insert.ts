import { Column, getTableColumns, is, SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Drizzle } from "./connection.ts";

type Row<Table extends SQLiteTable> = {
  [Name in keyof Table["$inferInsert"]]: Table["$inferInsert"][Name] | SQLWrapper;
};

/**
 * Inserts a row if a row of `from`, a table or SQL, meets the condition. The check and the insertion are
 * one statement, so that two processes cannot both pass the check. A value may be a column of
 * `from`, or SQL; columns that are left out are null.
 */
export function insertWhere<Table extends SQLiteTable>(
  orm: Drizzle,
  table: Table,
  row: Row<Table>,
  from: SQLiteTable | SQL,
  condition: SQL | undefined,
) {
  const values = Object.entries(getTableColumns(table)).map(([name, column]) => {
    const value = row[name as keyof Row<Table>];
    return is(value, SQL) || is(value, Column) ? value : sql.param(value ?? null, column);
  });
  return orm
    .insert(table)
    .select(sql`SELECT ${sql.join(values, sql`, `)} FROM ${from} WHERE ${condition}`);
}
