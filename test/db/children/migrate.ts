// Migrates and prints what it did.
import { openDatabase } from "../../../src/db/connection.ts";
import { migrate } from "../../../src/db/migrate.ts";

const db = openDatabase({ url: process.argv[2] ?? "" });
const { applied, isNew } = await migrate(db);
console.log(isNew ? `created ${applied.length}` : `applied ${applied.length}`);
await db.close();
