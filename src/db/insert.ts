import { Column, getTableColumns, is, SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Drizzle } from "./connection.ts";

type Row<Table extends SQLiteTable> = {
  [Name in keyof Table["$inferInsert"]]: Table["$inferInsert"][Name] | SQLWrapper;
};

/**
 * Inserts a row where one of the table `from` meets the condition. Check and insertion are one
 * statement, so that of two at once both cannot pass. A value may be a column of that row, or SQL;
 * what is left out is null.
 */
export function insertWhere<Table extends SQLiteTable>(
  orm: Drizzle,
  table: Table,
  row: Row<Table>,
  from: SQLiteTable,
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
