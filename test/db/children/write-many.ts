// Writes many rows, each with its own commit: arguments are the URL, a prefix and a count.
import { openDatabase } from "../../../src/db/connection.ts";
import { writeMeta } from "../../support/meta.ts";

const [, , url = "", prefix = "", count = "0"] = process.argv;
const db = openDatabase({ url, busyWaitMs: 60_000 });
console.log("ready");
await Promise.all(
  Array.from({ length: Number(count) }, (_, index) => writeMeta(db, `${prefix}${index}`, "x")),
);
await db.close();
