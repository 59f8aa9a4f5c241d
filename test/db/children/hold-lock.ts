// Holds SQLite's write lock on a database file until told to go on, then commits.

import { createClient } from "@libsql/client";
import { openDatabase } from "../../../src/db/connection.ts";

const url = process.argv[2] ?? "";
await openDatabase({ url }).ping();
const client = createClient({ url });
const transaction = await client.transaction("write");
await transaction.execute("INSERT INTO meta (key, value) VALUES ('held', '1')");
console.log("locked");
for await (const _line of console) break;
await transaction.commit();
console.log("released");
process.exit(0);
