import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readMigrations } from "../../src/db/migrate.ts";
import { project } from "./source.ts";

/**
 * Makes the next version in a directory: this code with one migration more, whose line `oldest code`
 * names the newest migration of this code, or that is of no use to older code. Returns its directory.
 */
export function nextVersion(
  directory: string,
  { name, worksWithThis }: { name: string; worksWithThis: boolean },
): string {
  const root = join(directory, name);
  mkdirSync(root);
  for (const part of ["package.json", "bun.lock", "tsconfig.json", "src", "migrations"])
    cpSync(join(project, part), join(root, part), { recursive: true });
  symlinkSync(join(project, "node_modules"), join(root, "node_modules"));
  const newest = readMigrations().at(-1)?.name;
  const sql = [
    ...(worksWithThis ? [`-- oldest code: ${newest}`] : []),
    "ALTER TABLE sessions ADD COLUMN of_the_next_version TEXT;",
    "CREATE TABLE of_the_next_version (a INTEGER);",
  ];
  writeFileSync(join(root, "migrations", `${name}.sql`), `${sql.join("\n")}\n`);
  return root;
}
