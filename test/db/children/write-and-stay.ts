// Acknowledges one write, then stays until it is killed.
import { openDatabase } from "../../../src/db/connection.ts";
import { writeMeta } from "../../support/meta.ts";

const db = openDatabase({ url: process.argv[2] ?? "" });
await writeMeta(db, "acknowledged", "yes");
console.log("written");
setInterval(() => {}, 1_000);
