// Works on a database file that it must not write, and prints how that went.
import { openDatabase } from "../../../src/db/connection.ts";
import { StorageUnavailable } from "../../../src/db/errors.ts";
import { readMeta } from "../../../src/db/meta.ts";
import { migrate } from "../../../src/db/migrate.ts";

const db = openDatabase({ url: process.argv[2] ?? "" });
console.log(`migrations ${(await migrate(db)).applied.length}`);
console.log(`read ${await readMeta(db, "note")}`);
for (let attempt = 1; attempt <= 2; attempt++) {
  try {
    await db.probeWrite();
    console.log("write done");
  } catch (error) {
    console.log(error instanceof StorageUnavailable ? `write ${error.fault}` : `odd ${error}`);
  }
}
console.log(`read ${await readMeta(db, "note")}`);
await db.close();
