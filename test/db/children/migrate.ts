// Migrates and prints what it did. A name and SQL add a migration of the next version.
import { openDatabase } from "../../../src/db/connection.ts";
import { StorageUnavailable } from "../../../src/db/errors.ts";
import { migrate, readMigrations } from "../../../src/db/migrate.ts";

const [url = "", name, sql = ""] = process.argv.slice(2);
const db = openDatabase({ url });
const later = name === undefined ? [] : [{ name, sql }];
const migrating = migrate(db, [...readMigrations(), ...later]);
if (name !== undefined) console.log("sends");
try {
  const { applied, isNew } = await migrating;
  console.log(isNew ? `created ${applied.length}` : `applied ${applied.length}`);
} catch (error) {
  if (!(error instanceof StorageUnavailable)) throw error;
  console.log(error.message);
}
await db.close();
