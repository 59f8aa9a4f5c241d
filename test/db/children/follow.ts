import { openDatabase } from "../../../src/db/connection.ts";
import { readMeta } from "../../../src/db/meta.ts";
import { writeMeta } from "../../support/meta.ts";

/*
 * Counts up in the database that it follows into a local copy, until it is killed. It says what it has
 * found, and each number once it is written and read back.
 */
const [url = "", syncUrl = ""] = process.argv.slice(2);
const db = openDatabase({ url, syncUrl, onCopyEvent: ({ message }) => console.log(message) });
let number = Number(await readMeta(db, "number"));
console.log(`found ${number}`);
for (;;) {
  number++;
  // Large enough for several pages, so that a kill meets a sync in the middle.
  await writeMeta(db, "filling", "x".repeat(1000 * (number % 40)));
  await writeMeta(db, "number", String(number));
  const read = await readMeta(db, "number");
  if (read !== String(number)) throw new Error(`${read} was read after ${number} was written`);
  console.log(`counted ${number};`);
}
