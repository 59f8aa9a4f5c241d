import type { InStatement, Client as LibsqlClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import type { Database } from "../../src/db/connection.ts";
import { StorageUnavailable } from "../../src/db/errors.ts";
import * as schema from "../../src/db/schema.ts";

/** How a machine gets on with the database. */
export type Link = "ok" | "slow" | "cut";

const NOW_IN_SQL = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

interface Crossing {
  /** Goes on by one stage: to the database, and back. */
  step(): Promise<void>;
  fail(): void;
}

/**
 * One machine's way to a database in memory: what it asks goes there and comes back only when a test
 * lets it, and may get lost on both ways. The database's clock is the test's.
 */
export class DatabaseLink {
  state: Link = "ok";
  /** The database as the machine sees it. */
  readonly db: Database;
  readonly #crossings: Crossing[] = [];

  constructor(
    real: Database,
    private readonly time: () => number,
  ) {
    const { statements } = real;
    const execute = (statement: InStatement) => statements.execute(this.#inTime(statement));
    const batch: LibsqlClient["batch"] = (all, mode) =>
      statements.batch(
        all.map((one) => (Array.isArray(one) ? one : this.#inTime(one))),
        mode,
      );
    const client = { ...statements, execute, batch } as unknown as LibsqlClient;
    const orm = drizzle(client, { schema });
    this.db = {
      ...real,
      drizzle: orm,
      statements: { ...statements, execute, batch } as Database["statements"],
      read: (work) => this.#cross(() => work(orm)),
      write: (work) => this.#cross(() => work(orm)),
    };
  }

  /** Lets the oldest go on by one stage; false where there is none. */
  async step(): Promise<boolean> {
    const [crossing] = this.#crossings;
    if (crossing === undefined) return false;
    if (this.state === "cut") crossing.fail();
    else await crossing.step();
    return true;
  }

  #cross<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let back: (() => void) | null = null;
      const remove = (): void => {
        this.#crossings.splice(this.#crossings.indexOf(crossing), 1);
      };
      const crossing: Crossing = {
        step: async () => {
          if (back !== null) {
            remove();
            return back();
          }
          back = await work().then(
            (result) => () => resolve(result),
            (error: unknown) => () => reject(error),
          );
        },
        fail: () => {
          remove();
          reject(new StorageUnavailable("unreachable"));
        },
      };
      this.#crossings.push(crossing);
    });
  }

  #inTime(statement: InStatement): InStatement {
    return typeof statement === "string"
      ? statement
      : { ...statement, sql: statement.sql.replaceAll(NOW_IN_SQL, String(this.time())) };
  }
}
