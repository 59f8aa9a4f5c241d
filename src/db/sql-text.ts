import type { InStatement } from "@libsql/client";

/** Whether a statement changes nothing. One that is wrongly taken to write is only not repeated. */
export function onlyReads(statement: InStatement | string): boolean {
  const sql = typeof statement === "string" ? statement : statement.sql;
  return (
    /^\s*select\b/i.test(sql) ||
    (/^\s*with\b/i.test(sql) && !/\b(?:insert|update|delete|replace)\b/i.test(sql))
  );
}
